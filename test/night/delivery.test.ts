import * as fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Deployment, lineOf, query, useDeployments } from './nights.js';

const { deploy } = useDeployments();

const SESSIONS = 'session_id,user_id,login_at,logout_at';
const ACTIVITY = 'activity_id,user_id,activity_type,activity_at';
const COUNTERS = 'user_id,feature,usage_count,last_used';

const csv = (header: string, ...lines: string[]) => `${[header, ...lines].join('\n')}\n`;

test('append: each export adds its rows, and a late one joins the date it happened on', async () => {
  const deployment = await deploy();
  await deployment.deliver(
    'activity_log/activity_log_2026-03-01.csv',
    csv(ACTIVITY, '1,7,view,2026-03-01 09:00:00', '2,8,view,2026-03-01 10:00:00'),
  );
  await deployment.deliver(
    'activity_log/activity_log_2026-03-02.csv',
    csv(ACTIVITY, '3,7,view,2026-03-02 09:00:00', '4,9,view,2026-03-01 23:59:59'),
  );
  const outcome = await deployment.night('2026-03-02');
  expect(
    await deployment.rows(
      'clean/activity_log',
      'event_date, activity_id, user_id',
      'order by activity_id',
    ),
  ).toEqual([
    { event_date: '2026-03-01', activity_id: 1, user_id: 7 },
    { event_date: '2026-03-01', activity_id: 2, user_id: 8 },
    { event_date: '2026-03-02', activity_id: 3, user_id: 7 },
    { event_date: '2026-03-01', activity_id: 4, user_id: 9 },
  ]);
  expect(
    await deployment.rows('daily/day', 'event_date, active_users', 'order by event_date'),
  ).toEqual([
    { event_date: '2026-03-01', active_users: 3 },
    { event_date: '2026-03-02', active_users: 1 },
  ]);
  expect(lineOf(outcome, 'activity_log')).toMatchObject({
    records: 4,
    kept: 4,
    duplicates: 0,
    conflicts: 0,
  });
});

test('an id that stands for two contents is a conflict, and one exported twice is not', async () => {
  const deployment = await deploy();
  await deployment.deliver(
    'activity_log/activity_log_2026-03-01.csv',
    csv(
      ACTIVITY,
      '1,7,view,2026-03-01 09:00:00',
      '1,7,view,2026-03-01 09:00:00',
      '2,8,view,2026-03-01 10:00:00',
      '2,8,login,2026-03-01 10:00:00',
      '2,8,view,2026-03-01 10:00:01',
    ),
  );
  const outcome = await deployment.night('2026-03-01');
  expect(
    await deployment.rows(
      'clean/activity_log',
      'activity_id, activity_type, activity_at',
      'order by activity_id',
    ),
  ).toEqual([
    { activity_id: 1, activity_type: 'view', activity_at: '2026-03-01 09:00:00' },
    { activity_id: 2, activity_type: 'view', activity_at: '2026-03-01 10:00:01' },
  ]);
  expect(lineOf(outcome, 'activity_log')).toMatchObject({
    repeated: 3,
    staged: 2,
    kept: 2,
    duplicates: 0,
    conflicts: 2,
  });
});

test('without an activity_id, user, type and time together tell activities apart', async () => {
  const deployment = await deploy();
  await deployment.deliver(
    'activity_log/activity_log_2026-03-01.csv',
    csv(
      ACTIVITY,
      ',7,view,2026-03-01 09:00:00',
      'N/A,7,View,2026-03-01T09:00:00Z', // the same once cleaned
      ',7,login,2026-03-01 09:00:00',
      ',8,view,2026-03-01 09:00:00',
      '5,7,view,2026-03-01 09:00:00', // has an id, so is not told apart by the rest
    ),
  );
  const outcome = await deployment.night('2026-03-01');
  expect(lineOf(outcome, 'activity_log')).toMatchObject({
    repeated: 1,
    staged: 4,
    kept: 4,
    duplicates: 0,
    conflicts: 0,
  });
  expect(
    await deployment.rows(
      'clean/activity_log',
      'activity_id, user_id, activity_type',
      'order by user_id, activity_type, activity_id',
    ),
  ).toEqual([
    { activity_id: null, user_id: 7, activity_type: 'login' },
    { activity_id: 5, user_id: 7, activity_type: 'view' },
    { activity_id: null, user_id: 7, activity_type: 'view' },
    { activity_id: null, user_id: 8, activity_type: 'view' },
  ]);
});

