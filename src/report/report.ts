import { datesBetween } from '../dates.js';
import type { Section } from '../model/section.js';
import type { WindowLine } from '../release/ledger.js';
import type { CheckResult } from '../release/schema.js';

/** Changed when rendering changes, so that pages and files are written again. */
export const RENDERING_VERSION = 9;

/** The physical type of a column; `integer` is 64 bits wide, a `timestamp` is UTC. */
export type ColumnType = 'integer' | 'double' | 'text' | 'date' | 'timestamp' | 'boolean';

export interface ReportColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** What is counted or measured, `seconds` for durations; may be empty. */
  readonly unit: string;
  readonly description: string;
  /**
   * True for a column that names something rather than counts it; an `id` of a model, its type
   * resolved.
   */
  readonly id?: boolean;
}

/**
 * A value of a row: `integer` a safe number or a bigint of 64 bits, `date` as `YYYY-MM-DD`,
 * `timestamp` as `YYYY-MM-DDTHH:MM:SSZ` with up to six decimals of a second.
 */
export type Value = string | number | bigint | boolean | null;

export type Row = Readonly<Record<string, Value>>;

/** A value worked out over all rows of a report; several of them where names share a place. */
export type Fact = string | number | boolean | null | readonly (string | number)[];

/**
 * What is said of a report: the sentence that holds, with places for facts; undefined where the
 * section has none.
 */
export interface Answer {
  readonly sentence: string | undefined;
  readonly facts: Readonly<Record<string, Fact>>;
}

/** The answer to one question, or the data of a chart. */
export interface ReportTable {
  /** Also the name of its files: `<name>.csv` and so on. */
  readonly name: string;
  readonly question: string;
  readonly columns: readonly ReportColumn[];
  /**
   * The first rows, or the newest where its page begins with them; all are in the CSV, Parquet
   * and Arrow files.
   */
  readonly rows: readonly Row[];
  /** How many rows there are in all. */
  readonly rowCount: number;
  /** The model that gave the rows. */
  readonly sql: string;
  /** How it is shown; undefined for the data of charts, which are shown with those alone. */
  readonly section?: Section | undefined;
  readonly answer?: Answer | undefined;
  /**
   * Segments: how many are in that were not in the report before, and the other way round;
   * undefined without one.
   */
  readonly changes?: { readonly added: number; readonly removed: number } | undefined;
}

/** Dates up to that of an earlier report for which rows came later. */
export interface Restated {
  /** of the exports that brought them */
  readonly table: string;
  readonly dates: readonly string[];
}

/** How a deployment wants its pages. */
export interface Branding {
  readonly title: string;
  /** a data: address */
  readonly logo: string | null;
  /** #rrggbb */
  readonly accent: string;
  /** BCP 47, of numbers */
  readonly locale: string;
  /** the metrics at the head of the page, in their order */
  readonly cards: readonly string[];
}

/** Everything that is reported about one as-of date. */
export interface Report {
  /** `YYYY-MM-DD` */
  readonly asOf: string;
  /** The IANA zone whose dates these are. */
  readonly timeZone: string;
  /**
   * The last date whose numbers are final; null while it is not known when rows stop coming. Later
   * ones are provisional.
   */
  readonly finalThrough: string | null;
  readonly tables: readonly ReportTable[];
  readonly ledger: readonly WindowLine[];
  /** What the quality checks found, by name. */
  readonly checks: readonly CheckResult[];
  /** Exports whose columns are not as in the one before, and how. */
  readonly drift: readonly string[];
  /** The date of the newest export of each table, up to the as-of date. */
  readonly newest: Readonly<Record<string, string>>;
  /** Whole sentences that a reader should know first, such as what is provisional. */
  readonly notes: readonly string[];
  /** The as-of date of the report before; null for the first. */
  readonly previous: string | null;
  /** The as-of date of the report after; null for the last. */
  readonly next: string | null;
  /**
   * Names what the page says: pages of one edition say the same, whichever engine and release they
   * are of.
   */
  readonly edition: string;
  /** What exports after that date, and up to this one, changed in it. */
  readonly restated: readonly Restated[];
  /** What exports after the as-of date itself have changed since. */
  readonly restatedSince: readonly Restated[];
  readonly look: Branding;
}

/**
 * The reports that are sections of the page, in its order: by their own, then by name. A section
 * that needs a table without data is none; nor is one without rows that is left out then.
 */
