import { closeSync, openSync, writeSync } from 'node:fs';
import { messageOf, StoreError } from '../errors.js';
import { LINE_FEED, QUOTE } from './dialect.js';

const COMMA = 0x2c;
const DIGIT_ZERO = 0x30;
const FLUSH_AT = 1 << 16;

/**
 * A canonical CSV file in the scratch folder, written from its start in constant memory: commas, `\n`, no header,
 * every text quoted. Writes are synchronous: they go to the local disk's cache, a megabyte at a time.
 */
export class CsvFile {
  readonly path: string;
  readonly #file: number;
  #buffer = Buffer.alloc(0);
  #filled = 0;
  #atRecordStart = true;
  #closed = false;

  constructor(path: string) {
    this.path = path;
    try {
      this.#file = openSync(path, 'w');
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  /** A quoted field. */
  text(value: string): void {
    const bytes = Buffer.from(value);
    this.#field(2 * bytes.length + 2);
    this.#quote(bytes, 0, bytes.length, false);
  }

  /** A quoted whole number, not negative. */
  number(value: number): void {
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    this.#field(digits + 2);
    const first = this.#filled;
    this.#filled = first + digits + 2;
    this.#buffer[first] = QUOTE;
    this.#buffer[first + digits + 1] = QUOTE;
    for (let at = first + digits, rest = value; at > first; at--, rest = Math.floor(rest / 10)) {
      this.#buffer[at] = DIGIT_ZERO + (rest % 10);
    }
  }

  /** A quoted field from bytes. `doubled`: quotes in it already are. */
  bytes(source: Uint8Array, start: number, end: number, doubled: boolean): void {
    this.#field(2 * (end - start) + 2);
    this.#quote(source, start, end, doubled);
  }

  /** An empty field without quotes. */
  nothing(): void {
    this.#field(0);
  }

  endRecord(): void {
    this.#reserve(1);
    this.#buffer[this.#filled++] = LINE_FEED;
    this.#atRecordStart = true;
  }

  /** Writes what is left; a second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#flush();
    } finally {
      closeSync(this.#file);
    }
  }

  #field(bytes: number): void {
    this.#reserve(bytes + 1);
    if (!this.#atRecordStart) this.#buffer[this.#filled++] = COMMA;
    this.#atRecordStart = false;
  }

  #quote(source: Uint8Array, start: number, end: number, doubled: boolean): void {
    const buffer = this.#buffer;
    let at = this.#filled;
    buffer[at++] = QUOTE;
    for (let from = start; from < end; from++) {
      const byte = source[from] as number;
      buffer[at++] = byte;
      if (byte === QUOTE && !doubled) buffer[at++] = QUOTE;
    }
    buffer[at++] = QUOTE;
    this.#filled = at;
  }

  #reserve(bytes: number): void {
    if (this.#filled + bytes <= this.#buffer.length) return;
    this.#flush();
    if (bytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(Math.max(bytes, FLUSH_AT));
  }

  #flush(): void {
    try {
      for (let at = 0; at < this.#filled; ) at += writeSync(this.#file, this.#buffer, at, this.#filled - at);
    } catch (cause) {
      throw this.#unwritable(cause);
    }
    this.#filled = 0;
  }

  #unwritable(cause: unknown): StoreError {
    return new StoreError(
      `cannot write ${this.path}: ${messageOf(cause)}. ` +
        'Check the free space of the scratch folder and that the user who runs this may write to it.',
      { cause },
    );
  }
}