test('upsert: the latest export of a row wins, in one run or in two', async () => {
  const first = csv(
    SESSIONS,
    's1,7,2026-03-01 09:00:00,',
    's2,8,2026-03-01 10:00:00,2026-03-01 10:30:00',
  );
  const second = csv(SESSIONS, 's1,7,2026-03-01 09:00:00,2026-03-01 09:20:00');
  const expected = [
    { session_id: 's1', duration_seconds: 1_200 },
    { session_id: 's2', duration_seconds: 1_800 },
  ];
  const sessions = [
    'clean/sessions',
    'session_id, duration_seconds',
    'order by session_id',
  ] as const;

  const atOnce = await deploy();
  await atOnce.deliver('sessions/sessions_2026-03-01.csv', first);
  await atOnce.deliver('sessions/sessions_2026-03-02.csv', second);
  const outcome = await atOnce.night('2026-03-02');
  expect(await atOnce.rows(...sessions)).toEqual(expected);
  expect(lineOf(outcome, 'sessions')).toMatchObject({
    staged: 3,
    kept: 2,
    duplicates: 1,
    conflicts: 1,
  });

  const inTurn = await deploy();
  await inTurn.deliver('sessions/sessions_2026-03-01.csv', first);
  await inTurn.night('2026-03-01');
  expect(await inTurn.rows(...sessions)).toEqual([
    { session_id: 's1', duration_seconds: null },
    expected[1],
  ]);
  await inTurn.deliver('sessions/sessions_2026-03-02.csv', second);
  await inTurn.night('2026-03-02');
  expect(await inTurn.rows(...sessions)).toEqual(expected);
});

test('upsert: an older export that comes late does not overrule a newer one', async () => {
  const deployment = await deploy();
  await deployment.deliver(
    'sessions/sessions_2026-03-02.csv',
    csv(SESSIONS, 's1,7,2026-03-01 09:00:00,2026-03-01 09:20:00'),
  );
  await deployment.night('2026-03-02');
  await deployment.deliver(
    'sessions/sessions_2026-03-01.csv',
    csv(SESSIONS, 's1,7,2026-03-01 09:00:00,'),
  );
  await deployment.night('2026-03-02');
  expect(await deployment.rows('clean/sessions', 'session_id, duration_seconds')).toEqual([
    { session_id: 's1', duration_seconds: 1_200 },
  ]);
});

test('snapshot: the latest export is the whole table', async () => {
  const deployment = await deploy({
    tables: { users: { delivery: 'snapshot' }, sessions: { delivery: 'snapshot' } },
  });
  await deployment.deliver('users/users_2026-03-01.csv', csv('user_id', '1', '2', '3'));
  await deployment.deliver(
    'sessions/sessions_2026-03-01.csv',
    csv(SESSIONS, 's1,1,2026-03-01 09:00:00,', 's2,2,2026-02-28 09:00:00,'),
  );
  await deployment.night('2026-03-01');
  await deployment.deliver('users/users_2026-03-02.csv', csv('user_id', '2', '4', '4'));
  await deployment.deliver(
    'sessions/sessions_2026-03-02.csv',
    csv(SESSIONS, 's1,1,2026-03-01 09:00:00,'),
  );
  const outcome = await deployment.night('2026-03-02');
  expect(await deployment.rows('clean/users', 'user_id', 'order by user_id')).toEqual([
    { user_id: 2 },
    { user_id: 4 },
  ]);
  expect(await deployment.rows('clean/sessions', 'session_id')).toEqual([{ session_id: 's1' }]);
  expect(await deployment.rows('daily/day', 'event_date, sessions', 'order by event_date')).toEqual(
    [{ event_date: '2026-03-01', sessions: 1 }],
  );
  expect(lineOf(outcome, 'users')).toMatchObject({
    records: 6,
    repeated: 1,
    staged: 5,
    unchanged: 3,
    kept: 2,
    duplicates: 0,
  });
});

