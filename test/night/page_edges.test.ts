import { expect, test } from 'vitest';
import { type Deployment, useDeployments } from './nights.js';

const { deploy } = useDeployments('all');

async function textOf(deployment: Deployment, date: string): Promise<string> {
  const page =
    (await deployment.output.read(`latest/reports/${date}/report.html`))?.toString() ?? '';
  return page
    .replace(/<(style|script|pre)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

const NONSENSE =
  /NaN|undefined|Infinity|\bnull\b|[^\d,.]1 (users|days|activities|sessions|tickets|features)\b/;

test('an export without a row says that nothing happened, and what is not delivered has no data', async () => {
  const deployment = await deploy();
  await deployment.deliver(
    'activity_log/activity_log_2026-11-20.csv',
    'user_id,activity_type,activity_at\n',
  );
  await deployment.night('2026-11-20');
  const text = await textOf(deployment, '2026-11-20');
  expect(text).not.toMatch(NONSENSE);
  expect(text).toContain('There are no data on feature_usage, sessions and support_tickets.');
  expect(text).toContain('Active users 0');
  expect(text).toContain('There was no activity in the 60 days up to 2026-11-20');
  expect(text).not.toMatch(/How long are sessions|New tickets/);
  const told = JSON.parse(
    String(await deployment.output.read('latest/reports/2026-11-20/report.json')),
  );
  expect(told.no_data).toEqual(['feature_usage', 'sessions', 'support_tickets']);
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
  expect(text).toMatch(/1 activity ; the data begin on 2026-11-20/);
  expect(text).toContain('There are no data on feature_usage and support_tickets.');
  expect(text).not.toMatch(/New tickets|use more features|a ticket\b/);
  expect(text).toContain('no Friday before to compare with');
  expect(text).toContain('1 on average; data since 2026-11-20');
  expect(text).not.toContain('Since the report of');
});

test('a later night tells which dates late rows have restated, in the report of the day and in that before', async () => {
  const deployment = await deploy();
  const header = 'user_id,activity_type,activity_at\n';
  await deployment.deliver(
    'activity_log/activity_log_2026-11-19.csv',
    `${header}7,login,2026-11-19 08:00:00\n`,
  );
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

test('a question that is off is neither asked nor made, and cards are those that are chosen, in their order', async () => {
  const deployment = await deploy({
    report: { questions: { busiest_days: 'off' }, cards: ['activities', 'active_users'] },
  });
  await deployment.deliver(
    'activity_log/activity_log_2026-11-20.csv',
    'user_id,activity_type,activity_at\n7,login,2026-11-20 08:00:00\n7,?,2026-11-20 09:00:00\n',
  );
  await deployment.night('2026-11-20');
  const text = await textOf(deployment, '2026-11-20');
  expect(text).not.toContain('Which days are busiest?');
  expect(text).toContain('How is activity changing from day to day?');
  expect(text).toMatch(/Activities 2 .* Active users 1 /);
  expect(text).toContain('Without a name: 1 of 2 rows of activity_log.');
  expect((await deployment.release()).of('report/busiest_days')).toEqual([]);
});

test('a question that does not exist cannot be switched off', async () => {
  const deployment = await deploy({ report: { questions: { busyest_days: 'off' } } });
  await expect(deployment.night('2026-11-20')).rejects.toThrow(
    /report\.questions\.busyest_days: expected one of .*did you mean busiest_days/i,
  );
});
