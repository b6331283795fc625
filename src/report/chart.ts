import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import { addDays } from '../calendar.js';
import type { ChartSpec } from '../model/section.js';
import { BARS, type ChartData, drawnUnit, figureOf } from './chart_data.js';
import { clipped, type Numbers } from './figure.js';
import { drawing, html, type Markup } from './markup.js';
import type { Row } from './report.js';

const { document } = new JSDOM('').window;

/** Colours are the page's, so that a chart follows it from light to dark. */
const ACCENT = 'var(--accent)';
const SOFT = 'var(--soft)';
const PALE = 'var(--pale)';
const WARM = 'var(--warm)';

/** Widths to draw for, in pixels: of a desk's screen, and of a phone's. */
const WIDE = 860;
const NARROW = 328;

/**
 * Draws a chart for a desk and for a phone, of which the style of the page shows one; once where both are the same.
 * @param finalThrough dates after it are drawn as provisional; null: none is told apart
 */
export function drawings(data: ChartData, numbers: Numbers, finalThrough: string | null): Markup {
  const [wide, narrow] = [WIDE, NARROW].map((width) => {
    const canvas: Canvas = { data, width, numbers, finalThrough, isNarrow: width === NARROW };
    return drawing(plot(canvas) as unknown as Element);
  }) as [Markup, Markup];
  if (wide.toString() === narrow.toString()) return wide;
  return html`<div class="wide">${wide}</div>
<div class="narrow">${narrow}</div>
`;
}

interface Canvas {
  readonly data: ChartData;
  readonly width: number;
  readonly numbers: Numbers;
  readonly finalThrough: string | null;
  readonly isNarrow: boolean;
}

function plot(canvas: Canvas): SVGSVGElement | HTMLElement {
  const { spec } = canvas.data;
  const options = OPTIONS[spec.kind](canvas, spec as never);
  return Plot.plot({ document: document as unknown as Document, width: canvas.width, ...options });
}

