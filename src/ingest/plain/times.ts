import { DAY } from './days.js';

const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const BLANK = 0x20;
const PLUS = 0x2b;
const DASH = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const COLON = 0x3a;
const T = 0x54;
const Z = 0x5a;
const SECOND = 1_000_000;
/** A sum with a part that is no number is below zero. */
const NO_NUMBER = -1_000_000;

/** The order of day and month in dates of numbers whose year is last. */
export type DateOrder = 'month_first' | 'day_first' | null;

/**
 * Reads the usual spellings of times, which mean here what parse_timestamp of the vocabulary says:
 * 2026-10-05 10:00:00[.ffffff], also with T, followed by Z or +02:00 or nothing; 10/05/2026
 * 10:00:00 where the order is known; and milliseconds since 1970 in thirteen digits.
 */
export class TimeReader {
  /** microseconds since 1970 of what was read last; a local time as if it were UTC */
  value = 0;
  isLocal = false;
  readonly #order: DateOrder;
  /** the date that was read last, as a number, and its first moment */
  #date = 0;
  #start = 0;

  constructor(order: DateOrder) {
    this.#order = order;
  }

  /** Reads a text; false where it is written in another way, or names no time. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    const length = to - from;
    if (length === 13) return this.#readEpoch(bytes, from, to);
    if (length < 19) return false;
    if (length === 19 && bytes[from + 2] === SLASH) {
      if (this.#order === null || bytes[from + 5] !== SLASH || bytes[from + 10] !== BLANK)
        return false;
      const isMonthFirst = this.#order === 'month_first';
      const month = pair(bytes, isMonthFirst ? from : from + 3);
      const day = pair(bytes, isMonthFirst ? from + 3 : from);
      this.isLocal = true;
      return this.#set(year(bytes, from + 6), month, day, clock(bytes, from + 11));
    }
    if (bytes[from + 4] !== DASH || bytes[from + 7] !== DASH) return false;
    if (bytes[from + 10] !== BLANK && bytes[from + 10] !== T) return false;
    if (
      !this.#set(
        year(bytes, from),
        pair(bytes, from + 5),
        pair(bytes, from + 8),
        clock(bytes, from + 11),
      )
    )
      return false;
    return this.#readRest(bytes, from + 19, to);
  }

  #readEpoch(bytes: Uint8Array, from: number, to: number): boolean {
    if (bytes[from] === ZERO) return false;
    let value = 0;
    for (let at = from; at < to; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) return false;
      value = value * 10 + digit;
    }
    this.value = value * 1000;
    this.isLocal = false;
    return true;
  }

  #set(year: number, month: number, day: number, time: number): boolean {
    if (year < 1000 || month < 1 || month > 12 || day < 1 || time < 0) return false;
    if (day > (MONTHS[month - 1] as number) && !(month === 2 && day === 29 && isLeap(year)))
      return false;
    // most times of an export have the same date
    const date = (year * 100 + month) * 100 + day;
    if (date !== this.#date) {
      this.#date = date;
      this.#start = daysOf(year, month, day) * DAY;
    }
    this.value = this.#start + time * SECOND;
    return true;
  }

  /** What follows the seconds: a fraction, and an offset. */
  #readRest(bytes: Uint8Array, from: number, to: number): boolean {
    let at = from;
    if (bytes[at] === DOT && at < to) {
      let unit = SECOND / 10;
      for (at++; at < to && unit >= 1; at++, unit /= 10) {
        const digit = (bytes[at] as number) - ZERO;
        if (digit < 0 || digit > 9) break;
        this.value += digit * unit;
      }
      if (unit === SECOND / 10) return false;
    }
    this.isLocal = at === to;
    if (this.isLocal) return true;
    if (bytes[at] === Z) return at + 1 === to;
    if (bytes[at] !== PLUS && bytes[at] !== DASH) return false;
    if (to - at !== 6 || bytes[at + 1] !== ZERO || bytes[at + 3] !== COLON) return false;
    const hours = pair(bytes, at + 1);
    const minutes = pair(bytes, at + 4);
    if (hours < 0 || minutes < 0 || minutes > 59) return false;
    const offset = (hours * 3600 + minutes * 60) * SECOND;
    this.value += bytes[at] === PLUS ? -offset : offset;
    return true;
  }
}

/** The number of two digits; below zero where they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - ZERO;
  const ones = (bytes[at + 1] as number) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NO_NUMBER;
}

function year(bytes: Uint8Array, at: number): number {
  return pair(bytes, at) * 100 + pair(bytes, at + 2);
}

/** Seconds since midnight of 10:00:00; below zero where it is no time of the day. */
function clock(bytes: Uint8Array, at: number): number {
  const hours = pair(bytes, at);
  const minutes = pair(bytes, at + 3);
  const seconds = pair(bytes, at + 6);
  if (bytes[at + 2] !== COLON || bytes[at + 5] !== COLON) return NO_NUMBER;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59)
    return NO_NUMBER;
  return hours * 3600 + minutes * 60 + seconds;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/**
 * Days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
 */
function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const ofEra = shifted - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
  );
}
