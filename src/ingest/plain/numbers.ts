import type { SourceColumn } from '../../config/contracts.js';
import { type PlainColumn, type PlainType, type TimeRules, textAt, type Values } from './column.js';
import { Days } from './days.js';
import { grown, roomFor } from './memory.js';
import { type DateOrder, TimeReader } from './times.js';

const MINUS = 0x2d;
const ZERO = 0x30;
const LIMIT = 2 ** 32;
/**
 * Digits of the longest whole number that is sure to fit into 64 bits, and of the longest that a
 * double holds.
 */
const LONGEST = 18;
const EXACT = 15;
/** Microseconds up to this instant, in the year 2255, are exact. */
const LAST_INSTANT = Number.MAX_SAFE_INTEGER;

/** A column in which a word for missing is as good as no text. */
abstract class Words {
  readonly name: string;
  readonly #missing: ReadonlySet<string>;
  readonly #longest: number;

  constructor({ name, missing }: SourceColumn) {
    this.name = name;
    this.#missing = new Set(missing);
    this.#longest = Math.max(0, ...missing.map((word) => Buffer.byteLength(word)));
  }

  /** Reads a text that is no word for missing, or none. */
  protected abstract readText(bytes: Uint8Array, from: number, to: number, row: number): boolean;

  read(bytes: Uint8Array, from: number, to: number, row: number): boolean {
    if (this.readText(bytes, from, to, row)) return true;
    if (from === to || to - from > this.#longest || !this.#missing.has(textAt(bytes, from, to)))
      return false;
    return this.readText(bytes, from, from, row);
  }
}

/** What 64-bit numbers have in common. */
abstract class Numbers extends Words implements PlainColumn {
  abstract readonly type: PlainType;
  protected values = new Float64Array(0);

  abstract textOf(row: number): string;
  abstract valuesOf(rows: Uint32Array): Values;

  begin(rows: number, _times: TimeRules): void {
    if (this.values.length < rows) this.values = grown(this.values, new Float64Array(rows));
  }

  /** The number of a row; NaN where there is none. */
  numberOf(row: number): number {
    return this.values[row] as number;
  }

  isMissing(row: number): boolean {
    const value = this.values[row] as number;
    return Number.isNaN(value);
  }

  hash(row: number): number {
    const value = this.values[row] as number;
    return Math.imul(value | 0, 0x9e3779b1) ^ Math.imul((value / LIMIT) | 0, 0x85ebca6b);
  }

  equals(row: number, other: number): boolean {
    return (
      this.values[row] === this.values[other] || (this.isMissing(row) && this.isMissing(other))
    );
  }

  compare(row: number, other: number): number {
    return (this.values[row] as number) - (this.values[other] as number);
  }
}

/** Whole numbers of at most eighteen digits, with no sign but a minus and no zeros before them. */
export class WholeNumbers extends Words implements PlainColumn {
  readonly type = 'integer';
  readonly #column: SourceColumn;
  readonly #low: number;
  readonly #high: number;
  /** the lower and the upper half of each value */
  #words = new Int32Array(0);
  #missing = new Uint8Array(0);

  constructor(column: SourceColumn) {
    super(column);
    this.#column = column;
    this.#low = column.min ?? Number.NEGATIVE_INFINITY;
    this.#high = column.max ?? Number.POSITIVE_INFINITY;
  }

  begin(rows: number): void {
    if (this.#missing.length >= rows) return;
    this.#missing = grown(this.#missing, new Uint8Array(rows));
    this.#words = grown(this.#words, new Int32Array(2 * rows));
  }

  protected readText(bytes: Uint8Array, from: number, to: number, row: number): boolean {
    if (from === to) return this.#fill(row);
    const isNegative = bytes[from] === MINUS;
    const first = isNegative ? from + 1 : from;
    const digits = to - first;
    if (digits > LONGEST || digits === 0) return false;
    if (bytes[first] === ZERO && (digits > 1 || isNegative)) return false;
    let value = 0;
    for (let at = first; at < to; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) return false;
      value = value * 10 + digit;
    }
    if (isNegative) value = -value;
    if (digits > EXACT) this.#setLong(row, BigInt(textAt(bytes, from, to)));
    else this.#set(row, value);
    return value >= this.#low && value <= this.#high;
  }

  #fill(row: number): boolean {
    const { required, default: fallback } = this.#column;
    if (fallback === undefined) {
      this.#missing[row] = 1;
      return !required;
    }
    const value = Number(fallback);
    this.#set(row, value);
    return value >= this.#low && value <= this.#high;
  }

