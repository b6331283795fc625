import { BLOCK, CATEGORY, COUNTS, Column, DOUBLE, NOT_PLAIN, TEXT, TIME, WHOLE } from './column';
import { take } from './memory';
import { readDoubles, readWholes } from './numbers';
import { readSpellings, readTexts } from './texts';
import { readTimes } from './times';

const LINE_FEED: u8 = 0x0a;
const CARRIAGE_RETURN: u8 = 0x0d;
const ZERO: u8 = 0x30;
/** Bytes of which the fields are found at once, and as many at most where a record is longer. */
const PART: usize = 1 << 15;
const LONGEST_PART: usize = 1 << 24;

/**
 * How the records of a file are written, and what is known of its rows, in its order. Quotes within
 * quotes are doubled, and each record has the same number of fields.
 */
@unmanaged
export class Records {
  /** where the next record begins, and where the text ends, in a line feed with others behind it */
  at: usize;
  end: usize;
  delimiter: u8;
  /** a byte; -1 is none */
  quote: i32;
  /** fields of a record, and where those of a block begin and end, 4 bytes each */
  width: i32;
  fields: usize;
  /** whether the first field is the line of the record; elsewhere that of the first one */
  hasLines: bool;
  firstLine: u32;
  /** whether nothing in quotes is no value either */
  emptyIsMissing: bool;
  /** bytes of a part of the text, and where the bytes in it are that fields may end at */
  part: usize;
  index: usize;
  rows: i32;
  /** what became of each row, a byte; its line and where its record begins, 4 bytes each */
  marks: usize;
  lines: usize;
  starts: usize;

  static of(rows: i32, width: i32): Records {
    const records = changetype<Records>(take(offsetof<Records>()));
    records.rows = rows;
    records.width = width;
    records.fields = take(8 * min(BLOCK, rows) * width);
    records.resize(PART);
    records.marks = take(rows);
    records.lines = take(4 * rows);
    records.starts = take(4 * (rows + 1));
    return records;
  }

  /** Makes room for parts of another size. */
  resize(part: usize): void {
    this.part = part;
    this.index = take(4 * part + 512);
  }
}

/** Lists where delimiters, line feeds and quotes are, looking at 64 bytes at once. */
class Index {
  @inline
  static of16(at: usize, delimiters: v128, quotes: v128): u64 {
    const bytes = v128.load(at);
    const ends = v128.or(i8x16.eq(bytes, delimiters), i8x16.eq(bytes, i8x16.splat(<i8>LINE_FEED)));
    return <u32>i8x16.bitmask(v128.or(ends, i8x16.eq(bytes, quotes)));
  }

  /** A bit for each byte that is listed. */
  @inline
  static of64(at: usize, delimiters: v128, quotes: v128): u64 {
    return (
      Index.of16(at, delimiters, quotes) |
      (Index.of16(at + 16, delimiters, quotes) << 16) |
      (Index.of16(at + 32, delimiters, quotes) << 32) |
      (Index.of16(at + 48, delimiters, quotes) << 48)
    );
  }

  /** Lists four more; more than there are is overwritten by what comes after. */
  @inline
  static put4(into: usize, at: usize, first: u64): u64 {
    const second = first & (first - 1);
    const third = second & (second - 1);
    const fourth = third & (third - 1);
    store<u32>(into, <u32>at + <u32>ctz(first));
    store<u32>(into, <u32>at + <u32>ctz(second), 4);
    store<u32>(into, <u32>at + <u32>ctz(third), 8);
    store<u32>(into, <u32>at + <u32>ctz(fourth), 12);
    return fourth & (fourth - 1);
  }

  /** Lists those of a part of the text, and its end, twice, behind them. */
  static fill(records: Records, from: usize, to: usize): void {
    const delimiters = i8x16.splat(<i8>records.delimiter);
    const quotes = records.quote < 0 ? delimiters : i8x16.splat(<i8>records.quote);
    let into = records.index;
    for (let at = from; at < to; at += 64) {
      let bits = Index.of64(at, delimiters, quotes);
      const end = into + 4 * <usize>popcnt(bits);
      bits = Index.put4(into, at, bits);
      bits = Index.put4(into + 16, at, bits);
      for (into += 32; into < end; into += 16) bits = Index.put4(into, at, bits);
      into = end;
    }
    store<u32>(into, <u32>to);
    store<u32>(into, <u32>to, 4);
  }
}

