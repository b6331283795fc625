import * as fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { check } from '../../src/inspect/preflight.js';
import { type Deployment, useDeployments } from './nights.js';

const { deploy } = useDeployments('all');
const EXAMPLE = fileURLToPath(new URL('../../docs/example', import.meta.url));

const ACTIVITIES = `user_id,activity_type,activity_at
1,login,2026-11-19 08:00:00
2,login,2026-11-20 08:00:00
3,login,2026-11-20 09:00:00
1,login,2026-11-20 10:00:00
`;

test('the example of the documentation adds a section, with no line of code', async () => {
  const deployment = await deploy({ jobs: [EXAMPLE] });
  await deployment.deliver('activity_log/activity_log_2026-11-20.csv', ACTIVITIES);
  await deployment.night('2026-11-20');
  const page =
    (await deployment.output.read('latest/reports/2026-11-20/report.html'))?.toString() ?? '';
  const section = /<section class="card" id="new_users"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
  expect(section.replace(/<[^>]*>/g, '')).toContain(
    '3 users were seen for the first time in 30 days, most of them, 2, on 2026-11-20.',
  );
  expect(section).toContain('<svg');
  expect(page.indexOf('id="activity_trend"')).toBeLessThan(page.indexOf('id="new_users"'));
  expect(page.indexOf('id="new_users"')).toBeLessThan(page.indexOf('id="busiest_days"'));
});

test('the newest first are the newest of all rows, however many there are', async () => {
  const deployment = await deploy({ jobs: ['jobs'] });
  await deployment.write(
    'jobs/report/hours.sql',
    `-- question: Which hours?
-- grain: hour
-- reads: rolling.user_lifetime
-- columns:
--   as_of_date | date    | | as-of date of the report
--   hour       | integer | | an hour
select max(lifetime.as_of_date) as as_of_date, cast(hours.hour as bigint) as hour
from rolling.user_lifetime as lifetime, range(0, 2500) as hours(hour)
group by hours.hour
order by hours.hour
`,
  );
  await deployment.write('jobs/report/hours.yaml', 'newest_first: hour\n');
  await deployment.deliver('activity_log/activity_log_2026-11-20.csv', ACTIVITIES);
  await deployment.night('2026-11-20');
  const read = async (name: string) =>
    (await deployment.output.read(`latest/reports/2026-11-20/${name}`))?.toString() ?? '';
  const section =
    /<section class="card" id="hours"[\s\S]*?<\/section>/.exec(await read('report.html'))?.[0] ??
    '';
  const shown = [...section.matchAll(/<td[^>]*data-v="(\d+)"/g)].map(([, hour]) => Number(hour));
  expect(shown).toEqual(Array.from({ length: 25 }, (_, i) => 2499 - i)); // the page holds the others as data
  const told = JSON.parse(await read('report.json')).reports.find(
    ({ name }: { name: string }) => name === 'hours',
  );
  const hours = told.rows.map(({ hour }: { hour: number }) => hour);
  expect([told.row_count, hours]).toEqual([2500, Array.from({ length: 1000 }, (_, i) => 1500 + i)]);
});

