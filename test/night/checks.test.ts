import { describe, expect, test } from 'vitest';
import { GateError } from '../../src/errors.js';
import type { Outcome } from '../../src/night/outcome.js';
import { planNightly } from '../../src/night/plan.js';
import { type Deployment, query, useDeployments } from './nights.js';

const { deploy } = useDeployments();

const CONTRACT = `table: visits
description: One row for each visit.
delivery: append
partition: event_date
event_time: came_at
dates: [came_at]
key: [[visit_id]]
columns:
  visit_id: { type: text, from: [visit_id], required: true, description: Identifies the visit. }
  door: { type: category, from: [door], accepted: [north, south], description: Where. }
  came_at: { type: timestamp, from: [came_at], required: true, description: When. }
`;
/**
 * A clean model that breaks what the contract promises: visits are cut to one letter, and doors
 * renamed.
 */
const CLEAN = `-- about: Visits.
-- grain: visit_id
-- reads: staged.visits
-- columns:
--   event_date | date      | | business date
--   visit_id   | text      | | the visit
--   door       | text      | | where
--   came_at    | timestamp | | when
select event_date, substr(visit_id, 1, 1) as visit_id, case when door = 'south' then 'back' else door end as door, came_at
from staged.visits
`;
const CHECK = `-- about: Nobody comes before six.
-- grain: event_date, visit_id
-- reads: clean.visits
-- columns:
--   event_date | date | | business date
--   visit_id   | text | | the visit
select event_date, visit_id
from clean.visits
where extract(hour from came_at) < 6
order by event_date nulls last, visit_id nulls last
`;

/** Visits of two dates, and a check of one's own that each holds. */
async function visits(settings: object = {}): Promise<Deployment> {
  const deployment = await deploy({
    jobs: ['./jobs'],
    ...settings,
    tables: { visits: { files: 'visits/{date}.csv', columns: { door: { max_missing: 0.5 } } } },
  });
  await deployment.write('jobs/clean/visits.yaml', CONTRACT);
  await deployment.write('jobs/clean/visits.sql', CLEAN);
  await deployment.write('jobs/checks/opening_hours.sql', CHECK);
  await deliver(deployment, '2026-03-01', 'a1,north,08:00:00', 'b1,,09:00:00');
  return deployment;
}

function deliver(deployment: Deployment, date: string, ...rows: string[]): Promise<void> {
  const records = rows.map((row) => row.replace(/([^,]*)$/, `${date} $1`));
  return deployment.deliver(
    `visits/${date}.csv`,
    `${['visit_id,door,came_at', ...records].join('\n')}\n`,
  );
}

const broken = ({ checks }: Pick<Outcome, 'checks'>) =>
  checks.filter(({ violations }) => violations > 0).map(({ check, found }) => [check, ...found]);

async function failure(night: Promise<unknown>): Promise<GateError> {
  const error = await night.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(GateError);
  return error as GateError;
}