test('snapshot: an empty file is no table, and takes nothing away', async () => {
  const deployment = await deploy({ tables: { users: { delivery: 'snapshot' } } });
  await deployment.deliver('users/users_2026-03-01.csv', csv('user_id', '1', '2'));
  await deployment.night('2026-03-01');
  await deployment.deliver('users/users_2026-03-02.csv', '');
  await expect(deployment.night('2026-03-02')).rejects.toThrow(
    'users/users_2026-03-02.csv: expected rows of users, found an empty file',
  );
  expect((await deployment.release()).number).toBe(1);
});

test.each([
  ['a JSON array', { format: 'json' }, '[]'],
  ['an array within objects', { format: 'json', rows_at: 'data.items' }, '{"data":{"items":[]}}'],
  ['JSON Lines', { format: 'jsonl' }, '\n\n'],
  ['Parquet', { format: 'parquet' }, undefined],
  ['CSV without a header', { header: ['user_id'] }, '\n\n'],
])('%s without records is described in words that fit its format', async (_, settings, content) => {
  const users = { files: 'u_{date}', ...settings };
  const deployment = await deploy({ tables: { users: { ...users, delivery: 'snapshot' } } });
  const file = path.join(deployment.folder, 'exports', 'u_2026-03-01');
  if (content === undefined) {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await query(`copy (select 1 as user_id where false) to '${file}' (format parquet)`);
  } else await deployment.deliver('u_2026-03-01', content);
  await expect(deployment.night('2026-03-01')).rejects.toThrow(
    'u_2026-03-01: expected rows of users, found no records, which would empty the table',
  );
});

test('snapshot: a header without records fails the run, unless the table may be empty', async () => {
  const deployment = await deploy({ tables: { users: { delivery: 'snapshot' } } });
  await deployment.deliver('users/users_2026-03-01.csv', csv('user_id', '1', '2'));
  await deployment.night('2026-03-01');
  await deployment.deliver('users/users_2026-03-02.csv', csv('user_id'));
  await expect(deployment.night('2026-03-02')).rejects.toThrow(
    /users_2026-03-02\.csv: expected rows of users, found a header and no records.*tables\.users\.allow_empty/,
  );
  const users = {
    ...deployment.config.tables.users,
    allow_empty: true,
  } as (typeof deployment.config.tables)[string];
  const config = { ...deployment.config, tables: { ...deployment.config.tables, users } };
  expect(lineOf(await deployment.night('2026-03-02', { config }), 'users')).toMatchObject({
    kept: 0,
    unchanged: 2,
  });
});

test('snapshot: one of which every record is refused fails the run, unless the table may be empty', async () => {
  const deployment = await deploy({ tables: { users: { delivery: 'snapshot' } } });
  await deployment.deliver('users/users_2026-03-01.csv', csv('user_id', '1', '2'));
  await deployment.night('2026-03-01');
  await deployment.deliver('users/users_2026-03-02.csv', csv('user_id', 'one', 'two'));
  await expect(deployment.night('2026-03-02')).rejects.toThrow(
    /users_2026-03-02\.csv: expected rows of users, found 2 refused records and no other.*user_id_not_an_integer 2/,
  );
  const users = {
    ...deployment.config.tables.users,
    allow_empty: true,
  } as (typeof deployment.config.tables)[string];
  const config = { ...deployment.config, tables: { ...deployment.config.tables, users } };
  expect(lineOf(await deployment.night('2026-03-02', { config }), 'users')).toMatchObject({
    kept: 0,
    quarantined: { user_id_not_an_integer: 2 },
  });
});

