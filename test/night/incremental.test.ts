import * as fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Outcome } from '../../src/night/outcome.js';
import { type Deployment, lineOf, query, useDeployments } from './nights.js';

const { deploy } = useDeployments();
const { deploy: deployAll } = useDeployments('all');

const HEADER = 'activity_id,user_id,activity_type,activity_at';
const keyOf = (date: string) => `activity_log/activity_log_${date}.csv`;
const csv = (...records: string[]) => `${[HEADER, ...records].join('\n')}\n`;

/** What a run built, as table/name, of the layers where dates matter. */
function built({ built }: Outcome, ...layers: string[]): string[] {
  return built
    .filter(({ table }) => layers.includes(table.split('/')[0] ?? ''))
    .map(({ table, name }) => `${table} ${name}`)
    .sort();
}

const layersOf = ({ built }: Outcome) =>
  [...new Set(built.map(({ table }) => table.split('/')[0]))].sort();

/** Three nights of exports, and one release as of the last. */
async function threeDays(settings: object = {}, deployed = deploy): Promise<Deployment> {
  const deployment = await deployed(settings);
  await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
  await deployment.deliver(keyOf('2026-03-02'), csv('2,7,view,2026-03-02 09:00:00'));
  await deployment.deliver(keyOf('2026-03-03'), csv('3,8,view,2026-03-03 09:00:00'));
  await deployment.night('2026-03-03');
  return deployment;
}

