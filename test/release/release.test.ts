import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays } from '../../src/dates.js';
import { byMonth } from '../../src/release/months.js';
import { Release } from '../../src/release/release.js';
import type { Partition } from '../../src/release/schema.js';
import { partition, releaseOf } from './partitions.js';

const dates = fc.uniqueArray(
  fc.integer({ min: 0, max: 150 }).map((day) => addDays('2026-01-01', day)),
  { maxLength: 12 },
);

/** A release whose months are parsed when they are asked for, and how often that was. */
function unreadOf(partitions: readonly Partition[], number = 1) {
  const release = new Release(number);
  const reads: string[] = [];
  for (const [month, own] of byMonth(partitions)) {
    let isRead = false;
    const read = () => {
      if (!isRead) reads.push(month);
      isRead = true;
      return own;
    };
    release.addUnread('daily/day', month, { read });
  }
  return { release, reads };
}

const days = (names: readonly string[]) =>
  names.toSorted().map((name) => partition('daily/day', name, name));

describe('a release whose months are not parsed yet', () => {
  test('answers everything as one whose partitions were added', () => {
    fc.assert(
      fc.property(dates, dates, (names, asked) => {
        const own = days(names);
        const whole = releaseOf(1, own);
        const all = asked.concat(names);
        for (const name of all)
          expect(unreadOf(own).release.get('daily/day', name)).toBe(whole.get('daily/day', name));
        for (const name of all)
          expect([...unreadOf(own).release.before('daily/day', name)]).toEqual([
            ...whole.before('daily/day', name),
          ]);
        const { release } = unreadOf(own);
        release.get('daily/day', all[0] ?? '');
        expect(release.of('daily/day')).toEqual(whole.of('daily/day'));
        expect([...release.months('daily/day')]).toEqual([...whole.months('daily/day')]);
      }),
    );
  });

  test('parses the month of the partition that is asked for, and no other', () => {
    const { release, reads } = unreadOf(days(['2026-01-05', '2026-02-05', '2026-03-05']));
    expect(release.get('daily/day', '2026-02-05')?.name).toBe('2026-02-05');
    expect(reads).toEqual(['2026-02']);
  });

  test('parses none to say that a dated table has no undated partition', () => {
    const { release, reads } = unreadOf(days(['2026-01-05', '2026-02-05']));
    expect(release.get('daily/day', 'all')).toBeUndefined();
    expect(reads).toEqual([]);
  });

  test('gives an undated partition', () => {
    const release = new Release(1);
    const own = partition('clean/users', 'all', 'a');
    release.addUnread('clean/users', 'all', { read: () => [own] });
    expect(release.get('clean/users', 'all')).toBe(own);
  });

  test('gives the newest partition from the newest month alone', () => {
    const { release, reads } = unreadOf(days(['2026-01-05', '2026-03-05', '2026-03-07']));
    expect(release.newest('daily/day')?.name).toBe('2026-03-07');
    expect(reads).toEqual(['2026-03']);
    expect(release.newest('daily/other')).toBeUndefined();
  });

  test('gives the newest partition before a date from the newest month alone', () => {
    const { release, reads } = unreadOf(days(['2026-01-05', '2026-02-05', '2026-03-05']));
    for (const { name } of release.before('daily/day', '2026-03-05')) {
      expect(name).toBe('2026-02-05');
      break;
    }
    expect(reads).toEqual(['2026-03', '2026-02']);
  });

  test('finds a partition that is not named by a date', () => {
    const release = new Release(1);
    const own = partition('staged/sessions', '2026-03-05', 'a', { date: '2026-01-05' });
    release.addUnread('staged/sessions', '2026-01', { read: () => [own] });
    expect(release.get('staged/sessions', '2026-03-05')).toBe(own);
  });

  test('says again what kept a month from being read', () => {
    const release = new Release(1);
    const read = () => {
      throw new Error('torn');
    };
    release.addUnread('daily/day', '2026-01', { read });
    for (let i = 0; i < 2; i++)
      expect(() => release.get('daily/day', '2026-01-05')).toThrow('torn');
  });

  test('has as many partitions as is known of the release before, and those that were added', () => {
    const last = new Release(1, new Map(), { partitions: 2 });
    const { release: unread, reads } = unreadOf(days(['2026-01-05', '2026-02-05']));
    for (const month of ['2026-01', '2026-02']) last.reuseMonth(unread, 'daily/day', month);
    const next = new Release(2);
    for (const month of ['2026-01', '2026-02']) next.reuseMonth(last, 'daily/day', month);
    next.add(partition('daily/day', '2026-02-06', 'new'));
    expect(next.sizeFrom(last)).toBe(3);
    expect(reads).toEqual(['2026-02']);
  });
});