describe('a check that is set to fail', () => {
  test('leaves the last good release live, and tells what breaks it, where the rows are, and what to do', async () => {
    const deployment = await visits();
    await deployment.night('2026-03-01');
    await deliver(deployment, '2026-03-02', 'c1,north,05:30:00', 'd1,north,08:00:00');
    const error = await failure(deployment.night('2026-03-02'));
    expect(error.message).toMatch(
      /^Quality gate: opening_hours failed\. Nothing was published; release 1 is unchanged:\n {2}opening_hours as of 2026-03-02: 1 row on 2026-03-02\n/,
    );
    expect(error.message).toContain(`checks: { opening_hours: warn } in ${deployment.config.file}`);
    expect(error.checks).toMatchObject([{ check: 'opening_hours', violations: 1 }]);
    const [file] =
      /\S+checks\/opening_hours\/event_date=2026-03-02\/\S+\.parquet/.exec(error.message) ?? [];
    expect(await query(`select visit_id from read_parquet('${file}')`)).toEqual([
      { visit_id: 'c' },
    ]);
    expect((await deployment.release()).number).toBe(1);
    expect(
      [...(await deployment.files()).keys()].filter((name) => name.includes('2026-03-02')),
    ).not.toContainEqual(expect.stringMatching(/^latest/));
  });

  test('lets the night after a correction publish what it would have without the failure', async () => {
    const [failed, never] = [await visits(), await visits()];
    for (const deployment of [failed, never]) await deployment.night('2026-03-01');
    await deliver(failed, '2026-03-02', 'c1,north,05:30:00');
    await failure(failed.night('2026-03-02'));
    for (const deployment of [failed, never]) {
      await deliver(deployment, '2026-03-02', 'c1,north,06:30:00');
      expect(await deployment.night('2026-03-02')).toMatchObject({ published: true, release: 2 });
    }
    const content = async (deployment: Deployment) =>
      [...(await deployment.release()).partitions()].map(({ table, name, digest }) => [
        table,
        name,
        digest,
      ]);
    expect(await content(failed)).toEqual(await content(never));
  });

  test('does not keep a night from publishing for what is dated before its windows', async () => {
    const deployment = await visits();
    await deliver(deployment, '2026-01-01', 'c1,north,05:30:00');
    expect((await deployment.night('2026-03-02')).checks).toContainEqual({
      check: 'opening_hours',
      severity: 'fail',
      violations: 0,
      found: [],
    });
    await failure(deployment.night('2026-03-01'));
  });

  test('is reported by a plan as something to build, and does not fail it', async () => {
    const deployment = await visits();
    await deliver(deployment, '2026-03-02', 'c1,north,05:30:00');
    const plan = await planNightly(deployment.runOptions(['2026-03-02']));
    expect(plan.builds.filter(({ table }) => table === 'checks/opening_hours')).toHaveLength(2);
  });
});

describe('a check that is set to warn', () => {
  test('publishes, and says so in release, outcome, page and report.json', async () => {
    const deployment = await visits({ checks: { opening_hours: 'warn' } });
    await deliver(deployment, '2026-03-02', 'c1,north,05:30:00');
    const outcome = await deployment.night('2026-03-02');
    expect(broken(outcome)).toEqual([['opening_hours', '1 row on 2026-03-02']]);
    const read = async (key: string) => String(await deployment.output.read(key));
    expect(JSON.parse(await read('_commits/000000000001.json')).release.checks).toEqual(
      outcome.checks,
    );
    expect(JSON.parse(await read('latest/reports/2026-03-02/report.json')).checks).toEqual(
      outcome.checks,
    );
    const page = await read('latest/reports/2026-03-02/report.html');
    expect(page).toContain('1 of 8 checks does not hold: opening_hours');
    expect(page).toContain('<li>opening_hours: 1 row on 2026-03-02</li>');
    const mirrored = 'latest/checks/opening_hours/event_date=2026-03-02/data.parquet';
    expect((await deployment.files()).has(mirrored)).toBe(true);
    expect(await deployment.night('2026-03-02')).toMatchObject({
      published: false,
      checks: outcome.checks,
    });
  });

  test('follows the configuration: another severity builds no check again', async () => {
    const deployment = await visits({ checks: { opening_hours: 'warn' } });
    await deliver(deployment, '2026-03-02', 'c1,north,05:30:00');
    await deployment.night('2026-03-02');
    const config = {
      ...deployment.config,
      checks: { ...deployment.config.checks, opening_hours: 'off' as const },
    };
    const off = await deployment.night('2026-03-02', { config });
    // the schemas of all tables are published, and that of the check is gone
    expect(off.built.map(({ table }) => table)).toEqual(['report/report', 'index/schemas']);
    expect(off.checks.map(({ check }) => check)).not.toContain('opening_hours');
    await failure(deployment.night('2026-03-02', { config: { ...config, checks: {} } }));
  });
});

test('a night with one new export checks the date that it brings, and no other', async () => {
  const deployment = await visits();
  await deployment.night('2026-03-01');
  await deliver(deployment, '2026-03-02', 'c1,north,08:00:00');
  const { built } = await deployment.night('2026-03-02');
  const checks = built
    .filter(({ table }) => table.startsWith('checks/'))
    .map(({ table, name }) => `${table} ${name}`);
  expect(checks.sort()).toEqual([
    'checks/dated_contracts 2026-03-02',
    'checks/known_users 2026-03-02',
    'checks/opening_hours 2026-03-02',
  ]);
});

