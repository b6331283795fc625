import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { openDuckdb } from '../../../src/engine/duckdb/open.js';
import { type Engine, QueryError } from '../../../src/engine/engine.js';
import type { InputObject, Job, JobEngine, MadeFile, Relation } from '../../../src/engine/job.js';
import { openSpark } from '../../../src/engine/spark/open.js';
import { MissingObject, Stopped } from '../../../src/errors.js';
import { sha256 } from '../../../src/release/digest.js';
import { FileStore } from '../../../src/store/folder.js';
import { useSpark } from './cluster.js';

vi.setConfig({ testTimeout: 600_000 });

const { spark } = useSpark();
const folder = mkdtempSync(path.join(tmpdir(), 'dayfold-jobs-'));
const store = new FileStore(path.join(folder, 'output'));
let duckdb: Engine;
let cluster: JobEngine;
let files = 0;

const place = {
  fetch: (object: InputObject) => store.fetch(object.key, folder),
  fresh: (extension: string) => path.join(folder, `${++files}${extension}`),
  compression: 'snappy',
};
const USES = new Map([
  ['event_date', 'DATE'],
  ['user_id', 'VARCHAR'],
  ['uses', 'BIGINT'],
]);
const MADE = new Map([...USES].filter(([name]) => name !== 'event_date'));
const DATES = ['2026-03-01', '2026-03-02', '2026-03-03'];

