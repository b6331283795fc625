import type { WindowLine } from '../release/ledger.js';

/** Changed when rendering changes, so that pages and files are written anew. */
export const RENDERING_VERSION = 1;

/** The physical type of a column; `integer` is 64 bits wide, a `timestamp` is UTC. */
export type ColumnType = 'integer' | 'double' | 'text' | 'date' | 'timestamp' | 'boolean';

export interface ReportColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** What is counted or measured, `seconds` for durations; may be empty. */
  readonly unit: string;
  readonly description: string;
  /** True for a column that names something rather than counts it; an `id` of a model, its type resolved. */
  readonly id?: boolean;
}

/**
 * A value of a row: `integer` a safe number or a bigint of 64 bits, `date` as `YYYY-MM-DD`, `timestamp` as `YYYY-MM-DDTHH:MM:SSZ`
 * with up to six decimals of a second.
 */
export type Value = string | number | bigint | boolean | null;

export type Row = Readonly<Record<string, Value>>;

/** The answer to one question. */
export interface ReportTable {
  /** Also the name of its files: `<name>.csv` and so on. */
  readonly name: string;
  readonly question: string;
  readonly columns: readonly ReportColumn[];
  /** The first rows; all of them stand in the CSV, Parquet and Arrow files. */
  readonly rows: readonly Row[];
  /** How many rows there are in all. */
  readonly rowCount: number;
  /** The model that gave the rows. */
  readonly sql: string;
}

/** Everything that is told about one as-of date. */
export interface Report {
  /** `YYYY-MM-DD` */
  readonly asOf: string;
  /** The IANA zone whose dates these are. */
  readonly timeZone: string;
  /** The last date whose numbers are final; null while it is not known when rows stop coming. Later ones are provisional. */
  readonly finalThrough: string | null;
  readonly tables: readonly ReportTable[];
  readonly ledger: readonly WindowLine[];
  /** Whole sentences that a reader should know first, such as what is provisional. */
  readonly notes: readonly string[];
}

/** Whether rows may still come for a date of a report. */
export function isProvisional({ finalThrough }: Pick<Report, 'finalThrough'>, date: string): boolean {
  return finalThrough === null || date > finalThrough;
}

/** True for columns whose values are amounts. */
export function isAmount(column: ReportColumn): boolean {
  return (column.type === 'integer' || column.type === 'double') && column.id !== true;
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

/**
 * The value of a column in a row, known to be of the type of the column.
 * @throws TypeError for a value of another type, NaN, infinity, or a column that the row lacks: a defect of the query
 */
export function cellOf(row: Row, column: ReportColumn): Value {
  const value = row[column.name];
  if (value === null || (value !== undefined && fits(value, column.type))) return value;
  const found = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'nothing');
  throw new TypeError(`Expected ${column.type} or null in column ${column.name}, found ${found} (${typeof value})`);
}

function fits(value: Exclude<Value, null>, type: ColumnType): boolean {
  switch (type) {
    case 'integer':
      return typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
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
  const found = !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text.slice(0, 19));
  if (known.size > 10_000) known.clear();
  known.set(text, found);
  return found;
}