describe('what the contracts promise', () => {
  const settings = { checks: { unique: 'warn', accepted: 'warn', missing: 'warn' } };

  test('is a key that is there once, values that are accepted, and no more missing ones than allowed', async () => {
    const deployment = await visits(settings);
    await deliver(
      deployment,
      '2026-03-02',
      'c1,north,07:00:00',
      'c2,south,07:00:00',
      'c3,,08:00:00',
    );
    await deliver(deployment, '2026-03-03', 'd1,,07:00:00', 'd2,,08:00:00', 'e1,north,09:00:00');
    expect(broken(await deployment.night('2026-03-03'))).toEqual([
      ['accepted', 'visits.door: 1 row on 2026-03-02'],
      ['missing', 'visits.door: 2 rows on 2026-03-03'],
      ['unique', 'visits.visit_id: 3 rows on 2026-03-02, 2026-03-03'],
    ]);
    expect(
      await deployment.rows('checks/dated_contracts', '*', 'order by event_date, rule'),
    ).toEqual([
      {
        event_date: '2026-03-02',
        rule: 'accepted',
        checked: 'visits.door',
        violations: 1,
        all_rows: 3,
      },
      {
        event_date: '2026-03-02',
        rule: 'unique',
        checked: 'visits.visit_id',
        violations: 2,
        all_rows: 3,
      },
      {
        event_date: '2026-03-03',
        rule: 'missing',
        checked: 'visits.door',
        violations: 2,
        all_rows: 3,
      },
      {
        event_date: '2026-03-03',
        rule: 'unique',
        checked: 'visits.visit_id',
        violations: 1,
        all_rows: 2,
      },
    ]);
  });

  test('is looked at in undated tables as a whole, also in rows without any date', async () => {
    const deployment = await deploy({
      checks: { missing: 'fail' },
      tables: { users: { columns: { created_at: { max_missing: 0.4 } } } },
    });
    const users = (...rows: string[]) =>
      deployment.deliver(
        'users/users_2026-03-01.csv',
        `${['user_id,created_at', ...rows].join('\n')}\n`,
      );
    await users('1,2026-02-01', '2,');
    const error = await failure(deployment.night('2026-03-01'));
    expect(error.checks).toMatchObject([{ check: 'missing', found: ['users.created_at: 1 row'] }]);
    await users('1,2026-02-01', '2,', '3,2026-02-01');
    expect(broken(await deployment.night('2026-03-01'))).toEqual([]);
  });
});

test('users with sessions whom the users table does not know are reported, if there is such a table', async () => {
  const deployment = await deploy();
  await deployment.deliver(
    'sessions/sessions_2026-03-01.csv',
    'session_id,user_id,login_at,logout_at\na,7,2026-03-01 09:00:00,\nb,8,2026-03-01 09:00:00,\n',
  );
  expect(broken(await deployment.night('2026-03-01'))).toEqual([]);
  await deployment.deliver(
    'users/users_2026-03-01.csv',
    'user_id,created_at\n7,2026-02-01\n9,2026-02-01\n',
  );
  expect(broken(await deployment.night('2026-03-01'))).toEqual([['known_users', '1 row']]);
  expect(await deployment.rows('checks/known_users', 'as_of_date, user_id, sessions')).toEqual([
    { as_of_date: '2026-03-01', user_id: 8, sessions: 1 },
  ]);
});

describe('a configuration of checks', () => {
  test('names those there are', async () => {
    const deployment = await deploy({ checks: { uniqe: 'warn' } });
    await expect(deployment.night('2026-03-01')).rejects.toThrow(
      /checks\.uniqe: expected one of accepted, ids, missing/,
    );
  });

  test('goes with models of other names than the built-in checks', async () => {
    const deployment = await visits();
    await deployment.write('jobs/checks/freshness.sql', CHECK);
    await expect(deployment.night('2026-03-01')).rejects.toThrow(/freshness is a built-in check/);
  });
});
