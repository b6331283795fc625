import { Column } from './column';

const MINUS: u8 = 0x2d;
const DOT: u8 = 0x2e;
const ZERO: u8 = 0x30;
/** Digits of the longest whole number that is sure to fit. */
const LONGEST: usize = 18;
/** Digits of the longest number that a double holds, as it does a power of ten of that length. */
const EXACT: usize = 15;

/** Reads digits, eight at once. */
export class Digits {
  /** The number of at most eight digits; below 0 where others are among them. */
  @inline
  static eight(from: usize, length: usize): i64 {
    const digits = (load<u64>(from) ^ 0x3030303030303030) << (64 - ((<u64>length) << 3));
    if (((digits | (digits + 0x7676767676767676)) & 0x8080808080808080) !== 0) return -1;
    const pairs = digits * 10 + (digits >> 8);
    const low = (pairs & 0x000000ff000000ff) * 0x000f424000000064;
    const high = ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001;
    return <i64>((low + high) >> 32);
  }

  /** The number of one to eighteen digits; below 0 where others are among them. */
  @inline
  static number(from: usize, length: usize): i64 {
    if (length <= 8) return Digits.eight(from, length);
    const first = ((length - 1) & 7) + 1;
    let value = Digits.eight(from, first);
    for (let at = from + first; at < from + length; at += 8) {
      const next = Digits.eight(at, 8);
      if (value < 0 || next < 0) return -1;
      value = value * 100000000 + next;
    }
    return value;
  }
}

/** Whole numbers of at most eighteen digits, with no sign but a minus and no zeros before them. */
export function readWholes(column: Column, first: i32, count: i32): void {
  let field = column.fields;
  for (let row = first; row < first + count; row++, field += column.step) {
    const from: usize = load<u32>(field);
    const to: usize = load<u32>(field, 4);
    const isNegative = load<u8>(from) === MINUS;
    const start = from + usize(isNegative);
    const length = to - start;
    // of an empty text, the length is 0 or the greatest there is
    if (length - 1 >= LONGEST) {
      column.keepWord(row, from, to);
      continue;
    }
    const number = Digits.number(start, length);
    if (number < 0 || (load<u8>(start) === ZERO && (length > 1 || isNegative))) {
      column.keepWord(row, from, to);
      continue;
    }
    const value = isNegative ? -number : number;
    column.keep(row, value, value >= column.low && value <= column.high);
  }
}

/** Numbers of digits, with a point at most. */
export function readDoubles(column: Column, first: i32, count: i32): void {
  const low = reinterpret<f64>(column.low);
  const high = reinterpret<f64>(column.high);
  let field = column.fields;
  for (let row = first; row < first + count; row++, field += column.step) {
    const from: usize = load<u32>(field);
    const to: usize = load<u32>(field, 4);
    const value = doubleOf(from, to);
    if (F64.isNaN(value)) column.keepWord(row, from, to);
    else column.keep(row, reinterpret<i64>(value), value >= low && value <= high);
  }
}

/** The number of a text whose digits a double does not hold. */
declare function longDouble(from: usize, to: usize): f64;

/** The number of a text; NaN where it is none. */
function doubleOf(from: usize, to: usize): f64 {
  const isNegative = from < to && load<u8>(from) === MINUS;
  const start = from + usize(isNegative);
  let number: u64 = 0;
  let unit: f64 = 1;
  let point: usize = 0;
  for (let at = start; at < to; at++) {
    const byte = load<u8>(at);
    if (byte === DOT && point === 0 && at > start && at + 1 < to) {
      point = at;
      continue;
    }
    const digit = byte - ZERO;
    if (digit > 9) return NaN;
    number = number * 10 + digit;
    if (point > 0) unit *= 10;
  }
  if (start >= to) return NaN;
  if (to - start > EXACT) return longDouble(from, to);
  const value = <f64>number / unit;
  return isNegative ? -value : value;
}
