import type { Source } from '../config/contracts.js';
import { identifier, quote, type Session } from '../engine/engine.js';
import { DataError } from '../errors.js';
import { datesOf } from '../ingest/dates.js';
import { fingerprintOf, type Recipe, staleReason } from '../plan/stale.js';
import { digestOf } from '../release/digest.js';
import type { Counts, Partition, Slice } from '../release/release.js';
import { buildModel, type Made } from './build.js';
import { stagedColumns } from './columns.js';
import type { PreparedModel } from './models.js';
import type { Night } from './night.js';
import { readParquet } from './objects.js';
import { eachWith } from './pool.js';

interface Task {
  readonly source: Source;
  readonly model: PreparedModel;
  /** the date, or `all` */
  readonly name: string;
  /** the staged partitions that hold rows of it, oldest export first */
  readonly staged: readonly Partition[];
}

/** Brings the rows of each date together from all exports that hold some, one row for each key. */
export async function clean(night: Night, models: readonly PreparedModel[]): Promise<void> {
  const tasks = night.sources.flatMap((source) => {
    const model = models.find(({ model }) => model.layer === 'clean' && model.name === source.table);
    return model === undefined ? [] : tasksOf(night, source, model);
  });
  night.progress.stage('clean', tasks.length);
  await eachWith(night.engine.sessions, tasks, async (task, session) => {
    await cleanOne(night, task, session);
    night.progress.step();
  });
}

function tasksOf(night: Night, source: Source, model: PreparedModel): Task[] {
  const exports = night.next.exportsOf(source.table);
  const staged = source.delivery === 'snapshot' ? exports.slice(-1) : exports;
  if (source.partition === 'all') return staged.length === 0 ? [] : [{ source, model, name: 'all', staged }];
  const dates = new Map<string, Partition[]>();
  for (const partition of staged) {
    for (const { date } of partition.slices ?? []) {
      if (date === null) continue;
      const holders = dates.get(date);
      if (holders === undefined) dates.set(date, [partition]);
      else holders.push(partition);
    }
  }
  return [...dates]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, holders]) => ({ source, model, name, staged: holders }));
}

function sliceOf(partition: Partition, date: string): Slice | undefined {
  return partition.slices?.find((slice) => slice.date === date);
}

async function cleanOne(night: Night, task: Task, session: Session): Promise<void> {
  const { source, model, name, staged } = task;
  const table = `clean/${source.table}`;
  const last = night.live.release.get(table, name);
  const digests = staged.map((partition) => (name === 'all' ? partition.digest : sliceOf(partition, name)?.digest));
  const { key, delivery, dates, counter } = source;
  const recipe: Recipe = {
    method: digestOf([model.method, key, delivery, dates, counter, [...stagedColumns(source)], night.config.time_zone]),
    inputs: { [`staged/${source.table}`]: digestOf(digests) },
  };
  const reason = staleReason(recipe, last);
  if (reason === undefined && last !== undefined) {
    night.next.add(last);
    return;
  }
  const started = performance.now();
  const counts = await dedupe(night, task, session);
  const made = await buildModel(night, session, model, name, [], []);
  if (made.rows !== counts.kept) {
    throw new DataError(
      `${table} ${name}: expected ${counts.kept} rows from ${model.model.file}, for so many are left without duplicates, found ${made.rows}: a clean model must keep every row`,
    );
  }
  const slices = name === 'all' ? await slicesOf(night, source, session, model, made) : undefined;
  await session.run(`drop table staged.${source.table}`);
  if (made.rows === 0) return;
  night.next.add({
    table,
    name,
    date: name,
    fingerprint: fingerprintOf(recipe),
    digest: digestOf(made.objects.map(({ sha256 }) => sha256)),
    inputs: recipe.inputs,
    objects: made.objects,
    ...(slices === undefined ? {} : { slices }),
    counts,
  });
  const seconds = (performance.now() - started) / 1000;
  night.built.push({ table, name, reason: reason ?? 'new', rows: made.rows, seconds });
  night.log.debug({ table, partition: name, reason, seconds }, 'cleaned');
}

/**
 * Fills `staged.<table>` with the rows of the partition in the order of their exports and lines, and takes out all
 * but the last of each key. Looking first for the keys that occur twice, and ranking only their rows, costs a fifth of
 * ranking all of them.
 */
