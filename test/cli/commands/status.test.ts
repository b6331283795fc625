import { expect, test } from 'vitest';
import { describe as describeStatus } from '../../../src/cli/commands/status.js';
import type { Status } from '../../../src/inspect/status.js';

const status: Status = {
  release: { number: 12, run: 'r', published_at: '2026-03-05T03:00:00.000Z' },
  tables: [
    {
      table: 'sessions',
      derived_from: null,
      exports: 1200,
      newest_export: '2026-03-04',
      newest_event: '2026-03-03',
      missing_exports: [
        '2026-02-01',
        '2026-02-02',
        '2026-02-03',
        '2026-02-04',
        '2026-02-05',
        '2026-02-06',
      ],
      quarantined: { a_missing: 2, b_missing: 1000 },
    },
    {
      table: 'users',
      derived_from: 'activity_log',
      exports: 0,
      newest_export: null,
      newest_event: null,
      missing_exports: [],
      quarantined: {},
    },
  ],
  stale: [
    { table: 'sessions', export: 's_1.csv', change: 'changed' },
    { table: 'sessions', export: 's_0.csv', change: 'kept' },
    { table: 'users', export: 'u_2026-03-01.csv', change: 'gone' },
    { table: 'users', export: 'u_2026-03-04.csv', change: 'gone' },
  ],
  runs: [
    {
      run: 'r',
      started_at: '2026-03-05T03:00:00.000Z',
      release: 12,
      asked: ['2026-03-04'],
      built: 40,
      seconds: 2,
    },
  ],
};

test('what is published, fresh, refused, stale and done is on one page', () => {
  expect(describeStatus(status)).toBe(`Release 12, published 2026-03-05T03:00:00.000Z.

table               exports  newest export  newest event  quarantined
sessions              1,200     2026-03-04    2026-03-03        1,002
users     from activity_log              -             -            0

Dates without an export:
  sessions: 2026-02-01, 2026-02-02, 2026-02-03, 2026-02-04, 2026-02-05 and 1 more

Quarantined, by rule:
  sessions: a_missing 2
  sessions: b_missing 1,000

Stale:
  s_1.csv: changed
  s_0.csv: gone; its rows are kept
  users: 2 exports from 2026-03-01 to 2026-03-04, such as u_2026-03-01.csv: gone; the next run takes its rows out

Last runs that published:
  2026-03-05T03:00:00.000Z  release 12, as of 2026-03-04, 40 partitions in 2.0 s
`);
});

test('an empty store says how to begin, and leaves out what there is none of', () => {
  expect(describeStatus({ release: null, tables: [], stale: [], runs: [] })).toBe(
    `No release yet: run-job nightly makes the first one.

table  exports  newest export  newest event  quarantined

Stale:
  no export: each is as the release has it
`,
  );
});
