import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/config/source.js';
import type { Partition } from '../../src/release/schema.js';
import {
  changesOf,
  describeChanges,
  exportBefore,
  forbidden,
} from '../../src/tables/staged/guards/drift.js';

const SOURCE = {
  columns: [{ name: 'user_id', type: 'integer', from: ['user_id'] }],
  format: 'csv',
  rows: null,
} as unknown as Source;

function exported(
  header: string,
  date = '2026-03-01',
  quarantined: Record<string, number> = {},
): Partition {
  return {
    ...{
      table: 'staged/users',
      name: `users_${date}.csv`,
      date,
      fingerprint: '',
      digest: '',
      inputs: {},
      objects: [],
    },
    header: header.split(','),
    counts: { records: 10, quarantined },
  };
}

const changed = (before: string, now: string) =>
  describeChanges(changesOf(exported(before), exported(now), SOURCE));

describe('columns of an export', () => {
  test.each([
    ['the same', 'a,b,c', 'a,b,c', ''],
    ['one more', 'a,b', 'a,x,b', 'added x'],
    ['one less', 'a,b,c', 'a,c', 'missing b'],
    ['another name in the same place', 'a,b,c', 'a,x,c', 'renamed b to x'],
    ['another order', 'a,b,c', 'c,a,b', 'reordered c, a, b'],
    ['one more and one less, in other places', 'a,b,c', 'x,a,c', 'added x; missing b'],
    ['another name and one more', 'a,b', 'a,x,y', 'added x, y; missing b'],
  ])('%s', (_, before, now, expected) => {
    expect(changed(before, now)).toBe(expected);
  });

  test('of JSON have no order, and only those that are read are missed', () => {
    const source = {
      ...SOURCE,
      format: 'jsonl',
      columns: [{ ...SOURCE.columns[0], from: ['user.id', 'b'] }],
    } as Source;
    const keys = (before: string, now: string) =>
      describeChanges(changesOf(exported(before), exported(now), source));
    expect(keys('a,b,c', 'c,a,b')).toBe('');
    expect(keys('a,b,c', 'a,b')).toBe('');
    expect(keys('a,b', 'a,x')).toBe('renamed b to x');
    expect(keys('user,a', 'a')).toBe('missing user');
    expect(keys('a', 'a,b')).toBe('added b');
  });

  test('are of another type when most records are refused for it that were not before', () => {
    const refused = exported('a', '2026-03-02', { user_id_not_an_integer: 6 });
    expect(describeChanges(changesOf(exported('a'), refused, SOURCE))).toBe(
      'retyped user_id, no integer any more',
    );
    expect(changesOf(refused, refused, SOURCE)).toEqual([]);
    expect(
      changesOf(exported('a'), exported('a', '2026-03-02', { user_id_not_accepted: 6 }), SOURCE),
    ).toEqual([]);
  });
});

test.each([
  ['strict', ['added', 'missing', 'renamed', 'reordered', 'retyped']],
  ['additive', ['missing', 'renamed', 'retyped']],
  ['lenient', []],
] as const)('what %s does not let pass', (drift, kinds) => {
  const all = (['added', 'missing', 'renamed', 'reordered', 'retyped'] as const).map((kind) => ({
    kind,
    columns: 'a',
  }));
  expect(forbidden(all, { drift }).map(({ kind }) => kind)).toEqual(kinds);
});

test('an export is compared with one of the last date before, with the same columns if there is one', () => {
  const exports = [
    exported('a', '2026-03-01'),
    exported('b', '2026-03-02'),
    exported('a', '2026-03-02'),
    exported('b', '2026-03-03'),
    exported('c', '2026-03-04'),
  ];
  expect(exportBefore(exports, 3)).toBe(exports[1]);
  expect(exportBefore(exports, 4)).toBe(exports[3]);
  expect(exportBefore(exports, 2)).toBe(exports[0]);
  expect(exportBefore(exports, 0)).toBeUndefined();
});
