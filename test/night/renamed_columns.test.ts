import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { query, useDeployments } from './nights.js';

const { deploy } = useDeployments();
const SESSION = { session_id: 's1', user_id: 1, login_at: '2026-03-01 10:00:00' };

describe('keys of JSON that were renamed', () => {
  test('are reported, like the columns of a header', async () => {
    const deployment = await deploy({
      tables: { sessions: { files: 's_{date}.jsonl', format: 'jsonl' } },
    });
    await deployment.deliver(
      's_2026-03-01.jsonl',
      JSON.stringify({ ...SESSION, logout_at: '2026-03-01 11:00:00' }),
    );
    await deployment.deliver(
      's_2026-03-02.jsonl',
      JSON.stringify({ ...SESSION, ended_at: '2026-03-01 11:00:00' }),
    );
    const { notes } = await deployment.night('2026-03-02');
    expect(notes).toContainEqual(
      's_2026-03-02.jsonl: columns are not as in s_2026-03-01.jsonl: renamed logout_at to ended_at',
    );
  });
});

describe('what is within objects of JSON', () => {
  const tables = {
    activity_log: {
      files: 'a_{date}.jsonl',
      format: 'jsonl',
      columns: { activity_type: 'p.kind' },
    },
  };
  const nightOf = async (first: object, second: object) => {
    const deployment = await deploy({ tables });
    for (const [i, p] of [first, second].entries()) {
      const at = `2026-03-0${i + 1}`;
      const record = { activity_id: i, user_id: 1, activity_at: at, p };
      await deployment.deliver(`a_${at}.jsonl`, JSON.stringify(record));
    }
    const { notes } = await deployment.night('2026-03-02');
    return notes.filter((note) => note.includes('columns'));
  };

  test('is reported where it was renamed', async () => {
    expect(await nightOf({ kind: 'view' }, { type: 'view' })).toEqual([
      'a_2026-03-02.jsonl: columns are not as in a_2026-03-01.jsonl: missing p.kind',
    ]);
  });

  test('is no news where some record has it, or nothing else changed', async () => {
    expect(await nightOf({ kind: 'view' }, { more: [{ x: 1 }], kind: null })).toEqual([]);
    expect(await nightOf({}, {})).toEqual([]);
  });
});

test('keys of JSON that nothing is read from are named', async () => {
  const columns = { activity_type: 'p.kind' };
  const deployment = await deploy({
    tables: { activity_log: { files: 'a_{date}.jsonl', format: 'jsonl', columns } },
  });
  const record = { user_id: 1, activity_at: '2026-03-01', p: { kind: 'view' }, P: 1, sid: 's' };
  await deployment.deliver('a_2026-03-01.jsonl', JSON.stringify(record));
  const { notes } = await deployment.night('2026-03-01');
  expect(notes).toContain('a_2026-03-01.jsonl: columns left out: P, sid');
});