test('two tables may read the same exports, and each has all rows', async () => {
  const visits = `table: visits
description: One row for each visit.
delivery: append
partition: event_date
event_time: at
dates: [at]
key: [[id]]
columns:
  id: { type: integer, from: [activity_id], required: true, description: Identifies the visit. }
  at: { type: timestamp, from: [activity_at], required: true, description: When. }
`;
  const model = `-- about: Visits.
-- grain: id
-- reads: staged.visits
-- columns:
--   event_date | date      | | business date
--   id         | integer   | | the visit
--   at         | timestamp | | when
select visits.event_date, visits.id, visits."at" from staged.visits as visits
`;
  const tables = { visits: { files: 'activity_log/activity_log_{date}.csv' } };
  const deployment = await deploy({ jobs: ['./jobs'], tables });
  await deployment.write('jobs/clean/visits.yaml', visits);
  await deployment.write('jobs/clean/visits.sql', model);
  const records = ['1,7,view,2026-03-01 09:00:00', '2,8,view,2026-03-01 10:00:00'];
  await deployment.deliver('activity_log/activity_log_2026-03-01.csv', csv(ACTIVITY, ...records));
  const outcome = await deployment.night('2026-03-01');
  for (const table of ['activity_log', 'visits'])
    expect(lineOf(outcome, table)).toMatchObject({ records: 2, staged: 2, kept: 2, duplicates: 0 });
  expect((await deployment.night('2026-03-01')).published).toBe(false);
});

test('counter: a day of use is the difference to the export before', async () => {
  const deployment = await deploy({ tables: { feature_usage: { delivery: 'counter' } } });
  const deliver = (date: string, ...lines: string[]) =>
    deployment.deliver(`feature_usage/feature_usage_${date}.csv`, csv(COUNTERS, ...lines));
  // the first export is the baseline: when its uses were nobody knows
  await deliver('2026-03-01', '7,map,10,2026-03-01 08:00:00', '8,map,4,2026-02-20 08:00:00');
  // more by 5; as before; new
  await deliver(
    '2026-03-02',
    '7,map,15,2026-03-02 08:00:00',
    '8,map,4,2026-02-20 08:00:00',
    '9,map,2,2026-03-02 09:00:00',
  );
  const outcome = await deployment.night('2026-03-02');
  const uses = [
    'clean/feature_usage',
    'event_date, user_id, usage_count',
    'order by event_date, user_id, used_at',
  ] as const;
  const second = [
    { event_date: '2026-03-02', user_id: 7, usage_count: 5 },
    { event_date: '2026-03-02', user_id: 9, usage_count: 2 },
  ];
  expect(await deployment.rows(...uses)).toEqual(second);
  expect(lineOf(outcome, 'feature_usage')).toMatchObject({
    records: 5,
    staged: 5,
    unchanged: 3,
    kept: 2,
  });

  // fell from 15: it began again, and all of the 3 are new; user 8 is gone
  await deliver('2026-03-03', '7,map,3,2026-03-03 08:00:00', '9,map,2,2026-03-02 09:00:00');
  await deployment.night('2026-03-03');
  const third = [...second, { event_date: '2026-03-03', user_id: 7, usage_count: 3 }];
  expect(await deployment.rows(...uses)).toEqual(third);
});

test('counter: of several rows of one key in an export the last one counts', async () => {
  const deployment = await deploy({ tables: { feature_usage: { delivery: 'counter' } } });
  await deployment.deliver(
    'feature_usage/feature_usage_2026-03-01.csv',
    csv(COUNTERS, '7,map,10,2026-03-01 08:00:00', '7,map,12,2026-03-01 09:00:00'),
  );
  await deployment.deliver(
    'feature_usage/feature_usage_2026-03-02.csv',
    csv(COUNTERS, '7,map,13,2026-03-02 08:00:00', '7,map,15,2026-03-02 09:00:00'),
  );
  await deployment.night('2026-03-02');
  expect(await deployment.rows('clean/feature_usage', 'event_date, usage_count')).toEqual([
    { event_date: '2026-03-02', usage_count: 3 },
  ]);
});

