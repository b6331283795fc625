import type { Days } from './days.js';

/** What times are read by. */
export interface TimeRules {
  /** the dates of the zone of times without an offset */
  readonly local: Days;
  /** the first instant that is accepted, and the first after it that is not */
  readonly from: number;
  readonly to: number;
}

/** The type of a column in a typed file. */
export type PlainType = 'integer' | 'double' | 'timestamp' | 'text' | 'count';

/**
 * Values of a column: those of the rows given, in that order, without the rows that have none. They
 * are valid until others are asked for.
 */
export interface Values {
  readonly bytes: Uint8Array;
  /**
   * of values that are few: the bytes are those of `dictionary`, and these are their places in it
   */
  readonly places?: Uint16Array;
  /** how many values `bytes` holds */
  readonly count: number;
}

/** One column of the rows of an export that are written in the usual way. */
export interface PlainColumn {
  readonly name: string;
  readonly type: PlainType;
  /**
   * Makes room for the rows of an export, in place of those of the one before. @param times the
   * rules of its times
   */
  begin(rows: number, times: TimeRules): void;
  /**
   * Reads the text of a row, which may be empty; false where it is not written in the usual way or
   * breaks a rule.
   */
  read(bytes: Uint8Array, from: number, to: number, row: number): boolean;
  /** Whether a row has no value. */
  isMissing(row: number): boolean;
  hash(row: number): number;
  equals(row: number, other: number): boolean;
  /** The value of a row as SQL would print it, and how two rows compare, for the range of a key. */
  textOf(row: number): string;
  compare(row: number, other: number): number;
  valuesOf(rows: Uint32Array): Values;
}

/** The text between two bytes. */
export function textAt(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString();
}
