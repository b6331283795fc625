import { Keys } from './keys.js';
import { losesDigits, type Place } from './numbers.js';
import { SeenKeys } from './seen_keys.js';
import { SeenPaths } from './seen_paths.js';

/** Why a text is not the JSON object that a record must be. */
export type JsonRule = 'invalid_json' | 'json_too_deep' | 'json_key_twice' | 'not_a_json_object';

const OTHER = 0;
const BLANK = 1;
const ORDINARY = 2;
/** By byte: what it is outside strings, and whether a string may hold it as it is. */
const CLASS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d ? BLANK : OTHER,
);
const IN_STRING = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte !== 0x22 && byte !== 0x5c ? ORDINARY : OTHER,
);
const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const MINUS = 0x2d;
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

// What may come next.
const VALUE = 0;
const VALUE_OR_END = 1;
const KEY = 2;
const KEY_OR_END = 3;
const AFTER_VALUE = 4;

/**
 * Tells whether bytes are one JSON object as RFC 8259 has it: the engine also takes trailing
 * commas, NaN and Infinity. It does not recurse. That the bytes are UTF-8 is checked elsewhere.
 */
export class JsonCheck {
  rule: JsonRule | undefined;
  /** Where it breaks the rule. */
  faultAt = 0;
  /** The keys that the objects checked so far have. */
  readonly seen = new SeenKeys();
  readonly seenPaths: SeenPaths | undefined;
  /** Numbers that the engine would not read exactly. */
  readonly inexact: Place[] = [];
  readonly #keys = new Keys();
  readonly #isObject: Uint8Array;

  /**
   * @param deepest nesting of objects and arrays
   * @param paths through objects that are read, which are looked for
   */
  constructor(
    readonly deepest: number,
    paths: readonly string[] = [],
  ) {
    this.#isObject = new Uint8Array(deepest + 1);
    this.seenPaths = paths.length === 0 ? undefined : new SeenPaths(paths);
  }

  /** True for an object; `rule` and `faultAt` say why not. */
  check(bytes: Uint8Array, start: number, end: number): boolean {
    this.rule = undefined;
    this.inexact.length = 0;
    this.#keys.clear();
    let depth = 0;
    let next = VALUE;
    let at = start;
    while (at < end) {
      const byte = bytes[at] as number;
      if (CLASS[byte] === BLANK) {
        at++;
      } else if (next === AFTER_VALUE) {
        if (depth === 0) return this.#fail('invalid_json', at);
        const inObject = this.#isObject[depth] === 1;
        if (byte === COMMA) next = inObject ? KEY : VALUE;
        else if (byte === (inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
          if (inObject) this.#keys.close(depth);
          depth--;
        } else return this.#fail('invalid_json', at);
        at++;
      } else if (
        byte === CLOSE_OBJECT ? next === KEY_OR_END : byte === CLOSE_ARRAY && next === VALUE_OR_END
      ) {
        depth--;
        next = AFTER_VALUE;
        at++;
      } else if (next === KEY || next === KEY_OR_END) {
        const key = at;
        at = byte === QUOTE ? this.#stringEnd(bytes, at, end) : -1 - at;
        if (at < 0) return this.#fail('invalid_json', -1 - at);
        if (!this.#keys.add(bytes.subarray(key + 1, at - 1), depth))
          return this.#fail('json_key_twice', key);
        if (depth === 1) this.seen.see(bytes, key, at);
        this.seenPaths?.see(bytes.subarray(key + 1, at - 1), depth);
        while (at < end && CLASS[bytes[at] as number] === BLANK) at++;
        if (bytes[at] !== COLON || at >= end) return this.#fail('invalid_json', at);
        next = VALUE;
        at++;
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (++depth > this.deepest) return this.#fail('json_too_deep', at);
        this.#isObject[depth] = byte === OPEN_OBJECT ? 1 : 0;
        if (byte === OPEN_OBJECT) this.#keys.open(depth);
        this.seenPaths?.open(depth, byte === OPEN_OBJECT);
        next = byte === OPEN_OBJECT ? KEY_OR_END : VALUE_OR_END;
        at++;
      } else {
        const value = at;
        at = byte === QUOTE ? this.#stringEnd(bytes, at, end) : scalarEnd(bytes, at, end);
        if (at < 0) return this.#fail('invalid_json', -1 - at);
        if (byte === MINUS || isDigit(byte)) this.#noteNumber(bytes, value, at);
        next = AFTER_VALUE;
      }
    }
    if (next !== AFTER_VALUE || depth > 0) return this.#fail('invalid_json', end);
    let first = start;
    while (CLASS[bytes[first] as number] === BLANK) first++;
    return bytes[first] === OPEN_OBJECT || this.#fail('not_a_json_object', first);
  }

  #noteNumber(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && (isDigit(bytes[at]) || bytes[at] === MINUS)) at++;
    if (at === end) return; // a whole number is read exactly
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString(
      'latin1',
    );
    if (losesDigits(text)) this.inexact.push({ start, end });
  }

  /** Position after the closing quote, or -1 - the position of what is wrong. */
  #stringEnd(bytes: Uint8Array, opening: number, end: number): number {
    for (let at = opening + 1; at < end; at++) {
      const byte = bytes[at] as number;
      if (IN_STRING[byte] === ORDINARY) continue;
      if (byte === QUOTE) return at + 1;
      if (byte !== BACKSLASH) return -1 - at;
      const length = escapeLength(bytes, at, end);
      if (length === 0) return -1 - at;
      at += length - 1;
    }
    return -1 - end;
  }

