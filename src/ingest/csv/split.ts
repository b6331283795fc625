import { JsonCheck, type JsonRule } from '../json/check.js';
import type { Place } from '../json/numbers.js';
import type { Limits } from '../limits.js';
import { firstInvalidByte } from '../text/utf8.js';
import { CARRIAGE_RETURN, type Grammar, LINE_FEED, MARK, NONE, NUL, SPACE } from './dialect.js';

/** Why a record cannot be read; the name under which it is counted. */
export type RecordRule =
  | 'field_count'
  | 'invalid_bytes'
  | 'stray_quote'
  | 'nul_byte'
  | 'record_too_long'
  | JsonRule;

/** The bytes that are in memory. */
export interface Window {
  bytes: Uint8Array;
  /** Bytes that count. */
  end: number;
  /** The file ends with the window. */
  last: boolean;
  /** Neither NUL nor a byte beyond ASCII is in it: the text of its records needs no check. */
  ascii: boolean;
}

/**
 * Finds one record and its fields in a window, or what is wrong with it. A record of several lines
 * whose quotes are in order, but not the number of its fields, is refused as a whole: its lines are
 * text of its fields, and no records. One whose quotes are not, or of which the first line has too
 * many fields as it is, condemns its first line only, for the others may be records of their own:
 * reading goes on at the second, but a quote in the middle of a field there is taken for the end of
 * what was open, and refused. No I/O; positions are those of the window, and hold until the next
 * record is split.
 */
export class RecordSplitter {
  /** Fields that a record must have; undefined takes any number (the header). */
  columns: number | undefined;

  start = 0;
  /** Of the text, without the line's end. */
  end = 0;
  /** Where reading goes on. */
  next = 0;
  /** Physical lines it takes. */
  lines = 1;
  /** The record goes on beyond the window, and is to be skipped. */
  unfinished = false;

  fields = 0;
  /** Reading stopped before the last field: there are more than `fields`. */
  moreFields = false;
  /** Of each field's text, between its quotes if it has them; not beyond the number of columns. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly quoted: boolean[] = [];

  /** Of a JSON record, the numbers that the engine would not read exactly. */
  inexact: readonly Place[] = [];

  rule: RecordRule | undefined;
  /** Position that the rule speaks of. */
  faultAt = 0;

  readonly #grammar: Grammar;
  readonly #limit: number;
  readonly #json: JsonCheck | undefined;
  #firstLineEnd = NONE;
  #openAtFirstLineEnd = 0;
  /** The first line alone has as many fields as a record, before that which goes on at the next. */
  #fullAtFirstLineEnd = false;
  /** Lines, from the next on, that a condemned record took for its own. */
  #suspects = 0;
  /**
   * A field that is not quoted has a quote within its text, which may open what a later one closes.
   */
  #openInText = false;

