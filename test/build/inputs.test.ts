import { describe, expect, test } from 'vitest';
import { type Input, inputsOf } from '../../src/build/inputs.js';
import { addDays } from '../../src/dates.js';
import type { Model, Reach, Read, Schema } from '../../src/model/model.js';
import { Release } from '../../src/release/release.js';
import type { Partition, Slice } from '../../src/release/schema.js';

const A = '2026-11-20';
const REACHES = { window: 60 };

function modelThatReads(...reads: Read[]): Model {
  return {
    name: 'm',
    layer: 'rolling',
    file: 'm.sql',
    kind: 'about',
    text: 'm',
    grain: [],
    reads,
    columns: [],
    sql: 'select 1',
  };
}

const read = (schema: Schema, table: string, reach: Reach): Read => ({ schema, table, reach });

function partition(table: string, name: string, change: Partial<Partition> = {}): Partition {
  return {
    table,
    name,
    date: name,
    fingerprint: '',
    digest: `digest of ${name}`,
    inputs: {},
    objects: [{ key: name, bytes: 1, sha256: name, rows: 1 }],
    ...change,
  };
}

function releaseOf(...partitions: Partition[]): Release {
  const release = new Release(1);
  for (const each of partitions) release.add(each);
  return release;
}

const days = (...dates: string[]) => dates.map((date) => partition('daily/day', date));

/** What a model that reads the one relation sees on A. */
function seen(release: Release, each: Read, date = A): Input {
  const [input] = inputsOf(modelThatReads(each), date, release, REACHES);
  if (input === undefined) throw new Error('expected an input');
  return input;
}

const names = (input: Input | undefined) => input?.partitions.map(({ name }) => name);

describe('same', () => {
  const same = read('daily', 'day', 'same');

  test('of an undated table without rows of the date is as if the table were not there', () => {
    const slices = [{ date: '2026-11-19', rows: 1, digest: '1' }];
    const release = releaseOf(partition('clean/support_tickets', 'all', { slices }));
    const tickets = read('clean', 'support_tickets', 'same');
    expect(seen(release, tickets).digest).toBe(seen(releaseOf(), tickets).digest);
  });

  test('sees the partition of the date alone', () => {
    const release = releaseOf(...days(addDays(A, -1), A, addDays(A, 1)));
    expect(names(seen(release, same))).toEqual([A]);
  });

  test('sees nothing where the date has none', () => {
    expect(names(seen(releaseOf(...days(addDays(A, -1))), same))).toEqual([]);
  });

  describe('of an undated table', () => {
    const users = (...slices: Slice[]) => releaseOf(partition('clean/users', 'all', { slices }));
    const sameOfUsers = read('clean', 'users', 'same');

    test('sees the rows of the date', () => {
      const input = seen(users({ date: A, rows: 1, digest: 'a' }), sameOfUsers);
      expect([names(input), input.digest]).toEqual([['all'], 'a']);
    });

    test('sees nothing where no row is of the date', () => {
      expect(
        names(seen(users({ date: addDays(A, 1), rows: 1, digest: 'a' }), sameOfUsers)),
      ).toEqual([]);
    });

    test('does not change with the rows of other dates', () => {
      const slice = { date: A, rows: 1, digest: 'a' };
      const others = users(
        { date: null, rows: 1, digest: 'n' },
        { date: addDays(A, -1), rows: 1, digest: 'b' },
        slice,
      );
      expect(seen(others, sameOfUsers).digest).toBe(seen(users(slice), sameOfUsers).digest);
    });
  });
});

test.each([
  ['window', 59],
  ['two_windows', 119],
] as const)('%s reaches from %i days before the date to the date', (reach, before) => {
  const release = releaseOf(
    ...days(addDays(A, -before - 1), addDays(A, -before), A, addDays(A, 1)),
  );
  expect(names(seen(release, read('daily', 'day', reach)))).toEqual([addDays(A, -before), A]);
});

