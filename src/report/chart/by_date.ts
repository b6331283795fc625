import * as Plot from '@observablehq/plot';
import { addDays } from '../../dates.js';
import type { Row } from '../report.js';
import {
  ACCENT,
  amounts,
  type Canvas,
  type ChartOf,
  hover,
  SOFT,
  titleOf,
  WARM,
} from './canvas.js';

/** A number by date as bars, provisional ones in another colour, and perhaps its mean as a line. */
export function trend(canvas: Canvas, { x, y, mean }: ChartOf<'trend'>): Plot.PlotOptions {
  const { rows } = canvas.data;
  const from = (row: Row) => midnight(String(row[x]));
  const isOpen = (row: Row) => canvas.finalThrough !== null && String(row[x]) > canvas.finalThrough;
  return {
    height: canvas.isNarrow ? 190 : 250,
    marginLeft: 44,
    marginRight: 4,
    x: { type: 'utc', domain: datesDrawn(rows, x), label: null, ticks: canvas.isNarrow ? 4 : 8 },
    y: amounts(canvas, Math.max(...rows.map((row) => Number(row[y])))),
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
}

/**
 * From the midnight before the first date to that after the last; two weeks at least, so that one
 * bar is no wall.
 */
function datesDrawn(rows: readonly Row[], x: string): [Date, Date] {
  const dates = rows.map((row) => String(row[x])).sort();
  const end = addDays(dates.at(-1) as string, 1);
  const [begin = end] = [dates[0] as string, addDays(end, -FEWEST_DAYS)].sort();
  return [midnight(begin), midnight(end)];
}
const FEWEST_DAYS = 14;

/** The weeks that a calendar shows at most, the newest. */
const WEEKS = 53;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONTH = new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: 'UTC' });

/** A number by date as the colour of its day, a week a column. */
export function calendar(canvas: Canvas, { x, y }: ChartOf<'calendar'>): Plot.PlotOptions {
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
        fill: ACCENT,
        fillOpacity: shade(rows, y),
        title: (row: Row) => titleOf(canvas, row, [x, y]),
      }),
    ],
  };
}

/** From hardly to wholly coloured, by value; what is drawn of nothing is still seen. */
function shade(rows: readonly Row[], y: string): (row: Row) => number {
  const most = Math.max(1, ...rows.map((row) => Number(row[y])));
  return (row) => Math.round((0.08 + (0.92 * Math.max(0, Number(row[y]))) / most) * 100) / 100;
}

function midnight(date: string): Date {
  return new Date(`${date}T00:00:00Z`);
}

function monday(date: string): string {
  return addDays(date, -((midnight(date).getUTCDay() + 6) % 7));
}
