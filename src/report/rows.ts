import { amountOf } from './answer.js';
import type { Numbers } from './figure.js';
import { grid } from './grid.js';
import { html, type Markup } from './markup.js';
import {
  type Report,
  type ReportColumn,
  type ReportTable,
  type Row,
  sectionsOf,
  type Value,
} from './report.js';

/**
 * How many rows of a table are written in the page at most, more of them are data for its script;
 * the fewer, the more sections there are.
 */
export const WRITTEN_ROWS = [25, 10, 5] as const;

/** Bytes of a table that is short. */
const SHORT = 6_000;

/**
 * How rows are written: numbers as a locale writes them, this many rows as text, and those beyond
 * as data of up to this many bytes.
 */
interface Place {
  readonly numbers: Numbers;
  readonly written: number;
  readonly room: number;
}

/**
 * Shares the room for rows beyond the first ones: short tables are there whole, such as one of some
 * weeks, and long lists share what is left.
 * @param room bytes for all of them
 */
export function shareRoom(
  sections: readonly ReportTable[],
  { written, room }: Pick<Place, 'written' | 'room'>,
): ReadonlyMap<ReportTable, number> {
  const rooms = new Map<ReportTable, number>();
  const bySize = sections
    .map((table) => ({ table, size: rowsSize(table, written) }))
    .sort((a, b) => a.size - b.size);
  let left = Math.max(0, room);
  for (const [i, { table, size }] of bySize.entries()) {
    const share = Math.min(size, size <= SHORT ? left : Math.floor(left / (bySize.length - i)));
    rooms.set(table, share);
    left -= share;
  }
  return rooms;
}

/** The rows of a section, or a link to where they are. */
export function rowsOf(table: ReportTable, report: Report, place: Place): Markup {
  const { numbers, written } = place;
  const elsewhere = listElsewhere(table, report);
  if (elsewhere !== undefined) return elsewhere;
  if (table.rowCount === 0) return extent(table, 0, numbers);
  const rows = firstRows(chosenRows(table), rowsThatFit(table, place));
  const columns = chosenColumns(table, report, rows);
  return html`${grid({ label: `Rows: ${table.question}`, columns, rows }, report, numbers, { missing: table.section?.missing ?? {}, shown: written })}
${extent(table, rows.length, numbers)}`;
}

/**
 * The rows in their order, or those with the largest values of the column that comes newest first.
 */
function chosenRows({ rows, section }: ReportTable): Row[] {
  const by = section?.newest_first;
  if (by === undefined) return [...rows];
  return rows.toSorted((one, other) => largestFirst(one[by] ?? null, other[by] ?? null)); // stable
}

/** The first rows; where there are several windows, of each as many, in their order. */
function firstRows(rows: readonly Row[], count: number): Row[] {
  if (count >= rows.length || rows[0]?.window_days === undefined) return rows.slice(0, count);
  const seen = new Map<Value, number>();
  const placed = rows.map((row, at) => {
    const place = seen.get(row.window_days ?? null) ?? 0;
    seen.set(row.window_days ?? null, place + 1);
    return { row, at, place };
  });
  const chosen = placed
    .toSorted((one, other) => one.place - other.place || one.at - other.at)
    .slice(0, count);
  return chosen.sort((one, other) => one.at - other.at).map(({ row }) => row);
}

/** How many rows fit into this many bytes of data; those that are written do not count. */
function rowsThatFit(
  table: ReportTable,
  { written, room }: Pick<Place, 'written' | 'room'>,
): number {
  let left = room;
  const columns = table.section?.columns ?? table.columns.map(({ name }) => name);
  const first = chosenRows(table).findIndex((row, i) => {
    if (i >= written) left -= sizeOf(row, columns);
    return left < 0;
  });
  return first === -1 ? table.rows.length : first;
}

/** How many bytes the rows of all sections take as data, about. */
export function sizeOfRows(sections: readonly ReportTable[], written: number): number {
  return sections.reduce((sum, table) => sum + rowsSize(table, written), 0);
}

/** How many bytes the rows of a section take as data, about, beyond those that are written. */
function rowsSize(table: ReportTable, written: number): number {
  const columns = table.section?.columns ?? table.columns.map(({ name }) => name);
  return chosenRows(table)
    .slice(written)
    .reduce((sum, row) => sum + sizeOf(row, columns), 0);
}

/**
 * A time, or a number of more than three digits, is written twice, as people read it and exactly.
 */
function sizeOf(row: Row, columns: readonly string[]): number {
  return columns.reduce((sum, name) => {
    const value = row[name] ?? null;
    const length = String(value).length;
    const isTwice = typeof value === 'string' ? /^\d{4}-\d\d-\d\dT/.test(value) : length > 3;
    return sum + 4 + (isTwice ? 2 * length + 8 : Math.min(length, 120));
  }, 2);
}

/** The order of two values of a column, those that are missing last. */
function largestFirst(one: Value, other: Value): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return one < other ? 1 : one > other ? -1 : 0;
}

/**
 * The columns of a section that say something: not an as-of date that only repeats the page's, and
 * none without a value in any row.
 */
function chosenColumns(table: ReportTable, report: Report, rows: readonly Row[]): ReportColumn[] {
  const chosen = table.section?.columns;
  const asked =
    chosen?.flatMap((name) => table.columns.find((column) => column.name === name) ?? []) ??
    table.columns.filter(
      ({ name }) => name !== 'as_of_date' || rows.some((row) => row[name] !== report.asOf),
    );
  return asked.filter(({ name }) => rows.some((row) => row[name] !== null));
}

function extent(table: ReportTable, shown: number, numbers: Numbers): Markup {
  const file = (ending: string) => `${encodeURIComponent(table.name)}.${ending}`;
  const total = amountOf(table.rowCount, 'rows', numbers);
  // what is here is less on paper
  const words =
    table.rowCount === 0
      ? 'No rows. The empty table'
      : table.rowCount > shown
        ? html`<span class="here">${numbers.count(shown)} of </span>${total}<span class="here"> here</span>; all`
        : `${total}; also`;
  return html`<p class="more">${words} as <a href="${file('csv')}">CSV</a>, <a href="${file('parquet')}">Parquet</a> or <a href="${file('arrow')}">Arrow</a>.</p>`;
}

/** Where another section lists the same rows, a link to it. */
function listElsewhere(table: ReportTable, report: Report): Markup | undefined {
  const other = sectionsOf(report).find(({ name }) => name === table.section?.list);
  if (other === undefined) return undefined;
  return html`<p class="more">The list is below, with the reason for each: <a href="#${other.name}">${other.question}</a></p>`;
}