test('a night with one new export stages it, builds its date and the windows of the new as-of, and no more', async () => {
  const deployment = await threeDays({}, deployAll);
  await deployment.deliver(keyOf('2026-03-04'), csv('4,8,view,2026-03-04 09:00:00'));
  const outcome = await deployment.night('2026-03-04');
  expect(outcome).toMatchObject({ published: true, release: 2 });
  expect(built(outcome, 'staged', 'clean')).toEqual([
    'clean/activity_log 2026-03-04',
    'staged/activity_log activity_log/activity_log_2026-03-04.csv',
  ]);
  expect(
    new Set(
      outcome.built.filter(({ table }) => table.startsWith('daily/')).map(({ name }) => name),
    ),
  ).toEqual(new Set(['2026-03-04']));
  const asOf = outcome.built.filter(({ table }) => /^(rolling|report)\//.test(table));
  // the page before links to the new one
  const isNeighbour = ({ table, name }: (typeof asOf)[number]) =>
    table === 'report/report' && name === '2026-03-03';
  expect(asOf.filter(isNeighbour)).toHaveLength(1);
  const others = asOf.filter((each) => !isNeighbour(each)).map(({ name }) => name);
  expect(new Set(others)).toEqual(new Set(['2026-03-04']));
});

test('a week and a month are made when they are over, and again only when one of their days has changed', async () => {
  const deployment = await deployAll();
  const deliver = (date: string, ...records: string[]) =>
    deployment.deliver(keyOf(date), csv(...records));
  await deliver('2026-02-28', '1,7,view,2026-02-28 09:00:00');
  await deliver('2026-03-01', '2,7,view,2026-03-01 09:00:00');
  const first = await deployment.night('2026-03-01');
  expect(built(first, 'weekly', 'monthly')).toEqual(['monthly/month 2026-02-01']);

  await deliver('2026-03-04', '4,8,view,2026-03-04 09:00:00');
  const second = await deployment.night('2026-03-04');
  expect(built(second, 'weekly', 'monthly')).toEqual(['weekly/week 2026-02-23']);

  await deliver('2026-03-05', '5,9,view,2026-03-05 09:00:00', '6,9,view,2026-02-28 10:00:00');
  const third = await deployment.night('2026-03-05');
  expect(built(third, 'weekly', 'monthly')).toEqual([
    'monthly/month 2026-02-01',
    'weekly/week 2026-02-23',
  ]);
  expect(
    await query(
      `select week_date, days, activities, active_users from '${deployment.output.folder}/latest/weekly/week/*/*.parquet'`,
    ),
  ).toMatchObject([{ week_date: '2026-02-23', days: 2, activities: 3, active_users: 2 }]);

  await deployment.exports.remove(keyOf('2026-03-04'));
  const fourth = await deployment.night('2026-03-05');
  expect(built(fourth, 'weekly', 'monthly')).toEqual([]);
});

test('a night with nothing new writes nothing', async () => {
  const deployment = await threeDays();
  const before = await deployment.files();
  const outcome = await deployment.night('2026-03-03');
  expect(outcome).toMatchObject({ published: false, release: 1, built: [] });
  expect(await deployment.files()).toEqual(before);
});

test('exports that were touched but hold the same bytes write nothing', async () => {
  const deployment = await threeDays();
  const before = await deployment.files();
  await deployment.deliver(keyOf('2026-03-02'), csv('2,7,view,2026-03-02 09:00:00'));
  expect(await deployment.night('2026-03-03')).toMatchObject({ published: false, built: [] });
  expect(await deployment.files()).toEqual(before);
});

test('a late row rebuilds the date it happened on, and each published as-of whose window holds it', async () => {
  const deployment = await threeDays({}, deployAll);
  await deployment.deliver(
    keyOf('2026-03-04'),
    csv('4,8,view,2026-03-04 09:00:00', '5,9,view,2026-03-02 22:00:00'),
  );
  const outcome = await deployment.night('2026-03-04');
  expect(built(outcome, 'clean')).toEqual([
    'clean/activity_log 2026-03-02',
    'clean/activity_log 2026-03-04',
  ]);
  expect(built(outcome, 'daily').filter((each) => each.startsWith('daily/day '))).toEqual([
    'daily/day 2026-03-02',
    'daily/day 2026-03-04',
  ]);
  expect(
    built(outcome, 'rolling').filter((each) => each.startsWith('rolling/user_window ')),
  ).toEqual(['rolling/user_window 2026-03-03', 'rolling/user_window 2026-03-04']);
  expect(
    await deployment.rows(
      'rolling/user_lifetime',
      'as_of_date, user_id, activities',
      'order by as_of_date, user_id',
    ),
  ).toEqual([
    { as_of_date: '2026-03-03', user_id: 7, activities: 2 },
    { as_of_date: '2026-03-03', user_id: 8, activities: 1 },
    { as_of_date: '2026-03-03', user_id: 9, activities: 1 },
    { as_of_date: '2026-03-04', user_id: 7, activities: 2 },
    { as_of_date: '2026-03-04', user_id: 8, activities: 2 },
    { as_of_date: '2026-03-04', user_id: 9, activities: 1 },
  ]);
});

test('a corrected export takes back what it said before', async () => {
  const deployment = await threeDays();
  // the row moves to another user and another day
  await deployment.deliver(keyOf('2026-03-02'), csv('2,9,view,2026-03-01 12:00:00'));
  const outcome = await deployment.night('2026-03-03');
  expect(built(outcome, 'staged', 'clean')).toEqual([
    'clean/activity_log 2026-03-01',
    `staged/activity_log ${keyOf('2026-03-02')}`,
  ]);
  expect(
    await deployment.rows(
      'clean/activity_log',
      'event_date, user_id',
      'order by event_date, user_id',
    ),
  ).toEqual([
    { event_date: '2026-03-01', user_id: 7 },
    { event_date: '2026-03-01', user_id: 9 },
    { event_date: '2026-03-03', user_id: 8 },
  ]);
  expect(
    await deployment.rows('daily/user_day', 'event_date, user_id', 'order by event_date, user_id'),
  ).toEqual([
    { event_date: '2026-03-01', user_id: 7 },
    { event_date: '2026-03-01', user_id: 9 },
    { event_date: '2026-03-03', user_id: 8 },
  ]);
  // the mirror holds no file of the day that has no rows any more
  const mirrored = [...(await deployment.files()).keys()].filter((file) =>
    file.startsWith('latest/clean/'),
  );
  expect(mirrored).toEqual([
    'latest/clean/activity_log/event_date=2026-03-01/data-2.parquet', // a row that another export brought
    'latest/clean/activity_log/event_date=2026-03-01/data.parquet',
    'latest/clean/activity_log/event_date=2026-03-03/data.parquet',
  ]);
});

test('a correction that changes nothing that is kept stops at the staged export', async () => {
  const deployment = await threeDays();
  // another spelling of the same row
  await deployment.deliver(keyOf('2026-03-02'), csv(' 2 ,7,View,2026-03-02T09:00:00Z'));
  const outcome = await deployment.night('2026-03-03');
  expect(layersOf(outcome)).toEqual(['staged']);
});

test('an export that is gone keeps its rows, and the run says so', async () => {
  const deployment = await threeDays();
  await fs.rm(path.join(deployment.folder, 'exports', keyOf('2026-03-01')));
  const outcome = await deployment.night('2026-03-03');
  expect(outcome).toMatchObject({ published: false, built: [] });
  expect(outcome.notes).toContain(`${keyOf('2026-03-01')}: the export is gone; its rows are kept`);
  expect(lineOf(outcome, 'activity_log')).toMatchObject({ records: 3, kept: 3 });

  // also under a run that does publish
  await deployment.deliver(keyOf('2026-03-04'), csv('4,8,view,2026-03-04 09:00:00'));
  await deployment.night('2026-03-04');
  expect(
    await deployment.rows('clean/activity_log', 'activity_id', 'order by activity_id'),
  ).toEqual([1, 2, 3, 4].map((activity_id) => ({ activity_id })));
});

test('an export without rows makes no table stale, not even one of one partition', async () => {
  const deployment = await deploy();
  const header = 'ticket_id,user_id,status,created_at,resolved_at';
  const deliver = (date: string, ...records: string[]) =>
    deployment.deliver(
      `support_tickets/support_tickets_${date}.csv`,
      `${[header, ...records].join('\n')}\n`,
    );
  await deliver('2026-03-01', '1,7,open,2026-03-01 09:00:00,');
  await deployment.night('2026-03-01');
  await deliver('2026-03-02');
  const outcome = await deployment.night('2026-03-01');
  expect(built(outcome, 'staged')).toHaveLength(1);
  expect(built(outcome, 'clean', 'daily', 'rolling')).toEqual([]);
});

const MODEL = `-- about: Activities of each day.
-- grain: event_date
-- reads: clean.activity_log
-- columns:
--   event_date | date    |            | business date
--   n          | integer | activities | how many
select event_date, count(*) as n
from clean.activity_log
group by event_date
order by event_date
`;

test('a comment or a line break in SQL rebuilds nothing, and another expression rebuilds its table', async () => {
  const deployment = await deploy({ jobs: ['./jobs'] });
  await deployment.write('jobs/daily/activities.sql', MODEL);
  await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
  await deployment.night('2026-03-01');
  expect(await deployment.rows('daily/activities')).toEqual([{ event_date: '2026-03-01', n: 1 }]);

  const before = await deployment.files();
  const commented = MODEL.replace('from clean', '-- all of them\n  from\n    clean').replace(
    'count(*)',
    'COUNT( * )',
  );
  await deployment.write('jobs/daily/activities.sql', commented);
  expect(await deployment.night('2026-03-01')).toMatchObject({ published: false, built: [] });
  expect(await deployment.files()).toEqual(before);

  await deployment.write('jobs/daily/activities.sql', MODEL.replace('count(*)', '10 * count(*)'));
  const outcome = await deployment.night('2026-03-01');
  expect(outcome.built.map(({ table, reason }) => ({ table, reason }))).toEqual([
    { table: 'daily/activities', reason: 'model changed' },
  ]);
  expect(await deployment.rows('daily/activities')).toEqual([{ event_date: '2026-03-01', n: 10 }]);
});

test('a model may end in a comment', async () => {
  const deployment = await deploy({ jobs: ['./jobs'] });
  await deployment.write('jobs/daily/activities.sql', `${MODEL.trimEnd()} -- by date\n`);
  await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
  await deployment.night('2026-03-01');
  expect(await deployment.rows('daily/activities')).toEqual([{ event_date: '2026-03-01', n: 1 }]);
});

test('nights one after the other end where one night over all the exports ends', async () => {
  const inTurn = await threeDays({}, deployAll);
  await inTurn.deliver(
    keyOf('2026-03-04'),
    csv('4,8,view,2026-03-04 09:00:00', '5,9,view,2026-03-02 22:00:00'),
  );
  await inTurn.night('2026-03-04');
  const atOnce = await deployAll();
  await fs.cp(path.join(inTurn.folder, 'exports'), path.join(atOnce.folder, 'exports'), {
    recursive: true,
  });
  await atOnce.night(['2026-03-03', '2026-03-04']);
  const objects = async (deployment: Deployment) =>
    [...(await deployment.release()).partitions()].map(({ table, name, objects }) => [
      `${table} ${name}`,
      objects.map(({ sha256 }) => sha256),
    ]);
  expect(await objects(inTurn)).toEqual(await objects(atOnce));
});