describe('a column of the key that is not there', () => {
  const refused =
    /because the key of activity_log is user_id, activity_type, activity_at, found user_id, action, activity_at: set tables\.activity_log\.columns\.activity_type to its name/;
  const record = { user_id: 1, action: 'view', activity_at: '2026-03-01 10:00:00' };
  const csv = `${Object.keys(record).join(',')}\n${Object.values(record).join(',')}\n`;

  test.each([
    { format: 'csv', content: csv },
    { format: 'jsonl', content: `${JSON.stringify(record)}\n${JSON.stringify(record)}\n` },
  ])(
    'ends the night, because a default would make duplicates of different rows: $format',
    async ({ format, content }) => {
      const deployment = await deploy({
        tables: { activity_log: { files: 'a_{date}.txt', format } },
      });
      await deployment.deliver('a_2026-03-01.txt', content);
      await expect(deployment.night('2026-03-01')).rejects.toThrow(DataError);
      await expect(deployment.night('2026-03-01')).rejects.toThrow(refused);
    },
  );

  test('ends the night also where it is within an object', async () => {
    const deployment = await deploy({
      tables: {
        activity_log: {
          files: 'a_{date}.txt',
          format: 'jsonl',
          columns: { activity_type: 'p.kind' },
        },
      },
    });
    const of = (p: object) => `${JSON.stringify({ ...record, p })}\n`;
    await deployment.deliver('a_2026-03-01.txt', of({ type: 'a' }) + of({ type: 'b' }));
    await expect(deployment.night('2026-03-01')).rejects.toThrow(
      /expected a column for activity_type named p\.kind, because the key of activity_log is user_id, activity_type, activity_at/,
    );
    await deployment.deliver('a_2026-03-01.txt', of({ type: 'a' }) + of({ kind: 'b' }));
    await deployment.night('2026-03-01');
    expect(await deployment.rows('clean/activity_log', 'activity_type')).toHaveLength(2);
  });

  test('may be left out of a single object', async () => {
    const deployment = await deploy({
      tables: { activity_log: { files: 'a_{date}.txt', format: 'jsonl' } },
    });
    await deployment.deliver('a_2026-03-01.txt', JSON.stringify(record));
    await deployment.night('2026-03-01');
    expect(await deployment.rows('clean/activity_log', 'activity_type')).toEqual([
      { activity_type: 'unknown' },
    ]);
  });

  test('does not matter where another key tells rows apart, or a constant stands in for it', async () => {
    const withId = await deploy({ tables: { activity_log: { files: 'a_{date}.txt' } } });
    await withId.deliver('a_2026-03-01.txt', `activity_id,${csv.replace('\n', '\n5,')}`);
    await withId.night('2026-03-01');
    expect(await withId.rows('clean/activity_log', 'activity_id, activity_type')).toHaveLength(1);
    const columns = { activity_type: { constant: 'view' } };
    const constant = await deploy({ tables: { activity_log: { files: 'a_{date}.txt', columns } } });
    await constant.deliver('a_2026-03-01.txt', csv);
    await constant.night('2026-03-01');
    expect(await constant.rows('clean/activity_log', 'activity_type')).toEqual([
      { activity_type: 'view' },
    ]);
  });
});

describe('a key of JSON in another case', () => {
  const AT = '2026-03-01 10:00:00';
  const jsonl = { activity_log: { files: 'a_{date}.txt', format: 'jsonl' } };
  const read = async (tables: object, ...records: object[]) => {
    const deployment = await deploy({ tables });
    await deployment.deliver(
      'a_2026-03-01.txt',
      records.map((record) => `${JSON.stringify(record)}\n`).join(''),
    );
    await deployment.night('2026-03-01');
    return deployment.rows('clean/activity_log', 'user_id, activity_type', 'order by all');
  };

  test('is the column, where no other key could be', async () => {
    const record = { USER_ID: 1, Activity_Type: 'view', Activity_At: AT };
    expect(await read(jsonl, record, { ...record, Activity_Type: 'edit' })).toEqual([
      { user_id: 1, activity_type: 'edit' },
      { user_id: 1, activity_type: 'view' },
    ]);
  });

  test('is left alone beside the key as it should be', async () => {
    const record = { user_id: 1, User_ID: 2, activity_type: 'view', activity_at: AT };
    expect(await read(jsonl, record)).toEqual([{ user_id: 1, activity_type: 'view' }]);
  });

  test('is not guessed where two keys could be the column', async () => {
    const record = { USER_ID: 1, User_ID: 2, activity_type: 'view', activity_at: AT };
    await expect(read(jsonl, record)).resolves.toEqual([]);
  });

  test('is the column within an array of JSON, too, and by a name of the configuration', async () => {
    const tables = {
      activity_log: { files: 'a_{date}.txt', format: 'json', columns: { activity_type: 'What' } },
    };
    const deployment = await deploy({ tables });
    const records = [{ User_Id: 1, WHAT: 'view', activity_at: AT }];
    await deployment.deliver('a_2026-03-01.txt', JSON.stringify(records));
    await deployment.night('2026-03-01');
    expect(await deployment.rows('clean/activity_log', 'user_id, activity_type')).toEqual([
      { user_id: 1, activity_type: 'view' },
    ]);
  });
});

test('a key in two spellings inside one JSON file is reported, and all that are listed are read', async () => {
  const records = [
    {
      activity_id: 1,
      user_id: 7,
      activity_type: 'view',
      activity_at: '2026-03-01 09:00:00',
      session_id: 'a',
    },
    {
      activity_id: 2,
      user_id: 7,
      activity_type: 'view',
      activity_at: '2026-03-01 10:00:00',
      Session_ID: 'b',
    },
  ];
  const read = async (columns: object) => {
    const table = { files: 'activity_log/{date}.jsonl', format: 'jsonl', columns };
    const deployment = await deploy({ tables: { activity_log: table } });
    const lines = records.map((record) => `${JSON.stringify(record)}\n`);
    await deployment.deliver('activity_log/2026-03-01.jsonl', lines.join(''));
    const { notes } = await deployment.night('2026-03-01');
    const rows = await deployment.rows('clean/activity_log', 'session_id', 'order by session_id');
    return {
      notes: notes.filter((note) => note.includes('spelling')),
      rows: rows.map(({ session_id }) => session_id),
    };
  };
  expect(await read({})).toEqual({
    notes: [
      expect.stringContaining('session_id, Session_ID; session_id is read only from session_id'),
    ],
    rows: ['a', null],
  });
  expect(await read({ session_id: { from: ['session_id', 'Session_ID'] } })).toEqual({
    notes: [],
    rows: ['a', 'b'],
  });
});

