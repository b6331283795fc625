import { type ChartColumn, type ChartSpec, columnsOf } from '../../model/section.js';
import { sayOf } from '../answer.js';
import { clipped, type Numbers } from '../figure.js';
import {
  cellOf,
  type Fact,
  type ReportColumn,
  type ReportTable,
  type Row,
  type Value,
} from '../report.js';

/** What a chart shows: the rows that its condition chooses, and the facts that are marked on it. */
export interface ChartData {
  readonly spec: ChartSpec;
  readonly title: string;
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly Row[];
  readonly marks: readonly { readonly label: string; readonly value: number }[];
}

const LONGEST_NAME = 40;

/** Dates of the year 9999 stand for none. */
const NEVER = '9999';

/** The weeks since users came that a chart of cohorts has at most: ten years. */
const MOST_WEEKS = 522;

/**
 * The data of a report's chart; undefined when it has no chart, or nothing to show in it.
 * @param tables among which the chart finds its data
 */
export function chartData(
  table: ReportTable,
  tables: readonly ReportTable[],
  numbers: Numbers,
): ChartData | undefined {
  const spec = table.section?.chart;
  const source = spec?.data === undefined ? table : tables.find(({ name }) => name === spec.data);
  if (spec === undefined || source === undefined) return undefined;
  const facts = table.answer?.facts ?? {};
  const conditions = Object.entries(spec.where).map(([column, value]): [string, Fact] => [
    column,
    typeof value === 'string' ? (facts[value] ?? null) : value,
  ]);
  const drawn = columnsOf(spec);
  const rows = source.rows.filter(
    (row) =>
      conditions.every(([column, value]) => same(row[column], value)) && hasPlace(row, spec, drawn),
  );
  if (rows.length === 0 || (isSeries(spec) && rows.length === 1)) return undefined;
  const names = new Set(drawn.map(({ name }) => name));
  const shown = source.columns.filter(({ name }) => names.has(name));
  const marks = spec.kind === 'histogram' ? Object.entries(spec.marks) : [];
  return {
    spec,
    title: sayOf(spec.title, facts, numbers),
    columns: shown,
    rows,
    marks: marks.flatMap(([label, fact]) => {
      const value = facts[fact];
      return typeof value === 'number' ? [{ label, value }] : [];
    }),
  };
}

/** Whether a chart shows how something goes on, which one date does not. */
function isSeries({ kind }: ChartSpec): boolean {
  return kind === 'trend' || kind === 'lines';
}

function same(value: Value | undefined, wanted: Fact): boolean {
  return (
    value !== null && value !== undefined && wanted !== null && String(value) === String(wanted)
  );
}

/** Whether a row has what its place in the drawing depends on. */
function hasPlace(row: Row, spec: ChartSpec, drawn: readonly ChartColumn[]): boolean {
  const isPlaced = drawn.every(({ name, types, mayMiss = false }) => {
    const value = row[name];
    if (value === null || value === undefined) return mayMiss;
    return !types?.includes('date') || String(value) < NEVER;
  });
  if (spec.kind !== 'cohorts') return isPlaced;
  const week = Number(row[spec.column]);
  return isPlaced && week >= 0 && week < MOST_WEEKS;
}

