import type { SourceColumn } from '../../config/contracts.js';
import type { PlainColumn, Values } from './column.js';
import { grown, roomFor } from './memory.js';

/**
 * Spellings of one export that are told apart at most; a column with more of them holds no
 * categories.
 */
const SPELLINGS = 0xfffe;
const NONE = 0xffff;
/** At most this many spellings are kept from one export to the next. */
const REMEMBERED = 1000;

/**
 * Few values, each in few spellings. What a spelling means is found out of all of them together,
 * once they are read.
 */
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
    const mask = this.#table.length - 1;
    for (let slot = hashOf(bytes, from, to) & mask; ; slot = (slot + 1) & mask) {
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
      let slot = hashOf(spelling, 0, spelling.length) & (table.length - 1);
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
    return Buffer.compare(
      this.#values[this.#place(row)] as Buffer,
      this.#values[this.#place(other)] as Buffer,
    );
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
    return {
      bytes: Buffer.concat(parts),
      places: places.subarray(0, count),
      count: this.#values.length,
    };
  }
}

function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0;
  for (let at = from; at < to; at++) hash = Math.imul(hash, 31) + (bytes[at] as number);
  return hash ^ (hash >>> 15);
}

function isSame(spelling: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (spelling.length !== to - from) return false;
  for (let i = 0; i < spelling.length; i++) if (spelling[i] !== bytes[from + i]) return false;
  return true;
}
