import { isAscii } from 'node:buffer';
import { type ExportFile, type OpenExport, openExport } from '../export_file.js';
import { type Limits, requireTime } from '../limits.js';
import { CARRIAGE_RETURN, type Grammar, LINE_FEED, NUL } from './dialect.js';
import type { Mark } from './line_index.js';
import { RecordEnd } from './record_end.js';
import { RecordSplitter, type Window } from './split.js';

/**
 * Reads the records of a decompressed export one after the other, from any place where a record
 * begins:
 *
 *     do {
 *       while (reader.next()) { ... reader.line, reader.record, reader.bytes ... }
 *     } while (await reader.fill());
 *
 * What `next` found is valid until the following call. Memory: one chunk and at most two records.
 */
export class RecordReader {
  /** Line on which the current record begins. */
  line = 0;
  /** Where the current record and its fields are in `bytes`. */
  readonly record: RecordSplitter;
  readonly limits: Limits;

  readonly #file: OpenExport;
  readonly name: string;
  readonly grammar: Grammar;
  readonly #window: Window = { bytes: new Uint8Array(0), end: 0, last: false, ascii: true };
  #windowOffset: number;
  #next = 0;
  #nextLine: number;
  /** Of the current record, whose end was not in the window. */
  #skipping: RecordEnd | undefined;
  #skipStart: number | undefined;

  static open(file: ExportFile, grammar: Grammar, limits: Limits, from: Mark): RecordReader {
    return new RecordReader(openExport(file), grammar, limits, from);
  }

  private constructor(file: OpenExport, grammar: Grammar, limits: Limits, from: Mark) {
    this.#file = file;
    this.name = file.name;
    this.grammar = grammar;
    this.limits = limits;
    this.record = new RecordSplitter(grammar, limits);
    this.#windowOffset = from.offset;
    this.#nextLine = from.line;
  }

  /** Where reading goes on: the next record, or the blank lines before it. */
  get mark(): Mark {
    return { line: this.#nextLine, offset: this.#windowOffset + this.#next };
  }

  get bytes(): Uint8Array {
    return this.#window.bytes;
  }

  /** Goes on from a place where a record begins, further on in the export. */
  skipTo(mark: Mark): void {
    const window = this.#window;
    this.#next = mark.offset - this.#windowOffset;
    if (this.#next < 0 || this.#next > window.end) {
      this.#windowOffset = mark.offset;
      this.#next = 0;
      window.end = 0;
      window.last = false;
    }
    this.#nextLine = mark.line;
    this.#skipping = undefined;
  }

  /** The text of the current record. */
  get text(): Uint8Array {
    return this.bytes.subarray(this.record.start, this.record.end);
  }

  /** Bytes before a position of `bytes` in the whole decompressed export. */
  offsetOf(position: number): number {
    return this.#windowOffset + position;
  }

  /**
   * Reads on; false when no record is left.
   * @throws DataError when the time of the export is over
   */
  async fill(): Promise<boolean> {
    const window = this.#window;
    if (window.last) return false;
    requireTime(this.name, this.limits);
    const held = window.bytes.subarray(this.#next, window.end);
    // At least as much again as is held, so that a record longer than a chunk is not looked at
    // chunk by chunk.
    const wanted = held.length + Math.max(this.limits.chunk, held.length);
    if (wanted > window.bytes.length) window.bytes = new Uint8Array(wanted + (wanted >> 3));
    window.bytes.set(held);
    this.#windowOffset += this.#next;
    this.#next = 0;

    const room = window.bytes.subarray(held.length);
    const read = await this.#file.read(room, this.#windowOffset + held.length);
    window.end = held.length + read;
    window.last = read < room.length;
    const filled = window.bytes.subarray(0, window.end);
    window.ascii = isAscii(filled) && !filled.includes(NUL);
    return true;
  }

  /** Goes to the next record; false when the window holds no whole one. */
  next(): boolean {
    if (this.#skipping !== undefined && !this.#skip(this.#skipping)) return false;
    if (!this.#skipBlankLines() || !this.record.split(this.#window, this.#next)) return false;
    this.line = this.#nextLine;
    this.#nextLine += this.record.lines;
    this.#next = this.record.next;
    if (this.record.unfinished) {
      this.#next = this.record.start;
      this.#nextLine = this.line;
      this.#skipping = new RecordEnd(this.grammar);
    }
    return true;
  }

  close(): void {
    this.#file.close();
  }

  /**
   * Skips a record that was too long for the window, or its first line when its quotes are not in
   * order; false when it goes on beyond this window too.
   */
  #skip(record: RecordEnd): boolean {
    const { bytes, end, last } = this.#window;
    this.#skipStart ??= this.#windowOffset + this.#next;
    const length = record.push(bytes.subarray(this.#next, end));
    if (length !== undefined || (last && record.mayEnd && !record.broken)) {
      this.#next = length === undefined ? end : this.#next + length;
      this.#nextLine += record.lines;
    } else if (record.broken || last) {
      const start = this.#skipStart;
      const next =
        record.firstLine === undefined ? this.#windowOffset + end : start + record.firstLine;
      this.skipTo({ line: this.#nextLine + 1, offset: next });
    } else {
      this.#next = end;
      return false;
    }
    this.#skipping = undefined;
    this.#skipStart = undefined;
    return true;
  }

  /** Stops before the first byte of a record; false when the window holds none. */
  #skipBlankLines(): boolean {
    const { bytes, end, last } = this.#window;
    const { newline, otherNewline } = this.grammar;
    for (; this.#next < end; this.#nextLine++) {
      const byte = bytes[this.#next];
      if (byte === newline || byte === otherNewline) this.#next++;
      else if (byte === CARRIAGE_RETURN && newline === LINE_FEED) {
        if (this.#next + 1 >= end) return last;
        if (bytes[this.#next + 1] !== LINE_FEED) return true;
        this.#next += 2;
      } else return true;
    }
    return false;
  }
}
