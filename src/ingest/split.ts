import { CARRIAGE_RETURN, type Grammar, LINE_FEED, NUL } from './dialect.js';
import { firstInvalidByte } from './utf8.js';

/** Why a record cannot be read; the name under which it is counted. */
export type RecordRule = 'field_count' | 'invalid_utf8' | 'stray_quote' | 'nul_byte' | 'record_too_long';

/** One record in a window of bytes. Positions are those of the window; reused from record to record. */
export class RecordSpan {
  start = 0;
  /** Of the text, without the line's end. */
  end = 0;
  /** Where reading goes on. */
  next = 0;
  /** Physical lines it takes. */
  lines = 1;
  /** The text goes on beyond the window: the rest of the line is to be skipped. */
  unfinished = false;

  fields = 0;
  /** Reading stopped before the last field: there are more than `fields`. */
  moreFields = false;
  /** Of each field's text, between its quotes if it has them; not beyond the number of columns. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly quoted: boolean[] = [];

  rule: RecordRule | undefined;
  /** Position that the rule speaks of. */
  faultAt = 0;
}

/**
 * Splits the record at `from` into fields, or finds out what is wrong with it. A malformed record that spans several
 * lines condemns its first line only: reading goes on at the second. Pure but for `span`.
 *
 * @param to end of the window; `last` tells whether the file ends there
 * @param columns fields that a record must have; undefined takes any number (the header)
 * @param limit longest record in bytes
 * @returns false when more bytes are needed
 */
export function splitRecord(
  bytes: Uint8Array,
  from: number,
  to: number,
  last: boolean,
  grammar: Grammar,
  columns: number | undefined,
  limit: number,
  span: RecordSpan,
): boolean {
  const { delimiter, quote, newline } = grammar;
  const kept = columns ?? Number.POSITIVE_INFINITY;
  let firstLineEnd = -1;
  let openAtFirstLineEnd = from;
  let at = from;
  span.start = from;
  span.lines = 1;
  span.unfinished = false;
  span.rule = undefined;
  span.fields = 0;
  span.moreFields = false;

  // Two bytes beyond the limit hold the longest line's end: without it, more bytes would not help.
  const wanting = () => (to - from > limit + 2 ? condemn('record_too_long', from) : false);

  const addField = (start: number, end: number, quoted: boolean) => {
    const field = span.fields++;
    if (field >= kept) return;
    span.starts[field] = start;
    span.ends[field] = end;
    span.quoted[field] = quoted;
  };

  const condemn = (rule: RecordRule, faultAt: number): boolean => {
    let end = firstLineEnd;
    if (end < 0) {
      const rest = bytes.subarray(at, to).indexOf(newline);
      if (rest >= 0) end = at + rest;
      else if (last) end = to;
      else if (to - from <= limit + 2) return false;
      else {
        span.end = to;
        span.next = to;
        span.unfinished = true;
        span.rule = 'record_too_long';
        span.faultAt = from;
        return true;
      }
    }
    span.next = Math.min(end + 1, to);
    span.end = textEnd(bytes, from, end, end < to, newline);
    span.lines = 1;
    span.rule = span.end - from > limit ? 'record_too_long' : rule;
    span.faultAt = firstLineEnd < 0 ? faultAt : openAtFirstLineEnd;
    return checkText(bytes, span);
  };

  const finish = (end: number, next: number): boolean => {
    if (end - from > limit) return condemn('record_too_long', from);
    if (columns !== undefined && span.fields !== columns) return condemn('field_count', from);
    span.end = end;
    span.next = next;
    return checkText(bytes, span);
  };

  for (;;) {
    const opening = at;
    if (at < to && bytes[at] === quote) {
      at++;
      for (; ; at++) {
        if (at >= to) return last ? condemn('stray_quote', opening) : wanting();
        const byte = bytes[at];
        if (byte === quote) {
          if (at + 1 >= to && !last) return wanting();
          if (at + 1 >= to || bytes[at + 1] !== quote) break;
          at++;
        } else if (byte === newline) {
          if (firstLineEnd < 0) {
            firstLineEnd = at;
            openAtFirstLineEnd = opening;
          }
          span.lines++;
        }
      }
      addField(opening + 1, at, true);
      at++;
      if (at >= to) return last ? finish(at, at) : wanting();
      const byte = bytes[at];
      if (byte === newline) return finish(at, at + 1);
      if (byte === CARRIAGE_RETURN && newline === LINE_FEED) {
        if (at + 1 >= to && !last) return wanting();
        if (at + 1 < to && bytes[at + 1] === LINE_FEED) return finish(at, at + 2);
      }
      if (byte !== delimiter) return condemn('stray_quote', at - 1);
    } else {
      let byte = NUL;
      for (; at < to; at++) {
        byte = bytes[at] as number;
        if (byte === delimiter || byte === newline) break;
      }
      if (at >= to && !last) return wanting();
      if (at >= to || byte === newline) {
        const end = textEnd(bytes, opening, at, at < to, newline);
        addField(opening, end, false);
        return finish(end, Math.min(at + 1, to));
      }
      addField(opening, at, false);
    }
    // Bounds the bytes that are read again after a malformed record to the lines of one well-formed record.
    if (firstLineEnd >= 0 && span.fields >= kept) {
      span.moreFields = true;
      return condemn('field_count', from);
    }
    at++;
  }
}

/** The end of a line's text: a carriage return before its line feed is not part of it. */
function textEnd(bytes: Uint8Array, start: number, end: number, terminated: boolean, newline: number): number {
  return terminated && newline === LINE_FEED && end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
}

/** Bytes that are no text at all say more about a broken record than its number of fields does. */
function checkText(bytes: Uint8Array, span: RecordSpan): true {
  if (span.rule === 'record_too_long') return true;
  const text = bytes.subarray(span.start, span.end);
  const nul = text.indexOf(NUL);
  const invalid = nul >= 0 ? -1 : firstInvalidByte(text);
  if (nul >= 0) span.rule = 'nul_byte';
  else if (invalid >= 0) span.rule = 'invalid_utf8';
  if (nul >= 0 || invalid >= 0) span.faultAt = span.start + Math.max(nul, invalid);
  return true;
}
