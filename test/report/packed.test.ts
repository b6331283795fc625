import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packed } from '../../src/report/packed.js';
import { unpack } from './unpacked.js';

test('any text comes back', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc
      .array(fc.constantFrom('~', 'abcdef', 'user_id', '🦊', '<', '\\', '"'), { maxLength: 400 })
      .map((all) => all.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => unpack(packed(text)) === text),
    { numRuns: 50 },
  );
});

test('a text that repeats itself takes fewer characters', () => {
  const text = Array.from({ length: 200 }, (_, i) => `inner join settings on users.as_of_date = ${i}`).join('\n');
  expect(packed(text).length).toBeLessThan(text.length / 3);
});

test('what refers back is free of characters that HTML or JSON would write otherwise', () => {
  const text = 'abcdefgh'.repeat(2000);
  expect(packed(text).slice(8)).not.toMatch(/[<"\\&]/);
});
