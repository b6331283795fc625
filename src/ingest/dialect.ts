/** How an export is written. A quote is always `"`, doubled inside a quoted field (RFC 4180). */
export interface Dialect {
  readonly format: 'csv' | 'jsonl';
  /** One ASCII character; JSON Lines have none and ignore it. */
  readonly delimiter: string;
}

/** What reading may hold in memory, in bytes. */
export interface Limits {
  /** Read at a time. @default 1 MiB */
  readonly chunk: number;
  /** Longest record that is read; a longer one is quarantined. @default 1 MiB */
  readonly record: number;
}

export const LIMITS: Limits = { chunk: 1 << 20, record: 1 << 20 };

export const NUL = 0x00;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const UNIT_SEPARATOR = 0x1f;
export const QUOTE = 0x22;
/** Stands for a delimiter or quote that a format does not have: no byte equals it. */
export const NONE = -1;

/** The bytes that give a file its records and fields. */
export interface Grammar {
  readonly delimiter: number;
  readonly quote: number;
  /** The byte that ends a line; a carriage return before a line feed belongs to the line's end. */
  readonly newline: number;
}

/** @param hasLineFeed a carriage return alone ends a line only in a file without a single line feed */
export function grammarOf(dialect: Dialect, hasLineFeed: boolean): Grammar {
  const newline = hasLineFeed ? LINE_FEED : CARRIAGE_RETURN;
  return dialect.format === 'jsonl'
    ? { delimiter: NONE, quote: NONE, newline }
    : { delimiter: dialect.delimiter.charCodeAt(0), quote: QUOTE, newline };
}
