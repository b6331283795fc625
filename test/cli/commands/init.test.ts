import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeSample } from '../../../src/sample/write.js';
import { run } from '../command_line.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

let folder = '';
const before = process.cwd();
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(tmpdir(), 'dayfold-init-'));
  process.chdir(folder);
});
afterEach(async () => {
  process.chdir(before);
  await fs.rm(folder, { recursive: true, force: true });
});

async function deliver(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [key, content] of Object.entries(files)) {
    const file = path.join(folder, 'exports', key);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, content);
  }
}

async function written(): Promise<{
  tables: object;
  parquet?: object;
  table_defaults?: { columns: Record<string, object> };
}> {
  return parse(await fs.readFile(path.join(folder, 'dayfold.yaml'), 'utf8'));
}

/** The ids that are whole numbers. */
const wholeIds = async () => Object.keys((await written()).table_defaults?.columns ?? {}).sort();

/** Lines of CSV, of which each number i makes one. */
const rows = (header: string, row: (i: number) => string, count = 8) =>
  `${[header, ...Array.from({ length: count }, (_, i) => row(i))].join('\n')}\n`;

const at = (i: number) => `2026-03-01 09:00:0${i}`;

test.each<[string, Record<string, string | Buffer>, object]>([
  [
    'folders named by the date, with parts',
    {
      'dt=2026-03-01/sessions/part-0.csv': rows(
        'session_id,user_id,login_at',
        (i) => `s${i},${i},${at(i)}`,
      ),
      'dt=2026-03-01/sessions/part-1.csv': rows(
        'session_id,user_id,login_at',
        (i) => `t${i},${i},${at(i)}`,
      ),
    },
    { sessions: { files: 'dt={date}/sessions/part-*.csv', times_in: 'UTC' } },
  ],
  [
    'names in camel case in an array of JSON, a date without marks, and times with an offset',
    {
      'events_20260301.json': JSON.stringify(
        [1, 2, 3].map((i) => ({
          eventType: 'view',
          userId: i,
          props: { occurredAt: `2026-03-01T09:00:0${i}+01:00` },
        })),
      ),
    },
    {
      activity_log: {
        ...{ files: 'events_{date}.json', format: 'json' },
        columns: { user_id: 'userId', activity_type: 'eventType', activity_at: 'props.occurredAt' },
      },
    },
  ],
  [
    'semicolons, another encoding and dates day first',
    {
      'tickets-2026-03-01.csv': Buffer.from(
        rows('Ticket ID;user;state;opened', (i) => `${i};${i};gel\u00f6st;2${i}.02.2026 10:00`),
        'latin1',
      ),
    },
    {
      support_tickets: {
        ...{
          files: 'tickets-{date}.csv',
          encoding: 'windows-1252',
          delimiter: ';',
          date_order: 'day_first',
          times_in: 'UTC',
        },
        columns: { ticket_id: 'Ticket ID', user_id: 'user', status: 'state', created_at: 'opened' },
      },
    },
  ],
  [
    'ids that are text in one table, which are so in all of them',
    {
      'users/2026-03-01.csv': rows('id,signup_date', (i) => `00${i},${at(i)}`),
      'sessions/2026-03-01.csv': rows('session_id,user_id,login_at', (i) => `${i},${i},${at(i)}`),
    },
    {
      sessions: { files: 'sessions/{date}.csv', times_in: 'UTC' },
      users: { files: 'users/{date}.csv', times_in: 'UTC' },
    },
  ],
  [
    'the whole table each night',
    {
      'users/2026-03-01.csv': rows('user_id,created_at', (i) => `${i},${at(i)}`, 8),
      'users/2026-03-02.csv': rows('user_id,created_at', (i) => `${i},${at(i)}`, 9),
    },
    { users: { files: 'users/{date}.csv', delivery: 'snapshot', times_in: 'UTC' } },
  ],
])('init knows %s', async (_, files, expected) => {
  await deliver(files);
  const { code, out, err } = await run('init');
  expect([code, err]).toEqual([0, '']);
  expect((await written()).tables).toEqual(expected);
  expect(out).toContain('run-job check: ok');
  expect(await run('check')).toMatchObject({ code: 0 });
});

