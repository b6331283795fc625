import { describe, expect, test } from 'vitest';
import { zipOf } from '../ingest/packing.js';
import { lineOf, query, useDeployments } from './nights.js';

const { deploy } = useDeployments();
const FILE = 'activity_log/activity_log_2026-03-29.csv';
const HEADER = 'activity_id,user_id,activity_type,activity_at';

async function nightOf(table: object, content: string | Uint8Array) {
  const deployment = await deploy({
    tables: { activity_log: { files: 'activity_log/activity_log_{date}.csv', ...table } },
  });
  await deployment.deliver(FILE, content);
  const outcome = await deployment.night('2026-03-29');
  const times = await deployment.rows(
    'clean/activity_log',
    'user_id, activity_type, activity_at',
    'order by all',
  );
  const refused = await deployment.quarantined('activity_log');
  return {
    outcome,
    times,
    refused: refused.map(({ line, rule, value, raw }) => [line, rule, value, raw]),
  };
}

const records = (...times: string[]) =>
  `${HEADER}\n${times.map((time, i) => `${i},7,view,${time}\n`).join('')}`;
const timesOf = ({ times }: Awaited<ReturnType<typeof nightOf>>) =>
  times.map((row) => row.activity_at);

describe('the order of day and month', () => {
  test('is found out from the dates of the whole file', async () => {
    expect(timesOf(await nightOf({}, records('03/02/2026', '28/02/2026 10:00')))).toEqual([
      '2026-02-03 00:00:00',
      '2026-02-28 10:00:00',
    ]);
    expect(timesOf(await nightOf({}, records('03/02/26', '02/28/2026 1:00 PM')))).toEqual([
      '2026-02-28 13:00:00',
      '2026-03-02 00:00:00',
    ]);
  });

  test.each([
    ['none', records('03/02/2026', '2026-03-01')],
    ['of both orders', records('03/02/2026', '28/02/2026', '02/28/2026', '2026-03-01')],
  ])(
    'is ambiguous where the evidence is %s: such dates are quarantined, and it is said',
    async (_, content) => {
      const night = await nightOf({}, content);
      expect(timesOf(night)).toEqual(['2026-03-01 00:00:00']);
      expect(new Set(night.refused.map(([, rule]) => rule))).toEqual(
        new Set(['activity_at_ambiguous_date_order']),
      );
      expect(night.outcome.notes).toContainEqual(
        expect.stringMatching(/set tables.activity_log.date_order/),
      );
      expect(timesOf(await nightOf({ date_order: 'day_first' }, records('03/02/2026')))).toEqual([
        '2026-02-03 00:00:00',
      ]);
    },
  );

  test('is that of most dates, and the one that contradicts is quarantined, which is said', async () => {
    const night = await nightOf(
      {},
      records('03/27/2026', '03/28/2026', '03/29/2026 10:00', '13/02/2026'),
    );
    expect(timesOf(night)).toEqual([
      '2026-03-27 00:00:00',
      '2026-03-28 00:00:00',
      '2026-03-29 10:00:00',
    ]);
    expect(night.refused).toMatchObject([
      [5, 'activity_at_contradicts_date_order', '13/02/2026', expect.anything()],
    ]);
    expect(night.outcome.notes).toEqual(
      expect.arrayContaining([
        'activity_log: read with dates of numbers month first, found',
        expect.stringMatching(/3 of them say; 1 can only be read otherwise/),
      ]),
    );
  });

  test.each([
    ['of month and day', ['1-13-2026', '2-13-2026', '2-14-2026', '02-03-2026']],
    ['of day and month', ['13-1-2026', '13-2-2026', '14-2-2026', '03-02-2026']],
  ])('counts dates %s without leading zeros, with hyphens', async (_, dates) => {
    expect(timesOf(await nightOf({}, records(...dates)))).toEqual([
      '2026-01-13 00:00:00',
      '2026-02-03 00:00:00',
      '2026-02-13 00:00:00',
      '2026-02-14 00:00:00',
    ]);
  });

  test('found again, it keeps lines and raw texts of what is refused', async () => {
    const { refused } = await nightOf(
      {},
      records('28/02/2026', 'soon', '27/02/2026', '31/02/2026'),
    );
    expect(refused).toEqual([
      [3, 'activity_at_not_a_timestamp', 'soon', '1,7,view,soon'],
      [5, 'activity_at_not_a_timestamp', '31/02/2026', '3,7,view,31/02/2026'],
    ]);
  });
});

