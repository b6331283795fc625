import { Column, MISSING } from './column';
import { Digits } from './numbers';
import { DAY, Zone } from './zone';

const BLANK: u8 = 0x20;
const PLUS: u8 = 0x2b;
const DASH: u8 = 0x2d;
const DOT: u8 = 0x2e;
const SLASH: u8 = 0x2f;
const ZERO: u8 = 0x30;
const COLON: u8 = 0x3a;
const T: u8 = 0x54;
const Z: u8 = 0x5a;
const SECOND: i64 = 1_000_000;
/** A sum with a part that is no number is below zero. */
const NO_NUMBER: i32 = -1_000_000;

/** The order of day and month in dates of numbers whose year is last. */
const MONTH_FIRST = 1;
const DAY_FIRST = 2;

let order = 0;
let local: Zone = changetype<Zone>(0);

// The date that was read last, as it is written: its 10 bytes, and its first moment as a time of
// UTC and as one without an offset. Most times of an export have the same date.
let written: u64 = 0;
let writtenEnd: u16 = 0;
let utcMidnight: i64 = 0;
let localMidnight: i64 = 0;

/** Sets what times without an offset, and dates whose year is last, mean. */
export function setTimes(zone: Zone, dateOrder: i32): void {
  local = zone;
  order = dateOrder;
  written = 0;
}

/**
 * Reads the usual spellings of times, which mean here what parse_timestamp of the vocabulary says:
 * 2026-10-05 10:00:00[.ffffff], also with T, followed by Z or +02:00 or nothing; 10/05/2026
 * 10:00:00 where the order is known; and milliseconds since 1970 in thirteen digits.
 */
export function readTimes(column: Column, first: i32, count: i32): void {
  let field = column.fields;
  for (let row = first; row < first + count; row++, field += column.step) {
    const from: usize = load<u32>(field);
    const to: usize = load<u32>(field, 4);
    const instant = instantOf(from, to);
    if (instant === MISSING) column.keepWord(row, from, to);
    else column.keep(row, instant, instant >= column.low && instant <= column.high);
  }
}

/** The instant of a text; MISSING where it is written in another way, or names none. */
function instantOf(from: usize, to: usize): i64 {
  const length = to - from;
  if (length < 19) return length === 13 ? epochOf(from) : MISSING;
  if (!readDate(from, length)) return MISSING;
  const time = Clock.read(from + 11);
  if (time < 0) return MISSING;
  if (length === 19) return localMidnight === MISSING ? MISSING : localMidnight + time;
  return withRest(from + 19, to, time);
}

function epochOf(from: usize): i64 {
  const millis = Digits.number(from, 13);
  return millis < 0 || load<u8>(from) === ZERO ? MISSING : millis * 1000;
}

/** Reads the date of a text of at least 19 bytes, and the byte behind it. */
function readDate(from: usize, length: usize): bool {
  const between = load<u8>(from, 10);
  const hasSlashes = load<u8>(from, 2) === SLASH;
  if (between !== BLANK && (between !== T || hasSlashes)) return false;
  if (hasSlashes && length !== 19) return false;
  if (load<u64>(from) === written && load<u16>(from, 8) === writtenEnd) return true;
  let year: i32;
  let month: i32;
  let day: i32;
  if (hasSlashes) {
    if (order === 0 || load<u8>(from, 5) !== SLASH) return false;
    month = pair(order === MONTH_FIRST ? from : from + 3);
    day = pair(order === DAY_FIRST ? from : from + 3);
    year = pair(from + 6) * 100 + pair(from + 8);
  } else {
    if (load<u8>(from, 4) !== DASH || load<u8>(from, 7) !== DASH) return false;
    year = pair(from) * 100 + pair(from + 2);
    month = pair(from + 5);
    day = pair(from + 8);
  }
  if (year < 1000 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return false;
  const number = dayNumber(year, month, day);
  utcMidnight = <i64>number * DAY;
  localMidnight = local.midnightOf(number);
  written = load<u64>(from);
  writtenEnd = load<u16>(from, 8);
  return true;
}

class Clock {
  /** Microseconds since midnight of 10:00:00; below zero where it is no time of the day. */
  @inline
  static read(at: usize): i64 {
    const digits = load<u64>(at) ^ 0x30303a30303a3030;
    if (((digits | (digits + 0x76767f76767f7676)) & 0x8080808080808080) !== 0) return -1;
    const hours = (digits & 0xff) * 10 + ((digits >> 8) & 0xff);
    const minutes = ((digits >> 24) & 0xff) * 10 + ((digits >> 32) & 0xff);
    const seconds = ((digits >> 48) & 0xff) * 10 + (digits >> 56);
    if (hours > 23 || minutes > 59 || seconds > 59) return -1;
    return <i64>(hours * 3600 + minutes * 60 + seconds) * SECOND;
  }
}

/** The instant of a time that a fraction follows, an offset, or both. */
function withRest(from: usize, to: usize, time: i64): i64 {
  let at = from;
  let value = time;
  if (load<u8>(at) === DOT) {
    let unit = SECOND / 10;
    for (at++; at < to && unit > 0; at++, unit /= 10) {
      const digit = load<u8>(at) - ZERO;
      if (digit > 9) break;
      value += unit * digit;
    }
    if (unit === SECOND / 10) return MISSING;
  }
  if (at === to) return localMidnight === MISSING ? MISSING : localMidnight + value;
  const sign = load<u8>(at);
  if (sign === Z) return at + 1 === to ? utcMidnight + value : MISSING;
  if (sign !== PLUS && sign !== DASH) return MISSING;
  if (to - at !== 6 || load<u8>(at, 1) !== ZERO || load<u8>(at, 3) !== COLON) return MISSING;
  const hours = pair(at + 1);
  const minutes = pair(at + 4);
  if (hours < 0 || minutes < 0 || minutes > 59) return MISSING;
  const offset = <i64>(hours * 3600 + minutes * 60) * SECOND;
  return utcMidnight + value + (sign === PLUS ? -offset : offset);
}

/** The number of two digits; below zero where they are none. */
function pair(at: usize): i32 {
  const tens = load<u8>(at) - ZERO;
  const ones = load<u8>(at, 1) - ZERO;
  return tens <= 9 && ones <= 9 ? <i32>tens * 10 + ones : NO_NUMBER;
}

function daysIn(year: i32, month: i32): i32 {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}

/**
 * Days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
 */
function dayNumber(year: i32, month: i32, day: i32): i32 {
  const shifted = month <= 2 ? year - 1 : year;
  const era = shifted / 400;
  const ofEra = shifted - era * 400;
  const ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468;
}