/**
 * Reads records into columns.
 * @param columns how many there are, and their addresses
 * @returns whether the records are as they should be
 */
export function readRecords(records: Records, columns: usize): bool {
  let row = 0;
  while (records.at < records.end) {
    if (row === records.rows) return false;
    const count = findFields(records, row, min(BLOCK, records.rows - row));
    if (count < 0) return false;
    readLines(records, row, count);
    for (let i: u32 = 1; i <= load<u32>(columns); i++)
      readColumn(changetype<Column>(load<u32>(columns + 4 * i)), row, count);
    row += count;
  }
  return row === records.rows;
}

function readColumn(column: Column, first: i32, count: i32): void {
  const kind = column.kind;
  if (kind === DOUBLE) readDoubles(column, first, count);
  else if (kind === TIME) readTimes(column, first, count);
  else if (kind === TEXT) readTexts(column, first, count);
  else if (kind === CATEGORY) readSpellings(column, first, count);
  else if (kind === WHOLE) readWholes(column, first, count);
}

/**
 * Finds the fields of the next records.
 * @returns how many those are; -1 where one is damaged or too long
 */
function findFields(records: Records, first: i32, most: i32): i32 {
  const at = records.at;
  let size = PART;
  while (true) {
    if (size > records.part) records.resize(size);
    const to = min(at + size, records.end);
    Index.fill(records, at, to);
    const count = splitRecords(records, first, most, to);
    if (count !== 0) return count;
    if (to === records.end || size === LONGEST_PART) return -1;
    size *= 2;
  }
}

/**
 * Splits the records of a part of the text that are whole in it.
 * @returns how many those are; -1 where one is damaged
 */
function splitRecords(records: Records, first: i32, most: i32, end: usize): i32 {
  const quote = records.quote;
  const width = records.width;
  const delimiter = records.delimiter;
  const emptyIsMissing = records.emptyIsMissing;
  let next = records.index;
  let field = records.fields;
  let at = records.at;
  let row = first;
  for (; row < first + most && at < end; row++) {
    store<u32>(records.starts + 4 * row, <u32>at);
    let mark = COUNTS;
    for (let place = 1; place <= width; place++) {
      let from = at;
      let to: usize;
      if (<i32>load<u8>(at) === quote) {
        from++;
        next += 4;
        let needsCare = false;
        while (true) {
          do {
            to = load<u32>(next);
            next += 4;
          } while (to < end && <i32>load<u8>(to) !== quote);
          if (<i32>load<u8>(to, 1) !== quote || to >= end) break;
          needsCare = true;
          next += 4;
        }
        at = to + 1;
        if (load<u8>(at) === CARRIAGE_RETURN) at++;
        if (load<u32>(next) === <u32>at) next += 4;
        if (needsCare || (from === to && !emptyIsMissing)) {
          mark = NOT_PLAIN;
          to = from;
        }
      } else {
        do {
          at = load<u32>(next);
          next += 4;
        } while (<i32>load<u8>(at) === quote && at < end);
        to = at;
        if (place === width && at > from && load<u8>(at - 1) === CARRIAGE_RETURN) to--;
      }
      if (at >= end) return row - first;
      if (load<u8>(at) !== (place === width ? LINE_FEED : delimiter)) return -1;
      at++;
      store<u64>(field, <u64>from | ((<u64>to) << 32));
      field += 8;
    }
    store<u8>(records.marks + row, mark);
    store<u32>(records.starts + 4 * row, <u32>at, 4);
    records.at = at;
  }
  return row - first;
}

function readLines(records: Records, first: i32, count: i32): void {
  const lines = records.lines;
  const firstLine = records.firstLine;
  const fields = records.fields;
  const width = records.width;
  for (let i = 0; i < count; i++) {
    let line: u32 = firstLine + first + i;
    if (records.hasLines) {
      const field = fields + 8 * width * i;
      line = 0;
      for (let at: usize = load<u32>(field); at < load<u32>(field, 4); at++)
        line = line * 10 + load<u8>(at) - ZERO;
    }
    store<u32>(lines + 4 * (first + i), line);
  }
}