type Of<K extends ChartSpec['kind']> = Extract<ChartSpec, { kind: K }>;
const OPTIONS: { [K in ChartSpec['kind']]: (canvas: Canvas, spec: Of<K>) => Plot.PlotOptions } = {
  trend: (canvas, { x, y, mean }) => {
    const { rows } = canvas.data;
    const from = (row: Row) => midnight(String(row[x]));
    const isOpen = (row: Row) => canvas.finalThrough !== null && String(row[x]) > canvas.finalThrough;
    return {
      height: canvas.isNarrow ? 190 : 250,
      marginLeft: 44,
      marginRight: 4,
      x: { type: 'utc', label: null, ticks: canvas.isNarrow ? 4 : 8 },
      y: amounts(canvas),
      marks: [
        Plot.rectY(rows, {
          x1: from,
          x2: (row: Row) => new Date(from(row).getTime() + 86_400_000),
          y,
          inset: canvas.isNarrow ? 0.4 : 1,
          fill: (row: Row) => (isOpen(row) ? WARM : ACCENT),
          fillOpacity: mean === undefined ? 0.85 : 0.38,
          ...hover(canvas, [x, y]),
        }),
        mean === undefined
          ? null
          : Plot.lineY(rows, {
              x: (row: Row) => new Date(from(row).getTime() + 43_200_000),
              y: mean,
              stroke: ACCENT,
              strokeWidth: 2.4,
              strokeLinejoin: 'round',
            }),
        Plot.ruleY([0], { stroke: SOFT }),
      ],
    };
  },

  calendar: (canvas, { x, y }) => {
    const newest = String(
      canvas.data.rows
        .map((row) => row[x])
        .sort()
        .at(-1),
    );
    const rows = canvas.data.rows.filter((row) => String(row[x]) > addDays(newest, -7 * WEEKS));
    const weeks = [...new Set(rows.map((row) => monday(String(row[x]))))].sort();
    const all: string[] = [];
    for (let week = weeks[0] ?? newest; week <= newest; week = addDays(week, 7)) all.push(week);
    const cell = Math.min(28, (canvas.width - 40) / all.length);
    const height = Math.max(10, Math.min(24, cell));
    const begins = all.filter((week, i) => i === 0 || week.slice(0, 7) !== all[i - 1]?.slice(0, 7));
    return {
      width: Math.ceil(40 + cell * all.length),
      height: Math.ceil(24 + height * 7),
      margin: 0,
      marginLeft: 36,
      marginTop: 22,
      x: {
        domain: all,
        label: null,
        axis: 'top',
        tickSize: 0,
        ticks: begins.length > 1 && begins[1] === all[1] ? begins.slice(1) : begins,
        tickFormat: (week: string) => MONTH.format(midnight(addDays(week, 6))),
        padding: 0,
      },
      y: { domain: WEEKDAYS, label: null, tickSize: 0, padding: 0 },
      marks: [
        Plot.cell(rows, {
          x: (row: Row) => monday(String(row[x])),
          y: (row: Row) => WEEKDAYS[(midnight(String(row[x])).getUTCDay() + 6) % 7],
          inset: 1.2,
          rx: 2.5,
          fill: ACCENT,
          fillOpacity: shade(rows, y),
          title: (row: Row) => titleOf(canvas, row, [x, y]),
        }),
      ],
    };
  },

  bars: (canvas, { label, y, before }) => {
    const rows = canvas.data.rows.slice(0, BARS).map((row, i): Row => ({ ...row, row_number: i }));
    const nameText = (row: Row) =>
      clipped(figureOf(canvas.data, row, label, canvas.numbers), canvas.isNarrow ? 26 : 60);
    const valueText = (row: Row) => {
      const earlier =
        before === undefined || row[before] === null
          ? ''
          : ` · ${figureOf(canvas.data, row, before, canvas.numbers)} before`;
      return `${figureOf(canvas.data, row, y, canvas.numbers)}${earlier}`;
    };
    return {
      height: rows.length * 46 + 4,
      margin: 0,
      marginTop: 4,
      x: {
        axis: null,
        domain: [
          0,
          Math.max(1, ...rows.flatMap((row) => [Number(row[y]), before === undefined ? 0 : Number(row[before])])),
        ],
      },
      y: { axis: null, type: 'band', domain: rows.map((_, i) => i), padding: 0 },
      marks: [
        before === undefined
          ? null
          : Plot.barX(rows, { x: before, y: 'row_number', fill: PALE, insetTop: 20, insetBottom: 8, rx: 2 }),
        Plot.barX(rows, { x: y, y: 'row_number', fill: ACCENT, insetTop: 24, insetBottom: 12, rx: 2 }),
        Plot.text(rows, { x: 0, y: 'row_number', text: nameText, textAnchor: 'start', dy: -13, fontWeight: 600 }),
        Plot.text(rows, {
          frameAnchor: 'right',
          y: 'row_number',
          text: valueText,
          textAnchor: 'end',
          dy: -13,
          fill: SOFT,
        }),
      ],
    };
  },

  histogram: (canvas, { from, to, y }) => {
    const { rows, marks, columns } = canvas.data;
    const top = Math.max(...rows.map((row) => Number(row[to])));
    const unit = drawnUnit(columns.find(({ name }) => name === from)?.unit ?? '', top);
    const turn = (canvas.isNarrow ? 0.4 : 0.7) * top; // from here on a label stands to the left of its line
    const scaled = (name: string) => (row: Row) => Number(row[name]) / unit.size;
    return {
      height: canvas.isNarrow ? 190 : 220,
      marginLeft: 44,
      marginTop: 8 + 14 * marks.length,
      marginBottom: 36,
      marginRight: 10,
      x: {
        label: unit.label,
        labelAnchor: 'right',
        labelArrow: 'none',
        ticks: canvas.isNarrow ? 5 : 10,
        tickFormat: short(canvas),
        domain: [0, top / unit.size],
      },
      y: amounts(canvas),
      marks: [
        Plot.rectY(rows, {
          x1: scaled(from),
          x2: scaled(to),
          y,
          insetLeft: 0.5,
          insetRight: 0.5,
          fill: ACCENT,
          fillOpacity: 0.75,
          ...hover(canvas, [from, to, y]),
        }),
        Plot.ruleY([0], { stroke: SOFT }),
        Plot.ruleX(marks, {
          x: ({ value }) => value / unit.size,
          stroke: WARM,
          strokeWidth: 2,
          strokeDasharray: '5 3',
        }),
        ...marks.map((mark, i) =>
          Plot.text([mark], {
            x: mark.value / unit.size,
            frameAnchor: 'top',
            dy: -14 * (marks.length - i) + 2,
            textAnchor: mark.value > turn ? 'end' : 'start',
            dx: mark.value > turn ? -4 : 4,
            text: [
              `${mark.label} ${unit.size === 1 ? canvas.numbers.short(mark.value) : canvas.numbers.duration(mark.value)}`,
            ],
            fill: WARM,
            fontWeight: 600,
          }),
        ),
      ],
    };
  },

  scatter: (canvas, { x, y, size }) => {
    const { rows, columns } = canvas.data;
    const unitOf = ([from, to]: readonly [string, string]) =>
      drawnUnit(columns.find(({ name }) => name === from)?.unit ?? '', Math.max(...rows.map((row) => Number(row[to]))));
    const [unitX, unitY] = [unitOf(x), unitOf(y)];
    const middle =
      ([from, to]: readonly [string, string], unit: number) =>
      (row: Row) =>
        (Number(row[from]) + Number(row[to])) / 2 / unit;
    return {
      height: canvas.isNarrow ? 240 : 300,
      marginLeft: 44,
      marginTop: 24,
      marginBottom: 36,
      marginRight: 14,
      x: {
        label: unitX.label,
        labelAnchor: 'right',
        labelArrow: 'none',
        zero: true,
        nice: true,
        ticks: canvas.isNarrow ? 5 : 10,
        tickFormat: short(canvas),
      },
      y: { ...amounts(canvas), label: unitY.label, labelArrow: 'none', zero: true, nice: true },
      r: { range: [0, canvas.isNarrow ? 7 : 11] },
      marks: [
        Plot.dot(rows, {
          x: middle(x, unitX.size),
          y: middle(y, unitY.size),
          r: size,
          fill: ACCENT,
          fillOpacity: 0.55,
        }),
      ],
    };
  },
};

