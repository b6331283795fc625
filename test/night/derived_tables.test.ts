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
])('%s from activities of which one moved to another date, and left none behind', async (table, columns, rows) => {
  const deployment = await deploy({ tables: { [table]: { derived: true } } });
  await deployment.deliver(
    'activity_log/activity_log_2024-01-06.csv',
    'activity_id,user_id,activity_type,activity_at\n1,1,a,2024-01-01 10:00\n1,1,a,2024-01-05 10:00\n',
  );
  await deployment.night('2024-01-06');
  expect(await deployment.rows(`clean/${table}`, columns)).toEqual(rows);
});
