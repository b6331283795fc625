import * as Plot from '@observablehq/plot';
import { addDays } from '../../dates.js';
import type { ChartSpec } from '../../model/section.js';
import { html, type Markup } from '../markup.js';
import type { Row } from '../report.js';
import {
  ACCENT,
  amounts,
  type Canvas,
  type ChartOf,
  hover,
  PALE,
  SOFT,
  short,
  WARM,
} from './canvas.js';
import { byDate, drawnUnit } from './data.js';

/** How the first, second, third and fourth series differ, in colour and in dashes. */
const COLOURS = [ACCENT, WARM, SOFT, PALE];
const DASHES = ['none', '7 3', '2 3', '10 3 2 3'];

/**
 * Which line or part is which; nothing for other kinds of charts. The style of the page has its
 * colours.
 */
export function legend(spec: ChartSpec): Markup | string {
  if (spec.kind !== 'lines' && spec.kind !== 'stack') return '';
  const labels = Object.keys(spec.kind === 'lines' ? spec.y : { ...spec.up, ...spec.down });
  if (labels.length === 1) return ''; // the title says it
  return html`<ul class="legend ${spec.kind}">${labels.map((label) => html`<li>${label}</li>`)}</ul>
`;
}

/** Several numbers by date as lines; where one is missing its line is broken. */
export function lines(canvas: Canvas, { x, y }: ChartOf<'lines'>): Plot.PlotOptions {
  const { columns } = canvas.data;
  const rows = byDate(canvas.data.rows, x);
  const names = Object.values(y);
  const most = Math.max(0, ...rows.flatMap((row) => names.map((name) => Number(row[name] ?? 0))));
  const unit = drawnUnit(columns.find(({ name }) => name === names[0])?.unit ?? '', most);
  const isSeconds = columns.find(({ name }) => name === names[0])?.unit === 'seconds';
  const value = (name: string) => (row: Row) =>
    row[name] === null ? Number.NaN : Number(row[name]) / unit.size;
  return {
    height: canvas.isNarrow ? 190 : 250,
    marginLeft: 44,
    marginRight: 8,
    ...(isSeconds ? { marginTop: 26 } : {}),
    x: { type: 'utc', label: null, ticks: canvas.isNarrow ? 4 : 8 },
    y: {
      ...amounts(canvas, most),
      zero: true,
      ...(isSeconds ? { label: unit.label, labelArrow: 'none' } : {}),
    },
    marks: [
      Plot.ruleY([0], { stroke: SOFT }),
      ...names.map((name, i) =>
        Plot.lineY(rows, {
          x: (row: Row) => midnight(String(row[x])),
          y: value(name),
          stroke: colourOf(i),
          strokeDasharray: DASHES[i % DASHES.length] ?? 'none',
          strokeWidth: 2.2,
          strokeLinejoin: 'round',
        }),
      ),
      rows.length > 1
        ? null
        : names.map((name, i) =>
            Plot.dot(rows, {
              x: (row: Row) => midnight(String(row[x])),
              y: value(name),
              r: 4,
              fill: colourOf(i),
            }),
          ),
      canvas.isNarrow
        ? null
        : Plot.rectX(rows, {
            x1: (row: Row) => new Date(midnight(String(row[x])).getTime() - 43_200_000),
            x2: (row: Row) => new Date(midnight(String(row[x])).getTime() + 43_200_000),
            fillOpacity: 0,
            ...hover(canvas, [x, ...names]),
          }),
    ],
  };
}

/** Parts of a number upon each other by date, and below the line what is taken away. */
export function stack(canvas: Canvas, { x, up, down, days }: ChartOf<'stack'>): Plot.PlotOptions {
  const rows = byDate(canvas.data.rows, x);
  const parts = rows.flatMap((row) => {
    let [above, below] = [0, 0];
    return [...Object.values(up), ...Object.values(down)].map((name, i) => {
      const amount = Number(row[name] ?? 0);
      const isUp = i < Object.keys(up).length;
      const from = isUp ? above : -below;
      if (isUp) above += amount;
      else below += amount;
      return { row, name, fill: colourOf(i), from, to: isUp ? above : -below };
    });
  });
  type Part = (typeof parts)[number];
  const label = short(canvas);
  return {
    height: canvas.isNarrow ? 200 : 260,
    marginLeft: 44,
    marginRight: 4,
    x: spanTicks(
      rows.map((row) => String(row[x])),
      days,
      canvas.isNarrow ? 4 : 13,
    ),
    y: { ...amounts(canvas), tickFormat: (value: number) => label(Math.abs(value)) },
    marks: [
      Plot.rectY(
        parts.filter(({ from, to }) => from !== to),
        {
          x1: ({ row }: Part) => midnight(String(row[x])),
          x2: ({ row }: Part) => midnight(addDays(String(row[x]), days)),
          y1: 'from',
          y2: 'to',
          fill: 'fill',
          inset: canvas.isNarrow ? 0.5 : 1.5,
          ...(canvas.isNarrow
            ? {}
            : { title: ({ row, name }: Part) => hover(canvas, [x, name]).title?.(row) ?? '' }),
        },
      ),
      Plot.ruleY([0], { stroke: SOFT }),
    ],
  };
}

/**
 * Ticks below the middle of spans of some days, with their first date.
 * @param most ticks at most
 */
function spanTicks(dates: readonly string[], days: number, most: number): Plot.ScaleOptions {
  const every = Math.ceil(dates.length / most);
  const shown = dates.filter((_, i) => (dates.length - 1 - i) % every === 0);
  const middle = (date: string) => new Date(midnight(date).getTime() + days * 43_200_000);
  const texts = new Map(
    shown.map((date, i) => {
      const isNewMonth = date.slice(0, 7) !== shown[i - 1]?.slice(0, 7);
      const text = `${Number(date.slice(8))}${isNewMonth ? `\n${MONTH.format(midnight(date))}` : ''}`;
      return [middle(date).getTime(), text];
    }),
  );
  return {
    type: 'utc',
    label: null,
    ticks: shown.map(middle),
    tickFormat: (tick: Date) => texts.get(tick.getTime()) ?? '',
  };
}

const MONTH = new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: 'UTC' });

function colourOf(i: number): string {
  return COLOURS[i % COLOURS.length] ?? ACCENT;
}

function midnight(date: string): Date {
  return new Date(`${date}T00:00:00Z`);
}
