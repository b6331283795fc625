import { CARRIAGE_RETURN, type Grammar, LINE_FEED, SPACE } from './dialect.js';

// What the bytes just read left open.
const FIELD_START = 0;
const TEXT = 1;
const QUOTED = 2;
/** A quote within quotes, which closes them unless another one follows. */
const CLOSING = 3;
const CLOSED = 4;
const AFTER_RETURN = 5;
const ESCAPED = 6;
const ESCAPED_IN_QUOTES = 7;
const BROKEN = 8;

/** Finds the end of a record that is too long to be held, from its start and a piece at a time. */
export class RecordEnd {
  /** Lines of the record that were seen to end. */
  lines = 0;
  /** Bytes of the record up to the end of its first line; undefined while that is not seen. */
  firstLine: number | undefined;
  readonly #grammar: Grammar;
  #state = FIELD_START;
  #read = 0;

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  /**
   * The quotes of the record are not in order, so that it ends with its first line, which came
   * before.
   */
  get broken(): boolean {
    return this.#state === BROKEN && this.firstLine !== undefined;
  }

  /**
   * How many of the bytes belong to the record; undefined when it goes on after them, or is broken.
   */
  push(bytes: Uint8Array): number | undefined {
    const { newline, otherNewline } = this.#grammar;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      const endsLine = byte === newline || byte === otherNewline;
      if (endsLine) {
        this.lines++;
        this.firstLine ??= this.#read + at + 1;
        if (this.#state !== QUOTED && this.#state !== ESCAPED && this.#state !== ESCAPED_IN_QUOTES)
          return at + 1;
      }
      this.#state = this.#after(byte);
      if (this.broken) return undefined;
    }
    this.#read += bytes.length;
    return undefined;
  }

  /** Whether the record may end where the file does. */
  get mayEnd(): boolean {
    return this.#state !== QUOTED && this.#state !== ESCAPED_IN_QUOTES;
  }

  #after(byte: number): number {
    const { delimiter, quote, escape: mark, newline } = this.#grammar;
    switch (this.#state) {
      case BROKEN:
      case AFTER_RETURN:
        return BROKEN;
      case ESCAPED:
        return TEXT;
      case ESCAPED_IN_QUOTES:
        return QUOTED;
      case QUOTED:
        return byte === mark ? ESCAPED_IN_QUOTES : byte === quote ? CLOSING : QUOTED;
      case CLOSING:
        if (byte === quote) return QUOTED;
        break;
      case FIELD_START:
        if (byte === quote) return QUOTED;
        if (byte === SPACE && byte !== delimiter) return FIELD_START;
    }
    if (byte === delimiter) return FIELD_START;
    if (this.#state !== CLOSING && this.#state !== CLOSED) return byte === mark ? ESCAPED : TEXT;
    if (byte === SPACE) return CLOSED;
    return byte === CARRIAGE_RETURN && newline === LINE_FEED ? AFTER_RETURN : BROKEN;
  }
}
