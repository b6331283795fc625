import * as fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ConfigError, DataError } from '../../src/errors.js';
import { check } from '../../src/inspect/preflight.js';
import { lineOf, useDeployments } from './nights.js';

const { deploy } = useDeployments('all');
const EXAMPLE = fileURLToPath(new URL('../../docs/example/plans', import.meta.url));
const DATE = '2026-03-01';

const USERS = 'user_id,plan,country,created_at\n1,Pro Plan,DE,2026-01-01\n2,free,,2026-01-02\n';
const PLAN = {
  plan: { type: 'category', description: 'What the user pays for.' },
  country: { type: 'text' },
};

/** A value of each added column, by table; the columns that it takes besides. */
const RECORDS: Readonly<Record<string, [header: string, record: string]>> = {
  activity_log: ['user_id,activity_type,activity_at', `1,view,${DATE} 09:00:00`],
  sessions: ['session_id,user_id,login_at', `s,1,${DATE} 09:00:00`],
  feature_usage: ['user_id,feature_name,used_at', `1,export,${DATE} 09:00:00`],
  support_tickets: ['ticket_id,user_id,created_at', `1,1,${DATE} 09:00:00`],
  users: ['user_id,created_at', '1,2026-01-01'],
};

describe('columns that the configuration adds', () => {
  test.each(Object.entries(RECORDS))('are read into clean/%s', async (table, [header, record]) => {
    const columns = {
      channel: { type: 'category', from: ['Channel', 'via'] },
      score: { type: 'integer', default: 3 },
      weight: { type: 'double' },
      waited: { type: 'duration' },
      seen_at: { type: 'timestamp' },
      is_paid: { type: 'boolean' },
      note: { type: 'text' },
    };
    const deployment = await deploy({ tables: { [table]: { columns } } });
    const names = 'via,score,weight,waited,seen_at,is_paid,note';
    await deployment.deliver(
      `${table}/${table}_${DATE}.csv`,
      `${header},${names}\n${record},By Mail,,0.5,1:30,${DATE} 08:00:00,yes,hello\n`,
    );
    const { notes } = await deployment.night(DATE);
    expect(await deployment.rows(`clean/${table}`, Object.keys(columns).join(', '))).toEqual([
      {
        channel: 'by_mail',
        score: 3,
        weight: 0.5,
        waited: 90,
        seen_at: `${DATE} 08:00:00`,
        is_paid: true,
        note: 'hello',
      },
    ]);
    expect(notes.join()).not.toContain('left out');
  });

  test('break a question down by them: the example of the documentation', async () => {
    const { tables } = parse(await fs.readFile(path.join(EXAMPLE, 'dayfold.yaml'), 'utf8'));
    const deployment = await deploy({ jobs: [EXAMPLE], tables });
    await deployment.deliver(
      `users/users_${DATE}.csv`,
      'user_id,plan,country_code,created_at\n1,Pro,DE,2026-01-01\n2,free,,2026-01-02\n3,pro,DE,2026-01-03\n',
    );
    const of = (id: number, user: number) => `${id},${user},${DATE} 09:00:00\n`;
    const sessions = [of(1, 1), of(2, 1), of(3, 2), of(4, 3)].join('');
    await deployment.deliver(
      `sessions/sessions_${DATE}.csv`,
      `session_id,user_id,login_at\n${sessions}`,
    );
    await deployment.night(DATE);
    expect(
      await deployment.rows('report/sessions_by_plan', 'plan, country, users, sessions'),
    ).toEqual([
      { plan: 'pro', country: 'DE', users: 2, sessions: 3 },
      { plan: 'free', country: null, users: 1, sessions: 1 },
    ]);
    const page = String(await deployment.output.read(`latest/reports/${DATE}/report.html`));
    expect(page.replace(/<[^>]*>/g, '')).toContain(
      '4 sessions in the last 30 days, of users of 2 groups.',
    );
  });

  test('are checked like those of the contract', async () => {
    const deployment = await deploy({
      tables: {
        users: {
          columns: {
            plan: { type: 'category', accepted: ['pro', 'free'] },
            age: { type: 'integer' },
          },
        },
      },
    });
    await deployment.deliver(
      `users/users_${DATE}.csv`,
      'user_id,plan,age\n1,pro,x\n2,gold,5\n3,free,5\n',
    );
    const outcome = await deployment.night(DATE);
    expect(lineOf(outcome, 'users').quarantined).toEqual({
      age_not_an_integer: 1,
      plan_not_accepted: 1,
    });
  });

  test('reach tables of earlier nights when they are added', async () => {
    const deployment = await deploy();
    await deployment.deliver(`users/users_${DATE}.csv`, USERS);
    await deployment.night(DATE);
    const later = await deploy({ tables: { users: { columns: PLAN } } });
    const { config } = later;
    const given = { ...config, base: deployment.config.base, file: deployment.config.file };
    await deployment.night(DATE, { config: given });
    expect(await deployment.rows('clean/users', 'plan, country', 'order by user_id')).toEqual([
      { plan: 'pro_plan', country: 'DE' },
      { plan: 'free', country: null },
    ]);
  });

  test.each(['users', 'sessions'])(
    'end the night where an export of %s is gone, whose rows lack them',
    async (table) => {
      const deployment = await deploy();
      const [header, record] = RECORDS[table] ?? ['', ''];
      const deliver = (date: string) =>
        deployment.deliver(`${table}/${table}_${date}.csv`, `${header}\n${record}\n`);
      await deliver(DATE);
      await deliver('2026-03-02');
      await deployment.night('2026-03-02');
      await fs.rm(path.join(deployment.exports.folder, table, `${table}_${DATE}.csv`));
      await deployment.night('2026-03-02'); // without a new column it stays
      const { config } = await deploy({
        tables: { [table]: { columns: { channel: { type: 'text' } } } },
      });
      const given = { ...config, base: deployment.config.base, file: deployment.config.file };
      await expect(deployment.night('2026-03-02', { config: given })).rejects.toThrow(DataError);
      await expect(deployment.night('2026-03-02', { config: given })).rejects.toThrow(
        new RegExp(
          `^${table}: expected channel as VARCHAR in the rows of all exports, found none in those of ${table}/${table}_${DATE}`,
        ),
      );
      await deliver(DATE);
      await deployment.night('2026-03-02', { config: given });
      expect(await deployment.rows(`clean/${table}`, 'channel')).toEqual([{ channel: null }]);
    },
  );

  test.each<[string, object, RegExp]>([
    [
      'a column without a type',
      { users: { columns: { plan: 'plan' } } },
      /users\.columns\.plan: expected one of user_id, .*or a new column with a "type"/,
    ],
    [
      'a name that the worker needs',
      { users: { columns: { line: { type: 'text' } } } },
      /users\.columns\.line: expected a name/,
    ],
    [
      'a name that is none',
      { users: { columns: { 'Plan 1': { type: 'text' } } } },
      /expected a name in lower snake case/,
    ],
    [
      'a name that the clean model computes',
      { users: { columns: { created_date: { type: 'text' } } } },
      /expected another name/,
    ],
  ])('may not be %s', async (_, tables, message) => {
    const deployment = await deploy({ tables });
    await expect(deployment.night(DATE)).rejects.toThrow(ConfigError);
    await expect(deployment.night(DATE)).rejects.toThrow(message);
  });

  test('must be selected by a clean model of the deployment', async () => {
    const model = (more: string, select: string) => `-- about: Users.
-- grain: user_id
-- reads: staged.users
-- columns:
--   user_id      | id        |  | the user
--   created_at   | timestamp |  | when the user signed up
--   created_date | date      |  | business date of the sign-up
--   user_group   | text      |  | the group of the user
${more}select user_id, created_at, cast(created_at as date) as created_date, user_group${select}
from staged.users
order by user_id nulls last
`;
    const deployment = await deploy({
      jobs: ['./jobs'],
      tables: { users: { columns: { plan: { type: 'text' } } } },
    });
    await deployment.deliver(`users/users_${DATE}.csv`, USERS);
    await deployment.write('jobs/clean/users.sql', model('', ''));
    await expect(deployment.night(DATE)).rejects.toThrow(
      /users\.sql: columns: expected plan among them/,
    );
    await deployment.write(
      'jobs/clean/users.sql',
      model('--   plan | text | | the plan\n', ', upper(plan) as plan'),
    );
    const { notes } = await deployment.night(DATE);
    expect(await deployment.rows('clean/users', 'plan', 'order by user_id')).toEqual([
      { plan: 'PRO PLAN' },
      { plan: 'FREE' },
    ]);
    expect(notes).toContainEqual(
      expect.stringMatching(/^clean\/users is made by .*jobs\/clean\/users\.sql, in place of /),
    );
  });
});