test('local times that do not exist, or occur twice, are read by a rule, and counted', async () => {
  const zone = { times_in: 'Europe/Berlin' };
  const skipped = await nightOf(
    zone,
    records('2026-03-29 02:30:00', '2026-03-29 03:30', '2026-03-29 02:30:00Z'),
  );
  expect(timesOf(skipped)).toEqual([
    '2026-03-29 01:30:00',
    '2026-03-29 01:30:00',
    '2026-03-29 02:30:00',
  ]);
  expect(lineOf(skipped.outcome, 'activity_log').mended).toEqual({
    activity_at_local_time_skipped: 1,
  });
  const twice = await nightOf(
    zone,
    records('2025-10-26 02:30:00', '2025-10-26 02:30:00+01:00', '2025-10-26 03:30:00'),
  );
  expect(timesOf(twice)).toEqual([
    '2025-10-26 00:30:00',
    '2025-10-26 01:30:00',
    '2025-10-26 02:30:00',
  ]);
  expect(lineOf(twice.outcome, 'activity_log').mended).toEqual({ activity_at_local_time_twice: 1 });
  const none = await nightOf(zone, records('2025-11-26 02:30:00'));
  expect(lineOf(none.outcome, 'activity_log').mended).toBeUndefined();
});

test('a whole number with decimals is accepted, and counted', async () => {
  const { outcome } = await nightOf(
    {},
    `${HEADER}\n1.0,7.00,view,2026-03-01\n2,7,view,2026-03-01\n`,
  );
  expect(lineOf(outcome, 'activity_log')).toMatchObject({
    staged: 2,
    mended: { activity_id_with_decimals: 1 },
  });
});

const ROWS = [{ user_id: 7, activity_type: 'free', activity_at: '2026-03-01 09:00:00' }];
const COLUMNS = { columns: { activity_type: 'properties.plan' } };
const OBJECT = {
  activity_id: 1,
  user_id: 7,
  activity_at: '2026-03-01T09:00:00Z',
  properties: { plan: 'Free' },
};

describe('formats', () => {
  test('objects within objects, as lines, as an array, and in an archive', async () => {
    expect((await nightOf({ format: 'jsonl', ...COLUMNS }, JSON.stringify(OBJECT))).times).toEqual(
      ROWS,
    );
    const array = JSON.stringify([OBJECT, 'x'], null, 2);
    const night = await nightOf({ format: 'json', ...COLUMNS }, array);
    expect(night.times).toEqual(ROWS);
    expect(night.refused).toEqual([
      [2, 'not_a_json_object', expect.anything(), expect.stringContaining('"x"')],
    ]);
    expect(
      (await nightOf({ format: 'json', ...COLUMNS }, zipOf({ a: '[]', b: array }))).times,
    ).toEqual(ROWS);
  });

  test('a key with a point in it comes before a path through objects', async () => {
    const both = { ...OBJECT, 'properties.plan': 'Pro' };
    expect(
      (await nightOf({ format: 'jsonl', ...COLUMNS }, JSON.stringify(both))).times,
    ).toMatchObject([{ activity_type: 'pro' }]);
  });

  test('Parquet, with the raw text of what is refused', async () => {
    const deployment = await deploy({
      tables: {
        activity_log: {
          files: 'activity_log/activity_log_{date}.csv',
          format: 'parquet',
          ...COLUMNS,
        },
      },
    });
    await deployment.deliver(FILE, '');
    await query(
      `copy (select 1 as activity_id, 7::double as user_id, timestamp '2026-03-01 09:00:00' as activity_at, {'plan': 'Free'} as properties
         union all select 2, 7.5, null, null) to '${deployment.exports.locate(FILE)}' (format parquet)`,
    );
    const outcome = await deployment.night('2026-03-29');
    expect(
      await deployment.rows('clean/activity_log', 'user_id, activity_type, activity_at'),
    ).toEqual(ROWS);
    expect(await deployment.quarantined('activity_log')).toMatchObject([
      {
        line: 2,
        rule: 'user_id_not_an_integer',
        value: '7.5',
        raw: expect.stringContaining('"user_id":"7.5"'),
      },
    ]);
    expect(lineOf(outcome, 'activity_log').records).toBe(2);
  });

  test('how a file was read is said, once for a table', async () => {
    const content = Buffer.from(`\ufeff${records('2026-03-01').replaceAll(',', ';')}`, 'utf16le');
    const { outcome, times } = await nightOf({}, content);
    expect(times).toHaveLength(1);
    expect(outcome.notes).toEqual(
      expect.arrayContaining([
        'activity_log: read with encoding utf-16le, found',
        'activity_log: read with delimiter semicolon, found',
      ]),
    );
  });
});

describe('a line break that is no end of a record', () => {
  test.each(['\r\n', '\r', '\n'])(
    'stays in a value, also when it is the first of the file: %j',
    async (lineBreak) => {
      const content = `${HEADER}\n1,7,"two${lineBreak}words",2026-03-29\n2,"x${lineBreak}",view,2026-03-29\n3,9,view,2026-03-29\n`;
      const { times, refused } = await nightOf(
        { columns: { activity_type: { type: 'text' } } },
        content,
      );
      const line = lineBreak === '\r' ? 3 : 4;
      expect(times.map(({ user_id, activity_type }) => [user_id, activity_type])).toEqual([
        [7, `two${lineBreak}words`],
        [9, 'view'],
      ]);
      expect(refused).toEqual([
        [line, 'user_id_not_an_integer', 'x', `2,"x${lineBreak}",view,2026-03-29`],
      ]);
    },
  );

  test('stays in the raw text of the first record that is refused', async () => {
    const { refused } = await nightOf({}, `${HEADER}\r\n1,1,"open,2026-03-01 00:00:00\r\n"\r\n`);
    expect(refused).toEqual([
      [2, 'field_count', '4 expected, 3 found', '1,1,"open,2026-03-01 00:00:00\r\n"'],
    ]);
  });

  test('is between the names and values of an object', async () => {
    const record = (id: number) =>
      `{"activity_id":${id},\r"user_id":7,"activity_type":"view","activity_at":"2026-03-29"}`;
    const { times, refused } = await nightOf({ format: 'jsonl' }, `${record(1)}\n${record(2)}\n`);
    expect([times.length, refused]).toEqual([2, []]);
  });
});

