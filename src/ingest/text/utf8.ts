import { isAscii, isUtf8 } from 'node:buffer';

/**
 * Bytes of the UTF-8 sequence that a lead byte announces; 1 for anything that is not a lead byte.
 */
function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

/**
 * Where the last, unfinished sequence begins, or the length when the bytes end with a whole
 * character.
 */
function unfinishedTail(bytes: Uint8Array): number {
  const end = bytes.length;
  for (let at = end - 1; at >= Math.max(0, end - 3); at--) {
    const byte = bytes[at] as number;
    if (byte >= 0xc0) return at + sequenceLength(byte) > end ? at : end;
    if (byte < 0x80) return end;
  }
  return end;
}

/** Position of the first byte that is not UTF-8, or -1. */
export function firstInvalidByte(bytes: Uint8Array): number {
  if (isUtf8(bytes)) return -1;
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] as number);
    if (at + length > bytes.length || !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return -1;
}

/**
 * Tells whether a text that comes in chunks is UTF-8: a character may be cut by the end of a chunk.
 */
export class Utf8Check {
  #held = new Uint8Array(0);
  /** whether all of it was ASCII so far */
  isAscii = true;

  push(chunk: Uint8Array): boolean {
    if (this.isAscii && isAscii(chunk)) return true;
    this.isAscii = false;
    let bytes = chunk;
    if (this.#held.length > 0) {
      const needed = sequenceLength(this.#held[0] as number) - this.#held.length;
      const joined = Buffer.concat([this.#held, chunk.subarray(0, needed)]);
      if (chunk.length < needed) {
        this.#held = joined;
        return true;
      }
      this.#held = new Uint8Array(0);
      if (!isUtf8(joined)) return false;
      bytes = chunk.subarray(needed);
    }
    const tail = unfinishedTail(bytes);
    if (tail < bytes.length) this.#held = bytes.slice(tail);
    return isUtf8(tail < bytes.length ? bytes.subarray(0, tail) : bytes);
  }

  /** False when the text ends in the middle of a character. */
  end(): boolean {
    return this.#held.length === 0;
  }
}