test('counter: a key that exports leave out goes on from its last count when it comes again', async () => {
  const deployment = await deploy({ tables: { feature_usage: { delivery: 'counter' } } });
  const deliver = (date: string, ...counts: string[]) =>
    deployment.deliver(
      `feature_usage/feature_usage_${date}.csv`,
      csv(COUNTERS, ...counts.map((count) => `${count},${date} 08:00:00`)),
    );
  await deliver('2026-03-01', '7,map,10', '8,map,4');
  await deliver('2026-03-02', '8,map,5');
  await deployment.night('2026-03-02');
  await deliver('2026-03-03');
  await deliver('2026-03-04', '7,map,12', '8,map,5');
  await deployment.night('2026-03-04');
  expect(
    await deployment.rows('daily/feature_day', 'event_date, user_id, uses', 'order by event_date'),
  ).toEqual([
    { event_date: '2026-03-02', user_id: 8, uses: 1 },
    { event_date: '2026-03-04', user_id: 7, uses: 2 },
  ]);
});

test('counter: two differences of one user, feature and time both count', async () => {
  const deployment = await deploy({ tables: { feature_usage: { delivery: 'counter' } } });
  const deliver = (date: string, count: number) =>
    deployment.deliver(
      `feature_usage/feature_usage_${date}.csv`,
      csv(COUNTERS, `7,map,${count},2026-03-02`),
    );
  await deliver('2026-03-01', 10);
  await deliver('2026-03-02', 15);
  await deliver('2026-03-03', 17); // used again on the same day, after the export
  const outcome = await deployment.night('2026-03-03');
  expect(await deployment.rows('daily/feature_day', 'event_date, uses')).toEqual([
    { event_date: '2026-03-02', uses: 7 },
  ]);
  expect(lineOf(outcome, 'feature_usage')).toMatchObject({
    staged: 3,
    unchanged: 1,
    kept: 2,
    duplicates: 0,
  });
});

test('counter: a corrected export restates the differences on both of its sides', async () => {
  const deployment = await deploy({ tables: { feature_usage: { delivery: 'counter' } } });
  const deliver = (date: string, count: number) =>
    deployment.deliver(
      `feature_usage/feature_usage_${date}.csv`,
      csv(COUNTERS, `7,map,${count},${date} 08:00:00`),
    );
  await deliver('2026-03-01', 10);
  await deliver('2026-03-02', 15);
  await deliver('2026-03-03', 20);
  await deployment.night('2026-03-03');
  await deliver('2026-03-02', 18);
  await deployment.night('2026-03-03');
  expect(
    await deployment.rows('clean/feature_usage', 'event_date, usage_count', 'order by event_date'),
  ).toEqual([
    { event_date: '2026-03-02', usage_count: 8 },
    { event_date: '2026-03-03', usage_count: 2 },
  ]);
});

test('counter: an export that is gone is still what the next one is compared with', async () => {
  const deployment = await deploy({ tables: { feature_usage: { delivery: 'counter' } } });
  const keyOf = (date: string) => `feature_usage/feature_usage_${date}.csv`;
  const deliver = (date: string, count: number) =>
    deployment.deliver(keyOf(date), csv(COUNTERS, `7,map,${count},${date} 08:00:00`));
  await deliver('2026-03-01', 10);
  await deliver('2026-03-02', 15);
  await deployment.night('2026-03-02');
  await fs.rm(path.join(deployment.folder, 'exports', keyOf('2026-03-01')));
  await deliver('2026-03-03', 21);
  const outcome = await deployment.night('2026-03-03');
  expect(
    outcome.built.filter(({ table }) => table.startsWith('staged/')).map(({ name }) => name),
  ).toEqual([keyOf('2026-03-03')]);
  expect(
    await deployment.rows('clean/feature_usage', 'event_date, usage_count', 'order by event_date'),
  ).toEqual([
    { event_date: '2026-03-02', usage_count: 5 },
    { event_date: '2026-03-03', usage_count: 6 },
  ]);
});

