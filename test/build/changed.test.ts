import { describe, expect, test } from 'vitest';
import {
  asOfChangedFrom,
  daysChangedFrom,
  pagesChangedFrom,
  rowsChangedFrom,
} from '../../src/build/changed.js';
import { addDays, END } from '../../src/dates.js';
import { Release } from '../../src/release/release.js';
import type { Partition, Slice } from '../../src/release/schema.js';
import { partition } from '../release/partitions.js';

const FIRST = '2026-01-01';
const DAYS = Array.from({ length: 60 }, (_, day) => addDays(FIRST, day));
const LAST = addDays(FIRST, 59);
const NEVER = '';

const slice = (date: string | null, digest = 'rows'): Slice => ({ date, rows: 1, digest });
const exported = (date: string, ...slices: Slice[]) =>
  partition('staged/sessions', `sessions_${date}.csv`, date, {
    date,
    slices: [slice(date), ...slices],
  });

/** Sixty days of one table, its exports, its days, two checks and a page for each date. */
const STANDING: readonly Partition[] = [
  ...DAYS.flatMap((date) => [
    exported(date),
    partition('clean/sessions', date, date),
    partition('daily/day', date, date),
    partition('checks/of_dates', date, date),
    partition('report/report', date, date),
  ]),
  partition('clean/users', 'all', 'users', { slices: [slice(FIRST), slice(LAST)] }),
  partition('checks/of_users', 'all', 'users', { counts: { violations: { of_users: 0 } } }),
];

/** A night on that release, in which these partitions are other ones, or new. */
function night(
  changed: readonly Partition[],
  { asked = [] as string[], rules = 'rules', gone = [] as string[] } = {},
) {
  const last = new Release(1, new Map(), { rules: 'rules', partitions: 0 });
  for (const each of STANDING) last.add(each);
  const next = new Release(2);
  for (const each of STANDING) if (!gone.includes(each.name)) next.add(each);
  for (const each of changed) next.add(each);
  return { live: { release: last }, next, rules, asked };
}
const tables = (...of: Parameters<typeof night>) => asOfChangedFrom(night(...of));
const pages = (...of: Parameters<typeof night>) => {
  const building = night(...of);
  return pagesChangedFrom(building, asOfChangedFrom(building), ['sessions', 'users'], ['sessions']);
};
const on = (day: number) => DAYS[day] as string;

describe('what is made for as-of dates is reused before', () => {
  test('the first clean or daily date whose rows are others', () => {
    expect(
      tables([partition('clean/sessions', on(40), 'x'), partition('daily/day', on(30), 'x')]),
    ).toBe(on(30));
  });

  test('a date that is new or gone', () => {
    expect(tables([partition('daily/day', addDays(FIRST, -3), 'x')])).toBe(addDays(FIRST, -3));
    expect(tables([], { gone: [on(12)] })).toBe(on(12));
  });

  test('a new as-of date, whose successor then has another one before it', () => {
    expect(tables([], { asked: [addDays(FIRST, -1), LAST] })).toBe(addDays(FIRST, -1));
  });

  test('the first date of an undated table whose rows are others', () => {
    const users = partition('clean/users', 'all', 'x', {
      slices: [slice(FIRST), slice(on(50)), slice(LAST, 'x')],
    });
    expect(tables([users])).toBe(on(50));
  });

  test('nothing when rows without a date have changed', () => {
    const users = partition('clean/users', 'all', 'x', {
      slices: [slice(null), slice(FIRST), slice(LAST)],
    });
    expect(tables([users])).toBe(NEVER);
  });

  test('nothing when an undated table does not say its dates', () => {
    expect(tables([partition('clean/tickets', 'all', 'x')])).toBe(NEVER);
  });

  test('nothing when the live release was made by other rules, or lacks something', () => {
    expect(tables([], { rules: 'others' })).toBe(NEVER);
    const building = night([]);
    expect(
      asOfChangedFrom({
        ...building,
        live: { release: building.live.release.without(() => false) },
      }),
    ).toBe(NEVER);
  });

  test('all dates when the same content was built again', () => {
    expect(tables([partition('daily/day', on(5), on(5))]) > LAST).toBe(true);
  });
});