  #fail(rule: JsonRule, at: number): boolean {
    this.rule = rule;
    this.faultAt = at;
    return false;
  }
}

/** Bytes of the escape that begins at a backslash; 0 when it is none. */
function escapeLength(bytes: Uint8Array, at: number, end: number): number {
  const kind = String.fromCharCode(bytes[at + 1] ?? 0);
  if (at + 1 >= end) return 0;
  if ('"\\/bfnrt'.includes(kind)) return 2;
  if (kind !== 'u') return 0;
  const unit = codeUnit(bytes, at, end);
  if (unit === undefined || (unit >= 0xdc00 && unit <= 0xdfff)) return 0;
  if (unit < 0xd800 || unit > 0xdbff) return 6;
  // the first half of a pair, which is no text without the second
  const second = codeUnit(bytes, at + 6, end);
  return second !== undefined && second >= 0xdc00 && second <= 0xdfff ? 12 : 0;
}

/** What the escape \\uXXXX at a position stands for; undefined when there is none. */
function codeUnit(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (at + 6 > end || bytes[at] !== BACKSLASH || bytes[at + 1] !== 0x75) return undefined;
  const digits = Buffer.from(bytes.subarray(at + 2, at + 6)).toString('latin1');
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Position after a number or a word, or -1 - the position of what is wrong. */
function scalarEnd(bytes: Uint8Array, start: number, end: number): number {
  const word = WORDS.find((each) => each[0] === bytes[start]);
  if (word !== undefined) {
    for (let i = 1; i < word.length; i++) {
      if (start + i >= end || bytes[start + i] !== word[i]) return -1 - (start + i);
    }
    return start + word.length;
  }
  let at = start;
  const digits = (): boolean => {
    const first = at;
    while (at < end && isDigit(bytes[at])) at++;
    return at > first;
  };
  if (bytes[at] === 0x2d) at++;
  const first = bytes[at];
  if (!digits() || (first === 0x30 && at > start + (bytes[start] === 0x2d ? 2 : 1))) return -1 - at;
  if (at < end && bytes[at] === 0x2e) {
    at++;
    if (!digits()) return -1 - at;
  }
  if (at < end && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
    at++;
    if (at < end && (bytes[at] === 0x2b || bytes[at] === 0x2d)) at++;
    if (!digits()) return -1 - at;
  }
  return at;
}
