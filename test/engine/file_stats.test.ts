import { expect, test } from 'vitest';
import { statsOf } from '../../src/engine/file_stats.js';

type Bounds = readonly [least: unknown, most: unknown, missing?: number];

/** Row groups of one column of ten rows each. */
const groups = (...each: Bounds[]) =>
  each.map(([min_value, max_value, null_count = 0]) => ({
    num_rows: 10,
    columns: [
      { meta_data: { path_in_schema: ['c'], statistics: { min_value, max_value, null_count } } },
    ],
  }));
const statsIn = (type: string, ...each: Bounds[]) =>
  statsOf(groups(...each), new Map([['c', type]])).c;

test('integers keep every digit', () => {
  expect(statsIn('BIGINT', [-9007199254740993n, 9007199254740993n])).toEqual([
    0,
    '-9007199254740993',
    '9007199254740993',
  ]);
});

test('the bounds of a file are the outermost of its row groups, and missing values are added up', () => {
  expect(statsIn('BIGINT', [3n, 9n, 1], [2n, 4n, 2])).toEqual([3, '2', '9']);
});

test('a row group without values has no part in the bounds', () => {
  expect(statsIn('BIGINT', [undefined, undefined, 10], [2n, 4n])).toEqual([10, '2', '4']);
});

test('a row group with values and without bounds leaves the file without bounds', () => {
  expect(statsIn('DOUBLE', [undefined, undefined, 9], [2, 4])).toEqual([9]);
});

test('a column of missing values alone has no bounds', () => {
  expect(statsIn('VARCHAR', [undefined, undefined, 10])).toEqual([10]);
});

test('texts are ordered by their bytes, and are JSON', () => {
  expect(statsIn('VARCHAR', ['"', '\u{1f600}'], ['a', '\uffee'])).toEqual([
    0,
    '"\\""',
    '"\u{1f600}"',
  ]);
});

test.each([['a'.repeat(65)], ['a\ufffd']])(
  'a text that is long or no UTF-8 is no bound: %s',
  (text) => {
    expect(statsIn('VARCHAR', ['a', text])).toEqual([0]);
  },
);

test('dates are as they are, and times are a millisecond further apart, because their microseconds are lost', () => {
  const at = (text: string) => new Date(`${text}Z`);
  expect(statsIn('DATE', [at('2026-11-19T00:00:00'), at('2026-11-20T00:00:00')])).toEqual([
    0,
    '"2026-11-19"',
    '"2026-11-20"',
  ]);
  expect(
    statsIn('TIMESTAMP', [at('2026-11-19T00:00:00.000'), at('2026-11-20T10:00:00.123')]),
  ).toEqual([0, '"2026-11-18T23:59:59.999"', '"2026-11-20T10:00:00.124"']);
});

test('numbers that JSON cannot write are no bounds', () => {
  expect(statsIn('DOUBLE', [0.5, Number.POSITIVE_INFINITY])).toEqual([0]);
});