describe('what differs between two releases', () => {
  test('is what a comparison of all their partitions finds, whichever months were taken over', () => {
    fc.assert(
      fc.property(dates, dates, dates, fc.array(fc.nat(5)), (names, added, removed, months) => {
        const own = days(names);
        const { release: last } = unreadOf(own);
        const next = new Release(2);
        const changed = [
          ...days(added),
          ...own.filter(({ name }) => !removed.includes(name) && !added.includes(name)),
        ];
        const touched = new Set([...added, ...removed].map((name) => name.slice(0, 7)));
        for (const [month] of byMonth(own))
          if (!touched.has(month)) next.reuseMonth(last, 'daily/day', month);
        for (const each of changed) if (touched.has(each.name.slice(0, 7))) next.add(each);
        // some of them are asked for meanwhile
        for (const month of months) last.get('daily/day', `2026-0${month + 1}-01`);
        for (const month of months.slice(1)) next.get('daily/day', `2026-0${month + 1}-01`);
        const found = [...next.differences(last)].map(({ before, after }) => [before, after]);
        const after = releaseOf(2, changed);
        const expected = [...new Set([...names, ...added])].flatMap((name) => {
          const pair = [last.get('daily/day', name), after.get('daily/day', name)];
          return pair[0] === pair[1] ? [] : [pair];
        });
        expect(new Set(found)).toEqual(new Set(expected));
        expect(next.sizeFrom(last)).toBe(changed.length);
      }),
    );
  });

  test('does not parse months that both have from one manifest', () => {
    const { release: last, reads } = unreadOf(days(['2026-01-05', '2026-02-05']));
    const next = new Release(2);
    for (const month of ['2026-01', '2026-02']) next.reuseMonth(last, 'daily/day', month);
    expect([...next.differences(last)]).toEqual([]);
    expect(reads).toEqual([]);
  });

  test('looks at no partition of them when they are parsed, either', () => {
    const { release: last, reads } = unreadOf(days(['2026-01-05', '2026-02-05']));
    const next = new Release(2);
    for (const month of ['2026-01', '2026-02']) next.reuseMonth(last, 'daily/day', month);
    next.get('daily/day', '2026-01-05');
    expect([...next.differences(last)]).toEqual([]);
    expect(reads).toEqual(['2026-01']);
  });

  test('compares months of other manifests partition by partition', () => {
    const { release: last } = unreadOf(days(['2026-01-05']));
    const { release: other } = unreadOf(days(['2026-01-05', '2026-01-06']), 2);
    expect([...other.differences(last)].map(({ after }) => after?.name)).toEqual([
      '2026-01-05',
      '2026-01-06',
    ]);
  });

  test('includes a partition that was changed in a month taken over', () => {
    const { release: last } = unreadOf(days(['2026-01-05', '2026-01-06']));
    const next = new Release(2);
    next.reuseMonth(last, 'daily/day', '2026-01');
    const changed = partition('daily/day', '2026-01-05', 'changed');
    next.add(changed);
    expect([...next.differences(last)]).toEqual([
      { before: last.get('daily/day', '2026-01-05'), after: changed },
    ]);
  });
});

test('a release without some of its partitions is not as it was published', () => {
  const release = new Release(1, new Map(), { rules: 'rules', partitions: 0 });
  expect(release.without(() => false).rules).toBeUndefined();
});
