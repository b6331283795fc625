import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys, nextPage, startOf } from '../../src/store/keys.js';

test('one prefix is asked for as it is', () => {
  expect(startOf('a/b')).toMatchObject({ common: 'a/b', first: '', prefixes: ['a/b'] });
});

test('of several, what they share is asked for, from just before the first', () => {
  expect(startOf(['in/sessions/', 'in/activity/'])).toMatchObject({
    common: 'in/',
    first: 'in/activity.',
  });
});

test('a prefix of another holds it', () => {
  expect(startOf(['a/b', 'a/', 'a/c']).prefixes).toEqual(['a/']);
});

test.each([
  ['a/5', '', 'within a prefix the next page follows'],
  ['b/5', 'c.', 'between two, one goes on with the second'],
  ['c/5', '', 'within the second the next page follows'],
  ['c-x', 'c.', 'just before the second, too'],
  ['d', undefined, 'after the last there is nothing more'],
])('after %s: %j, for %s', (last, expected, _) => {
  expect(nextPage(startOf(['c/', 'a/']), last)).toBe(expected);
});

test('keys compare as their bytes do, whatever they are made of', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\u00e9', '\uff5e', '\u{1f600}') });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('keys compare by their bytes, not by UTF-16', () => {
  // U+FF5E sorts before U+1F600 in UTF-8, and after it in UTF-16
  expect(startOf(['\u{1f600}', '\uff5e']).prefixes).toEqual(['\uff5e', '\u{1f600}']);
});
