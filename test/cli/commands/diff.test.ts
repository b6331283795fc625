import { expect, test } from 'vitest';
import { type Difference, describe as describeDiff } from '../../../src/cli/commands/diff.js';

const difference: Difference = {
  from: 11,
  to: 12,
  tables: [
    {
      table: 'clean/sessions',
      partitions: [
        { name: '2026-03-01', change: 'changed', rows_before: 1200, rows_after: 1201 },
        { name: '2026-03-02', change: 'added', rows_before: null, rows_after: 7 },
      ],
      rows: {
        added: 8,
        removed: 0,
        changed: 3,
        columns: { added: ['device VARCHAR'], removed: [] },
      },
    },
    {
      table: 'report/report',
      partitions: [{ name: '2026-03-01', change: 'removed', rows_before: 0, rows_after: null }],
      rows: undefined,
    },
  ],
};

test('tables are reported with their partitions and rows', () => {
  expect(describeDiff(difference, false)).toBe(`From release 11 to release 12:

table           partitions added  removed  changed  rows added  removed  changed
clean/sessions                 1        0        1           8        0        3
report/report                  0        1        0           -        -        -
clean/sessions: new column device VARCHAR
`);
});

test('one table is reported with each partition', () => {
  const one = { ...difference, tables: difference.tables.slice(0, 1) };
  expect(describeDiff(one, true)).toContain(`
partition    change  rows before  rows after
2026-03-01  changed        1,200       1,201
2026-03-02    added            -           7
`);
});

test('equal releases are said to be so', () => {
  expect(describeDiff({ from: 1, to: 2, tables: [] }, false)).toBe(
    'Release 1 and release 2 hold the same.\n',
  );
});
