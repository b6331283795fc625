import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { lineOf, query, useDeployments } from './nights.js';

const { deploy } = useDeployments();
const { deploy: deployAll } = useDeployments('all');

const csv = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;
/** Activities of a day whose ids begin at 1 again. */
const day = (date: string, user: number) =>
  csv(
    ...Array.from(
      { length: 12 },
      (_, i) => `${i + 1},${user},view,${date} 09:00:${String(i).padStart(2, '0')}`,
    ),
  );

test('ids that begin again in each export fail the run, with two rows side by side', async () => {
  const deployment = await deploy();
  await deployment.deliver('activity_log/activity_log_2026-03-01.csv', day('2026-03-01', 7));
  await deployment.deliver('activity_log/activity_log_2026-03-02.csv', day('2026-03-02', 8));
  const failure = await deployment.night('2026-03-02').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DataError);
  expect((failure as DataError).message).toMatch(
    /^activity_log: expected rows that activity_id, or .* tells apart, found 12 of 24 \(50\.0 %\)/,
  );
  expect((failure as DataError).message).toMatch(
    /such as activity_id 1: line 2 of activity_log\/activity_log_2026-03-01\.csv has user_id 7, .*; line 2 of activity_log\/activity_log_2026-03-02\.csv has user_id 8, /,
  );
  expect((failure as DataError).message).toContain(
    'tables.activity_log.max_conflicts: 0.5 accepts them',
  );
  expect(
    [...(await deployment.files()).keys()].filter((key) => key.startsWith('_commits/')),
  ).toEqual([]);
});

test('ids that stand for several rows of one export fail the run, and the rows are named', async () => {
  const deployment = await deploy();
  const records = Array.from(
    { length: 24 },
    (_, i) => `${(i % 12) + 1},${i},view,2026-03-01 09:00:00`,
  );
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
  expect(lineOf(await deployment.night('2026-03-02'), 'activity_log')).toMatchObject({
    kept: 12,
    conflicts: 12,
  });
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

  const nightOf = async (content: string, table: object = {}, deployed = deploy) => {
    const deployment = await deployed({
      tables: { feature_usage: { files: 'f_{date}.txt', ...table } },
    });
    await deployment.deliver(`f_${DATE}.txt`, content);
    return deployment.night(DATE);
  };
  const said =
    /^feature_usage: .* found 20 of 30 \(66\.7 %\) that differ from a later row of their key; in columns left out line 2 of f_2026-03-01\.txt has platform ios; line 4 has platform tv\. Nothing was published: correct tables\.feature_usage\.key/;

  test.each([
    ['CSV', csv, {}],
    ['CSV that the engine parses', csv, { thousands: ',' }],
    ['CSV that is rewritten', csv.replaceAll('export', ' "export"'), {}],
    ['JSON', `\n${jsonl}`, { format: 'jsonl' }],
  ])('fail the run with the columns in which they differ: %s', async (_, content, table) => {
    await expect(nightOf(content, table)).rejects.toThrow(said);
  });

  test('are two rows where the column is added, and part of the key', async () => {
    const columns = { platform: { type: 'category' } };
    const key = [['user_id', 'feature_name', 'used_at', 'platform']];
    expect(lineOf(await nightOf(csv, { columns, key }, deployAll), 'feature_usage')).toMatchObject({
      kept: 30,
      conflicts: 0,
    });
  });

  test('are counted as conflicts and noted where they are few', async () => {
    const few = `${header}\n1,export,ios,${DATE}\n1,export,ios,${DATE}\n2,export,web,${DATE}\n1,export,web,${DATE}\n3,x,,${DATE}\n4,x,,${DATE}\n`;
    const outcome = await nightOf(few);
    expect(lineOf(outcome, 'feature_usage')).toMatchObject({
      records: 6,
      kept: 4,
      repeated: 2,
      conflicts: 2,
    });
    expect(outcome.notes).toContain(
      `f_${DATE}.txt: 2 of 6 rows repeat another one in all columns that are read, and differ from it in columns left out: line 2 of f_${DATE}.txt has platform ios; line 5 has platform web; they count once; if one of them tells rows apart, add it to tables.feature_usage.columns and tables.feature_usage.key (docs/contracts.md)`,
    );
  });

  test('fail the run where they are most of its rows, however few', async () => {
    const three = `user_id,feature_name,platform,usage_count,used_at\n1,export,ios,3,${DATE}\n1,export,web,5,${DATE}\n1,export,android,5,${DATE}\n`;
    await expect(nightOf(three)).rejects.toThrow(
      /found 2 of 3 .*usage_count 3.*; in columns left out line 3 .* has platform web; line 4 has platform android/,
    );
  });

  test('are no conflicts where all columns are the same, or a value is written in another way', async () => {
    const same = `${header}\n${`1,export,ios,${DATE}\n`.repeat(30)}1,export,ios,${DATE} 00:00:00\n`;
    const outcome = await nightOf(same);
    expect(lineOf(outcome, 'feature_usage')).toMatchObject({ kept: 1, repeated: 30, conflicts: 0 });
    expect(outcome.notes.filter((note) => note.includes('repeat'))).toEqual([]);
  });

  test('are no news where a later row replaces an earlier one', async () => {
    const outcome = await nightOf(csv, { delivery: 'upsert' });
    expect(lineOf(outcome, 'feature_usage')).toMatchObject({
      kept: 10,
      repeated: 20,
      conflicts: 0,
    });
  });

  test('are found in a part of a JSON object of which another part is read', async () => {
    const nested = records
      .map(({ feature_name, platform, ...rest }) =>
        JSON.stringify({ ...rest, p: { feature_name, platform } }),
      )
      .join('\n');
    const table = { format: 'jsonl', columns: { feature_name: 'p.feature_name' } };
    await expect(nightOf(nested, table)).rejects.toThrow(
      /has p \{"feature_name":"export","platform":"ios"\}/,
    );
  });
});

