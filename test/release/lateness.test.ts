import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays } from '../../src/dates.js';
import { finalThrough, latenessOf } from '../../src/release/lateness.js';
import { Release } from '../../src/release/release.js';

const FIRST = '2026-01-01';

/**
 * A release with an export a day; `delays` tells for each export by how many days its slices come
 * late.
 */
function releaseOf(delays: readonly (readonly number[])[], table = 'sessions'): Release {
  const release = new Release(1);
  for (const [day, late] of delays.entries()) {
    const date = addDays(FIRST, day);
    const slices = [...new Set(late)].map((n) => ({
      date: addDays(date, -n),
      rows: 1,
      digest: `${day} ${n}`,
    }));
    release.add({
      ...{
        table: `staged/${table}`,
        name: `${table}_${date}.csv`,
        date,
        fingerprint: '',
        digest: '',
        inputs: {},
      },
      ...{ objects: [], slices },
    });
  }
  return release;
}

const days = (count: number, ...late: number[]) =>
  Array.from({ length: count }, () => [0, ...late]);

describe('lateness', () => {
  test('is the longest delay, and a date is final when more than twice as much has passed', () => {
    expect(latenessOf(releaseOf(days(60, 1, 3)), 'sessions')).toEqual({
      table: 'sessions',
      longest: 3,
      finalThrough: addDays(FIRST, 59 - 7),
    });
  });

  test('of exports that never hold an earlier date: a date is final with the next export', () => {
    expect(latenessOf(releaseOf(days(60)), 'sessions')?.finalThrough).toBe(addDays(FIRST, 58));
  });

  test('is not known before 32 dates have been watched to the end', () => {
    expect(latenessOf(releaseOf(days(38, 3)), 'sessions')?.finalThrough).toBeUndefined();
    expect(latenessOf(releaseOf(days(39, 3)), 'sessions')?.finalThrough).toBe(addDays(FIRST, 31));
  });

  test('is not learned from the first export, which may hold any history', () => {
    expect(latenessOf(releaseOf([[0, 200], ...days(59)]), 'sessions')?.longest).toBe(0);
  });

  test('is not learned from slices that an earlier export had just so', () => {
    const release = releaseOf(days(60));
    const dump = release.exportsOf('sessions').map((partition, day, all) => ({
      ...partition,
      slices: all.slice(0, day + 1).flatMap(({ slices }) => slices ?? []),
    }));
    for (const partition of dump) release.add(partition);
    expect(latenessOf(release, 'sessions')?.longest).toBe(0);
  });

  test('of several tables: the earliest of their dates, none while one is not known, tables without exports aside', () => {
    const release = releaseOf(days(60, 3));
    for (const partition of releaseOf(days(60), 'users').partitions()) release.add(partition);
    expect(finalThrough(release, ['sessions', 'users', 'tickets'])).toBe(addDays(FIRST, 52));
    for (const partition of releaseOf(days(5), 'tickets').partitions()) release.add(partition);
    expect(finalThrough(release, ['sessions', 'users', 'tickets'])).toBeUndefined();
  });
});

/**
 * Arrivals of several kinds; each row of a date comes with a delay of its own. After each export
 * every date that is final must never get another row: fewer than 0.1 % of all that were called
 * final may.
 */
describe('of numbers called final fewer than 0.1 % change', () => {
  const DAYS = 150;
  type Delay = (uniform: number, other: number) => number;
  const kinds: Record<string, Delay> = {
    'a few hours past midnight': (u) => (u < 0.05 ? 1 : 0),
    'geometric, half of the rows of each day later': (u) =>
      Math.floor(Math.log(1 - u) / Math.log(0.5)),
    'geometric, long': (u) => Math.floor(Math.log(1 - u) / Math.log(0.8)),
    'a phone that is offline for up to ten days': (u, v) => (u < 0.02 ? Math.ceil(v * 10) : 0),
    'rare, up to a week': (u, v) => (u < 0.001 ? Math.ceil(v * 7) : 0),
  };
  test.each(Object.keys(kinds))('%s', (kind) => {
    const delayOf = kinds[kind] as Delay;
    let called = 0;
    let changed = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        fc.constantFrom(1, 10, 100),
        (seed, rowsADay) => {
          const uniform = mulberry(seed);
          const delays: number[][] = Array.from({ length: DAYS }, () => []);
          const last = new Array<number>(DAYS).fill(0);
          for (let day = 0; day < DAYS; day++) {
            for (let row = 0; row < rowsADay; row++) {
              const delay = Math.max(0, delayOf(uniform(), uniform()));
              last[day] = Math.max(last[day] ?? 0, day + delay);
              delays[day + delay]?.push(delay);
            }
          }
          for (let night = 30; night < DAYS; night += 20) {
            const known = latenessOf(
              releaseOf(delays.slice(0, night + 1)),
              'sessions',
            )?.finalThrough;
            if (known === undefined) continue;
            for (let day = 0; addDays(FIRST, day) <= known; day++) {
              called++;
              if ((last[day] ?? 0) > night) changed++;
            }
          }
        },
      ),
      { numRuns: 40, seed: 20261122 },
    );
    expect(called).toBeGreaterThan(4_000);
    expect(changed / called).toBeLessThan(0.001);
  });
});

/** Uniform numbers from 0 to 1 from a seed: mulberry32, by Tommy Ettinger, public domain. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