describe('a name that is spelled in another way', () => {
  const FORMATS = ['csv', 'jsonl', 'json', 'parquet'] as const;
  const AT = '2026-03-01 10:00:00';
  const nightOf = async (format: (typeof FORMATS)[number], ...records: object[]) => {
    const table = {
      files: 'f_{date}',
      format,
      columns: { feature_name: ['feature_name', 'what'] },
    };
    const deployment = await deploy({ tables: { feature_usage: table } });
    const lines = records.map((record) => `${JSON.stringify(record)}\n`);
    const names = Object.keys(records[0] ?? {}).join(',');
    const values = records.map((record) => `${Object.values(record).join(',')}\n`);
    await deployment.deliver(
      'f_2026-03-01',
      {
        csv: `${names}\n${values.join('')}`,
        json: `[${lines.join(',')}]`,
        jsonl: lines.join(''),
        parquet: lines.join(''),
      }[format],
    );
    if (format === 'parquet') {
      const file = path.join(deployment.folder, 'exports', 'f_2026-03-01');
      await query(`create table t as from read_json('${file}', format = 'newline_delimited');
        copy t to '${file}' (format parquet)`);
    }
    const { notes } = await deployment.night('2026-03-01');
    const rows = await deployment.rows(
      'clean/feature_usage',
      'user_id, feature_name, usage_count',
      'order by all',
    );
    return { notes: notes.filter((note) => note.startsWith('f_')), rows };
  };

  test.each(FORMATS)('is the column where no other name could be: %s', async (format) => {
    const record = { userId: 7, 'Feature-Name': 'search', usageCount: 5, 'Used at': AT };
    const { notes, rows } = await nightOf(format, record);
    expect(rows).toMatchObject([{ user_id: 7, feature_name: 'search', usage_count: 5 }]);
    expect(notes).toEqual([]);
  });

  test.each(FORMATS)('is left out beside one that is there as it is: %s', async (format) => {
    const record = { user_id: 7, what: 'search', FeatureName: 'no', usage_count: 5, used_at: AT };
    const { notes, rows } = await nightOf(format, { ...record, usageCount: 9 });
    expect(rows).toMatchObject([{ feature_name: 'search', usage_count: 5 }]);
    expect(notes).toContainEqual('f_2026-03-01: columns left out: FeatureName, usageCount');
  });

  test.each(FORMATS)('is not guessed where two could be the column: %s', async (format) => {
    const record = { user_id: 7, what: 'search', usageCount: 5, 'usage-count': 6, used_at: AT };
    const night = nightOf(format, record);
    if (format.startsWith('json')) {
      expect((await night).notes).toContainEqual(
        expect.stringMatching(/usageCount, usage-count; usage_count is read from none of them/),
      );
    } else
      await expect(night).rejects.toThrow(
        /expected one column for usage_count, found usageCount and usage-count, whose names differ/,
      );
  });
});

test('columns whose names differ by their case alone are refused, unless both are named', async () => {
  const text =
    'activity_id,user_id,USER_ID,activity_type,activity_at\n1,7,8,view,2026-03-01 09:00:00\n';
  const refused = await deploy();
  await refused.deliver('activity_log/activity_log_2026-03-01.csv', text);
  await expect(refused.night('2026-03-01')).rejects.toThrow(
    /expected one column for user_id, found user_id and USER_ID, .* set tables\.activity_log\.columns\.user_id\.from to \[user_id, USER_ID\] to read the first/,
  );
  const named = await deploy({
    tables: {
      activity_log: { columns: { user_id: { type: 'integer', from: ['user_id', 'USER_ID'] } } },
    },
  });
  await named.deliver('activity_log/activity_log_2026-03-01.csv', text);
  await named.night('2026-03-01');
  expect(await named.rows('clean/activity_log', 'user_id')).toEqual([{ user_id: 7 }]);
});