/** So many weeks a calendar shows at most, the newest. */
const WEEKS = 53;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONTH = new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: 'UTC' });

function amounts(canvas: Canvas): Plot.ScaleOptions {
  return { label: null, grid: true, ticks: 4, tickSize: 0, nice: true, tickFormat: short(canvas) };
}

function short({ numbers }: Canvas): (value: number) => string {
  return (value) => numbers.short(value);
}

/** From hardly to wholly coloured, by value; what is drawn of nothing is still seen. */
function shade(rows: readonly Row[], y: string): (row: Row) => number {
  const most = Math.max(1, ...rows.map((row) => Number(row[y])));
  return (row) => Math.round((0.08 + (0.92 * Math.max(0, Number(row[y]))) / most) * 100) / 100;
}

/** On a phone, which has no pointer to hover with, the values are left to the table. */
function hover(canvas: Canvas, names: readonly string[]): { title?: (row: Row) => string } {
  return canvas.isNarrow ? {} : { title: (row) => titleOf(canvas, row, names) };
}

function titleOf({ data, numbers }: Canvas, row: Row, names: readonly string[]): string {
  return names.map((name) => figureOf(data, row, name, numbers)).join(' – ');
}

function midnight(date: string): Date {
  return new Date(`${date}T00:00:00Z`);
}

function monday(date: string): string {
  return addDays(date, -((midnight(date).getUTCDay() + 6) % 7));
}
