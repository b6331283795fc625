import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Deployment, query, useDeployments } from './nights.js';

const { deploy } = useDeployments();

/** As a configuration has ids that does not say what they are. */
const AS_TEXT = { table_defaults: { columns: {} } };
const DATE = '2026-03-01';

const users = async (deployment: Deployment) =>
  (await deployment.rows('clean/users', 'user_id', 'order by user_id')).map(
    ({ user_id }) => user_id,
  );
const active = async (deployment: Deployment) =>
  (await deployment.rows('daily/user_day', 'user_id, activities', 'order by user_id')).map(
    Object.values,
  );

test('ids are text: 007 and 7 are two users', async () => {
  const deployment = await deploy(AS_TEXT);
  await deployment.deliver(`users/users_${DATE}.csv`, `user_id\n007\n7\n`);
  await deployment.deliver(
    `activity_log/activity_log_${DATE}.csv`,
    `user_id,activity_type,activity_at\n007,a,${DATE} 10:00:00\n7,a,${DATE} 10:00:00\n`,
  );
  await deployment.night(DATE);
  expect(await users(deployment)).toEqual(['007', '7']);
  expect(await active(deployment)).toEqual([
    ['007', 1],
    ['7', 1],
  ]);
});

test('ids are text: a number of more digits than 64 bits hold keeps them, as does +7', async () => {
  const deployment = await deploy(AS_TEXT);
  await deployment.deliver(
    `users/users_${DATE}.csv`,
    'user_id\n12345678901234567890\n12345678901234567891\n+7\n7\n',
  );
  await deployment.night(DATE);
  expect(await users(deployment)).toEqual([
    '+7',
    '12345678901234567890',
    '12345678901234567891',
    '7',
  ]);
});

test.each(['7::double', '7::decimal(38, 10)', '7::decimal(5, 0)'])(
  'ids are text: exports in several formats have the same users: %s',
  async (seven) => {
    const deployment = await deploy({
      ...AS_TEXT,
      tables: {
        activity_log: { files: 'a/{date}.jsonl', format: 'jsonl' },
        sessions: { files: 's/{date}.parquet', format: 'parquet' },
      },
    });
    await deployment.deliver(
      `a/${DATE}.jsonl`,
      `{"user_id":7,"activity_type":"a","activity_at":"${DATE} 10:00:00"}\n`,
    );
    const file = `${deployment.folder}/made.parquet`;
    await query(
      `copy (select 's' as session_id, ${seven} as user_id, timestamp '${DATE} 10:00:00' as login_at) to '${file}'`,
    );
    await deployment.deliver(`s/${DATE}.parquet`, await readFile(file));
    const { checks } = await deployment.night(DATE);
    expect(await active(deployment)).toEqual([['7', 1]]);
    expect(checks.find(({ check }) => check === 'ids')).toMatchObject({ violations: 0 });
  },
);

test('ids that are whole numbers by configuration are compared as numbers, and others are refused', async () => {
  const deployment = await deploy({
    table_defaults: { columns: { user_id: { type: 'integer' } } },
  });
  await deployment.deliver(`users/users_${DATE}.csv`, 'user_id\n007\n7.0\nu7\n');
  await deployment.night(DATE);
  expect(await users(deployment)).toEqual([7]);
  expect((await deployment.quarantined('users')).map(({ rule }) => rule)).toEqual([
    'user_id_not_an_integer',
  ]);
});

test('an id of text that is written with decimals is warned of, because it is another id without them', async () => {
  const deployment = await deploy(AS_TEXT);
  await deployment.deliver(`users/users_${DATE}.csv`, 'user_id\n7.0\n8.00\n1.2.0\nv1.0\n');
  const { checks } = await deployment.night(DATE);
  expect(checks.find(({ check }) => check === 'ids')).toMatchObject({
    severity: 'warn',
    violations: 2,
    found: ['users.user_id: 2 rows'],
  });
});
