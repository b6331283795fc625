import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Deployment, useDeployments } from '../../night/nights.js';
import { run } from '../command_line.js';

const { deploy } = useDeployments();

const ACTIVITIES = 'activity_log/activity_log_2026-03-01.csv';
const csv = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;
const check = ({ folder }: Deployment) =>
  run('check', '--config', path.join(folder, 'dayfold.yaml'));

/** A model of a report of one's own. */
const report = (reads: string, select: string) => `-- question: How many users are active?
-- grain: as_of_date
-- reads: ${reads}
-- columns:
--   as_of_date | date | | as-of date
--   users | integer | users | active users
${select}
`;

test('a configuration that fits is ok, and nothing is written', async () => {
  const deployment = await deploy();
  await deployment.deliver(
    ACTIVITIES,
    csv('1,7,view,2026-03-01 09:00:00', '2,,view,2026-03-01 09:00:00'),
  );
  const { code, out, err } = await check(deployment);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/ activity_id +integer +in activity_id: 2 values, 0 missing, such as 1\n/);
  expect(out).toMatch(/ session_id +\w+ +not found; looked for session_id\n/);
  expect(out).toMatch(/dayfold\.yaml: ok\n$/);
  expect(existsSync(path.join(deployment.folder, 'output'))).toBe(false);
});

test('a folder of exports that is not there, and a logo that is none, are named, and no folder is left', async () => {
  const deployment = await deploy({
    exports: { store: './unmounted' },
    output: { store: './a/b/c' },
    report: { logo: 'logo.png' },
  });
  const { code, err } = await check(deployment);
  expect(code).toBe(2);
  expect(err).toMatch(
    /unmounted: expected exports named .*, found none, because there is no such folder: check/,
  );
  expect(err).toMatch(/report\.logo: expected an image, found logo\.png, which cannot be read/);
  expect(existsSync(path.join(deployment.folder, 'a'))).toBe(false);
});

test('a column whose values are all refused was found, and three values and the cure are named', async () => {
  const deployment = await deploy();
  await deployment.deliver(
    ACTIVITIES,
    csv(...'abcdefghijkl'.split('').map((id) => `${id},7,view,2026-03-01 09:00:00`)),
  );
  const { code, out, err } = await check(deployment);
  expect(code).toBe(4);
  expect(out).toContain('in activity_id: 0 values, 0 missing\n');
  expect(out).toContain('    refused: 12 by activity_id_not_an_integer, such as "a", "b", "c"\n');
  expect(out).toContain('    cure: tables.activity_log.columns.activity_id: { type: text }\n');
  expect(err).toMatch(
    /^A night would fail: 1 problem\.\n {2}activity_log.*: expected as many refused records .*found 12 of 12/,
  );
});

test.each([
  ['csv', 'ticket_id,user_id,created_at\n1,7,2026-03-01 09:00:00\n'],
  ['jsonl', '{"ticket_id":1,"user_id":7,"created_at":"2026-03-01 09:00:00"}\n'],
])('a column that only a default fills was not found in %s', async (format, content) => {
  const tables = { support_tickets: { files: 't_{date}.x', format } };
  const deployment = await deploy({ tables });
  await deployment.deliver('t_2026-03-01.x', content);
  const { code, out } = await check(deployment);
  expect(code).toBe(0);
  expect(out).toMatch(
    / status +category +not found; looked for status; 1 record has the default unknown\n/,
  );
  expect(out).toMatch(
    / created_at +timestamp +in created_at: 1 value, 0 missing, such as 2026-03-01 09:00:00\n/,
  );
});

test('of JSON a column is found below an object, and by another case', async () => {
  const tables = {
    users: { files: 'u_{date}.jsonl', format: 'jsonl', columns: { created_at: 'info.since' } },
  };
  const deployment = await deploy({ tables });
  await deployment.deliver('u_2026-03-01.jsonl', '{"User_ID":7,"info":{"since":"2026-03-01"}}\n');
  const { out } = await check(deployment);
  expect(out).toMatch(/ user_id +integer +in User_ID: 1 value, 0 missing/);
  expect(out).toMatch(/ created_at +timestamp +in info\.since: 1 value, 0 missing/);
});