describe('clean rows are reused before', () => {
  const rows = (...of: Parameters<typeof night>) =>
    rowsChangedFrom(night(...of), { table: 'sessions', delivery: 'upsert' });

  test('the first date of which an export holds other rows, or no rows any more', () => {
    expect(rows([exported(on(50), slice(on(45))), exported(on(40), slice(on(35), 'x'))])).toBe(
      on(35),
    );
    expect(rows([], { gone: [`sessions_${on(12)}.csv`] })).toBe(on(12));
  });

  test('all dates when an export was staged again to the same rows', () => {
    expect(rows([{ ...exported(on(33)), counts: { records: 9 } }]) > LAST).toBe(true);
  });

  test('all dates when exports of another table have changed', () => {
    expect(
      rows([partition('staged/users', 'users.csv', 'x', { date: LAST, slices: [slice(on(7))] })]) >
        LAST,
    ).toBe(true);
  });

  test('a date from which a row has moved away', () => {
    const moved = partition('moved/sessions', 'session_id', 'x', {
      date: 'all',
      slices: [slice(on(3)), slice(on(20))],
    });
    expect(rows([moved])).toBe(on(3));
  });

  test('nothing when a new export takes the place of all before', () => {
    const snapshot = { table: 'sessions', delivery: 'snapshot' } as const;
    expect(rowsChangedFrom(night([exported(on(59), slice(on(58), 'x'))]), snapshot)).toBe(NEVER);
  });

  test('nothing when the live release was made by other rules', () => {
    expect(rows([], { rules: 'others' })).toBe(NEVER);
  });
});

describe('what is made for days is reused before', () => {
  const SESSIONS = new Set(['clean/sessions']);

  test('the first clean date whose rows are others, whatever was made of it', () => {
    const changed = [partition('clean/sessions', on(40), 'x'), partition('daily/day', on(30), 'x')];
    expect(daysChangedFrom(night(changed), SESSIONS)).toBe(on(40));
  });

  test('all, where only tables changed that it is not made of', () => {
    expect(
      daysChangedFrom(night([partition('clean/sessions', on(40), 'x')]), new Set(['clean/users'])),
    ).toBe(END);
  });

  test('nothing when the live release was made by other rules', () => {
    expect(daysChangedFrom(night([], { rules: 'others' }), SESSIONS)).toBe(NEVER);
  });
});

describe('pages are reused before', () => {
  test('what tables change at', () => {
    expect(pages([partition('daily/day', on(5), 'x')])).toBe(on(5));
    expect(pages([], { rules: 'others' })).toBe(NEVER);
  });

  test('all dates when nothing has changed', () => {
    expect(pages([]) > LAST).toBe(true);
  });

  test('an export with other counts is another one', () => {
    expect(pages([{ ...exported(on(33)), counts: { records: 9 } }])).toBe(on(33));
  });

  test('a clean date of the same rows with other counts', () => {
    expect(
      pages([partition('clean/sessions', on(21), on(21), { counts: { duplicates: 9 } })]),
    ).toBe(on(21));
  });

  test('a date for which an export brought something late', () => {
    const users = partition('staged/users', 'users.csv', 'x', {
      date: LAST,
      slices: [slice(on(7))],
    });
    expect(pages([users])).toBe(on(7));
  });

  test('the first date that is no longer, or only now, final', () => {
    // the newest export is a day later: a date more is final
    expect(pages([exported(addDays(LAST, 1))])).toBe(LAST);
  });

  test('nothing when it becomes known, or unknown, what is final', () => {
    // fifty-five days late: twice that has not been watched yet
    expect(pages([exported(LAST, slice(addDays(LAST, -55), 'late'))])).toBe(NEVER);
  });

  test('a date on which a check is another', () => {
    expect(pages([partition('checks/of_dates', on(44), 'x')])).toBe(on(44));
  });

  test('nothing when a check of an undated table has other violations, for every page tells them', () => {
    expect(
      pages([
        partition('checks/of_users', 'all', 'x', { counts: { violations: { of_users: 2 } } }),
      ]),
    ).toBe(NEVER);
    expect(
      pages([
        partition('checks/of_users', 'all', 'x', { counts: { violations: { of_users: 0 } } }),
      ]) > LAST,
    ).toBe(true);
  });
});
