import { readdir, rename } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { QueryError } from '../../../src/engine/engine.js';
import type { InputObject, Job, JobEngine } from '../../../src/engine/job.js';
import { MissingObject, Stopped, StoreError } from '../../../src/errors.js';
import { useSpark } from './cluster.js';
import { DATES, job, MADE, slow, useSums } from './sums.js';

vi.setConfig({ testTimeout: 600_000 });

const { spark } = useSpark();
const sums = useSums();
let cluster: JobEngine;
const onSpark = (each: Job, engine = cluster) => sums.onSpark(each, engine);

beforeAll(async () => {
  cluster = await sums.open(spark().remote);
});
afterEach(async () => {
  expect(await readdir(sums.store.folder)).toEqual(['.dayfold-writing', 'objects']); // nothing is left of an attempt
});
afterAll(() => cluster.close());

test('partitions have the rows of the other engine, in the same order; a date without rows has no file', async () => {
  const each = job(await sums.uses());
  const made = await onSpark(each);
  expect(made.map(({ name }) => name)).toEqual([DATES[0], DATES[2]]);
  expect(await sums.rowsOf(made)).toEqual(await sums.rowsOf(await sums.onDuckdb(each)));
});

test('a partition is the same bytes however many are made with it, in whichever session', async () => {
  const relation = await sums.uses();
  const together = await sums.bytesOf(await onSpark(job(relation)));
  const other = await sums.open(spark().remote);
  for (const name of [DATES[0], DATES[2]] as string[]) {
    expect(await sums.bytesOf(await onSpark(job(relation, { names: [name] }), other))).toEqual({
      [name]: together[name],
    });
  }
  await other.close();
});

test('a date made from many rows is several files, by a hash of its grain: the same, however many are made with it', async () => {
  const relation = await sums.uses();
  const each = job(relation, { isDivisible: true });
  const made = await onSpark(each);
  expect(made.map(({ name }) => name)).toEqual(
    [DATES[0], DATES[2]].flatMap((name) => [name, name, name]),
  );
  const rows = await sums.rowsOf(made);
  const inOrder = (found: Record<string, unknown[]>) =>
    Object.entries(found).map(([name, all]) => [name, all.map((row) => inspect(row)).sort()]);
  expect(inOrder(rows)).toEqual(inOrder(await sums.rowsOf(await sums.onDuckdb(each))));
  for (const file of made) {
    const [users = []] = Object.values(await sums.rowsOf([file]));
    const ids = users.map((row) => (row as { user_id: string }).user_id);
    expect(ids).toEqual([...ids].sort());
  }
  const alone = await onSpark({ ...each, names: [DATES[2] as string] });
  const together = await sums.bytesOf(made);
  expect(await sums.bytesOf(alone)).toEqual({ [DATES[2] as string]: together[DATES[2] as string] });
});

test('an as-of date made from many rows is several files, without a column for them', async () => {
  const sql =
    'select s.as_of_date, u.user_id, cast(count(*) as bigint) as uses from daily.uses as u cross join settings as s group by s.as_of_date, u.user_id order by u.user_id nulls last';
  const columns = new Map([
    ['as_of_date', 'DATE'],
    ['user_id', 'VARCHAR'],
    ['uses', 'BIGINT'],
  ]);
  const partition = { partitionColumn: 'as_of_date', names: ['2026-03-05'], isDivisible: true };
  const grain = ['as_of_date', 'user_id'];
  const each = job(await sums.uses(), { ...partition, sql, columns, grain });
  const made = await onSpark(each);
  expect(made).toHaveLength(6);
  const users = (await sums.rowsOf(made))['2026-03-05'] as Record<string, unknown>[];
  expect(users).toHaveLength(500);
  expect(Object.keys(users[0] ?? {})).toEqual([...columns.keys()]);
});

test('the same rows are the same bytes, whatever Spark knows of their nulls', async () => {
  const relation = await sums.uses();
  const bytes = [];
  for (const one of ['1', 'case when uses >= 0 then 1 end', 'nullif(1, uses + 2000)']) {
    const sql = `select event_date, user_id, cast(${one} as bigint) as uses from daily.uses`;
    bytes.push(await sums.bytesOf(await onSpark(job(relation, { sql }))));
  }
  expect(bytes[1]).toEqual(bytes[0]);
  expect(bytes[2]).toEqual(bytes[0]);
});

