import { expect, test } from 'vitest';
import { missingNights } from '../../src/worker/nights.js';

const missing = (published: string[], bound = 7) =>
  missingNights(new Set(published), '2026-11-20', bound);

test('before the first release it is the newest alone', () => {
  expect(missing([])).toEqual(['2026-11-20']);
});

test('after a downtime they are all since the last one, oldest first', () => {
  expect(missing(['2026-11-16', '2026-11-17'])).toEqual(['2026-11-18', '2026-11-19', '2026-11-20']);
});

test('a gap is one of them, and what was published ahead of time is not', () => {
  expect(missing(['2026-11-16', '2026-11-17', '2026-11-19', '2026-11-20', '2026-11-25'])).toEqual([
    '2026-11-18',
  ]);
});

test('of a long downtime they are the last ones alone', () => {
  expect(missing(['2026-01-01'], 3)).toEqual(['2026-11-18', '2026-11-19', '2026-11-20']);
});

test('none, when all are published', () => {
  expect(missing(['2026-11-20'])).toEqual([]);
});