async function dedupe(night: Night, { source, name, staged }: Task, session: Session): Promise<Counts> {
  const columns = [...stagedColumns(source).keys()].filter((column) => column !== 'line' && column !== 'counter');
  const objects = staged.flatMap((partition) => partition.objects);
  const where = [
    ...(name === 'all' ? [] : [`event_date = DATE ${quote(name)}`]),
    ...(source.delivery === 'counter' && source.counter ? [`${identifier(source.counter.value)} > 0`] : []),
  ];
  const table = `staged.${source.table}`;
  const names = columns.map(identifier).join(', ');
  await session.run(
    objects.length === 0
      ? `create or replace table ${table} as select ${[...stagedColumns(source)].map(([column, type]) => `NULL::${type} as ${identifier(column)}`).join(', ')} where false`
      : `create or replace table ${table} as select ${names} from ${await readParquet(night, objects)} ${where.length > 0 ? `where ${where.join(' and ')}` : ''}`,
  );
  const withKey = source.key.map((key, i) => `count_if(${hasKey(key, source.key.slice(0, i))}) as key_${i}`);
  const [read] = await session.rows(`select count(*) as rows, ${withKey.join(', ')} from ${table}`);
  const rows = Number(read?.rows);
  const expected = staged.reduce(
    (sum, partition) =>
      sum +
      (name === 'all'
        ? (partition.counts?.staged ?? 0) - (partition.counts?.unchanged ?? 0)
        : (sliceOf(partition, name)?.rows ?? 0)),
    0,
  );
  if (rows !== expected) {
    throw new DataError(
      `clean/${source.table} ${name}: expected ${expected} staged rows, as the ledger has them, found ${rows}. Nothing was published; please report this`,
    );
  }
  let duplicates = 0;
  let conflicts = 0;
  for (const [i, key] of source.key.entries()) {
    if (Number(read?.[`key_${i}`]) === 0) continue;
    const found = await dropDuplicates(session, table, names, key, hasKey(key, source.key.slice(0, i)));
    duplicates += found.duplicates;
    conflicts += found.conflicts;
  }
  return { staged: rows, kept: rows - duplicates, duplicates, conflicts };
}

/** SQL that is true for rows that are told apart by this key: they have all of it, and no `better` one. */
function hasKey(key: readonly string[], better: readonly (readonly string[])[]): string {
  const has = (columns: readonly string[]) =>
    columns.map((column) => `${identifier(column)} is not null`).join(' and ');
  return [has(key), ...better.map((columns) => `not (${has(columns)})`)].join(' and ');
}

/** Takes out all but the last row of each key, among the rows that `where` picks. */
async function dropDuplicates(session: Session, table: string, names: string, key: readonly string[], where: string) {
  const keys = key.map(identifier).join(', ');
  await session.run(
    `create or replace temp table repeated as
     select id, row_number() over latest as place, h <> first_value(h) over latest as differs
     from (
       select rowid as id, ${keys}, hash(${names}) as h from ${table}
       semi join (select ${keys} from ${table} where ${where} group by ${keys} having count(*) > 1) using (${keys})
       where ${where}
     ) window latest as (partition by ${keys} order by id desc)`,
  );
  const [found] = await session.rows(
    'select count(*) as duplicates, count_if(differs) as conflicts from repeated where place > 1',
  );
  await session.run(`delete from ${table} where rowid in (select id from repeated where place > 1)`);
  return { duplicates: Number(found?.duplicates), conflicts: Number(found?.conflicts) };
}

/** The rows of an undated table by each date on which they are an event, so that daily models of a date see theirs change. */
async function slicesOf(
  night: Night,
  source: Source,
  session: Session,
  model: PreparedModel,
  made: Made,
): Promise<Slice[]> {
  if (made.rows === 0) return [];
  const columns = [...model.columns.keys()].map(identifier).join(', ');
  const rows = await session.rows(
    `select date, count(*) as rows, cast(sum(h) as varchar) as digest
     from (select hash(${columns}) as h, unnest(${datesOf(source, night.config.time_zone)}) as date from ${await readParquet(night, made.objects)})
     group by date order by date nulls first`,
  );
  return rows.map((row) => ({
    date: row.date === null ? null : String(row.date),
    rows: Number(row.rows),
    digest: String(row.digest),
  }));
}