describe('a row whose key comes again on another date', () => {
  const first = csv(
    SESSIONS,
    's1,7,2026-03-01 09:00:00,',
    's2,8,2026-03-01 10:00:00,2026-03-01 11:00:00',
  );
  const moved = csv(
    SESSIONS,
    's1,7,2026-03-02 00:30:00,2026-03-02 01:00:00',
    's3,9,2026-03-02 10:00:00,',
  );
  const LOGINS = 'event_date, session_id, login_at';
  const S2 = { event_date: '2026-03-01', session_id: 's2', login_at: '2026-03-01 10:00:00' };
  const S3 = { event_date: '2026-03-02', session_id: 's3', login_at: '2026-03-02 10:00:00' };
  const before = { event_date: '2026-03-01', session_id: 's1', login_at: '2026-03-01 09:00:00' };
  const after = { event_date: '2026-03-02', session_id: 's1', login_at: '2026-03-02 00:30:00' };
  const standing = (deployment: Deployment) =>
    deployment.rows('clean/sessions', LOGINS, 'order by session_id');

  test('is where the latest export has it', async () => {
    const deployment = await deploy();
    await deployment.deliver('sessions/sessions_2026-03-01.csv', first);
    await deployment.deliver('sessions/sessions_2026-03-02.csv', moved);
    const outcome = await deployment.night('2026-03-02');
    expect(await standing(deployment)).toEqual([after, S2, S3]);
    expect(lineOf(outcome, 'sessions')).toMatchObject({
      staged: 4,
      kept: 3,
      duplicates: 1,
      conflicts: 1,
    });
  });

  test('is taken from its old date by a later night', async () => {
    const deployment = await deploy();
    await deployment.deliver('sessions/sessions_2026-03-01.csv', first);
    await deployment.night('2026-03-01');
    expect(await standing(deployment)).toEqual([before, S2]);
    await deployment.deliver('sessions/sessions_2026-03-02.csv', moved);
    await deployment.night('2026-03-02');
    expect(await standing(deployment)).toEqual([after, S2, S3]);
  });

  test('comes back to its old date when the later export is corrected', async () => {
    const deployment = await deploy();
    await deployment.deliver('sessions/sessions_2026-03-01.csv', first);
    await deployment.deliver('sessions/sessions_2026-03-02.csv', moved);
    await deployment.night('2026-03-02');
    await deployment.deliver(
      'sessions/sessions_2026-03-02.csv',
      csv(SESSIONS, 's3,9,2026-03-02 10:00:00,'),
    );
    await deployment.night('2026-03-02');
    expect(await standing(deployment)).toEqual([before, S2, S3]);
    expect((await deployment.release()).of('moved/sessions')).toEqual([]);
  });

  test('may leave a date without a row', async () => {
    const deployment = await deploy();
    await deployment.deliver(
      'sessions/sessions_2026-03-01.csv',
      csv(SESSIONS, 's1,7,2026-03-01 09:00:00,'),
    );
    await deployment.deliver('sessions/sessions_2026-03-02.csv', moved);
    const outcome = await deployment.night('2026-03-02');
    expect(await standing(deployment)).toEqual([after, S3]);
    expect(lineOf(outcome, 'sessions')).toMatchObject({ staged: 3, kept: 2, duplicates: 1 });
  });

  test('moves within one export too: the last line counts', async () => {
    const deployment = await deploy();
    await deployment.deliver(
      'sessions/sessions_2026-03-02.csv',
      csv(SESSIONS, 's1,7,2026-03-02 00:30:00,', 's1,7,2026-03-01 09:00:00,'),
    );
    await deployment.night('2026-03-02');
    expect(await standing(deployment)).toEqual([before]);
  });
});
