import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clipped, heading, Numbers, unitBeside } from '../../src/report/figure.js';
import type { ColumnType, ReportColumn, Value } from '../../src/report/report.js';

const column = (type: ColumnType, unit = '', name = 'x'): ReportColumn => ({
  name,
  type,
  unit,
  description: '',
});
const numbers = new Numbers('en-US');
const texts = (of: ReportColumn, ...values: Value[]) =>
  numbers.figures(of, values).map((figure) => figure.text);

test.each([
  [0, '0 s'],
  [42, '42 s'],
  [59.5, '1 min 00 s'],
  [725, '12 min 05 s'],
  [3599.7, '1 h 00 min'],
  [3912, '1 h 05 min'],
  [86_399, '1 d 00 h'],
  [183_600, '2 d 03 h'],
  [-3912, '−1 h 05 min'],
] as const)('%d seconds are %s', (seconds, words) => {
  expect(numbers.duration(seconds)).toBe(words);
});

test('no duration has sixty minutes or twenty-four hours', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (seconds) => {
      expect(numbers.duration(seconds)).toMatch(
        /^([1-5]?\d s|[1-5]?\d (min [0-5]\d s)|(1?\d|2[0-3]) h [0-5]\d min|[\d,]+ d ([01]\d|2[0-3]) h)$/,
      );
    }),
  );
});

test('counts are grouped and ids are not', () => {
  expect(texts(column('integer'), 1_234_567, 12n, -340)).toEqual(['1,234,567', '12', '−340']);
  expect(texts({ ...column('integer'), id: true }, 1_234_567)).toEqual(['1234567']);
});

test('the doubles of a column have the same number of decimals', () => {
  expect(texts(column('double'), 0.2144, 0.5, null)).toEqual(['0.214', '0.500', '–']);
  expect(texts(column('double'), 12_345.678, 0.5)).toEqual(['12,345.7', '0.5']);
});

test('what is rounded or put in words keeps its exact value', () => {
  expect(numbers.figures(column('double', 'seconds'), [3912.25])).toEqual([
    { text: '1 h 05 min', exact: '3912.25' },
  ]);
  expect(numbers.figures(column('integer'), [2n ** 60n])[0]?.exact).toBe('1152921504606846976');
});

test('nulls, flags, dates, times and long texts', () => {
  expect(texts(column('boolean'), true, false, null)).toEqual(['yes', 'no', '–']);
  expect(texts(column('date'), '2026-11-20')).toEqual(['2026-11-20']);
  expect(texts(column('timestamp'), '2026-11-20T16:01:59Z')).toEqual(['2026-11-20 16:01:59']);
  expect([...(texts(column('text'), '🦊'.repeat(500))[0] ?? '')]).toHaveLength(121);
});

test('headings read as words, with the unit where nothing else says it', () => {
  expect(heading(column('integer', '', 'user_id'))).toBe('User ID');
  expect(heading(column('double', 'seconds', 'average_seconds_30'))).toBe('Average 30');
  expect(unitBeside(column('integer', 'sessions', 'sessions_30'))).toBe('');
  expect(unitBeside(column('integer', 'uses', 'change'))).toBe('uses');
  expect(unitBeside(column('timestamp'))).toBe('UTC');
});

test('numbers are written as the locale has them', () => {
  const german = new Numbers('de');
  expect([german.count(1234567), german.decimal(0.5, 2), german.percent(-12.34)]).toEqual([
    '1.234.567',
    '0,50',
    '−12\u00a0%',
  ]);
});

test('a text is clipped between characters', () => {
  expect(clipped('🦊🦊🦊', 2)).toBe('🦊🦊…');
  expect(clipped('🦊🦊', 2)).toBe('🦊🦊');
});
