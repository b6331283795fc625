import type { FileHandle } from 'node:fs/promises';
import type { Grammar, Limits } from './dialect.js';
import { CARRIAGE_RETURN, LINE_FEED } from './dialect.js';
import { openExport, readFully } from './export_file.js';
import type { Mark } from './line_index.js';
import { RecordSpan, splitRecord } from './split.js';

/**
 * Reads the records of a decompressed export one after the other, from any place where a record begins:
 *
 *     do {
 *       while (reader.next()) { ... reader.line, reader.window, reader.span ... }
 *     } while (await reader.fill());
 *
 * What `next` found stands until the following call. Memory: one chunk and at most two records.
 */
export class RecordReader {
  /** Fields that each record must have; undefined takes any number. */
  columns: number | undefined;
  /** Line on which the current record begins. */
  line = 0;
  window = new Uint8Array(0);
  readonly span = new RecordSpan();
  readonly limits: Limits;

  readonly #file: FileHandle;
  readonly #path: string;
  readonly #name: string;
  readonly #grammar: Grammar;
  #windowOffset: number;
  #filled = 0;
  #next = 0;
  #nextLine: number;
  #last = false;
  #skipping = false;

  static async open(path: string, name: string, grammar: Grammar, limits: Limits, from: Mark): Promise<RecordReader> {
    return new RecordReader(await openExport(path, name), path, name, grammar, limits, from);
  }

  private constructor(file: FileHandle, path: string, name: string, grammar: Grammar, limits: Limits, from: Mark) {
    this.#file = file;
    this.#path = path;
    this.#name = name;
    this.#grammar = grammar;
    this.limits = limits;
    this.#windowOffset = from.offset;
    this.#nextLine = from.line;
  }

  /** Line on which the next record begins, or the blank lines before it. */
  get nextLine(): number {
    return this.#nextLine;
  }

  /** Bytes before a position of the window in the whole decompressed export. */
  offsetOf(position: number): number {
    return this.#windowOffset + position;
  }

  /** The text of the current record. */
  get text(): Uint8Array {
    return this.window.subarray(this.span.start, this.span.end);
  }

  /** Reads on; false when no record is left. */
  async fill(): Promise<boolean> {
    if (this.#last) return false;
    const kept = this.#filled - this.#next;
    // At least as much again as is held, so that a record longer than a chunk is not looked at chunk by chunk.
    const wanted = kept + Math.max(this.limits.chunk, kept);
    const window = wanted > this.window.length ? new Uint8Array(wanted + (wanted >> 3)) : this.window;
    window.set(this.window.subarray(this.#next, this.#filled));
    this.window = window;
    this.#windowOffset += this.#next;
    this.#next = 0;
    const room = this.window.subarray(kept);
    const read = await readFully(this.#file, room, this.#windowOffset + kept, this.#path, this.#name);
    this.#filled = kept + read;
    this.#last = read < room.length;
    return true;
  }

  /** Goes to the next record; false when the window holds no whole one. */
  next(): boolean {
    if (this.#skipping && !this.#skipLine()) return false;
    if (!this.#skipBlankLines()) return false;
    const { span } = this;
    const whole = splitRecord(
      this.window,
      this.#next,
      this.#filled,
      this.#last,
      this.#grammar,
      this.columns,
      this.limits.record,
      span,
    );
    if (!whole) return false;
    this.line = this.#nextLine;
    this.#nextLine += span.lines;
    this.#next = span.next;
    this.#skipping = span.unfinished;
    return true;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Skips the rest of a line that was too long for the window; false when it goes on beyond this window too. */
  #skipLine(): boolean {
    const rest = this.window.subarray(this.#next, this.#filled).indexOf(this.#grammar.newline);
    this.#next = rest < 0 ? this.#filled : this.#next + rest + 1;
    this.#skipping = rest < 0;
    return rest >= 0;
  }

  /** Stops before the first byte of a record; false when the window holds none. */
  #skipBlankLines(): boolean {
    const { newline } = this.#grammar;
    for (; this.#next < this.#filled; this.#nextLine++) {
      const byte = this.window[this.#next];
      if (byte === newline) this.#next++;
      else if (byte === CARRIAGE_RETURN && newline === LINE_FEED) {
        if (this.#next + 1 >= this.#filled) return this.#last;
        if (this.window[this.#next + 1] !== LINE_FEED) return true;
        this.#next += 2;
      } else return true;
    }
    return false;
  }
}