/** What a chart shows, in words, for those who do not see it. */
export function inWords(data: ChartData, numbers: Numbers): string {
  const { spec, rows } = data;
  const say = (row: Row | undefined, name: string) => figureOf(data, row, name, numbers);
  const range = (row: Row | undefined, [from, to]: readonly [string, string]) =>
    `${say(row, from)} to ${say(row, to)}`;
  const n = numbers.count(rows.length);
  switch (spec.kind) {
    case 'trend':
    case 'calendar': {
      const ordered = byDate(rows, spec.x);
      const [first, last] = [ordered[0], ordered.at(-1)];
      const [high, low] = [largest(ordered, spec.y), largest(ordered, spec.y, -1)];
      const form = spec.kind === 'trend' ? 'Bars by date' : 'Calendar';
      return (
        `${form}, ${say(first, spec.x)} to ${say(last, spec.x)}. Highest: ${say(high, spec.y)} ` +
        `on ${say(high, spec.x)}. Lowest: ${say(low, spec.y)} on ${say(low, spec.x)}. Latest: ` +
        `${say(last, spec.y)}.`
      );
    }
    case 'lines':
    case 'stack': {
      const ordered = byDate(rows, spec.x);
      const [first, last] = [ordered[0], ordered.at(-1)];
      const parts = Object.entries(spec.kind === 'lines' ? spec.y : { ...spec.up, ...spec.down });
      const latest = parts.map(([label, name]) => {
        const newest = ordered.findLast((row) => row[name] !== null);
        return newest === undefined
          ? `${label} none`
          : `${label} ${say(newest, name)} on ${say(newest, spec.x)}`;
      });
      const form = spec.kind === 'lines' ? 'Lines' : 'Stacked bars';
      return (
        `${form} by date, ${say(first, spec.x)} to ${say(last, spec.x)}. Latest: ` +
        `${latest.join('; ')}.`
      );
    }
    case 'cohorts': {
      const ordered = byDate(rows, spec.row);
      const cohorts = new Set(rows.map((row) => row[spec.row])).size;
      return (
        `Triangle of ${n} cells, ${numbers.count(cohorts)} cohorts, ` +
        `${say(ordered[0], spec.row)} to ${say(ordered.at(-1), spec.row)}.`
      );
    }
    case 'bars': {
      const bars = rows.slice(0, BARS).map((row) => {
        const before =
          spec.before === undefined || row[spec.before] === null
            ? ''
            : ` (before: ${say(row, spec.before)})`;
        return `${clipped(say(row, spec.label), LONGEST_NAME)} ${say(row, spec.y)}${before}`;
      });
      return `Bars, the first ${bars.length} of ${n}: ${bars.join('; ')}.`;
    }
    case 'histogram': {
      const most = largest(rows, spec.y);
      const marks = data.marks.map(
        ({ label, value }) =>
          ` ${label}: ${numbers.figures(column(data, spec.from), [value])[0]?.text}.`,
      );
      return (
        `Histogram in ${n} steps, from ${say(rows[0], spec.from)} on. Most, ` +
        `${say(most, spec.y)}, lie at ${range(most, [spec.from, spec.to])}.${marks.join('')}`
      );
    }
    case 'scatter': {
      const most = largest(rows, spec.size);
      return (
        `Dots in ${n} places. Most, ${say(most, spec.size)}, lie at ${range(most, spec.x)}, ` +
        `and ${range(most, spec.y)}.`
      );
    }
  }
}

/** Rows in the order of a date; of one date in their own. */
export function byDate(rows: readonly Row[], x: string): Row[] {
  return rows.toSorted((one, other) => {
    const [a, b] = [String(one[x]), String(other[x])];
    return a < b ? -1 : a > b ? 1 : 0;
  });
}

/** At most this many bars are drawn. */
export const BARS = 20;

function largest(rows: readonly Row[], name: string, sign = 1): Row | undefined {
  return rows.reduce<Row | undefined>(
    (best, row) =>
      best === undefined || sign * (Number(row[name]) - Number(best[name])) > 0 ? row : best,
    undefined,
  );
}

function column({ columns }: ChartData, name: string): ReportColumn {
  const found = columns.find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`Expected a column ${name}, found none`);
  return found;
}

/** A value in words; a percentage with its sign. */
export function figureOf(
  data: ChartData,
  row: Row | undefined,
  name: string,
  numbers: Numbers,
): string {
  if (row === undefined) return '';
  const of = column(data, name);
  const value = cellOf(row, of);
  if (of.unit === 'percent' && typeof value === 'number') return numbers.percent(value);
  return numbers.figures(of, [value])[0]?.text ?? '';
}

/**
 * The unit in which amounts of seconds up to the largest are drawn, and how many seconds it has.
 */
export function drawnUnit(
  unit: string,
  largestValue: number,
): { readonly size: number; readonly label: string } {
  if (unit !== 'seconds') return { size: 1, label: unit };
  if (largestValue < 300) return { size: 1, label: 'seconds' };
  if (largestValue < 3 * 3600) return { size: 60, label: 'minutes' };
  return largestValue < 4 * 86_400
    ? { size: 3600, label: 'hours' }
    : { size: 86_400, label: 'days' };
}