test('a number that is not defined is missing, and a time after the year 9999', async () => {
  const columns = new Map([...MADE, ['ratio', 'DOUBLE'], ['due', 'DATE'], ['due_at', 'TIMESTAMP']]);
  const sql = `select event_date, user_id, uses,
    case when uses < 10 then cast('NaN' as double) when uses < 20 then cast('Infinity' as double)
      when uses < 30 then -cast('Infinity' as double) else uses / 8 end as ratio,
    DATE '9999-12-31' + case when uses < 30 then 1 else 0 end as due,
    cast(DATE '9999-12-31' + case when uses < 30 then 1 else 0 end as timestamp) as due_at
    from daily.uses order by user_id nulls last, uses nulls last`;
  const each = job(await sums.uses(), { columns, sql });
  const made = await sums.rowsOf(await onSpark(each));
  const missing = Object.values(made)
    .flat()
    .map((row) => row as Record<string, unknown>)
    .filter((row) => ['ratio', 'due', 'due_at'].every((name) => row[name] === null));
  expect(missing).toHaveLength(60);
  expect(made).toEqual(await sums.rowsOf(await sums.onDuckdb(each)));
});

test('an as-of date is a setting, its file has all columns, also without rows', async () => {
  const columns = new Map([
    ['as_of_date', 'DATE'],
    ['many', 'BIGINT'],
  ]);
  const report = {
    table: 'report/x',
    columns,
    partitionColumn: 'as_of_date',
    grain: ['as_of_date'],
    reads: [],
  };
  for (const [where, names] of [
    ['true', ['2026-03-05']],
    ['false', ['2026-03-06']],
  ] as const) {
    const sql = `select as_of_date, many from settings where ${where} order by many nulls last limit 5`;
    const each = job(await sums.uses(), { ...report, sql, names });
    const made = await onSpark(each);
    expect(made).toHaveLength(1);
    expect(await sums.rowsOf(made)).toEqual(await sums.rowsOf(await sums.onDuckdb(each)));
  }
});

test('of an undated table the rows of the dates are seen, by the calendar of the zone', async () => {
  const columns = new Map([
    ['ticket_id', 'BIGINT'],
    ['created_at', 'TIMESTAMP'],
    ['resolved_at', 'TIMESTAMP'],
  ]);
  const select = `select * from (values (1, TIMESTAMP '2026-03-01 22:59:00', NULL), (2, TIMESTAMP '2026-03-01 23:01:00', TIMESTAMP '2026-03-03 10:00:00'),
    (3, TIMESTAMP '2026-02-01 10:00:00', TIMESTAMP '2026-03-03 10:00:00.000001'), (4, NULL, NULL)) as t(ticket_id, created_at, resolved_at)`;
  const objects = [await sums.object('clean/tickets', undefined, select, columns)];
  for (const isUntil of [true, false]) {
    const events = {
      columns: ['created_at', 'resolved_at'],
      timeZone: 'Europe/Berlin',
      dates: ['2026-03-02'],
      isUntil,
    };
    const relation = { schema: 'clean', table: 'tickets', columns, objects, events };
    const sql = `select DATE '2026-03-02' as event_date, ticket_id, created_at, resolved_at from clean.tickets order by ticket_id nulls last`;
    const each = job(relation, { sql, columns, grain: ['ticket_id'], names: ['2026-03-02'] });
    const made = await onSpark(each);
    expect(made[0]?.rows).toBe(isUntil ? 4 : 1);
    expect(await sums.rowsOf(made)).toEqual(await sums.rowsOf(await sums.onDuckdb(each)));
  }
});

test('of a numbered relation each row says where it is, and a relation may be a SELECT of others', async () => {
  const { objects } = await sums.uses();
  const columns = new Map([...sums.columns].filter(([name]) => name !== 'event_date'));
  const numbered = { schema: 'staged', table: '_uses', columns, objects, isNumbered: true };
  const select =
    'select user_id, uses, _file, _row from staged._uses as u where uses > 800 or _row < 3';
  const some = { schema: 'daily', table: 'uses', columns, objects: [], select };
  const made = new Map([...columns, ['_file', 'BIGINT'], ['_row', 'BIGINT']]);
  const sql =
    'select u.user_id, u.uses, u._file, u._row from daily.uses as u order by u._file nulls last, u._row nulls last';
  const whole = { columns: made, partitionColumn: undefined, names: ['all'] };
  const each = job(numbered, { ...whole, sql, grain: [], reads: [numbered, some] });
  const rows = await sums.rowsOf(await onSpark(each));
  expect(rows.all?.length).toBeGreaterThan(200);
  expect(rows).toEqual(await sums.rowsOf(await sums.onDuckdb(each)));
});

/** An object with one row for each of 40 dates. */
async function fortyDates() {
  const objects: InputObject[] = [];
  const names: string[] = [];
  for (let day = 0; day < 40; day++) {
    const date = new Date(Date.UTC(2026, 3, 1 + day)).toISOString().slice(0, 10);
    names.push(date);
    objects.push(await sums.object('daily/uses', date, `select 'u' as user_id, 1 as uses`, MADE));
  }
  return { relation: { ...(await sums.uses()), objects }, names };
}