  #set(row: number, value: number): void {
    const high = Math.floor(value / LIMIT);
    this.#words[2 * row] = value - high * LIMIT;
    this.#words[2 * row + 1] = high;
    this.#missing[row] = 0;
  }

  #setLong(row: number, value: bigint): void {
    this.#words[2 * row] = Number(BigInt.asIntN(32, value));
    this.#words[2 * row + 1] = Number(value >> 32n);
    this.#missing[row] = 0;
  }

  isMissing(row: number): boolean {
    return this.#missing[row] === 1;
  }

  hash(row: number): number {
    return (
      Math.imul(this.#words[2 * row] as number, 0x9e3779b1) ^
      Math.imul(this.#words[2 * row + 1] as number, 0x85ebca6b)
    );
  }

  equals(row: number, other: number): boolean {
    if (this.isMissing(row) || this.isMissing(other))
      return this.isMissing(row) && this.isMissing(other);
    return (
      this.#words[2 * row] === this.#words[2 * other] &&
      this.#words[2 * row + 1] === this.#words[2 * other + 1]
    );
  }

  compare(row: number, other: number): number {
    const high = (this.#words[2 * row + 1] as number) - (this.#words[2 * other + 1] as number);
    if (high !== 0) return high;
    return ((this.#words[2 * row] as number) >>> 0) - ((this.#words[2 * other] as number) >>> 0);
  }

  textOf(row: number): string {
    const [low, high] = [this.#words[2 * row] as number, this.#words[2 * row + 1] as number];
    return String((BigInt(high) << 32n) | BigInt(low >>> 0));
  }

  valuesOf(rows: Uint32Array): Values {
    const words = new Int32Array(roomFor(8 * rows.length), 0, 2 * rows.length);
    let count = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      if (this.#missing[row] === 1) continue;
      words[2 * count] = this.#words[2 * row] as number;
      words[2 * count + 1] = this.#words[2 * row + 1] as number;
      count++;
    }
    return { bytes: new Uint8Array(words.buffer, 0, 8 * count), count };
  }
}

/** Numbers without a fraction as 64-bit whole numbers. */
function wholeBytes(values: Float64Array, rows: Uint32Array): Values {
  const words = new Int32Array(roomFor(8 * rows.length), 0, 2 * rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i] as number] as number;
    if (Number.isNaN(value)) continue;
    const high = Math.floor(value / LIMIT);
    words[2 * count] = value - high * LIMIT;
    words[2 * count + 1] = high;
    count++;
  }
  return { bytes: new Uint8Array(words.buffer, 0, 8 * count), count };
}

/** Numbers of digits, with a point at most. */
export class Doubles extends Numbers {
  readonly type = 'double';
  readonly #column: SourceColumn;

  constructor(column: SourceColumn) {
    super(column);
    this.#column = column;
  }

  protected readText(bytes: Uint8Array, from: number, to: number, row: number): boolean {
    const { required, default: fallback, min, max } = this.#column;
    if (from === to && fallback === undefined) {
      this.values[row] = Number.NaN;
      return !required;
    }
    const text = from === to ? String(fallback) : textAt(bytes, from, to);
    if (!/^-?[0-9]+([.][0-9]+)?$/.test(text)) return false;
    const value = Number(text);
    this.values[row] = value;
    return Number.isFinite(value) && value >= (min ?? -Infinity) && value <= (max ?? Infinity);
  }

  textOf(row: number): string {
    return String(this.values[row]);
  }

  valuesOf(rows: Uint32Array): Values {
    const values = new Float64Array(roomFor(8 * rows.length), 0, rows.length);
    let count = 0;
    for (let i = 0; i < rows.length; i++) {
      const value = this.values[rows[i] as number] as number;
      if (!Number.isNaN(value)) values[count++] = value;
    }
    return { bytes: new Uint8Array(values.buffer, 0, 8 * count), count };
  }
}

/** Times in their usual spellings. */
export class Times extends Numbers {
  readonly type = 'timestamp';
  readonly #mayBeMissing: boolean;
  readonly #reader: TimeReader;
  #rules: TimeRules = { local: new Days(undefined), from: 0, to: 0 };

  /** @param order of day and month in dates of numbers whose year is last */
  constructor(column: SourceColumn, order: DateOrder) {
    super(column);
    this.#mayBeMissing = !column.required && column.default === undefined;
    this.#reader = new TimeReader(order);
  }

  override begin(rows: number, rules: TimeRules): void {
    super.begin(rows, rules);
    this.#rules = rules;
  }

  protected readText(bytes: Uint8Array, from: number, to: number, row: number): boolean {
    if (from === to) {
      this.values[row] = Number.NaN;
      return this.#mayBeMissing;
    }
    const reader = this.#reader;
    if (!reader.read(bytes, from, to)) return false;
    const instant = reader.isLocal ? this.#rules.local.instantOf(reader.value) : reader.value;
    this.values[row] = instant;
    return instant >= this.#rules.from && instant < this.#rules.to && instant <= LAST_INSTANT;
  }

  textOf(row: number): string {
    const micros = this.values[row] as number;
    const millis = Math.floor(micros / 1000);
    const rest = String(micros - 1000 * millis).padStart(3, '0');
    return `${new Date(millis).toISOString().replace('T', ' ').replace('Z', rest)}`.replace(
      /\.?0+$/,
      '',
    );
  }

  valuesOf(rows: Uint32Array): Values {
    return wholeBytes(this.values, rows);
  }
}

/** Counts from 0 that the program gives rows, such as their lines. */
export class Counts implements Pick<PlainColumn, 'name' | 'type' | 'isMissing' | 'valuesOf'> {
  readonly type = 'count';

  constructor(
    readonly name: string,
    readonly counts: Uint8Array | Uint32Array,
  ) {}

  isMissing(): boolean {
    return false;
  }

  valuesOf(rows: Uint32Array): Values {
    const words = new Uint32Array(roomFor(4 * rows.length), 0, rows.length);
    for (let i = 0; i < rows.length; i++) words[i] = this.counts[rows[i] as number] as number;
    return { bytes: new Uint8Array(words.buffer, 0, 4 * rows.length), count: rows.length };
  }
}