test('numbers and times that are not defined are missing, and a date that means never is not drawn', async () => {
  const deployment = await deploy({ jobs: ['jobs'] });
  await deployment.write(
    'jobs/report/ratios.sql',
    `-- question: Which ratios?
-- grain: date
-- reads: rolling.user_lifetime
-- columns:
--   as_of_date | date    | | as-of date of the report
--   date       | date    | | a date
--   ratio      | double  | | a ratio
--   due        | date    | | a date
--   due_at     | timestamp | | a time
--   users      | integer | | users
select
  as_of_date,
  cast(date as date) as date,
  cast(a as double) / b as ratio,
  cast(due as date) as due,
  cast(due as timestamp) as due_at,
  a as users
from settings
cross join (
  values
    ('2026-11-18', 3, 2, '0001-01-01'),
    ('2026-11-19', 1, 0, 'infinity'),
    ('2026-11-20', 0, 0, '-infinity'),
    ('9999-12-31', 5, 1, '20000-01-01')
) as r(date, a, b, due)
order by date
`,
  );
  await deployment.write(
    'jobs/report/ratios.yaml',
    'chart: { kind: calendar, title: Users, x: date, y: users, where: { users: 3 } }\n',
  );
  await deployment.deliver('activity_log/activity_log_2026-11-20.csv', ACTIVITIES);
  await deployment.night('2026-11-20');
  const rows = await deployment.rows('report/ratios', 'ratio, due, due_at', 'order by date');
  expect(rows).toEqual([
    { ratio: 1.5, due: '0001-01-01', due_at: '0001-01-01 00:00:00' },
    { ratio: null, due: null, due_at: null },
    { ratio: null, due: null, due_at: null },
    { ratio: 5, due: null, due_at: null },
  ]);
  await deployment.write(
    'jobs/report/ratios.yaml',
    'chart: { kind: calendar, title: Users, x: date, y: users }\n',
  );
  await deployment.night('2026-11-20');
  const page =
    (await deployment.output.read('latest/reports/2026-11-20/report.html'))?.toString() ?? '';
  const section = /<section class="card" id="ratios"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
  expect(section).toContain('Calendar, 2026-11-18 to 2026-11-20.');
});

test.each([
  ['order: first', 'own.yaml:1: order: expected a number, found "first"'],
  ['answer:\n  - say: "{total} users"', 'own.yaml:2: answer.0.say: expected a fact or a setting'],
  ['columns: [nobody]', 'own.yaml:1: columns: expected a column of as_of_date'],
  [
    'chart: { kind: trend, title: T, x: event_date, y: nothing }',
    'own.yaml:1: chart: expected a column with the type integer or double of users, found nothing',
  ],
  [
    'chart: { kind: trend, title: T, x: users, y: users }',
    'own.yaml:1: chart: expected a column with the type date of as_of_date, event_date, found users',
  ],
  [
    'chart: { kind: bars, title: T, label: event_date, y: event_date }',
    'own.yaml:1: chart: expected a column with the type integer or double of users, found event_date',
  ],
  [
    'chart: { kind: trend, data: other, title: T, x: a, y: b }',
    'own.yaml:1: chart.data: expected a report of',
  ],
  ['facts: { total: sum(nobody) }', 'own.yaml: expected facts and conditions that run'],
  [
    'facts: { total: count(*) }\nanswer:\n  - { when: total >, say: x }',
    'own.yaml: expected facts and conditions that run',
  ],
])('check refuses a section with %j', async (yaml, message) => {
  const deployment = await deploy({ jobs: ['jobs'] });
  const folder = path.join(deployment.folder, 'jobs/report');
  await fs.mkdir(folder, { recursive: true });
  await fs.copyFile(path.join(EXAMPLE, 'report/new_users.sql'), path.join(folder, 'own.sql'));
  await fs.writeFile(path.join(folder, 'own.yaml'), yaml);
  await deployment.deliver('activity_log/activity_log_2026-11-20.csv', ACTIVITIES);
  const { problems } = await check(deployment.config);
  expect(problems.map((problem) => problem.message).join('\n')).toContain(message);
});

test.each([
  [
    'its YAML',
    (deployment: Deployment) => deployment.write('jobs/report/new_users.yaml', 'order: 15\n'),
  ],
  [
    'the logo',
    (deployment: Deployment) =>
      deployment.write('logo.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'),
  ],
])('a change of %s alone makes pages again', async (_, change) => {
  const deployment = await deploy({ jobs: ['jobs'], report: { logo: 'logo.svg' } });
  for (const ending of ['sql', 'yaml']) {
    const file = `report/new_users.${ending}`;
    await deployment.write(`jobs/${file}`, await fs.readFile(path.join(EXAMPLE, file)));
  }
  await deployment.write(
    'logo.svg',
    '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h1"/></svg>',
  );
  await deployment.deliver('activity_log/activity_log_2026-11-20.csv', ACTIVITIES);
  await deployment.night('2026-11-20');
  expect((await deployment.night('2026-11-20')).published).toBe(false);
  await change(deployment);
  const { built } = await deployment.night('2026-11-20');
  expect(built.map(({ table }) => table)).toContain('report/report');
  expect(built.every(({ table }) => /^(report|index)\//.test(table))).toBe(true);
});
