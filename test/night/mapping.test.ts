import * as fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type Config, loadConfig } from '../../src/config/config.js';
import { loadSources } from '../../src/config/contracts.js';
import { ConfigError } from '../../src/errors.js';
import { readLive } from '../../src/release/commit.js';
import { type Deployment, lineOf, query, useDeployments, withWholeIds } from './nights.js';

const { deploy } = useDeployments();

const DATE = '2026-03-01';
const FEATURES = `feature_usage/feature_usage_${DATE}.csv`;

const configOf = async ({ folder, config }: Deployment, settings: object): Promise<Config> => {
  const file = path.join(folder, 'dayfold.yaml');
  await fs.writeFile(file, stringify(withWholeIds(settings)));
  return { ...(await loadConfig(file)), engine: config.engine, log: config.log };
};

describe('a column', () => {
  test('comes from an expression over the raw text, or is the same in each row', async () => {
    const columns = {
      user_id: { sql: "split_part(uid, ':', 2)" },
      activity_type: { constant: 'Page View' },
      activity_at: { sql: `"the day" || ' ' || time -- both of them` },
      activity_id: { sql: 'line' },
    };
    const deployment = await deploy({ tables: { activity_log: { columns } } });
    await deployment.deliver(
      `activity_log/activity_log_${DATE}.csv`,
      'uid,the day,time,line,rest\nu:7,2026-03-01,09:00:00,11,a\nu:x,2026-03-01,10:00:00,12,b\n',
    );
    const outcome = await deployment.night(DATE);
    expect(
      await deployment.rows(
        'clean/activity_log',
        'activity_id, user_id, activity_type, activity_at',
      ),
    ).toEqual([
      {
        activity_id: 11,
        user_id: 7,
        activity_type: 'page_view',
        activity_at: '2026-03-01 09:00:00',
      },
    ]);
    expect(await deployment.quarantined('activity_log')).toMatchObject([
      { line: 3, rule: 'user_id_not_an_integer', value: 'x', raw: 'u:x,2026-03-01,10:00:00,12,b' },
    ]);
    expect(outcome.notes).toContainEqual(expect.stringMatching(/columns left out: rest$/));
  });

  test('comes from an expression over the text of a JSON object', async () => {
    const columns = {
      user_id: { sql: "record ->> '$.user.id'" },
      created_at: { sql: 'cast(export_date as varchar)' },
    };
    const deployment = await deploy({
      tables: { users: { format: 'jsonl', files: 'u_{date}.jsonl', columns } },
    });
    await deployment.deliver(`u_${DATE}.jsonl`, '{"user":{"id":7}}\n{"user":\n{"user":{}}\n');
    await deployment.night(DATE);
    expect(await deployment.rows('clean/users', 'user_id, created_at')).toEqual([
      { user_id: 7, created_at: '2026-03-01 00:00:00' },
    ]);
    expect((await deployment.quarantined('users')).map(({ line, rule }) => [line, rule])).toEqual([
      [2, 'invalid_json'],
      [3, 'user_id_missing'],
    ]);
  });

  const JSON_LINES = '{"member":7,"day":"2026-03-01"}\n{"member":7,"day":"2026-03-01"}\n';
  const formats = [
    { format: 'csv', content: 'member,day\n7,2026-03-01\n7,2026-03-01\n', first: 2 },
    { format: 'csv', content: 'member,day\n7,2026-03-01\n7,"2026-03-01"\n"\n', first: 2 },
    { format: 'jsonl', content: JSON_LINES, first: 1 },
    { format: 'json', content: `[${JSON_LINES.trim().replace('\n', ',')}]`, first: 1 },
    { format: 'parquet', content: JSON_LINES, first: 1 },
  ];

  async function usesOf(format: string, content: string, columns: object) {
    const files = 'u_{date}.txt';
    const deployment = await deploy({ tables: { feature_usage: { format, files, columns } } });
    const file = `u_${DATE}.txt`;
    await deployment.deliver(file, content);
    if (format === 'parquet') {
      const target = deployment.exports.locate(file);
      await query(
        `copy (select * from read_json('${target}')) to '${target}.tmp' (format parquet)`,
      );
      await fs.rename(`${target}.tmp`, target);
    }
    await deployment.night(DATE);
    return deployment.rows(
      'clean/feature_usage',
      'usage_id, user_id, feature_name',
      'order by all',
    );
  }

  test.each(formats)(
    'may be the line of the record: $format, $content',
    async ({ format, content, first }) => {
      const columns = { usage_id: { sql: 'line' }, user_id: 'member', used_at: 'day' };
      expect(await usesOf(format, content, columns)).toEqual([
        { usage_id: first, user_id: 7, feature_name: 'unknown' },
        { usage_id: first + 1, user_id: 7, feature_name: 'unknown' },
      ]);
    },
  );

  test.each(formats.filter(({ content }) => !content.endsWith('"\n')))(
    'needs no column of the export where something stands in for it: $format',
    async ({ format, content }) => {
      const read =
        format === 'csv' ? (name: string) => name : (name: string) => `(record ->> '$.${name}')`;
      for (const user_id of [{ default: 7 }, { constant: '7' }, { sql: read('member') }]) {
        const columns = {
          user_id,
          used_at: 'day',
          feature_name: { sql: `'f' || ${read('member')}` },
        };
        expect(await usesOf(format, content, columns)).toEqual([
          { usage_id: null, user_id: 7, feature_name: 'f7' },
        ]);
      }
    },
  );

  test('may end in a semicolon, as SQL in other places does', async () => {
    const columns = {
      user_id: { sql: 'member;' },
      used_at: { sql: 'day ; \n' },
      feature_name: 'f',
    };
    expect(await usesOf('csv', 'member,day,f\n7,2026-03-01,x\n', columns)).toMatchObject([
      { user_id: 7 },
    ]);
  });

  test('comes from SQL beside names that occur twice, unless it reads one of them', async () => {
    const content = 'member,day,x,X\n7,2026-03-01,1,2\n';
    const columns = { user_id: { sql: 'member' }, used_at: 'day', feature_name: { constant: 'f' } };
    expect(await usesOf('csv', content, columns)).toMatchObject([{ user_id: 7 }]);
    await expect(usesOf('csv', content, { ...columns, user_id: { sql: 'x' } })).rejects.toThrow(
      /found x twice/,
    );
  });

  test('is refused where its SQL does not run, with the table and what the engine says', async () => {
    const deployment = await deploy({
      tables: { users: { columns: { user_id: { sql: 'no_such_column + 1' } } } },
    });
    await deployment.deliver(`users/users_${DATE}.csv`, 'user_id\n7\n');
    await expect(deployment.night(DATE)).rejects.toThrow(
      /tables\.users\.columns: expected SQL that runs on its exports.*no_such_column/s,
    );
  });

  test.each([
    [
      { user_id: { sql: 'a', constant: 'b' } },
      null,
      /user_id\.constant: expected either sql or constant/,
    ],
    [
      { user_id: { sql: 'a' } },
      'select line from raw',
      /user_id\.sql: expected none, because the SELECT of tables\.users\.rows/,
    ],
  ])('cannot be given twice: %j', async (columns, rows, message) => {
    const deployment = await deploy();
    const config = await configOf(deployment, { tables: { users: { columns, rows } } });
    await expect(loadSources(config)).rejects.toThrow(message);
  });
});

