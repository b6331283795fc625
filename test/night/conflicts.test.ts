import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { lineOf, useDeployments } from './nights.js';

const { deploy } = useDeployments();

const csv = (...records: string[]) => `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;
/** Activities of a day whose ids begin at 1 again. */
const day = (date: string, user: number) =>
  csv(...Array.from({ length: 12 }, (_, i) => `${i + 1},${user},view,${date} 09:00:${String(i).padStart(2, '0')}`));

test('ids that begin again in each export fail the run, with two rows side by side', async () => {
  const deployment = await deploy();
  await deployment.deliver('activity_log/activity_log_2026-03-01.csv', day('2026-03-01', 7));
  await deployment.deliver('activity_log/activity_log_2026-03-02.csv', day('2026-03-02', 8));
  const failure = await deployment.night('2026-03-02').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DataError);
  expect((failure as DataError).message).toMatch(
    /^activity_log: expected rows that activity_id, or .* tells apart, found 12 of 24 \(50\.0 %\)/,
  );
  expect((failure as DataError).message).toContain('tables.activity_log.max_conflicts: 0.5 accepts them');
  expect([...(await deployment.files()).keys()].filter((key) => key.startsWith('_commits/'))).toEqual([]);
});

test('ids that stand for several rows of one export fail the run, and the rows are named', async () => {
  const deployment = await deploy();
  const records = Array.from({ length: 24 }, (_, i) => `${(i % 12) + 1},${i},view,2026-03-01 09:00:00`);
  await deployment.deliver('activity_log/activity_log_2026-03-01.csv', csv(...records));
  await expect(deployment.night('2026-03-01')).rejects.toThrow(
    /such as activity_id 1: line 2 of activity_log\/activity_log_2026-03-01\.csv has user_id 0; line 14 of .* has user_id 12/,
  );
});

test('the same file under another name is no conflict', async () => {
  const deployment = await deploy();
  for (const date of ['2026-03-01', '2026-03-02'])
    await deployment.deliver(`activity_log/activity_log_${date}.csv`, day('2026-03-01', 7));
  const outcome = await deployment.night('2026-03-02');
  expect(lineOf(outcome, 'activity_log')).toMatchObject({ kept: 12, duplicates: 12, conflicts: 0 });
});

test('a larger share is accepted where the configuration says so', async () => {
  const deployment = await deploy({ tables: { activity_log: { max_conflicts: 0.5 } } });
  await deployment.deliver('activity_log/activity_log_2026-03-01.csv', day('2026-03-01', 7));
  await deployment.deliver('activity_log/activity_log_2026-03-02.csv', day('2026-03-02', 8));
  expect(lineOf(await deployment.night('2026-03-02'), 'activity_log')).toMatchObject({ kept: 12, conflicts: 12 });
});

describe('rows that differ in columns that are not read alone', () => {
  const DATE = '2026-03-01';
  const platforms = ['ios', 'web', 'tv'];
  const records = Array.from({ length: 30 }, (_, i) => ({
    user_id: Math.floor(i / 3),
    feature_name: 'export',
    platform: platforms[i % 3],
    used_at: `${DATE} 09:00:00`,
  }));
  const header = 'user_id,feature_name,platform,used_at';
  const csv = `${header}\n${records.map((record) => Object.values(record).join(',')).join('\n')}\n`;
  const jsonl = records.map((record) => `${JSON.stringify(record)}\n`).join('');

  const notesOf = async (content: string, table: object = {}) => {
    const deployment = await deploy({ tables: { feature_usage: { files: 'f_{date}.txt', ...table } } });
    await deployment.deliver(`f_${DATE}.txt`, content);
    const { notes } = await deployment.night(DATE);
    return notes.filter((note) => note.includes('repeat another one'));
  };
  const said = [
    `f_${DATE}.txt: 20 of 30 rows repeat another one in all columns that are read, and count once; columns left out: platform; if one of them tells rows apart, add it to tables.feature_usage.columns and tables.feature_usage.key (docs/contracts.md)`,
  ];

  test('are said to repeat each other: CSV', async () => {
    expect(await notesOf(csv)).toEqual(said);
  });

  test('are said to repeat each other: records that the engine parses', async () => {
    expect(await notesOf(csv, { thousands: ',' })).toEqual(said);
  });

  test('are said to repeat each other: JSON', async () => {
    expect(await notesOf(jsonl, { format: 'jsonl' })).toEqual(said);
  });

  test('are no news where all columns are read', async () => {
    const same = `user_id,feature_name,used_at\n${`1,export,${DATE}\n`.repeat(30)}`;
    expect(await notesOf(same)).toEqual([]);
  });

  test('are no news where a later row replaces an earlier one', async () => {
    expect(await notesOf(csv, { delivery: 'upsert' })).toEqual([]);
  });
});