describe('a key of the configuration', () => {
  const columns = { platform: { type: 'category' } };
  const text = `user_id,feature_name,platform,used_at\n${['ios', 'web', 'tv'].map((each) => `1,export,${each},${DATE}\n`).join('')}`;
  const kept = async (table: object) => {
    const deployment = await deploy({ tables: { feature_usage: { columns, ...table } } });
    await deployment.deliver(`feature_usage/feature_usage_${DATE}.csv`, text);
    return lineOf(await deployment.night(DATE), 'feature_usage');
  };

  test('tells rows apart that that of the contract does not', async () => {
    expect(
      await kept({ key: [['usage_id'], ['user_id', 'feature_name', 'used_at', 'platform']] }),
    ).toMatchObject({
      kept: 3,
    });
    expect(await kept({ max_conflicts: 1 })).toMatchObject({ kept: 1, repeated: 2, conflicts: 2 });
  });

  test('must be made of columns of the table', async () => {
    await expect(kept({ key: [['user_id', 'platfrom']] })).rejects.toThrow(
      /tables\.feature_usage\.key: expected columns of feature_usage, found platfrom: did you mean platform\?/,
    );
  });
});

test('a model of a table without dates must keep the columns that its dates come from', async () => {
  const contract = {
    ...{
      table: 'visits',
      description: 'Visits.',
      delivery: 'append',
      partition: 'all',
      event_time: 'at',
      dates: ['at'],
    },
    key: [['visit_id']],
    columns: {
      visit_id: { type: 'text', required: true, from: ['visit_id'], description: 'Identifies it.' },
      at: { type: 'timestamp', from: ['at'], description: 'When it was, UTC.' },
    },
  };
  const deployment = await deploy({
    jobs: ['./jobs'],
    tables: { visits: { files: 'visits_{date}.csv' } },
  });
  await deployment.write('jobs/clean/visits.yaml', JSON.stringify(contract));
  const header =
    '-- about: Visits.\n-- grain: visit_id\n-- reads: staged.visits\n-- columns:\n--   visit_id | text | | its id\n';
  await deployment.write(
    'jobs/clean/visits.sql',
    `${header}select visit_id from staged.visits order by visit_id\n`,
  );
  await deployment.deliver('visits_2026-03-01.csv', 'visit_id,at\n1,2026-03-01\n');
  const message =
    /visits\.sql: columns: expected at among them, because the contract of visits has its dates from there/;
  await expect(deployment.night('2026-03-01')).rejects.toThrow(message);
  const { problems } = await check(deployment.config);
  expect(problems.map((problem) => problem.message).join('\n')).toMatch(message);
});