describe('before and since', () => {
  const lifetime = read('previous', 'life', 'before');
  const since = read('daily', 'day', 'since');
  const life = (date: string) => partition('rolling/life', date);
  const inputs = (release: Release, ...reads: Read[]) =>
    inputsOf(modelThatReads(...reads), A, release, REACHES);
  const all = days('2020-01-01', addDays(A, -5), addDays(A, -4), A, addDays(A, 1));

  test('without an earlier as-of: nothing, and all days up to the date', () => {
    const [before, after] = inputs(releaseOf(...all), lifetime, since);
    expect(names(before)).toEqual([]);
    expect(names(after)).toEqual(['2020-01-01', addDays(A, -5), addDays(A, -4), A]);
  });

  test('with one: its table, and the days after it up to the date', () => {
    const [before, after] = inputs(releaseOf(...all, life(addDays(A, -5))), lifetime, since);
    expect(names(before)).toEqual([addDays(A, -5)]);
    expect(names(after)).toEqual([addDays(A, -4), A]);
  });

  test('of several the newest one before the date counts', () => {
    const release = releaseOf(
      life(addDays(A, -9)),
      life(addDays(A, -2)),
      life(A),
      life(addDays(A, 1)),
    );
    expect(names(inputs(release, lifetime, since)[0])).toEqual([addDays(A, -2)]);
  });

  test('of several tables only an as-of that all of them have counts', () => {
    const other = read('previous', 'other', 'before');
    const release = releaseOf(
      ...all,
      life(addDays(A, -5)),
      life(addDays(A, -1)),
      partition('rolling/other', addDays(A, -5)),
    );
    const [first, second, after] = inputs(release, lifetime, other, since);
    expect([names(first), names(second)]).toEqual([[addDays(A, -5)], [addDays(A, -5)]]);
    expect(names(after)).toEqual([addDays(A, -4), A]);
  });

  test('the digests are the same from whichever earlier as-of it is built', () => {
    const digests = (release: Release) =>
      inputs(release, lifetime, since).map(({ digest }) => digest);
    expect(digests(releaseOf(...all, life(addDays(A, -5))))).toEqual(digests(releaseOf(...all)));
  });

  test('a day before the earlier as-of changes the digest as well', () => {
    const changed = [partition('daily/day', '2020-01-01', { digest: 'other' }), ...all.slice(1)];
    const digest = (partitions: Partition[]) =>
      inputs(releaseOf(...partitions, life(addDays(A, -5))), lifetime, since)[1]?.digest;
    expect(digest(changed)).not.toBe(digest(all));
  });
});

describe('until', () => {
  const until = read('clean', 'users', 'until');
  const none = { date: null, rows: 1, digest: 'none' };
  const slice = (date: string) => ({ date, rows: 1, digest: `of ${date}` });
  const users = (...slices: Slice[]) => releaseOf(partition('clean/users', 'all', { slices }));

  test('counts rows without a date, and those up to the date', () => {
    const known = seen(users(none, slice('2020-01-01'), slice(A)), until);
    expect(names(known)).toEqual(['all']);
    expect(
      seen(users(none, slice('2020-01-01'), slice(A), slice(addDays(A, 1))), until).digest,
    ).toBe(known.digest);
  });

  test.each([
    ['without a date', users(slice(A))],
    ['of the date', users(none)],
  ])('changes with the rows %s', (_, release) => {
    expect(seen(release, until).digest).not.toBe(seen(users(none, slice(A)), until).digest);
  });

  test('sees nothing of rows that are all later', () => {
    expect(names(seen(users(slice(addDays(A, 1))), until))).toEqual([]);
  });

  test('sees nothing where the table is not there', () => {
    expect(names(seen(releaseOf(), until))).toEqual([]);
  });
});

describe('the digest of what is read', () => {
  const window = read('daily', 'day', 'window');
  const of = (...partitions: Partition[]) => seen(releaseOf(...partitions), window).digest;
  const [first, last] = days(addDays(A, -1), A) as [Partition, Partition];

  test('does not depend on the order in which partitions were added', () => {
    expect(of(last, first)).toBe(of(first, last));
  });

  test.each(['same', 'window', 'two_windows', 'since'] as const)(
    'with reach %s is the same whether an empty partition is there or not',
    (reach) => {
      const empty = partition('daily/day', A, { objects: [] });
      const each = read('daily', 'day', reach);
      const input = seen(releaseOf(first, empty), each);
      expect(input.digest).toBe(seen(releaseOf(first), each).digest);
      expect(names(input)).not.toContain(A);
    },
  );

  test.each(['window', 'since'] as const)(
    'of %s is that of the release as it is when it is asked for',
    (reach) => {
      const release = releaseOf(...days('2026-11-19'));
      const reads = read('daily', 'day', reach);
      const before = seen(release, reads).digest;
      release.add(partition('daily', 'another'));
      release.add(partition('daily/day', A));
      expect(seen(release, reads).digest).toBe(
        seen(releaseOf(...days('2026-11-19', A)), reads).digest,
      );
      expect(seen(release, reads).digest).not.toBe(before);
    },
  );

  test('changes with the content of a partition', () => {
    expect(of(first, { ...last, digest: 'other' })).not.toBe(of(first, last));
  });

  test('changes when the same content is that of another date', () => {
    expect(of({ ...first, digest: 'same' })).not.toBe(of({ ...last, digest: 'same' }));
  });

  test('does not change with how the content was made', () => {
    expect(of(first, { ...last, fingerprint: 'other', inputs: { a: 'b' } })).toBe(of(first, last));
  });
});