  constructor(grammar: Grammar, limits: Limits) {
    this.#grammar = grammar;
    this.#limit = limits.record;
    this.#json = grammar.json && new JsonCheck(limits.depth, grammar.json.paths);
    if (this.#json !== undefined) this.inexact = this.#json.inexact;
  }

  /** JSON: the keys that the records so far have. */
  get keys(): readonly string[] {
    return this.#json?.seen.names ?? [];
  }

  /** JSON: of the paths through objects that are read, those that the records so far have. */
  get paths(): readonly string[] {
    return this.#json?.seenPaths?.names ?? [];
  }

  /** Splits the record at `from`, which is no blank line; false when more bytes are needed. */
  split(window: Window, from: number): boolean {
    const { bytes, end: to, last } = window;
    const { delimiter, quote, escape: mark, newline, otherNewline } = this.#grammar;
    this.start = from;
    this.lines = 1;
    this.unfinished = false;
    this.moreFields = false;
    this.rule = undefined;
    this.fields = 0;
    this.#firstLineEnd = NONE;
    this.#fullAtFirstLineEnd = false;
    this.#openInText = false;

    const first = this.#afterMark(window, from);
    if (first > to) return this.#wanting(window);
    for (let at = first; ; at++) {
      let opening = at;
      if (this.#suspects === 0 && delimiter !== SPACE) while (at < to && bytes[at] === SPACE) at++;
      if (at >= to && at > opening && !last) return this.#wanting(window);
      if (at < to && bytes[at] === quote) {
        opening = at;
        at = this.#closingQuote(window, opening);
        if (at >= to)
          return last ? this.#condemn(window, 'stray_quote', to, opening) : this.#wanting(window);
        if (at + 1 >= to && !last) return this.#wanting(window);
        this.#addField(opening + 1, at, true);
        const closing = at++;
        if (this.#suspects === 0 && delimiter !== SPACE)
          while (at < to && bytes[at] === SPACE) at++;
        if (at >= to) return last ? this.#finish(window, at, at) : this.#wanting(window);
        const byte = bytes[at];
        if (byte === newline || byte === otherNewline) return this.#finish(window, at, at + 1);
        if (byte === CARRIAGE_RETURN && newline === LINE_FEED) {
          if (at + 1 >= to && !last) return this.#wanting(window);
          if (at + 1 < to && bytes[at + 1] === LINE_FEED) return this.#finish(window, at, at + 2);
        }
        const length = this.#delimiterLength(window, at);
        if (length === NONE) return this.#wanting(window);
        if (length === 0) return this.#condemn(window, 'stray_quote', at, closing);
        at += length - 1;
      } else {
        at = opening;
        let byte = NUL;
        let length = 0;
        let quotes = 0;
        let lastQuote = NONE;
        for (; at < to; at++) {
          byte = bytes[at] as number;
          if (byte === newline || byte === otherNewline) break;
          if (byte === delimiter) {
            length = this.#delimiterLength(window, at);
            if (length === NONE) return this.#wanting(window);
            if (length > 0) break;
          }
          if (byte === quote) {
            if (this.#suspects > 0) return this.#condemn(window, 'stray_quote', at, at);
            quotes++;
            lastQuote = at;
          }
          if (byte === mark) at += this.#escaped(window, at, opening);
        }
        if (at >= to && !last) return this.#wanting(window);
        const isLast = at >= to || length === 0;
        const end = isLast
          ? textEnd(bytes, opening, Math.min(at, to), at < to && newline === LINE_FEED)
          : at;
        if (quotes % 2 === 1) {
          if (lastQuote < end - 1) this.#openInText = true;
          else if (this.#openInText)
            return this.#condemn(window, 'stray_quote', Math.min(at, to), lastQuote);
        }
        this.#addField(opening, end, false);
        if (isLast) return this.#finish(window, end, Math.min(at + 1, to));
        at += length - 1;
      }
      // Bounds the bytes that are read again after a malformed record to the lines of two
      // well-formed records.
      const isTooWide = this.fields > 2 * (this.columns ?? Infinity);
      if (this.#fullAtFirstLineEnd || (isTooWide && this.#firstLineEnd >= 0)) {
        this.moreFields = true;
        return this.#condemn(window, 'field_count', at, from);
      }
    }
  }

  /**
   * Where the first field begins: a byte order mark of joined files is not part of what is quoted.
   * Beyond the end to tell.
   */
  #afterMark({ bytes, end: to, last }: Window, from: number): number {
    const { json, quote } = this.#grammar;
    if (json || bytes[from] !== MARK[0]) return from;
    const after = from + MARK.length;
    if (after >= to) return last ? from : to + 1;
    return bytes[after] === quote && MARK.every((byte, i) => bytes[from + i] === byte)
      ? after
      : from;
  }

  /**
   * Bytes of the delimiter at a position; 0 when there is none, NONE when more must be read to
   * tell.
   */
  #delimiterLength({ bytes, end: to, last }: Window, at: number): number {
    const { delimiter, delimiterRest: rest } = this.#grammar;
    if (bytes[at] !== delimiter) return 0;
    for (let i = 0; i < rest.length; i++) {
      if (at + 1 + i >= to) return last ? 0 : NONE;
      if (bytes[at + 1 + i] !== rest[i]) return 0;
    }
    return 1 + rest.length;
  }

  /**
   * Position of the quote that closes the field, or the window's end; counts the lines on the way.
   */
  #closingQuote({ bytes, end: to }: Window, opening: number): number {
    const { quote, escape: mark, newline, otherNewline } = this.#grammar;
    for (let at = opening + 1; at < to; at++) {
      const byte = bytes[at];
      if (byte === mark && at + 1 < to && (bytes[at + 1] === quote || bytes[at + 1] === mark)) {
        at++;
        continue;
      }
      if (byte === quote) {
        if (at + 1 >= to || bytes[at + 1] !== quote) return at;
        at++;
      } else if (byte === newline || byte === otherNewline) {
        if (this.#firstLineEnd < 0) this.#endFirstLine(at, opening);
        this.lines++;
      }
    }
    return to;
  }

  /**
   * Bytes after an escape outside quotes that stand for themselves; a line's end among them goes on
   * with the record.
   */
  #escaped({ bytes, end: to }: Window, at: number, opening: number): number {
    const { delimiter, quote, escape: mark, newline, otherNewline } = this.#grammar;
    const next = at + 1 < to ? (bytes[at + 1] as number) : NUL;
    const endsLine = next === newline || next === otherNewline;
    if (endsLine) {
      if (this.#firstLineEnd < 0) this.#endFirstLine(at + 1, opening);
      this.lines++;
    }
    return endsLine || next === delimiter || next === quote || next === mark ? 1 : 0;
  }

  #endFirstLine(at: number, opening: number): void {
    this.#firstLineEnd = at;
    this.#openAtFirstLineEnd = opening;
    this.#fullAtFirstLineEnd = this.columns !== undefined && this.fields >= this.columns;
  }

  #addField(start: number, end: number, quoted: boolean): void {
    const field = this.fields++;
    if (this.columns !== undefined && field >= this.columns) return;
    this.starts[field] = start;
    this.ends[field] = end;
    this.quoted[field] = quoted;
  }

  /**
   * Two bytes beyond the limit hold the longest line's end: with these in the window, more would
   * not help.
   */
  #wanting(window: Window): boolean {
    if (!this.#isFull(window)) return false;
    this.#condemn(window, 'record_too_long', this.start, this.start);
    this.unfinished = !this.#fullAtFirstLineEnd;
    return true;
  }

  #isFull({ end }: Window): boolean {
    return end - this.start > this.#limit + 2;
  }

