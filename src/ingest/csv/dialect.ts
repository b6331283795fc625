import type { SourceColumn } from '../../config/source.js';

/** How records are written: `json` is an array of them, `jsonl` one on each line. */
type Format = 'csv' | 'jsonl' | 'json' | 'parquet';
export type Quote = '"' | "'" | 'none';
export type Escape = 'doubled' | 'backslash';

/** How the exports of a table are said to be written; what is null is found out from the file. */
export interface Dialect {
  readonly format: Format;
  /** A name that encodingOf knows. */
  readonly encoding: string | null;
  /** ASCII characters. This and what follows is for CSV. */
  readonly delimiter: string | null;
  readonly quote: Quote | null;
  /** How a quote is written within quotes. */
  readonly escape: Escape | null;
  /** Of JSON, the way to the array of records, where that is within objects. */
  readonly rows_at: string | null;
  /** The names of the columns, where the file has no header. */
  readonly header: readonly string[] | null;
  /** Records that the header has, the one with the names first. */
  readonly header_rows: number;
  /** Records after the data that are none, such as totals. */
  readonly totals: number;
  /**
   * What the header is known by: each column that is needed is in it under one of its names.
   */
  readonly columns: readonly Pick<
    SourceColumn,
    'name' | 'type' | 'from' | 'required' | 'sql' | 'constant' | 'default'
  >[];
  /** A SELECT that makes the rows of the table from the records. */
  readonly rows: string | null;
  /** Of Parquet, whether columns are decoded that no column of the table comes from. */
  readonly decodesAll?: boolean;
}

/** The columns of the table that are read by their names. SQL or a constant makes the others. */
export function namedColumns({
  columns,
  rows,
}: Pick<Dialect, 'columns' | 'rows'>): Dialect['columns'] {
  if (rows !== null) return [];
  return columns.filter(({ sql, constant }) => sql === undefined && constant === undefined);
}

/** The names by which columns are read that may be paths through objects. */
export function pathsOf(dialect: Pick<Dialect, 'columns' | 'rows'>): string[] {
  return namedColumns(dialect).flatMap(({ from }) => from.filter((name) => name.includes('.')));
}

/** Of the named columns those that each export must have, because nothing stands in for them. */
export function neededColumns(dialect: Pick<Dialect, 'columns' | 'rows'>): Dialect['columns'] {
  return namedColumns(dialect).filter((column) => column.required && column.default === undefined);
}

/** How a CSV file turned out to be written. */
export interface Csv {
  readonly delimiter: string;
  readonly quote: Quote;
  readonly escape: Escape;
}

/** A byte order mark. */
export const MARK = Buffer.of(0xef, 0xbb, 0xbf);
export const NUL = 0x00;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Stands for a delimiter, quote or escape that a format does not have: no byte equals it. */
export const NONE = -1;

/** The bytes that give a file its records and fields. */
export interface Grammar {
  readonly delimiter: number;
  /** Bytes that must follow the first one of a delimiter. */
  readonly delimiterRest: Uint8Array;
  readonly quote: number;
  /** Before a quote, a delimiter, a line's end or itself it takes their meaning from them. */
  readonly escape: number;
  /** The byte that ends a line; a carriage return before a line feed belongs to the line's end. */
  readonly newline: number;
  /** Where carriage returns end lines, so do line feeds. */
  readonly otherNewline: number;
  /** Each record is a JSON object; `paths` through objects are read. */
  readonly json: { readonly paths: readonly string[] } | undefined;
}

/** @param paths through the objects that are read, with points between two names */
export function jsonGrammar(newline: number, paths: readonly string[] = []): Grammar {
  return {
    ...{ delimiter: NONE, delimiterRest: new Uint8Array(0), quote: NONE, escape: NONE },
    json: { paths },
    ...newlines(newline),
  };
}

export function csvGrammar({ delimiter, quote, escape: how }: Csv, newline: number): Grammar {
  return {
    delimiter: delimiter.charCodeAt(0),
    delimiterRest: Buffer.from(delimiter.slice(1)),
    quote: quote === 'none' ? NONE : quote.charCodeAt(0),
    escape: how === 'backslash' ? BACKSLASH : NONE,
    json: undefined,
    ...newlines(newline),
  };
}

function newlines(newline: number): Pick<Grammar, 'newline' | 'otherNewline'> {
  return { newline, otherNewline: newline === CARRIAGE_RETURN ? LINE_FEED : NONE };
}
