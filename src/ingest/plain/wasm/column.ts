import { Words } from './words';

export const WHOLE = 0;
export const DOUBLE = 1;
export const TIME = 2;
export const TEXT = 3;
export const CATEGORY = 4;
/** Counts that the program gives rows: their lines, and whether they are repeated. */
export const LINE = 5;
export const IS_REPEATED = 6;

/** In place of a value, where a row has none: the bits of NaN, which no other value has. */
export const MISSING: i64 = 0x7ff8000000000000;

/** What became of a row. */
export const COUNTS: u8 = 0;
export const REPEATED: u8 = 1;
export const NOT_PLAIN: u8 = 2;
/** It counts, and falls on another date than most. */
export const OTHER_DATE: u8 = 3;

/** Rows whose fields are found before their values are read: what that takes stays in the cache. */
export const BLOCK = 1024;

/** One column of the rows of an export, and the block of rows that is read into it. */
@unmanaged
export class Column {
  kind: i32;
  /**
   * where the field of the first row of the block begins and ends, 4 bytes each, and how far those
   * of the next row are; 0 where all rows have the same text
   */
  fields: usize;
  step: usize;
  /**
   * 8 bytes a row: a whole number, the bits of a double, microseconds since 1970; of a text where
   * it begins and its length, 4 bytes each; of a category the number of its spelling, and when it
   * is known what that means, the place of its value among all in their order
   */
  values: usize;
  /** what became of the rows */
  marks: usize;
  /** words for no value, and all that are accepted; 0 where all are */
  missing: Words;
  accepted: Words;
  /** spellings of categories */
  spellings: Words;
  /** the least and the greatest value that is accepted; of doubles their bits */
  low: i64;
  high: i64;
  /** the value of a row without text, and whether such a row is plain */
  fallback: i64;
  mayBeEmpty: bool;

  @inline
  valueOf(row: i32): i64 {
    return load<i64>(this.values + 8 * row);
  }

  @inline
  isMissing(row: i32): bool {
    return this.valueOf(row) === MISSING;
  }

  /** Keeps the value of a row, if that is one that is plain. */
  @inline
  keep(row: i32, value: i64, isPlain: bool): void {
    store<i64>(this.values + 8 * row, value);
    if (!isPlain) store<u8>(this.marks + row, NOT_PLAIN);
  }

  /** Keeps what a row without text has. */
  keepEmpty(row: i32): void {
    this.keep(row, this.fallback, this.mayBeEmpty);
  }

  /** Keeps what a row has whose text was not read as a value: it may be a word for none. */
  keepWord(row: i32, from: usize, to: usize): void {
    const length = to - from;
    if (length === 0 || (this.missing.mayHave(length) && this.missing.find(from, length) >= 0))
      this.keepEmpty(row);
    else this.keep(row, 0, false);
  }
}

/** Where a text begins, and its length. */
export class Text {
  @inline
  static of(from: usize, length: usize): i64 {
    return <i64>(<u64>from | ((<u64>length) << 32));
  }

  @inline
  static start(value: i64): usize {
    return <u32>value;
  }

  @inline
  static length(value: i64): usize {
    return <u32>(<u64>value >> 32);
  }
}