export function sectionsOf({ tables }: Pick<Report, 'tables'>): ReportTable[] {
  const place = ({ section }: ReportTable) => section?.order ?? 0;
  const absent = absentTables({ tables });
  return tables
    .filter(
      ({ section, rowCount }) =>
        section !== undefined && !(section.leave_out_empty && rowCount === 0),
    )
    .filter(({ section }) => !section?.needs.some((name) => absent.includes(name)))
    .sort((one, other) => place(one) - place(other) || (one.name < other.name ? -1 : 1));
}

/**
 * The tables that sections need and that have no data, by name; none where it is not known which
 * tables have data.
 */
export function absentTables({ tables }: Pick<Report, 'tables'>): string[] {
  const coverage = tables.find(({ name }) => name === 'coverage');
  if (coverage === undefined) return [];
  const present = new Set(
    coverage.rows.filter((row) => row.has_data !== false).map((row) => row.table_name),
  );
  const needed = new Set(tables.flatMap(({ section }) => section?.needs ?? []));
  return [...needed].filter((name) => !present.has(name)).sort();
}

/** A line for each table whose exports stop before the as-of date. */
export function gapNotes({ asOf, tables }: Pick<Report, 'asOf' | 'tables'>): string[] {
  const stopped =
    tables
      .find(({ name }) => name === 'coverage')
      ?.rows.filter(({ end_date }) => end_date != null) ?? [];
  return stopped.map(({ table_name, end_date }) => {
    const days = datesBetween(String(end_date), asOf).length - 1;
    const lack = days === 1 ? 'lack one day' : `lack ${days} days`;
    return (
      `${table_name}: no data after ${end_date}. Numbers of later days are missing, and longer ` +
      `spans ${lack}.`
    );
  });
}

/**
 * The line that says what is left out; undefined where nothing is. @param absent tables without
 * data
 */
export function absenceNote(absent: readonly string[]): string | undefined {
  if (absent.length === 0) return undefined;
  const names =
    absent.length === 1 ? absent[0] : `${absent.slice(0, -1).join(', ')} and ${absent.at(-1)}`;
  return (
    `There are no data on ${names}. Numbers and questions that need ` +
    `${absent.length === 1 ? 'it' : 'them'} are left out.`
  );
}

/** Whether a report is a list of users or features to act on. */
export function isSegment({ name }: Pick<ReportTable, 'name'>): boolean {
  return name.startsWith('segment_');
}

/** Whether rows may still come for a date of a report. */
export function isProvisional(
  { finalThrough }: Pick<Report, 'finalThrough'>,
  date: string,
): boolean {
  return finalThrough === null || date > finalThrough;
}

/** True for columns whose values are amounts. */
export function isAmount(column: ReportColumn): boolean {
  return (column.type === 'integer' || column.type === 'double') && column.id !== true;
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

/** The value of a column in a row. @throws TypeError as `typedValue` does */
export function cellOf(row: Row, column: ReportColumn): Value {
  return typedValue(row[column.name], column);
}

/**
 * A value of a column, known to be of the type of the column.
 * @throws TypeError for a value of another type, NaN, infinity, or none: a defect of the query
 */
export function typedValue(value: Value | undefined, column: ReportColumn): Value {
  if (value === null || (value !== undefined && fits(value, column.type))) return value;
  const found = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'nothing');
  throw new TypeError(
    `Expected ${column.type} or null in column ${column.name}, found ${found} (${typeof value})`,
  );
}

function fits(value: Exclude<Value, null>, type: ColumnType): boolean {
  switch (type) {
    case 'integer':
      return typeof value === 'bigint'
        ? BigInt.asIntN(64, value) === value
        : Number.isSafeInteger(value);
    case 'double':
      return Number.isFinite(value);
    case 'text':
      return typeof value === 'string';
    case 'date':
      return typeof value === 'string' && DATE.test(value) && exists(value);
    case 'timestamp':
      return typeof value === 'string' && TIMESTAMP.test(value) && exists(value);
    case 'boolean':
      return typeof value === 'boolean';
  }
}

/** Dates repeat row by row, and making a Date of each costs more than all else of a cell. */
const known = new Map<string, boolean>();

/** False for the likes of 30 February, which Date.parse carries over into March. */
function exists(text: string): boolean {
  const seen = known.get(text);
  if (seen !== undefined) return seen;
  const instant = Date.parse(text);
  const found =
    !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text.slice(0, 19));
  if (known.size > 10_000) known.clear();
  known.set(text, found);
  return found;
}
