import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstInvalidByte, Utf8Check } from '../../src/ingest/text/utf8.js';

function checkInChunks(bytes: Uint8Array, size: number): boolean {
  const check = new Utf8Check();
  for (let at = 0; at < bytes.length; at += size) {
    if (!check.push(bytes.subarray(at, at + size))) return false;
  }
  return check.end();
}

test('text in chunks of any size is judged like the whole', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 2 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 6 }).map((parts) => Buffer.concat(parts)),
      fc.integer({ min: 1, max: 9 }),
      (bytes, size) => {
        expect(checkInChunks(bytes, size)).toBe(isUtf8(bytes));
        const invalid = firstInvalidByte(bytes);
        if (invalid < 0) expect(isUtf8(bytes)).toBe(true);
        else expect([isUtf8(bytes.subarray(0, invalid)), isUtf8(bytes)]).toEqual([true, false]);
      },
    ),
    { numRuns: 300 },
  );
});
