import { expect, test } from 'vitest';
import { zonesOf } from '../../src/tables/clean/overlap.js';

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const KEYS = { key: 'id', compare: byText, days: 62 };
const slice = (date: string, first: string, last: string) => ({
  date,
  rows: 1,
  digest: '',
  keys: { id: [first, last] as const },
});

test('keys that grow with time meet nowhere', () => {
  const holders = [
    { slices: [slice('2026-03-01', 'a', 'c')], changed: false },
    { slices: [slice('2026-03-02', 'd', 'f')], changed: true },
  ];
  expect(zonesOf(holders, KEYS)).toEqual([[], []]);
});

test('a changed export meets another date where both have keys', () => {
  const holders = [
    { slices: [slice('2026-03-01', 'a', 'm')], changed: false },
    { slices: [slice('2026-03-02', 'k', 'z')], changed: true },
  ];
  expect(zonesOf(holders, KEYS)).toEqual([
    [{ date: '2026-03-01', range: ['k', 'm'] }],
    [{ date: '2026-03-02', range: ['k', 'm'] }],
  ]);
});

test('exports that are as they were do not meet again', () => {
  const holders = [
    { slices: [slice('2026-03-01', 'a', 'm')], changed: false },
    { slices: [slice('2026-03-02', 'k', 'z')], changed: false },
    { slices: [slice('2026-03-03', 'zz', 'zz')], changed: true },
  ];
  expect(zonesOf(holders, KEYS)).toEqual([[], [], []]);
});

test('rows of one date never meet', () => {
  const holders = [
    { slices: [slice('2026-03-01', 'a', 'm')], changed: true },
    { slices: [slice('2026-03-01', 'a', 'm')], changed: true },
  ];
  expect(zonesOf(holders, KEYS)).toEqual([[], []]);
});

test('one export may meet itself on another date', () => {
  const holders = [
    { slices: [slice('2026-03-01', 'a', 'c'), slice('2026-03-02', 'b', 'd')], changed: true },
  ];
  expect(zonesOf(holders, KEYS)).toEqual([
    [
      { date: '2026-03-01', range: ['b', 'c'] },
      { date: '2026-03-02', range: ['b', 'c'] },
    ],
  ]);
});

test('an unchanged export of a date is looked through where another one of that date has changed', () => {
  const holders = [
    { slices: [slice('2026-03-01', 'a', 'c')], changed: false },
    { slices: [slice('2026-03-02', 'b', 'd')], changed: true },
    { slices: [slice('2026-03-01', 'b', 'b')], changed: false },
  ];
  expect(zonesOf(holders, KEYS)[2]).toEqual([{ date: '2026-03-01', range: ['b', 'b'] }]);
});

test('dates that are too far apart never meet', () => {
  const holders = [
    { slices: [slice('2026-03-01', 'a', 'm')], changed: false },
    { slices: [slice('2026-03-04', 'a', 'm')], changed: true },
  ];
  expect(zonesOf(holders, { ...KEYS, days: 2 })).toEqual([[], []]);
  expect(zonesOf(holders, { ...KEYS, days: 3 })[0]).toHaveLength(1);
});
