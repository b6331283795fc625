import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/config/source.js';
import { addDays } from '../../src/dates.js';
import { type Checking, checkResults, lateTables } from '../../src/release/check_results.js';
import { Release } from '../../src/release/release.js';
import { partition } from './partitions.js';

const AS_OF = '2026-03-31';

function checking(
  source: Partial<Source> = {},
  checks: Checking['config']['checks'] = {},
): Checking {
  const sessions = {
    table: 'sessions',
    partition: 'event_date',
    max_age_days: 1,
    derivation: null,
    ...source,
  } as Source;
  return {
    models: [],
    sources: [sessions],
    config: { checks, settings: { long_window_days: 60 } as Checking['config']['settings'] },
  };
}

/** What a check of a release found. */
function found(release: Release, check: string, about = checking()): readonly string[] | undefined {
  return checkResults(release, about, AS_OF).find((result) => result.check === check)?.found;
}

describe('freshness', () => {
  /** A release with exports of these dates. */
  const exportsOf = (...dates: string[]) => {
    const release = new Release(1);
    for (const date of dates)
      release.add(partition('staged/sessions', `sessions_${date}.csv`, date, { date }));
    return release;
  };

  test.each([
    ['of the as-of date', AS_OF, []],
    ['of the day before', '2026-03-30', []],
    [
      'of two days before',
      '2026-03-29',
      ['sessions: the newest export is of 2026-03-29, 2 days before; at most 1 may pass'],
    ],
  ])('an export %s', (_, date, expected) => {
    expect(found(exportsOf('2026-03-01', date), 'freshness')).toEqual(expected);
  });

  test('does not count exports after the as-of date', () => {
    expect(found(exportsOf('2026-03-01', '2026-04-01'), 'freshness')).toHaveLength(1);
  });

  test('of a table without exports of its own is that of the exports it comes from', () => {
    const release = exportsOf('2026-03-01'); // the newest date on which it has rows
    release.add(
      partition('staged/activity_log', 'activity_log_2026-03-31.csv', AS_OF, { date: AS_OF }),
    );
    const derived = checking({ derivation: 'select 1' });
    expect(found(release, 'freshness', derived)).toEqual([]);
    expect(lateTables(release, derived.sources, AS_OF)).toEqual([]);
    expect(lateTables(release, checking().sources, AS_OF)).toEqual(['sessions']);
  });

  test('asks nothing of a table without exports, without a limit, or where it is off', () => {
    expect(found(exportsOf(), 'freshness')).toEqual([]);
    expect(found(exportsOf('2026-03-01'), 'freshness', checking({ max_age_days: null }))).toEqual(
      [],
    );
    expect(
      found(exportsOf('2026-03-01'), 'freshness', checking({}, { freshness: 'off' })),
    ).toBeUndefined();
  });
});

describe('row_count', () => {
  /**
   * A release with this many rows on the as-of date, then one, two, ... weeks before it, and 5000
   * on all other dates.
   */
  const rowsOf = (...weeks: number[]) => {
    const release = new Release(1);
    for (let day = 0; day < 7 * weeks.length; day++) {
      const date = addDays(AS_OF, -day);
      const kept = day % 7 === 0 ? (weeks[day / 7] as number) : 5000;
      if (kept > 0) release.add(partition('clean/sessions', date, date, { counts: { kept } }));
    }
    return release;
  };
  const phrase = (rows: number, usual: number, weeks = 8) =>
    `sessions: ${rows} rows on ${AS_OF}; the median of the ${weeks} same weekdays before is ${usual}`;

  test.each([
    ['as usual', [100, 100, 101, 99, 100, 102, 98, 100, 100], []],
    ['half of it', [50, 100, 100, 100, 100, 100, 100, 100, 100], []],
    ['less than half', [49, 100, 100, 100, 100, 100, 100, 100, 100], [phrase(49, 100)]],
    ['none', [0, 100, 100, 100, 100, 100, 100, 100, 100], [phrase(0, 100)]],
    [
      'more than half as much again',
      [151, 100, 100, 100, 100, 100, 100, 100, 100],
      [phrase(151, 100)],
    ],
    [
      'one bad week among the others',
      [20, 100, 100, 0, 100, 100, 100, 100, 100],
      [phrase(20, 100)],
    ],
    ['weeks that vary as much', [240, 100, 60, 140, 200, 20, 100, 180, 40], []],
    ['few rows', [0, 19, 19, 19, 19, 19, 19, 19, 19], []],
    ['three weeks', [0, 100, 100, 100], []],
    ['four weeks', [0, 100, 100, 100, 100], [phrase(0, 100, 4)]],
  ])('%s', (_, weeks, expected) => {
    expect(found(rowsOf(...weeks), 'row_count')).toEqual(expected);
  });

  test('says nothing of tables that are not kept by date', () => {
    expect(
      found(rowsOf(0, 100, 100, 100, 100), 'row_count', checking({ partition: 'all' })),
    ).toEqual([]);
  });
});
