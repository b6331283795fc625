import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amountOf, answerText } from '../../src/report/answer.js';
import { Numbers } from '../../src/report/figure.js';
import type { Fact } from '../../src/report/report.js';

const numbers = new Numbers('en-US');
const say = (sentence: string, facts: Record<string, Fact>) =>
  answerText({ answer: { sentence, facts }, rowCount: 1 }, numbers);

test.each<[string, Fact, string]>([
  ['{x}', 1234, '1,234'],
  ['{x}', 0.25, '0.3'],
  ['{x|2}', 0.256, '0.26'],
  ['{x|duration}', 3912, '1 h 05 min'],
  ['{x|duration}', 3600, '1 h'],
  ['{x|duration}', 1800, '30 min'],
  ['{x|duration}', 0, '0 s'],
  ['{x|percent}', 12.34, '12%'],
  ['{x|users}', 1, '1 user'],
  ['{x|users}', 0, '0 users'],
  ['{x|activities}', 1, '1 activity'],
  ['{x|uses}', 1, '1 use'],
  ['{x|uses}', 2000, '2,000 uses'],
  ['{x|days}', 19.5, '19.5 days'],
  ['{x|days}', 1.2, '1.2 days'],
  ['{x|days}', 0.5, '0.5 days'],
  ['{x|activities}', 1751.3, '1,751 activities'],
  ['{x|uses}', '9007199254740993', '9,007,199,254,740,993 uses'],
  ['{x|duration}', '9007199254740993', '104,249,991,374 d 08 h'],
  ['{x}', '9007199254740993', '9007199254740993'],
  ['{x}', '2026-11-20', '2026-11-20'],
  ['{x}', ['a'], 'a'],
  ['{x}', ['a', 'b'], 'a and b'],
  ['{x}', ['a', 'b', 'c'], 'a, b and c'],
  ['{x}', ['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
  ['{x|users}', ['7'], 'user 7'],
  ['{x|users}', ['7', '8'], 'users 7 and 8'],
])('%s with %j is %s', (sentence, x, words) => {
  expect(say(sentence, { x })).toBe(words);
});

test('without a sentence that holds, the number of rows is said', () => {
  const none = (rowCount: number) =>
    answerText({ answer: { sentence: undefined, facts: {} }, rowCount }, numbers);
  expect([none(0), none(1), none(1234)]).toEqual([
    'There are no rows.',
    'Rows in all: 1.',
    'Rows in all: 1,234.',
  ]);
});

test('any whole number of things reads well', () => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom('users', 'activities', 'days'), (value, things) => {
      const words = amountOf(value, things, numbers);
      expect(words).toMatch(/^−?[\d,]+ [a-z]+$/);
      expect(words.endsWith('s')).toBe(value !== 1);
    }),
  );
});

test('names from outside are clipped, and places in them are not filled in', () => {
  expect(say('{x}', { x: 'n'.repeat(10_000) })).toHaveLength(61);
  expect(say('{x}', { x: '{y}', y: 'no' })).toBe('{y}');
});
