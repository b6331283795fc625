import { describe, expect, test } from 'vitest';
import type { Night } from '../../src/build/night.js';
import { reuse } from '../../src/build/reuse.js';
import { Release } from '../../src/release/release.js';
import { partition, releaseOf } from '../release/partitions.js';

const LIVE = ['2026-01-05', '2026-01-30', '2026-01-31', '2026-02-01', '2026-02-02'];

/** Reuses what is there of these dates. @returns what was reused, and what is left */
function taken(dates: readonly string[], changedFrom: string) {
  const live = {
    release: releaseOf(
      1,
      LIVE.map((date) => partition('daily/day', date, date)),
    ),
  };
  const next = new Release(2);
  const open = reuse({ live, next } as unknown as Night, 'daily/day', { dates, changedFrom });
  return { reused: next.of('daily/day').map(({ name }) => name), open };
}

describe('of a table', () => {
  test('what is dated before the first change is taken over, and the rest is left to be planned', () => {
    expect(taken(LIVE, '2026-02-02')).toEqual({ reused: LIVE.slice(0, 4), open: LIVE.slice(4) });
    expect(taken(LIVE, '2026-01-30')).toEqual({ reused: LIVE.slice(0, 1), open: LIVE.slice(1) });
  });

  test('all is taken over when nothing has changed, and nothing when it is not known', () => {
    expect(taken(LIVE, '~')).toEqual({ reused: LIVE, open: [] });
    expect(taken(LIVE, '')).toEqual({ reused: [], open: LIVE });
  });

  test('a date that is gone is not, though it is the last of its month or of all', () => {
    const without = (date: string) => LIVE.filter((each) => each !== date);
    expect(taken(without('2026-01-31'), '2026-01-31').reused).toEqual(['2026-01-05', '2026-01-30']);
    expect(taken(without('2026-02-02'), '2026-02-02').reused).toEqual(LIVE.slice(0, 4));
  });
});