describe('names in a header', () => {
  test('match whatever their case, where one alone is alike', async () => {
    const night = await nightOf(
      {},
      'ACTIVITY_ID,User_Id,Activity_Type,Activity_At\n1,7,view,2026-03-29\n',
    );
    expect(night.times).toEqual([
      { user_id: 7, activity_type: 'view', activity_at: '2026-03-29 00:00:00' },
    ]);
    await expect(
      nightOf(
        {},
        'activity_id,user_id,activity_type,activity_at,ACTIVITY_AT\n1,7,view,2026-03-29,2026-03-28\n',
      ),
    ).rejects.toThrow(
      /found activity_at and ACTIVITY_AT, whose names differ by their spelling alone/,
    );
    await expect(
      nightOf({}, 'activity_id,USER_ID,User_Id,activity_type,activity_at\n1,7,8,view,2026-03-29\n'),
    ).rejects.toThrow(
      /expected one column for user_id, found USER_ID and User_Id, whose names differ by their/,
    );
  });

  test('that no column has do not matter, and are said as far as that helps', async () => {
    const more = Array.from({ length: 30 }, (_, i) => (i < 2 ? 'note' : `c${i}`));
    const header = ['', ...HEADER.split(','), ...more].join(',');
    const { outcome, times } = await nightOf(
      {},
      `${header}\n0,1,7,view,2026-03-29,${more.join(',')}\n`,
    );
    expect(times).toHaveLength(1);
    expect(outcome.notes).toContainEqual(
      expect.stringMatching(
        /columns left out: column 1, which has no name, note, note, c2, .*, and 11 more$/,
      ),
    );
  });

  test('of which the table knows none refuse the file: its first record may be data', async () => {
    const deployment = await deploy({});
    await deployment.deliver('users/users_2026-03-29.csv', '1,ann\n2,bob\n');
    await expect(deployment.night('2026-03-29')).rejects.toThrow(
      /expected a column for user_id|expected a header with a column/,
    );
  });
});

test('a header inside the data is quarantined also where all columns are text', async () => {
  const asText = { type: 'text' };
  const columns = { activity_type: asText, session_id: asText };
  const { refused } = await nightOf(
    { columns },
    `${records('2026-03-29')}${HEADER}\n7,7,view,2026-03-29\n`,
  );
  expect(refused).toEqual([[3, 'repeated_header', 'the header again', HEADER]]);
});

test('a byte order mark inside a file is kept in the quarantine', async () => {
  const deployment = await deploy({
    tables: { activity_log: { files: 'activity_log/activity_log_{date}.csv' } },
  });
  await deployment.deliver(FILE, `${records('2026-03-29')}\ufeff3\n\ufeff4,x,view,2026-03-29\n`);
  await deployment.night('2026-03-29');
  const partitions = (await deployment.release()).of('staged/activity_log');
  const keys = partitions.flatMap(({ quarantine }) => (quarantine ? [quarantine.key] : []));
  expect(await deployment.read(keys, 'line, rule, ord(raw) as first', 'order by line')).toEqual([
    { line: 3, rule: 'field_count', first: 0xfeff },
    { line: 4, rule: 'user_id_not_an_integer', first: 0xfeff },
  ]);
});

describe('JSON', () => {
  const lines = (...values: string[]) =>
    values.map((each, i) => `{"activity_id":${i},"activity_at":"2026-03-29",${each}}\n`).join('');

  test('numbers are exact, or refused', async () => {
    const content = lines(
      '"user_id":9007199254740993.0',
      '"user_id":1e3',
      '"user_id":1.5',
      '"user_id":0.1e1',
    );
    const { times, refused } = await nightOf({ format: 'jsonl' }, content);
    expect(times.map(({ user_id }) => user_id)).toEqual([1, 1000, 9007199254740992]); // as this test reads 64 bits
    expect(refused).toEqual([
      [3, 'user_id_not_an_integer', '1.5', expect.stringContaining('"user_id":1.5')],
    ]);
  });

  test('keys may hold any character', async () => {
    const keys = ['*', '**', '/', '~1', '"', '\\', '$', '[0]', 'a b', 'é', '#'];
    for (const key of keys) {
      const content = lines(`${JSON.stringify(key)}:"x y","user_id":1`);
      const { times } = await nightOf(
        { format: 'jsonl', columns: { activity_type: { from: key } } },
        content,
      );
      expect([key, times[0]?.activity_type]).toEqual([key, 'x_y']);
    }
  });
});
