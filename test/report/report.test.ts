import { expect, test } from 'vitest';
import { type ColumnType, cellOf } from '../../src/report/report.js';

const column = (type: ColumnType) => ({ name: 'x', type, unit: '', description: '' });

test.each([
  ['integer', 1.5],
  ['integer', '1'],
  ['integer', 2 ** 53],
  ['integer', 2n ** 63n],
  ['double', Number.NaN],
  ['double', Number.POSITIVE_INFINITY],
  ['double', 1n],
  ['text', 1],
  ['date', '2026-02-30'],
  ['date', '2026-11-20T00:00:00Z'],
  ['timestamp', '2026-11-20 16:01:59'],
  ['timestamp', '2026-11-20T16:01:59+01:00'],
  ['timestamp', '2026-02-29T16:01:59Z'],
  ['boolean', 1],
] as const)('a value of %s cannot be %s', (type, x) => {
  expect(() => cellOf({ x }, column(type))).toThrow(TypeError);
});

test('a column that a row lacks is an error, not a null', () => {
  expect(() => cellOf({ y: 1 }, column('integer'))).toThrow(
    'Expected integer or null in column x, found nothing',
  );
});

test('integers may be numbers or 64-bit bigints', () => {
  expect(cellOf({ x: 7 }, column('integer'))).toBe(7);
  expect(cellOf({ x: -(2n ** 63n) }, column('integer'))).toBe(-(2n ** 63n));
});
