import { expect, test } from 'vitest';
import { describe as describePlan } from '../../../src/cli/commands/plan.js';

const built = (table: string, name: string, reason: string, rows = 10, bytes = 60_000) => ({
  ...{ table, name, reason, reads: { rows, bytes } },
});

test('what would be built is in a line for each table and reason', () => {
  const plan = {
    asked: ['2026-03-02'],
    release: 3,
    builds: [
      built('staged/sessions', 's_2026-03-02.csv', 'new', 2000, 1_250_000),
      built('clean/sessions', '2026-03-01', 'staged/sessions changed'),
      built('clean/sessions', '2026-03-02', 'new'),
      built('daily/day', '2026-03-01', 'daily/user_day changed'),
      built('daily/day', '2026-02-28', 'daily/user_day changed'),
    ],
    notes: ['s_2026-01-01.csv: the export is gone; its rows are kept'],
  };
  expect(
    describePlan(plan),
  ).toBe(`A night for 2026-03-02 would build 5 partitions on release 3. Table, partitions, rows and bytes read, why:
  staged/sessions  1  2,000  1.3 MB  s_2026-03-02.csv: new
  clean/sessions   1     10  0.1 MB  2026-03-01: staged/sessions changed
  clean/sessions   1     10  0.1 MB  2026-03-02: new
  daily/day        2     20  0.1 MB  2026-02-28 to 2026-03-01: daily/user_day changed

Notes:
  s_2026-01-01.csv: the export is gone; its rows are kept
`);
});

test('a night with nothing to build says so', () => {
  expect(
    describePlan({ asked: ['2026-03-01', '2026-03-02'], release: 3, builds: [], notes: [] }),
  ).toBe('A night for 2026-03-01 to 2026-03-02 would build nothing: release 3 is unchanged.\n');
});
