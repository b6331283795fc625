import { expect, test } from 'vitest';
import { type Deployment, useDeployments } from './nights.js';

const { deploy } = useDeployments();

async function textOf(deployment: Deployment, date: string): Promise<string> {
  const page = (await deployment.output.read(`latest/reports/${date}/report.html`))?.toString() ?? '';
  return page
    .replace(/<(style|script|pre)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

const NONSENSE = /NaN|undefined|Infinity|\bnull\b|[^\d,.]1 (users|days|activities|sessions|tickets|features)\b/;

test('of exports without a row the page says that there is nothing', async () => {
  const deployment = await deploy();
  await deployment.deliver('activity_log/activity_log_2026-11-20.csv', 'user_id,activity_type,activity_at\n');
  await deployment.night('2026-11-20');
  const text = await textOf(deployment, '2026-11-20');
  expect(text).not.toMatch(NONSENSE);
  expect(text).toContain('There was no activity in the 60 days up to 2026-11-20');
  expect(text).toContain('Too few data: 0 users');
});

test('one user on one day, the first night: nothing is compared with what is not known', async () => {
  const deployment = await deploy();
  await deployment.deliver(
    'activity_log/activity_log_2026-11-20.csv',
    'user_id,activity_type,activity_at\n7,login,2026-11-20 08:00:00\n',
  );
  await deployment.deliver(
    'sessions/sessions_2026-11-20.csv',
    'session_id,user_id,login_at,logout_at\n1,7,2026-11-20 08:00:00,2026-11-20 08:10:00\n',
  );
  await deployment.night('2026-11-20');
  const text = await textOf(deployment, '2026-11-20');
  expect(text).not.toMatch(NONSENSE);
  expect(text).toMatch(/1 activity on 2026-11-20 ?, the only day with data/);
  expect(text).toContain('Too few data: 1 user with a session');
  expect(text).toContain('no change known');
  expect(text).not.toContain('Since the report of');
});

test('a later night tells which dates late rows have restated, in the report of the day and in that before', async () => {
  const deployment = await deploy();
  const header = 'user_id,activity_type,activity_at\n';
  await deployment.deliver('activity_log/activity_log_2026-11-19.csv', `${header}7,login,2026-11-19 08:00:00\n`);
  await deployment.deliver(
    'activity_log/activity_log_2026-11-20.csv',
    `${header}7,login,2026-11-20 08:00:00\n8,login,2026-11-18 08:00:00\n`,
  );
  await deployment.night(['2026-11-19', '2026-11-20']);
  expect(await textOf(deployment, '2026-11-20')).toContain(
    'Since the report of 2026-11-19, activity_log brought rows for 2026-11-18.',
  );
  expect(await textOf(deployment, '2026-11-19')).toContain(
    'After 2026-11-19, activity_log brought rows for 2026-11-18',
  );
});
