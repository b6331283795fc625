import { expect, test } from 'vitest';
import { addDays } from '../../src/dates.js';
import { withEstimate } from '../../src/night/backfill.js';
import { useDeployments } from './nights.js';

const { deploy } = useDeployments();

const FIRST = '2026-03-01';
const dates = (count: number) => Array.from({ length: count }, (_, day) => addDays(FIRST, day));
const record = (date: string) =>
  `activity_id,user_id,activity_type,activity_at\n${date.slice(-2)},7,view,${date} 09:00:00\n`;

test('a backfill that is killed goes on after the dates that it published', async () => {
  const deployment = await deploy();
  for (const date of dates(12))
    await deployment.deliver(`activity_log/activity_log_${date}.csv`, record(date));
  const dying = deployment.output;
  const create = dying.create.bind(dying);
  dying.create = (key, content) =>
    key.endsWith('_commits/000000000002.json')
      ? Promise.reject(new Error('killed'))
      : create(key, content);
  await expect(deployment.night(dates(12), { output: dying })).rejects.toThrow('killed');
  expect((await deployment.release()).of('report/report').map(({ name }) => name)).toEqual(
    dates(10),
  );

  const outcome = await deployment.night(dates(12));
  // the page of the last date that is there gets a link to the next one, no more
  const isNew = ({ table }: { table: string }) =>
    /^(rolling|report)\//.test(table) && table !== 'report/report';
  const built = outcome.built.filter(isNew).map(({ name }) => name);
  expect([...new Set(built)].sort()).toEqual(dates(12).slice(10));
  expect(outcome.built.some(({ table }) => /^(staged|clean|daily)/.test(table))).toBe(false);
  expect(outcome).toMatchObject({ published: true, release: 2 });
});

test('the stages of a backfill say for which dates they are, and how long the rest will take', () => {
  const names: string[] = [];
  const stage = (name: string) => {
    names.push(name);
    return () => {};
  };
  const progress = { stage, tasks: () => {}, done: () => {} };
  const groups = [['2026-03-01', '2026-03-10'], ['2026-03-11', '2026-03-20'], ['2026-03-21']];
  withEstimate(progress, groups, 0, 0).stage('stage', 1);
  withEstimate(progress, groups, 1, 30).stage('stage', 1);
  withEstimate(progress, groups, 2, 300).stage('stage', 1);
  withEstimate(progress, groups.slice(0, 1), 0, 0).stage('stage', 1);
  expect(names).toEqual([
    '2026-03-01 to 2026-03-10: stage',
    '2026-03-11 to 2026-03-20, about 60 s left: stage',
    '2026-03-21 to 2026-03-21, about 3 min left: stage',
    'stage',
  ]);
});