describe('rows of two exports of a date that differ in columns that are not read alone', () => {
  const DATE = '2026-03-01';
  const ROWS = 12;
  const csvOf = (platform: string, header = 'user_id,feature_name,platform,used_at') => {
    const record = (i: number): Readonly<Record<string, unknown>> => ({
      user_id: i,
      feature_name: 'export',
      platform,
      used_at: `${DATE} 09:00:00`,
    });
    const names = header.split(',');
    const lines = Array.from({ length: ROWS }, (_, i) =>
      names.map((name) => record(i)[name]).join(','),
    );
    return `${[header, ...lines].join('\n')}\n`;
  };
  const jsonlOf = (platform: string) =>
    Array.from(
      { length: ROWS },
      (_, i) =>
        `${JSON.stringify({ user_id: i, feature_name: 'export', used_at: `${DATE} 09:00:00`, extra: { platform } })}\n`,
    ).join('');

  const notesOf = async (contents: readonly (string | Uint8Array)[], table: object = {}) => {
    const deployment = await deploy({
      tables: { feature_usage: { files: 'f_{date}*.txt', ...table } },
    });
    for (const [i, content] of contents.entries())
      await deployment.deliver(`f_${DATE}-${i}.txt`, content);
    const outcome = await deployment.night(DATE);
    return {
      outcome,
      deployment,
      notes: outcome.notes.filter((note) => note.includes('rows repeat')),
    };
  };
  const told = (values: readonly [string, string]) =>
    `f_${DATE}-1.txt: 12 rows repeat one of f_${DATE}-0.txt in all columns that are read, and differ from it in columns left out: line 2 of f_${DATE}-0.txt has ${values[0]}; line 2 of f_${DATE}-1.txt has ${values[1]}; they count once; if one of them tells rows apart, add it to tables.feature_usage.columns and tables.feature_usage.key (docs/contracts.md)`;

  test('are noted, with two of them side by side', async () => {
    const { notes, outcome } = await notesOf([csvOf('ios'), csvOf('web')]);
    expect(notes).toEqual([told(['platform ios', 'platform web'])]);
    expect(lineOf(outcome, 'feature_usage')).toMatchObject({ kept: 12, duplicates: 12 });
  });

  test('are noted where the columns are in another order', async () => {
    const other = csvOf('web', 'platform,used_at,feature_name,user_id');
    expect((await notesOf([csvOf('ios'), other])).notes).toEqual([
      told(['platform ios', 'platform web']),
    ]);
  });

  test('are noted of JSON', async () => {
    const { notes } = await notesOf([jsonlOf('ios'), jsonlOf('web')], { format: 'jsonl' });
    expect(notes).toEqual([
      told(['extra {"platform":"ios"}', 'extra {"platform":"web"}']).replaceAll('line 2', 'line 1'),
    ]);
  });

  test('are noted of Parquet, and fail the run where they are in one export', async () => {
    const rowsOf = (platform: string) =>
      `select i as user_id, 'export' as feature_name, '${platform}' as platform, timestamp '${DATE} 09:00:00' as used_at from range(${ROWS}) as t(i)`;
    const parquetOf = async (select: string) => {
      const file = path.join((await deploy()).folder, 'made.parquet');
      await query(`copy (${select}) to '${file}' (format parquet)`);
      return readFile(file);
    };
    const table = { format: 'parquet' };
    const [ios, web] = [await parquetOf(rowsOf('ios')), await parquetOf(rowsOf('web'))];
    const { notes } = await notesOf([ios, web], table);
    expect(notes).toEqual([told(['platform ios', 'platform web']).replaceAll('line 2', 'line 1')]);
    const both = await parquetOf(`${rowsOf('ios')} union all ${rowsOf('web')}`);
    await expect(notesOf([both], table)).rejects.toThrow(
      /found 12 of 24 \(50\.0 %\) .*; in columns left out line 1 of f_2026-03-01-0\.txt has platform ios; line 13 has platform web\. Nothing was published/,
    );
  });

  test('are no news where all columns are the same', async () => {
    expect((await notesOf([csvOf('ios'), csvOf('ios')])).notes).toEqual([]);
  });

  test('are noted once, on the night that reads one of them', async () => {
    const { deployment } = await notesOf([csvOf('ios'), csvOf('web')]);
    const { notes } = await deployment.night(DATE);
    expect(notes.filter((note) => note.includes('rows repeat'))).toEqual([]);
  });
});
