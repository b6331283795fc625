import { expect, test } from 'vitest';
import { absencesOf, deliveriesOf } from '../../src/build/absences.js';
import type { Source } from '../../src/config/source.js';
import { addDays } from '../../src/dates.js';
import type { Release } from '../../src/release/release.js';
import { partition, releaseOf } from '../release/partitions.js';

const source = (table: string, more: Partial<Source> = {}) =>
  ({ table, delivery: 'append', derivation: null, ...more }) as Source;

/** A release with an export of `sessions` for each of these dates. */
function delivered(dates: readonly string[], table = 'sessions'): Release {
  return releaseOf(
    1,
    dates.map((date) =>
      partition(`staged/${table}`, `${table}/${table}_${date}.csv`, date, { date }),
    ),
  );
}

const absent = (release: Release, asOf: string, of = source('sessions')) =>
  absencesOf(release, [of], asOf, 120).map(({ date }) => date);

test('the dates without an export, from the first one on, up to the as-of date', () => {
  const release = delivered(['2026-11-10', '2026-11-11', '2026-11-13', '2026-11-20']);
  expect(absent(release, '2026-11-15')).toEqual(['2026-11-12', '2026-11-14', '2026-11-15']);
  expect(absent(release, '2026-11-09')).toEqual([]);
});

test('of exports that come now and then, and of snapshots, the dates since the newest', () => {
  const weekly = delivered(['2026-11-01', '2026-11-08', '2026-11-15']);
  expect(absent(weekly, '2026-11-17')).toEqual(['2026-11-16', '2026-11-17']);
  const daily = delivered(['2026-11-14', '2026-11-15', '2026-11-17']);
  expect(absent(daily, '2026-11-18', source('sessions', { delivery: 'snapshot' }))).toEqual([
    '2026-11-18',
  ]);
});

test('no more dates than are asked for', () => {
  const release = delivered(['2026-01-01']);
  expect(absent(release, '2026-11-20')).toHaveLength(120);
  expect(absent(release, '2026-11-20')[0]).toBe(addDays('2026-11-20', -119));
});

test('a derived table lacks what the activities lack', () => {
  const release = delivered(['2026-11-19'], 'activity_log');
  expect(absent(release, '2026-11-20', source('sessions', { derivation: 'select 1' }))).toEqual([
    '2026-11-20',
  ]);
});

test('a table is delivered since its first export, and a derived one since that of the activities', () => {
  const release = delivered(['2026-11-10', '2026-11-12'], 'activity_log');
  const sources = [
    source('activity_log'),
    source('sessions', { derivation: 'select 1' }),
    source('support_tickets'),
  ];
  expect(deliveriesOf(release, sources, '2026-11-20')).toEqual([
    { table: 'activity_log', first: '2026-11-10' },
    { table: 'sessions', first: '2026-11-10' },
  ]);
  expect(deliveriesOf(release, sources, '2026-11-09')).toEqual([]);
});