test('all mistakes are reported at once', async () => {
  const deployment = await deploy({ jobs: ['jobs'] });
  await deployment.deliver(ACTIVITIES, 'user,what,when\n7,view,2026-03-01\n');
  await deployment.deliver('sessions/sessions_2026-03-01.csv', 'sid,begin\n1,2026-03-01\n');
  await deployment.write(
    'jobs/report/one.sql',
    report('daily.day window', 'select as_of_date, nobody as users from settings'),
  );
  await deployment.write(
    'jobs/report/two.sql',
    report('daily.day window', 'select as_of_date, nothing as users from settings'),
  );
  const { code, err } = await check(deployment);
  expect(code).toBe(2);
  expect(err).toMatch(/^A night would fail: 4 problems\.\n/);
  for (const name of ['one.sql', 'two.sql', ACTIVITIES, 'sessions/sessions_2026-03-01.csv'])
    expect(err).toContain(name);
});

test('so are mistakes of names in the configuration and in headers of models', async () => {
  const deployment = await deploy({ jobs: ['jobs'] });
  for (const name of ['one', 'two']) await deployment.write(`jobs/report/${name}.sql`, 'select 1');
  const names =
    'tables: { activity_log: { columns: { activityid: x } }, sesions: { files: "{date}.csv" } }';
  await deployment.write('wrong.yaml', `jobs: [jobs]\n${names}\nchecks: { freshnes: warn }\n`);
  const { code, err } = await run('check', '--config', path.join(deployment.folder, 'wrong.yaml'));
  expect(code).toBe(2);
  const [first, ...problems] = err.trimEnd().split('\n');
  const about = [/one\.sql/, /two\.sql/, /did you mean activity_id\?/, /did you mean sessions\?/];
  for (const one of about) expect(problems.filter((problem) => one.test(problem))).toHaveLength(1);
  expect(first).toBe(`A night would fail: ${problems.length} problems.`);
});

test('a report that reads a daily table without a window is warned of', async () => {
  const deployment = await deploy({ jobs: ['jobs'] });
  await deployment.deliver(ACTIVITIES, csv('1,7,view,2026-03-01 09:00:00'));
  const select =
    'select as_of_date, cast(count(*) as bigint) as users from settings, daily.user_day group by as_of_date';
  await deployment.write('jobs/report/own.sql', report('daily.user_day', select));
  const { code, out } = await check(deployment);
  expect(code).toBe(0);
  expect(out).toMatch(
    /Warnings:\n.*own\.sql: reads daily\.user_day of the as-of date alone: write daily\.user_day window/,
  );
});

describe('what a night would fail on later', () => {
  test('an output that cannot be written', async () => {
    const deployment = await deploy();
    await deployment.write('output/.dayfold-writing', 'a file where a folder must be');
    await deployment.deliver(ACTIVITIES, csv('1,7,view,2026-03-01 09:00:00'));
    const { code, err } = await check(deployment);
    expect([code, err]).toEqual([
      5,
      expect.stringMatching(/output .*: writing, conditional creation and removing: /),
    ]);
  });

  test('a derived table whose SQL does not run', async () => {
    const tables = { sessions: { files: 'x_{date}.csv', derived: true } };
    const deployment = await deploy({ jobs: ['jobs'], tables });
    await deployment.deliver(ACTIVITIES, csv('1,7,view,2026-03-01 09:00:00'));
    await deployment.write(
      'jobs/derived/sessions.sql',
      'select no_such_column as session_id from clean.activity_log',
    );
    const { code, err } = await check(deployment);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('derived/sessions.sql: expected a SELECT of columns of sessions'),
    ]);
  });

  test('an output that was made with another configuration', async () => {
    const deployment = await deploy();
    await deployment.deliver(ACTIVITIES, csv('1,7,view,2026-03-01 09:00:00'));
    const config = { ...deployment.config, time_zone: 'Asia/Tokyo' };
    await deployment.night('2026-03-01', { config });
    const { code, err } = await check(deployment);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('expected the configuration of release 1'),
    ]);
  });

  test('files of a date, where those of the output hold a month', async () => {
    const deployment = await deploy();
    await deployment.deliver(ACTIVITIES, csv('1,7,view,2026-03-01 09:00:00'));
    const parquet = { ...deployment.config.parquet, partition_by: 'month' as const };
    await deployment.night('2026-03-01', { config: { ...deployment.config, parquet } });
    const { code, err } = await check(deployment);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('parquet.partition_by: expected month or year, because the files'),
    ]);
  });
});
