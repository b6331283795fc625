import type { SourceColumn } from '../../config/contracts.js';
import { Days } from './days.js';
import { type DateOrder, TimeReader } from './times.js';

/** The type of a column in a typed file. */
export type PlainType = 'integer' | 'double' | 'timestamp' | 'text' | 'count';

/** Values of a column: those of the rows given, in that order, without the rows that have none. They stand until others are asked for. */
export interface Values {
  readonly bytes: Uint8Array;
  /** of values that are few: the bytes are those of `dictionary`, and these are their places in it */
  readonly places?: Uint16Array;
  /** how many values `bytes` holds */
  readonly count: number;
}

/** One column of the rows of an export that are written in the usual way. */
export interface PlainColumn {
  readonly name: string;
  readonly type: PlainType;
  /** Makes room for the rows of an export, in place of those of the one before. @param times the rules of its times */
  begin(rows: number, times: TimeRules): void;
  /** Reads the text of a row, which may be empty; false where it is not written in the usual way or breaks a rule. */
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

const MINUS = 0x2d;
const ZERO = 0x30;
const BLANK = 0x20;
const DELETE = 0x7f;
const LIMIT = 2 ** 32;
/** Digits of the longest whole number that is sure to fit into 64 bits, and of the longest that a double holds. */
const LONGEST = 18;
const EXACT = 15;
/** Microseconds up to this instant, in the year 2255, are exact. */
const LAST_INSTANT = Number.MAX_SAFE_INTEGER;

/** What 64-bit numbers have in common. */
abstract class Numbers implements PlainColumn {
  abstract readonly type: PlainType;
  protected values = new Float64Array(0);

  constructor(readonly name: string) {}

  abstract read(bytes: Uint8Array, from: number, to: number, row: number): boolean;
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
    return this.values[row] === this.values[other] || (this.isMissing(row) && this.isMissing(other));
  }

  compare(row: number, other: number): number {
    return (this.values[row] as number) - (this.values[other] as number);
  }
}

let shared = new ArrayBuffer(1 << 20);

/** Memory for values, which are written before others are asked for: new memory takes longer to get than to fill. */
function roomFor(bytes: number): ArrayBuffer {
  if (shared.byteLength < bytes) shared = new ArrayBuffer(2 * bytes);
  return shared;
}

function grown<T extends Float64Array | Int32Array | Uint8Array | Uint16Array | Uint32Array>(old: T, larger: T): T {
  larger.set(old as never);
  return larger;
}

/** Whole numbers of at most eighteen digits, with no sign but a minus and no zeros before them. */
class WholeNumbers implements PlainColumn {
  readonly type = 'integer';
  readonly name: string;
  readonly #column: SourceColumn;
  readonly #low: number;
  readonly #high: number;
  /** the lower and the upper half of each value */
  #words = new Int32Array(0);
  #missing = new Uint8Array(0);

  constructor(column: SourceColumn) {
    this.name = column.name;
    this.#column = column;
    this.#low = column.min ?? Number.NEGATIVE_INFINITY;
    this.#high = column.max ?? Number.POSITIVE_INFINITY;
  }

