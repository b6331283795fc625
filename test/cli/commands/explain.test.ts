import { describe, expect, test } from 'vitest';
import {
  describe as describeTrace,
  parseKey,
  partitionOf,
} from '../../../src/cli/commands/explain.js';
import { ConfigError } from '../../../src/errors.js';
import { loadModels } from '../../../src/model/load.js';
import { partition, releaseOf } from '../../release/partitions.js';

describe('a partition on the command line', () => {
  const release = releaseOf(3, [
    partition('report/top_features', '2026-03-01', 'a'),
    partition('report/top_features', '2026-03-04', 'b'),
  ]);
  const find = async (table: string, date: string) =>
    partitionOf(release, await loadModels(['jobs']), table, date).digest;

  test('is named by layer and table, or by a name that one table has', async () => {
    expect(await find('report/top_features', '2026-03-04')).toBe('digest of b');
    expect(await find('top_features', '2026-03-01')).toBe('digest of a');
  });

  test.each([
    ['nothing', '2026-03-01', 'TABLE: expected one of clean/'],
    [
      'top_features',
      '2026-03-02',
      'report/top_features 2026-03-02: expected a partition of release 3, which has 2026-03-01 to 2026-03-04',
    ],
    [
      'daily/day',
      '2026-03-02',
      'daily/day 2026-03-02: expected a partition of release 3, which has none',
    ],
  ])('%s %s is refused', async (table, date, message) => {
    await expect(find(table, date)).rejects.toThrow(ConfigError);
    await expect(find(table, date)).rejects.toThrow(message);
  });
});

describe('a key', () => {
  test('is a column and a value, which may hold anything', () => {
    expect(parseKey('user_id=7')).toEqual({ column: 'user_id', value: '7' });
    expect(parseKey('name=a=b')).toEqual({ column: 'name', value: 'a=b' });
    expect(parseKey('name=')).toEqual({ column: 'name', value: '' });
  });

  test.each(['7', '=7', ''])('%j is refused', (text) => {
    expect(() => parseKey(text)).toThrow(
      `--key: expected column=value, such as user_id=7, found ${text}`,
    );
  });
});

test('a number is reported with tables, exports, rules and rows', () => {
  const trace = {
    table: 'daily/day',
    name: '2026-03-01',
    rows: 1,
    through: [
      { table: 'rolling/x', partitions: ['2026-02-28'], rows: 1200, before: true },
      { table: 'clean/sessions', partitions: ['2026-02-27', '2026-03-01'], rows: 7, before: false },
    ],
    sources: [
      {
        table: 'sessions',
        first: '2026-02-27',
        last: '2026-03-01',
        exports: [
          { export: 's_1.csv', records: 5, staged: 4, quarantined: { field_count: 1 } },
          {
            export: 's_2.csv',
            records: 5,
            staged: 3,
            quarantined: { field_count: 1, login_at_missing: 1 },
          },
        ],
      },
    ],
  };
  const found = [
    {
      table: 'sessions',
      found: 1234,
      rows: [{ export: 's_2.csv', line: 3, values: { session_id: 's1', logout_at: null } }],
    },
  ];
  expect(describeTrace(9, trace, found)).toBe(`daily/day 2026-03-01 of release 9: 1 row, made from

table                  partitions   rows                     dates
rolling/x (builds on)           1  1,200                2026-02-28
clean/sessions                  2      7  2026-02-27 to 2026-03-01

sessions, 2026-02-27 to 2026-03-01: 2 exports with 10 records, 7 staged
  s_2.csv, s_1.csv
  quarantined: field_count 2
  quarantined: login_at_missing 1

sessions: 1,234 source rows with this key, as they were read, duplicates among them
  s_2.csv:3  session_id=s1 logout_at=
  and 1,233 more; --json has up to 1,000
`);
});

test('a partition of no rows is made from none', () => {
  const trace = { table: 'daily/mine', name: '2026-11-19', rows: 0, through: [], sources: [] };
  expect(describeTrace(2, trace, [])).toBe(
    'daily/mine 2026-11-19 of release 2: 0 rows, made from no rows of other tables\n',
  );
});
