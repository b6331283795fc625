import type { SourceColumn } from '../../config/contracts.js';
import { type PlainColumn, textAt, type Values } from './column.js';
import { grown, roomFor } from './memory.js';

const BLANK = 0x20;
const DELETE = 0x7f;

/**
 * Text without blanks around it that is no word for missing. Held as a typed file has it: the
 * length in 4 bytes before it.
 */
export class Texts implements PlainColumn {
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
  /** where the length of each row's text is; a row without text ends where it begins */
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
    if (this.#starts.length < rows + 1)
      this.#starts = grown(this.#starts, new Uint32Array(rows + 1));
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
    if (first <= BLANK || first >= DELETE || last <= BLANK || endsBlank(bytes, to, last))
      return false;
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
      this.#bytes = grown(
        this.#bytes,
        new Uint8Array(Math.max(2 * this.#bytes.length, at + length + 4, 1 << 16)),
      );
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
    return Buffer.from(
      this.#bytes.buffer,
      from,
      Math.max(0, (this.#starts[row + 1] as number) - from),
    );
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
    // rows that follow each other are copied together
    for (let i = 0; i < rows.length; ) {
      const start = starts[rows[i] as number] as number;
      let end = start;
      for (let row = rows[i] as number; i < rows.length && rows[i] === row; i++, row++) {
        const next = starts[row + 1] as number;
        if (next > end) count++;
        end = next;
      }
      into.set(bytes.subarray(start, end), at);
      at += end - start;
    }
    return { bytes: into, count };
  }
}

/** Whether text ends in a blank that is not ASCII: a no-break space, or a mark of byte order. */
function endsBlank(bytes: Uint8Array, to: number, last: number): boolean {
  if (last === 0xa0) return bytes[to - 2] === 0xc2;
  return last === 0xbf && bytes[to - 2] === 0xbb && bytes[to - 3] === 0xef;
}