  begin(rows: number): void {
    if (this.#missing.length >= rows) return;
    this.#missing = grown(this.#missing, new Uint8Array(rows));
    this.#words = grown(this.#words, new Int32Array(2 * rows));
  }

  read(bytes: Uint8Array, from: number, to: number, row: number): boolean {
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
      Math.imul(this.#words[2 * row] as number, 0x9e3779b1) ^ Math.imul(this.#words[2 * row + 1] as number, 0x85ebca6b)
    );
  }

  equals(row: number, other: number): boolean {
    if (this.isMissing(row) || this.isMissing(other)) return this.isMissing(row) && this.isMissing(other);
    return this.#words[2 * row] === this.#words[2 * other] && this.#words[2 * row + 1] === this.#words[2 * other + 1];
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
class Doubles extends Numbers {
  readonly type = 'double';
  readonly #column: SourceColumn;

  constructor(column: SourceColumn) {
    super(column.name);
    this.#column = column;
  }

  read(bytes: Uint8Array, from: number, to: number, row: number): boolean {
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

/** What times are read by. */
export interface TimeRules {
  /** the dates of the zone of times without an offset */
  readonly local: Days;
  /** the first instant that is accepted, and the first after it that is not */
  readonly from: number;
  readonly to: number;
}

/** Times in their usual spellings. */
export class Times extends Numbers {
  readonly type = 'timestamp';
  readonly #mayBeMissing: boolean;
  readonly #reader: TimeReader;
  #rules: TimeRules = { local: new Days(undefined), from: 0, to: 0 };

  /** @param order of day and month in dates of numbers whose year stands last */
  constructor({ name, required, default: fallback }: SourceColumn, order: DateOrder) {
    super(name);
    this.#mayBeMissing = !required && fallback === undefined;
    this.#reader = new TimeReader(order);
  }

  override begin(rows: number, rules: TimeRules): void {
    super.begin(rows, rules);
    this.#rules = rules;
  }

  read(bytes: Uint8Array, from: number, to: number, row: number): boolean {
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
    return `${new Date(millis).toISOString().replace('T', ' ').replace('Z', rest)}`.replace(/\.?0+$/, '');
  }

  valuesOf(rows: Uint32Array): Values {
    return wholeBytes(this.values, rows);
  }
}

/** Text without blanks around it that is no word for missing. Held as a typed file has it: the length in 4 bytes before it. */
class Texts implements PlainColumn {
  readonly type = 'text';
  readonly name: string;
  readonly #required: boolean;
  readonly #default: Uint8Array | undefined;
  readonly #accepted: ReadonlySet<string> | undefined;
  readonly #missing: ReadonlySet<string>;
  /** by length and first byte, whether a text may be one of the words */
  readonly #maybe: Uint8Array;
  readonly #longest: number;
  #bytes = new Uint8Array(0);
  #end = 0;
  /** where the length of each row's text stands; a row without text ends where it begins */
  #starts = new Uint32Array(1);

  constructor({ name, required, missing, accepted, default: fallback }: SourceColumn) {
    this.name = name;
    this.#required = required;
    this.#default = fallback === undefined ? undefined : Buffer.from(String(fallback));
    this.#accepted = accepted === undefined ? undefined : new Set(accepted.map(String));
    this.#missing = new Set(missing);
    const words = missing.map((word) => Buffer.from(word)).filter(({ length }) => length > 0);
    this.#longest = Math.max(0, ...words.map(({ length }) => length));
    this.#maybe = new Uint8Array((this.#longest + 1) << 8);
    for (const word of words) this.#maybe[(word.length << 8) | (word[0] as number)] = 1;
  }

  begin(rows: number): void {
    if (this.#starts.length < rows + 1) this.#starts = grown(this.#starts, new Uint32Array(rows + 1));
  }

  read(bytes: Uint8Array, from: number, to: number, row: number): boolean {
    const length = to - from;
    const start = row === 0 ? 0 : this.#end;
    this.#starts[row] = start;
    this.#end = start;
    this.#starts[row + 1] = start;
    if (length === 0) {
      if (this.#default === undefined) return !this.#required;
      return (
        this.#isAccepted(this.#default, 0, this.#default.length) &&
        this.#keep(this.#default, 0, this.#default.length, row)
      );
    }
    const first = bytes[from] as number;
    const last = bytes[to - 1] as number;
    if (first <= BLANK || first >= DELETE || last <= BLANK || endsBlank(bytes, to, last)) return false;
    if (length <= this.#longest && this.#maybe[(length << 8) | first] === 1) {
      if (this.#missing.has(textAt(bytes, from, to))) return false;
    }
    return this.#isAccepted(bytes, from, to) && this.#keep(bytes, from, to, row);
  }

  #isAccepted(bytes: Uint8Array, from: number, to: number): boolean {
    return this.#accepted === undefined || this.#accepted.has(textAt(bytes, from, to));
  }

  #keep(bytes: Uint8Array, from: number, to: number, row: number): boolean {
    const length = to - from;
    let at = this.#end;
    if (at + length + 4 > this.#bytes.length)
      this.#bytes = grown(this.#bytes, new Uint8Array(Math.max(2 * this.#bytes.length, at + length + 4, 1 << 16)));
    const into = this.#bytes;
    into[at++] = length;
    into[at++] = length >>> 8;
    into[at++] = length >>> 16;
    into[at++] = length >>> 24;
    for (let i = from; i < to; i++) into[at++] = bytes[i] as number;
    this.#end = at;
    this.#starts[row + 1] = at;
    return true;
  }

  isMissing(row: number): boolean {
    return this.#starts[row] === this.#starts[row + 1];
  }

  hash(row: number): number {
    const bytes = this.#bytes;
    const to = this.#starts[row + 1] as number;
    let hash = 0;
    for (let at = this.#starts[row] as number; at < to; at++)
      hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    return hash;
  }

  equals(row: number, other: number): boolean {
    const one = this.#starts[row] as number;
    const two = this.#starts[other] as number;
    const length = (this.#starts[row + 1] as number) - one;
    if ((this.#starts[other + 1] as number) - two !== length) return false;
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) if (bytes[one + i] !== bytes[two + i]) return false;
    return true;
  }

  #of(row: number): Buffer {
    const from = (this.#starts[row] as number) + 4;
    return Buffer.from(this.#bytes.buffer, from, Math.max(0, (this.#starts[row + 1] as number) - from));
  }

  textOf(row: number): string {
    return this.#of(row).toString();
  }

  compare(row: number, other: number): number {
    const bytes = this.#bytes;
    const one = (this.#starts[row] as number) + 4;
    const two = (this.#starts[other] as number) + 4;
    const oneEnd = this.#starts[row + 1] as number;
    const twoEnd = this.#starts[other + 1] as number;
    for (let i = 0; one + i < oneEnd && two + i < twoEnd; i++) {
      const difference = (bytes[one + i] as number) - (bytes[two + i] as number);
      if (difference !== 0) return difference;
    }
    return oneEnd - one - (twoEnd - two);
  }

  valuesOf(rows: Uint32Array): Values {
    const starts = this.#starts;
    let size = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      size += (starts[row + 1] as number) - (starts[row] as number);
    }
    const into = new Uint8Array(roomFor(size), 0, size);
    const bytes = this.#bytes;
    let at = 0;
    let count = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const end = starts[row + 1] as number;
      let start = starts[row] as number;
      if (start < end) count++;
      while (start < end) into[at++] = bytes[start++] as number;
    }
    return { bytes: into, count };
  }
}

/** Whether text ends in a blank that is not ASCII: a no-break space, or a mark of byte order. */
function endsBlank(bytes: Uint8Array, to: number, last: number): boolean {
  if (last === 0xa0) return bytes[to - 2] === 0xc2;
  return last === 0xbf && bytes[to - 2] === 0xbb && bytes[to - 3] === 0xef;
}

function textAt(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString();
}

/** Spellings of one export that are told apart at most; a column with more of them holds no categories. */
const SPELLINGS = 0xfffe;
const NONE = 0xffff;
/** So many spellings are kept from one export to the next. */
const REMEMBERED = 1000;

/** Few values, each in few spellings. What a spelling means is found out of all of them together, once they are read. */
export class Categories implements PlainColumn {
  readonly type = 'text';
  readonly name: string;
  #ids = new Uint16Array(0);
  /** by hash of the spelling its number and 1, or 0 */
  #table = new Uint32Array(1 << 10);
  readonly #spellings: Uint8Array[] = [];
  /** of each spelling the place of its value */
  #meaning: Uint16Array = new Uint16Array(0);
  #values: Buffer[] = [];

  constructor({ name }: SourceColumn) {
    this.name = name;
  }

  begin(rows: number): void {
    if (this.#spellings.length > REMEMBERED) {
      this.#spellings.length = 0;
      this.#table.fill(0);
    }
    if (this.#ids.length < rows) this.#ids = grown(this.#ids, new Uint16Array(rows));
  }

  read(bytes: Uint8Array, from: number, to: number, row: number): boolean {
    let hash = 0;
    for (let at = from; at < to; at++) hash = Math.imul(hash, 31) + (bytes[at] as number);
    hash ^= hash >>> 15;
    const mask = this.#table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const found = (this.#table[slot] as number) - 1;
      if (found < 0) return this.#add(bytes.slice(from, to), row, slot);
      if (!isSame(this.#spellings[found] as Uint8Array, bytes, from, to)) continue;
      this.#ids[row] = found;
      return true;
    }
  }

  #add(spelling: Uint8Array, row: number, slot: number): boolean {
    if (this.#spellings.length >= SPELLINGS) return false;
    this.#table[slot] = this.#spellings.push(spelling);
    this.#ids[row] = this.#spellings.length - 1;
    if (2 * this.#spellings.length > this.#table.length) this.#rehash();
    return true;
  }

  #rehash(): void {
    const table = new Uint32Array(4 * this.#table.length);
    for (const [i, spelling] of this.#spellings.entries()) {
      let hash = 0;
      for (const byte of spelling) hash = Math.imul(hash, 31) + byte;
      hash ^= hash >>> 15;
      let slot = hash & (table.length - 1);
      while (table[slot] !== 0) slot = (slot + 1) & (table.length - 1);
      table[slot] = i + 1;
    }
    this.#table = table;
  }

  /** The spellings that were read; an empty one stands for no text. */
  get spellings(): string[] {
    return this.#spellings.map((spelling) => Buffer.from(spelling).toString());
  }

  /** Gives each spelling its value: null for none, undefined where a row with it breaks a rule. */
  mean(values: readonly (string | null | undefined)[]): void {
    const places = new Map<string, number>();
    this.#meaning = Uint16Array.from(values, (value) => {
      if (value === null || value === undefined) return NONE;
      const place = places.get(value) ?? places.size;
      places.set(value, place);
      return place;
    });
    this.#values = [...places.keys()].map((value) => Buffer.from(value));
  }

  /** The number of the spelling of a row. */
  spellingOf(row: number): number {
    return this.#ids[row] as number;
  }

  #place(row: number): number {
    return this.#meaning[this.#ids[row] as number] as number;
  }

  isMissing(row: number): boolean {
    return this.#place(row) === NONE;
  }

  hash(row: number): number {
    return Math.imul(this.#place(row), 0x9e3779b1);
  }

  equals(row: number, other: number): boolean {
    return this.#place(row) === this.#place(other);
  }

  textOf(row: number): string {
    return String(this.#values[this.#place(row)]);
  }

  compare(row: number, other: number): number {
    return Buffer.compare(this.#values[this.#place(row)] as Buffer, this.#values[this.#place(other)] as Buffer);
  }

  valuesOf(rows: Uint32Array): Values {
    const places = new Uint16Array(roomFor(2 * rows.length), 0, rows.length);
    let count = 0;
    for (let i = 0; i < rows.length; i++) {
      const place = this.#place(rows[i] as number);
      if (place !== NONE) places[count++] = place;
    }
    const parts = this.#values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(value.length);
      return [length, value];
    });
    return { bytes: Buffer.concat(parts), places: places.subarray(0, count), count: this.#values.length };
  }
}

function isSame(spelling: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (spelling.length !== to - from) return false;
  for (let i = 0; i < spelling.length; i++) if (spelling[i] !== bytes[from + i]) return false;
  return true;
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

/** A column of a type that has a usual way to be written. */
export function plainColumn(column: SourceColumn, order: DateOrder): PlainColumn {
  switch (column.type) {
    case 'integer':
    case 'duration':
      return new WholeNumbers(column);
    case 'double':
      return new Doubles(column);
    case 'timestamp':
      return new Times(column, order);
    case 'category':
      return new Categories(column);
    default:
      return new Texts(column);
  }
}
