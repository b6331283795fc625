import { expect, test } from 'vitest';
import { useDeployments } from './nights.js';

const { deploy } = useDeployments();

test.each([
  [
    'feature_usage',
    'usage_id, user_id, cast(used_at as date) as day',
    [{ usage_id: 1, user_id: 1, day: '2024-01-05' }],
  ],
  ['sessions', 'user_id, cast(login_at as date) as day', [{ user_id: 1, day: '2024-01-05' }]],
  ['users', 'user_id, created_date', [{ user_id: 1, created_date: '2024-01-05' }]],
])(
  '%s from activities of which one moved to another date, and left none behind',
  async (table, columns, rows) => {
    const deployment = await deploy({ tables: { [table]: { derived: true } } });
    await deployment.deliver(
      'activity_log/activity_log_2024-01-06.csv',
      'activity_id,user_id,activity_type,activity_at\n1,1,a,2024-01-01 10:00\n1,1,a,2024-01-05 10:00\n',
    );
    await deployment.night('2024-01-06');
    expect(await deployment.rows(`clean/${table}`, columns)).toEqual(rows);
  },
);

test('a user who was active on several days, in several months, is created with the first activity', async () => {
  const deployment = await deploy({ tables: { users: { derived: true } } });
  const header = 'activity_id,user_id,activity_type,activity_at';
  const deliver = (date: string, ...records: string[]) =>
    deployment.deliver(
      `activity_log/activity_log_${date}.csv`,
      `${[header, ...records].join('\n')}\n`,
    );
  await deliver(
    '2024-02-10',
    '1,1,a,2024-01-05 10:00',
    '2,1,a,2024-01-06 10:00',
    '3,2,a,2024-02-09 10:00',
    '4,1,a,2024-02-10 09:00',
  );
  const created = () =>
    deployment.rows('clean/users', 'user_id, cast(created_at as varchar) as created_at');
  await deployment.night('2024-02-10');
  expect(await created()).toEqual([
    { user_id: 1, created_at: '2024-01-05 10:00:00' },
    { user_id: 2, created_at: '2024-02-09 10:00:00' },
  ]);
  await deliver('2024-02-11', '5,2,a,2024-02-11 10:00', '6,1,a,2024-01-04 10:00'); // one is late
  await deployment.night('2024-02-11');
  expect(await created()).toEqual([
    { user_id: 1, created_at: '2024-01-04 10:00:00' },
    { user_id: 2, created_at: '2024-02-09 10:00:00' },
  ]);
});