describe('a SELECT over the records', () => {
  const EXPLODED = `select line, user_id, unnest(string_split(features, ';')) as feature_name, day as used_at from raw where features <> ''`;

  test('makes several rows of one record, and none of another; the ledger says how many', async () => {
    const deployment = await deploy({ tables: { feature_usage: { rows: EXPLODED } } });
    await deployment.deliver(
      FEATURES,
      'user_id,features,day,plan\n7,search;export;share,2026-03-01,a\n8,,2026-03-01,a\nx,search;export,2026-03-01,b\n9,search,2026-03-01,c\n1,2\n',
    );
    const outcome = await deployment.night(DATE);
    expect(
      await deployment.rows(
        'clean/feature_usage',
        'user_id, feature_name',
        'order by user_id, feature_name',
      ),
    ).toEqual([
      { user_id: 7, feature_name: 'export' },
      { user_id: 7, feature_name: 'search' },
      { user_id: 7, feature_name: 'share' },
      { user_id: 9, feature_name: 'search' },
    ]);
    expect(lineOf(outcome, 'feature_usage')).toMatchObject({
      ...{
        records: 5,
        added: 3,
        skipped: 1,
        staged: 4,
        quarantined: { field_count: 1, user_id_not_an_integer: 2 },
      },
    });
    expect(
      (await deployment.quarantined('feature_usage')).map(({ line, raw }) => [line, raw]),
    ).toEqual([
      [4, 'x,search;export,2026-03-01,b'],
      [4, 'x,search;export,2026-03-01,b'],
      [6, '1,2'],
    ]);
    expect(outcome.notes).toContainEqual(expect.stringMatching(/columns left out: plan$/));
  });

  test.each([
    ['WITH, and a comment at the end', `with one as (${EXPLODED})\nselect * from one -- all`],
    ['a comment, and a semicolon at the end', `-- one row for each; not for all\n${EXPLODED};\n`],
    ['a block comment in capitals', `/* A; */\n/* B **/ ${EXPLODED.replace('select', 'SELECT')} ;`],
  ])('may have %s', async (_, rows) => {
    const deployment = await deploy({ tables: { feature_usage: { rows } } });
    await deployment.deliver(FEATURES, 'user_id,features,day\n7,search;export,2026-03-01\n');
    await deployment.night(DATE);
    expect(await deployment.rows('clean/feature_usage', 'feature_name', 'order by all')).toEqual([
      { feature_name: 'export' },
      { feature_name: 'search' },
    ]);
  });

  test.each(['delete from raw', '-- select 1', 'from raw select line', '; select 1', 'selected'])(
    'is expected, and not %j',
    async (rows) => {
      const settings = { tables: { users: { rows } } };
      await expect(configOf(await deploy({}), settings)).rejects.toThrow(
        /tables\.users\.rows: expected one SELECT over raw/,
      );
    },
  );

  test('melts one column for each feature, from a simple file, and from one that is not', async () => {
    const rows = `select line, user_id, feature as feature_name, uses as usage_count, export_date as used_at
      from (unpivot raw on search, "ex port" into name feature value uses)`;
    for (const broken of ['', '1\n']) {
      const deployment = await deploy({ tables: { feature_usage: { rows } } });
      await deployment.deliver(FEATURES, `user_id,search,ex port\n7,1,2\n${broken}8,3,4\n`);
      const outcome = await deployment.night(DATE);
      const staged = await deployment.staged('feature_usage', [
        'user_id',
        'feature_name',
        'usage_count',
      ]);
      expect(staged.map(({ event_date: _, counts: __, ...row }) => row)).toEqual([
        { line: 2, user_id: 7, feature_name: 'ex port', usage_count: 2 },
        { line: 2, user_id: 7, feature_name: 'search', usage_count: 1 },
        { line: broken === '' ? 3 : 4, user_id: 8, feature_name: 'ex port', usage_count: 4 },
        { line: broken === '' ? 3 : 4, user_id: 8, feature_name: 'search', usage_count: 3 },
      ]);
      expect(lineOf(outcome, 'feature_usage')).toMatchObject({ added: 2, skipped: 0 });
    }
  });

  test('does not hide what is no JSON object', async () => {
    const rows = `select line, record ->> '$.id' as user_id from raw`;
    const deployment = await deploy({
      tables: { users: { format: 'jsonl', files: 'u_{date}.jsonl', rows } },
    });
    await deployment.deliver(`u_${DATE}.jsonl`, '{"id":7}\nnothing\n{"id":8}\n');
    expect(lineOf(await deployment.night(DATE), 'users')).toMatchObject({
      records: 3,
      added: 0,
      skipped: 0,
      staged: 2,
      quarantined: { invalid_json: 1 },
    });
  });

  test('must give the line of a record with each row', async () => {
    const deployment = await deploy({
      tables: { users: { rows: 'select line + 1 as line, user_id from raw' } },
    });
    await deployment.deliver(`users/users_${DATE}.csv`, 'user_id\n7\n');
    await expect(deployment.night(DATE)).rejects.toThrow(ConfigError);
    await expect(deployment.night(DATE)).rejects.toThrow(
      /expected the line of a record on each row of the SELECT in tables\.users\.rows, found 1/,
    );
  });

  test('is ended where it makes rows without end, with the export and the limit', async () => {
    const rows =
      'select line, user_id from raw where (select count(*) from range(1e15::bigint) where range % 7 = 3) > 9';
    const deployment = await deploy({ tables: { users: { rows } }, limits: { seconds: 1 } });
    await deployment.deliver(`users/users_${DATE}.csv`, 'user_id\n7\n');
    await expect(deployment.night(DATE)).rejects.toThrow(
      /^cannot read the export users.users_2026-03-01\.csv: expected at most 1 s, found that it takes longer/,
    );
    expect((await readLive(deployment.output)).release.number).toBe(0);
  });

  test('is replayed record by record when a rule was corrected and the export is gone', async () => {
    const of = (min: number) => ({
      tables: {
        feature_usage: {
          rows: `${EXPLODED.replace('day as', 'n as usage_count, day as')}`,
          columns: { usage_count: { min } },
        },
      },
    });
    const text =
      'user_id,features,day,n\n7,search;export,2026-03-01,1\n8,search,2026-03-01,9\n9,,2026-03-01,9\n';
    const mended = await deploy(of(2));
    const always = await deploy(of(1));
    for (const each of [mended, always]) {
      await each.deliver(FEATURES, text);
      await each.deliver(`users/users_${DATE}.csv`, 'user_id\n7\n');
      await each.night(DATE);
    }
    await fs.rm(path.join(mended.folder, 'exports', FEATURES));
    const config = await configOf(mended, of(1));
    const outcome = await mended.night([], {
      config,
      base: await readLive(mended.output),
      replays: true,
    });
    expect(lineOf(outcome, 'feature_usage')).toMatchObject({
      records: 3,
      added: 1,
      skipped: 1,
      staged: 3,
      quarantined: {},
    });
    expect([...(await mended.release()).partitions()]).toEqual([
      ...(await always.release()).partitions(),
    ]);
  });
});