test.each<[string, (i: number) => string, string[]]>([
  ['whole numbers are integers', (i) => `${i}`, ['user_id']],
  ['whole numbers that pandas wrote with .0 are integers', (i) => `${i}.0`, ['user_id']],
  ['numbers with leading zeros are text', (i) => `00${i}`, []],
  ['anything else is text', (i) => `u-${i}`, []],
])('init finds the type of ids: %s', async (_, id, expected) => {
  await deliver({ 'users/2026-03-01.csv': rows('user_id,created_at', (i) => `${id(i)},${at(i)}`) });
  expect(await run('init')).toMatchObject({ code: 0 });
  expect(await wholeIds()).toEqual(expected);
});

describe('what init writes passes check', () => {
  test('for the sample', async () => {
    await writeSample(path.join(folder, 'sample'));
    const { code, out } = await run('init', 'sample/exports');
    expect([code, out]).toEqual([0, expect.stringContaining('run-job check: ok')]);
    expect(out.match(/: sure\n/g)).toHaveLength(5);
  });

  test.each(['pandas_lab', 'ravenstack'])('for %s', async (name) => {
    for (const file of await fs.readdir(path.join(FIXTURES, name))) {
      if (!file.endsWith('.csv.gz')) continue;
      const content = await fs.readFile(path.join(FIXTURES, name, file));
      await deliver({ [file.replace('.csv.gz', '_2025-01-01.csv.gz')]: content });
    }
    const { code, out } = await run('init');
    expect([code, out]).toEqual([0, expect.stringContaining('run-job check: ok')]);
  });
});

test.each([
  [999, { partition_by: 'month' }],
  [1000, undefined],
])('with %i records in the newest export of a table, parquet is %j', async (records, expected) => {
  const header = 'session_id,user_id,login_at';
  await deliver({
    'sessions/2026-02-28.csv': rows(header, (i) => `s${i},${i},${at(1)}`, 2000),
    'sessions/2026-03-01.csv': rows(header, (i) => `t${i},${i},${at(2)}`, records),
    'users/2026-03-01.csv': rows('user_id,created_at', (i) => `${i},${at(1)}`, 5000),
  });
  const { out } = await run('init');
  expect(await written()).toMatchObject({ tables: { sessions: {} } });
  expect((await written()).parquet).toEqual(expected);
  expect(out.includes('A Parquet file holds a month')).toBe(expected !== undefined);
});

test('what is not used is named, with the reason', async () => {
  await deliver({
    'sessions/2026-03-01.csv': rows('session_id,user_id,login_at', (i) => `${i},${i},${at(i)}`),
    'prices/2026-03-01.csv': rows('sku,price', (i) => `${i},${i}`),
    'README.txt': 'hello',
  });
  const { out } = await run('init');
  expect(out).toContain('prices/{date}.csv: fits no table by its columns sku, price');
  expect(out).toContain('Without a date in the name: README.txt');
});

test('of two groups that fit a table the other one is named', async () => {
  const sessions = rows('session_id,user_id,login_at', (i) => `${i},${i},${at(i)}`);
  await deliver({
    'a/sessions_2026-03-01.csv': sessions,
    'b/sessions_2026-03-01.csv': sessions,
    'b/sessions_2026-03-02.csv': sessions,
  });
  const { out } = await run('init');
  expect(out).toContain(
    'a/sessions_{date}.csv: looks like sessions, too, which is read from b/sessions_{date}.csv',
  );
});

test('init never overwrites a configuration', async () => {
  await deliver({
    'sessions/2026-03-01.csv': rows('session_id,user_id,login_at', (i) => `${i},${i},${at(i)}`),
  });
  await fs.writeFile(path.join(folder, 'dayfold.yaml'), 'time_zone: Asia/Tokyo\n');
  expect(await run('init')).toMatchObject({
    code: 2,
    err: expect.stringContaining('init never overwrites it'),
  });
  expect(await fs.readFile(path.join(folder, 'dayfold.yaml'), 'utf8')).toBe(
    'time_zone: Asia/Tokyo\n',
  );
});

test.each<[string, Record<string, string>, string]>([
  ['an empty folder', {}, 'expected exports with a date in their names'],
  ['files without a date', { 'sessions.csv': 'a,b\n' }, 'found 1 file, sessions.csv'],
  [
    'files that fit no table',
    { 'x_2026-03-01.csv': 'a,b\n1,2\n' },
    'x_{date}.csv: fits no table by its columns a, b',
  ],
])('init says what is wrong with %s, and writes nothing', async (_, files, message) => {
  await deliver(files);
  const { code, err } = await run('init');
  expect([code, err]).toEqual([4, expect.stringContaining(message)]);
  expect(await fs.readdir(folder)).not.toContain('dayfold.yaml');
});