beforeAll(async () => {
  duckdb = await openDuckdb({ threads: 1, memoryLimit: '256MB', scratch: folder, readable: [store.folder] });
  await duckdb.sessions[0]?.run(
    `create table settings as select DATE '1970-01-01' as as_of_date, 'Europe/Berlin' as time_zone, 3::bigint as many`,
  );
  cluster = await open();
});
afterEach(async () => {
  expect(await readdir(store.folder)).toEqual(['.dayfold-writing', 'objects']); // nothing is left of an attempt
});
afterAll(async () => {
  await cluster.close();
  await duckdb.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): Promise<JobEngine> {
  return openSpark({
    ...{ remote: spark().remote, token: null, tls: false, parallelJobs: 1, store, attempts: 'attempts/test' },
    ...{ settings: { many: 3 }, funnelSteps: [], windows: [30, 60], timeZone: 'Europe/Berlin' },
  });
}

/** Writes an object of rows, whose date is in its path. */
async function object(table: string, date: string | undefined, select: string, columns: ReadonlyMap<string, string>) {
  const file = place.fresh('.parquet');
  const rows = await duckdb.sessions[0]?.writeParquet(select, columns, { file, compression: 'snappy' });
  const key = `objects/${table}/${date === undefined ? 'all' : `event_date=${date}`}/${files}.parquet`;
  await store.write(key, { file });
  return { key, bytes: 0, rows: rows ?? 0, sha256: '' };
}

async function uses(): Promise<Relation> {
  const objects = DATES.map((date, day) =>
    object(
      'daily/uses',
      date,
      `select 'u' || ((i * 7919 + ${day}) % 500) as user_id, i as uses from range(${day === 1 ? 0 : 900}) as t(i)`,
      MADE,
    ),
  );
  return { schema: 'daily', table: 'uses', columns: USES, objects: await Promise.all(objects) };
}

const job = (relation: Relation, rest: Partial<Job> = {}): Job => ({
  table: 'daily/sums',
  sql: `with sums as (select event_date, user_id, cast(sum(uses) as bigint) as uses from daily.uses group by event_date, user_id)
select s.event_date, s.user_id, s.uses from sums as s order by s.uses desc nulls last, s.user_id nulls last`,
  grain: ['event_date', 'user_id'],
  columns: MADE,
  partitionColumn: 'event_date',
  names: DATES,
  reads: [relation],
  ...rest,
});

const onDuckdb = async (each: Job) => (await duckdb.sessions[0]?.make(each, place)) ?? [];
const onSpark = async (each: Job, engine = cluster) => (await engine.sessions[0]?.make(each, place)) ?? [];

async function rowsOf(made: readonly MadeFile[]): Promise<Record<string, unknown>> {
  const found = made.map(async ({ name, file, rows }) => {
    const read = await duckdb.sessions[0]?.rows(`select * from read_parquet('${file}', hive_partitioning = false)`);
    expect(read).toHaveLength(rows);
    return [name, read] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

const bytesOf = async (made: readonly MadeFile[]) =>
  Object.fromEntries(
    await Promise.all(
      made.map(async ({ name, file }) => [
        name,
        sha256((await store.read(path.relative(store.folder, file))) as Buffer),
      ]),
    ),
  );

test('partitions have the rows of the other engine, in the same order; a date without rows has no file', async () => {
  const each = job(await uses());
  const made = await onSpark(each);
  expect(made.map(({ name }) => name)).toEqual([DATES[0], DATES[2]]);
  expect(await rowsOf(made)).toEqual(await rowsOf(await onDuckdb(each)));
});

test('a partition is the same bytes however many are made with it, in whichever session', async () => {
  const relation = await uses();
  const together = await bytesOf(await onSpark(job(relation)));
  const other = await open();
  for (const name of [DATES[0], DATES[2]] as string[]) {
    expect(await bytesOf(await onSpark(job(relation, { names: [name] }), other))).toEqual({ [name]: together[name] });
  }
  await other.close();
});

test('an as-of date is a setting, its file has all columns, also without rows', async () => {
  const columns = new Map([
    ['as_of_date', 'DATE'],
    ['many', 'BIGINT'],
  ]);
  const report = { table: 'report/x', columns, partitionColumn: 'as_of_date', grain: ['as_of_date'], reads: [] };
  for (const [where, names] of [
    ['true', ['2026-03-05']],
    ['false', ['2026-03-06']],
  ] as const) {
    const sql = `select as_of_date, many from settings where ${where} order by many nulls last limit 5`;
    const each = job(await uses(), { ...report, sql, names });
    const made = await onSpark(each);
    expect(made).toHaveLength(1);
    expect(await rowsOf(made)).toEqual(await rowsOf(await onDuckdb(each)));
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
  const objects = [await object('clean/tickets', undefined, select, columns)];
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
    expect(await rowsOf(made)).toEqual(await rowsOf(await onDuckdb(each)));
  }
});

test('SQL that does not run is told with its class and the statement; an object that is gone is named', async () => {
  const relation = await uses();
  const failure = await onSpark(job(relation, { sql: 'select nothing from daily.uses' })).catch((error) => error);
  expect(failure).toBeInstanceOf(QueryError);
  expect(failure.message).toContain('UNRESOLVED_COLUMN');
  expect(failure.sql).toContain('daily__uses as uses');
  const tooLarge = job(relation, { sql: job(relation).sql.replace('sum(uses)', 'sum(uses + 9223372036854770000)') });
  expect((await onSpark(tooLarge).catch((error) => error)).message).toMatch(/^\[ARITHMETIC_OVERFLOW/);
  await store.remove((relation.objects[0] as InputObject).key);
  const gone = await onSpark(job(relation)).catch((error) => error);
  expect(gone).toBeInstanceOf(MissingObject);
  expect(gone.message).toContain((relation.objects[0] as InputObject).key);
});

const SLOW = `select event_date, user_id, cast(count(*) as bigint) as uses from daily.uses cross join range(0, 40000000) as r(x)
  where re_test(user_id || cast(x as string), '12345\\d6$') group by event_date, user_id order by user_id nulls last`;

test('a job that is interrupted ends within two seconds, and leaves nothing', async () => {
  const engine = await open();
  const running = onSpark(job(await uses(), { sql: SLOW }), engine).catch((error) => error);
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  const asked = performance.now();
  engine.interrupt();
  expect(await running).toBeInstanceOf(Stopped);
  expect(performance.now() - asked).toBeLessThan(2_000);
  await engine.close();
});

test('a server that is started again loses the session: the job is done again in a new one, to the same bytes', async () => {
  const each = job(await uses());
  const before = await bytesOf(await onSpark(each));
  await spark().stop();
  await spark().start();
  expect(await bytesOf(await onSpark(each))).toEqual(before);
});
