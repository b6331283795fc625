import * as Plot from '@observablehq/plot';
import { amountOf } from '../answer.js';
import { clipped } from '../figure.js';
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
import { BARS, drawnUnit, figureOf } from './data.js';

/** A number by name, and perhaps the one before behind it. */
export function bars(canvas: Canvas, { label, y, before }: ChartOf<'bars'>): Plot.PlotOptions {
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
        Math.max(
          1,
          ...rows.flatMap((row) => [
            Number(row[y]),
            before === undefined ? 0 : Number(row[before]),
          ]),
        ),
      ],
    },
    y: { axis: null, type: 'band', domain: rows.map((_, i) => i), padding: 0 },
    marks: [
      before === undefined
        ? null
        : Plot.barX(rows, {
            x: before,
            y: 'row_number',
            fill: PALE,
            insetTop: 20,
            insetBottom: 8,
            rx: 2,
          }),
      Plot.barX(rows, {
        x: y,
        y: 'row_number',
        fill: ACCENT,
        insetTop: 24,
        insetBottom: 12,
        rx: 2,
      }),
      Plot.text(rows, {
        x: 0,
        y: 'row_number',
        text: nameText,
        textAnchor: 'start',
        dy: -13,
        fontWeight: 600,
      }),
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
}

/** A count by steps of an amount, with facts marked on them. */
export function histogram(canvas: Canvas, { from, to, y }: ChartOf<'histogram'>): Plot.PlotOptions {
  const { rows, marks, columns } = canvas.data;
  const top = Math.max(...rows.map((row) => Number(row[to])));
  const unit = drawnUnit(columns.find(({ name }) => name === from)?.unit ?? '', top);
  // from here on a label is to the left of its line
  const turn = (canvas.isNarrow ? 0.4 : 0.7) * top;
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
            `${mark.label}: ` +
              `${unit.size === 1 ? amountOf(mark.value, unit.label, canvas.numbers) : canvas.numbers.duration(mark.value)}`,
          ],
          fill: WARM,
          fontWeight: 600,
        }),
      ),
    ],
  };
}

/** A count by steps of two amounts, as the size of a dot. */
export function scatter(canvas: Canvas, { x, y, size }: ChartOf<'scatter'>): Plot.PlotOptions {
  const { rows, columns } = canvas.data;
  const unitOf = ([from, to]: readonly [string, string]) =>
    drawnUnit(
      columns.find(({ name }) => name === from)?.unit ?? '',
      Math.max(...rows.map((row) => Number(row[to]))),
    );
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
}