  #finish(window: Window, end: number, next: number): boolean {
    const isTooLong = end - this.start > this.#limit;
    const isMiscounted = this.columns !== undefined && this.fields !== this.columns;
    if (isMiscounted && this.#fullAtFirstLineEnd)
      return this.#condemn(window, 'field_count', end, this.start);
    this.end = end;
    this.next = next;
    this.#suspects = Math.max(0, this.#suspects - this.lines);
    if (isTooLong) {
      this.rule = 'record_too_long';
      this.faultAt = this.start;
      return true;
    }
    if (isMiscounted) {
      this.rule = 'field_count';
      this.faultAt = this.start;
    }
    if (this.#json !== undefined && !this.#json.check(window.bytes, this.start, end)) {
      this.rule = this.#json.rule;
      this.faultAt = this.#json.faultAt;
    }
    if (!window.ascii) this.#checkText(window);
    return true;
  }

  /**
   * Refuses the first line of a record. `at` is on that line if the record has no other yet.
   */
  #condemn(window: Window, rule: RecordRule, at: number, faultAt: number): boolean {
    const { bytes, end: to, last } = window;
    const { newline } = this.#grammar;
    const spans = this.#firstLineEnd >= 0;
    let end = this.#firstLineEnd;
    if (!spans) {
      const found = lineEnd(bytes, at, to, this.#grammar);
      if (found < 0 && !last && !this.#isFull(window)) return false;
      this.unfinished = found < 0 && !last;
      end = found < 0 ? to : found;
    }
    this.end = textEnd(bytes, this.start, end, end < to && newline === LINE_FEED);
    this.next = Math.min(end + 1, to);
    this.#suspects = Math.max(this.#suspects, this.lines) - 1;
    this.lines = 1;
    this.rule = this.end - this.start > this.#limit ? 'record_too_long' : rule;
    this.faultAt = spans ? this.#openAtFirstLineEnd : faultAt;
    if (!window.ascii && this.rule !== 'record_too_long') this.#checkText(window);
    return true;
  }

  /**
   * Bytes that are no text at all say more about a broken record than its number of fields does.
   */
  #checkText({ bytes }: Window): void {
    const text = bytes.subarray(this.start, this.end);
    const nul = text.indexOf(NUL);
    const fault = nul >= 0 ? nul : firstInvalidByte(text);
    if (fault < 0) return;
    this.rule = nul >= 0 ? 'nul_byte' : 'invalid_bytes';
    this.faultAt = this.start + fault;
  }
}

/** Where the line ends that a position is in; -1 when that is not in the window. */
function lineEnd(
  bytes: Uint8Array,
  at: number,
  to: number,
  { newline, otherNewline }: Grammar,
): number {
  const rest = bytes.subarray(at, to);
  const [one, other] = [
    rest.indexOf(newline),
    otherNewline === NONE ? -1 : rest.indexOf(otherNewline),
  ];
  const first = one < 0 || (other >= 0 && other < one) ? other : one;
  return first < 0 ? -1 : at + first;
}

/** The end of a line's text: a carriage return before its line feed is not part of it. */
function textEnd(bytes: Uint8Array, start: number, end: number, beforeLineFeed: boolean): number {
  return beforeLineFeed && end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
}