test('the driver itself looks at the files of a folder, however many: no task for each of them', async () => {
  const { relation, names } = await fortyDates();
  const before = spark().log.length;
  expect(await onSpark(job(relation, { names }))).toHaveLength(40);
  const log = spark().log.slice(before);
  expect(log).toContain('list leaf files for 40 paths');
  expect(log).not.toContain('Listing leaf files and directories in parallel');
});

test.each([
  ['one between two that are', [2, 4]],
  ['those around one that is', [20]],
  ['many between few that are', [0, 10, 11, 39]],
])('rows of dates that are not asked for are left out: %s', async (_, days) => {
  const { relation, names } = await fortyDates();
  const asked = days.map((day) => names[day] as string);
  const made = await onSpark(job(relation, { names: asked }));
  expect(made.map(({ name, rows }) => [name, rows])).toEqual(asked.map((name) => [name, 1]));
});

test('what was written before is in the store when a job begins', async () => {
  const relation = await sums.uses();
  const { key } = relation.objects[0] as InputObject;
  const file = sums.store.locate(key);
  await rename(file, `${file}.later`);
  const uploaded = () => rename(`${file}.later`, file);
  const engine = await sums.open(spark().remote, { uploaded });
  const made = await onSpark(job(relation, { names: [DATES[0] as string] }), engine);
  expect(made[0]?.rows).toBeGreaterThan(0);
  await engine.close();
});

test('SQL that does not run is reported with its class and the statement; an object that is gone is named', async () => {
  const relation = await sums.uses();
  const failure = await onSpark(job(relation, { sql: 'select nothing from daily.uses' })).catch(
    (error) => error,
  );
  expect(failure).toBeInstanceOf(QueryError);
  expect(failure.message).toContain('UNRESOLVED_COLUMN');
  expect(failure.sql).toContain('daily__uses as uses');
  const tooLarge = job(relation, {
    sql: job(relation).sql.replace('sum(uses)', 'sum(uses + 9223372036854770000)'),
  });
  expect((await onSpark(tooLarge).catch((error) => error)).message).toMatch(
    /^\[ARITHMETIC_OVERFLOW/,
  );
  await sums.store.remove((relation.objects[0] as InputObject).key);
  const gone = await onSpark(job(relation)).catch((error) => error);
  expect(gone).toBeInstanceOf(MissingObject);
  expect(gone.message).toContain((relation.objects[0] as InputObject).key);
});

test('while a job runs, Spark says how many of its tasks are done', async () => {
  const told: unknown[] = [];
  const tell = (...tasks: unknown[]) => void told.push(tasks);
  const engine = await sums.open(spark().remote, { tell });
  const each = job(await sums.uses(), { sql: slow(40_000_000) });
  const running = onSpark(each, engine).catch((error) => error);
  await expect.poll(() => told.length, { timeout: 60_000 }).toBeGreaterThan(0);
  engine.interrupt();
  await running;
  const [table, done, known] = told[0] as [string, number, number];
  expect(table).toBe(each.table);
  expect(known).toBeGreaterThan(0);
  expect(done).toBeLessThanOrEqual(known);
  await engine.close();
});

test('a job that is interrupted ends within two seconds, and leaves nothing', async () => {
  const engine = await sums.open(spark().remote);
  const running = onSpark(job(await sums.uses(), { sql: slow(40_000_000) }), engine).catch(
    (error) => error,
  );
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  const asked = performance.now();
  engine.interrupt();
  expect(await running).toBeInstanceOf(Stopped);
  expect(performance.now() - asked).toBeLessThan(2_000);
  await engine.close();
});

test('a job that takes longer than it may is interrupted there, and leaves nothing; the next one runs', async () => {
  const engine = await sums.open(spark().remote, { seconds: 8 });
  const relation = await sums.uses();
  const before = spark().log.length;
  const failure = await onSpark(job(relation, { sql: slow(40_000_000) }), engine).catch(
    (error) => error,
  );
  expect(failure).toBeInstanceOf(StoreError);
  expect(failure).not.toBeInstanceOf(Stopped);
  expect(failure.message).toMatch(
    /^Expected Spark at 127.0.0.1:\d+ to need at most 8 s for a statement of daily\/sums, found/,
  );
  await expect.poll(() => spark().log.slice(before), { timeout: 20_000 }).toMatch(/cancelled/i);
  expect(await onSpark(job(relation), engine)).toHaveLength(2);
  await engine.close();
});

test('a server that is started again loses the session: the job is done again in a new one, to the same bytes', async () => {
  const each = job(await sums.uses());
  const before = await sums.bytesOf(await onSpark(each));
  await spark().stop();
  await spark().start();
  expect(await sums.bytesOf(await onSpark(each))).toEqual(before);
});
