import { rowsChangedFrom } from '../../build/changed.js';
import { stagedColumns } from '../../build/columns.js';
import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { readParquet } from '../../build/objects.js';
import { packMonths } from '../../build/pack.js';
import { buildModel, emptyRelation, type Made } from '../../build/run_model.js';
import { takeOver } from '../../build/take_over.js';
import { type Content, readsOf, type Target, type UpdateOptions, update } from '../../build/update.js';
import type { Source } from '../../config/contracts.js';
import { identifier, quote, type Row, type Session } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import { datesOf } from '../../ingest/sql/dates.js';
import { digestOf } from '../../release/digest.js';
import type { Counts, DataObject, Partition, Slice } from '../../release/release.js';
import { hasKey, keyName, standingExports } from './relocated.js';

/** Rows among which some are dropped by one statement. */
const DROPPED_TOGETHER = 1_000_000;

/** One date of a table, or all of it. */
interface CleanTarget extends Target {
  /** the staged partitions that hold rows of it, or for an undated table packs of them, the export that wins last */
  readonly staged: readonly Partition[];
  /** how many rows of it they hold */
  readonly rows: number;
}

/** Brings the rows of each date together from all exports that hold some, one row for each key. */
export async function clean(night: Night, models: readonly PreparedModel[], sources: readonly Source[]): Promise<void> {
  for (const source of sources) {
    const model = models.find(({ model }) => model.layer === 'clean' && model.name === source.table);
    if (model === undefined) continue;
    // the dates of an undated table are known only when it is built, so that a plan builds it too
    const options = source.partition === 'all' && source.derivation === null ? { builds: true } : {};
    const targets = await targetsOf(night, source, model, options);
    night.progress.stage(`clean/${source.table}`, targets.length);
    const build = (session: Session, batch: readonly CleanTarget[]) =>
      cleanTogether(night, source, model, batch, session);
    await update(night, targets, build, options);
  }
}

async function targetsOf(
  night: Night,
  source: Source,
  model: PreparedModel,
  options: UpdateOptions,
): Promise<CleanTarget[]> {
  const staged = inOrder(standingExports(night.next, source), source);
  const { key, delivery, dates, counter } = source;
  const contract = digestOf([key, delivery, dates, counter, [...stagedColumns(source)], night.config.time_zone]);
  const moved = night.next.of(`moved/${source.table}`);
  const movedFrom = new Map<string | null, [name: string, digest: string][]>();
  for (const { name, slices } of moved) {
    for (const { date, digest } of slices ?? []) movedFrom.set(date, [...(movedFrom.get(date) ?? []), [name, digest]]);
  }
  const target = (
    name: string,
    holders: readonly Partition[],
    digests: readonly string[],
    rows: number,
  ): CleanTarget => ({
    table: `clean/${source.table}`,
    name,
    date: name,
    recipe: {
      [`staged/${source.table}`]: digestOf(digests),
      [`moved/${source.table}`]: digestOf(movedFrom.get(name) ?? []),
      contract,
      ...model.method,
    },
    staged: holders,
    rows,
    get reads() {
      return { rows, bytes: readsOf(holders).bytes };
    },
  });
  if (source.partition === 'all') {
    const filled = staged.filter(({ objects }) => objects.length > 0); // an export without rows changes nothing
    if (filled.length === 0) return [];
    const rows = filled.reduce((sum, { counts }) => sum + (counts?.staged ?? 0) - (counts?.unchanged ?? 0), 0);
    const packed = await packMonths(night, source.table, filled, stagedColumns(source), options);
    const digests = packed.map(({ digest }) => digest);
    return [target('all', packed, digests, rows)];
  }
  const byDate = new Map<string, { holder: Partition; slice: Slice }[]>();
  for (const holder of staged) {
    for (const slice of holder.slices ?? []) {
      if (slice.date === null) continue;
      const found = byDate.get(slice.date);
      if (found === undefined) byDate.set(slice.date, [{ holder, slice }]);
      else found.push({ holder, slice });
    }
  }
  const changedFrom = rowsChangedFrom(night, source);
  return takeOver(night, `clean/${source.table}`, { dates: [...byDate.keys()].sort(), changedFrom }).map((date) => {
    const found = byDate.get(date) ?? [];
    return target(
      date,
      found.map(({ holder }) => holder),
      found.map(({ slice }) => slice.digest),
      found.reduce((sum, { slice }) => sum + slice.rows, 0),
    );
  });
}

async function cleanTogether(
  night: Night,
  source: Source,
  model: PreparedModel,
  batch: readonly CleanTarget[],
  session: Session,
): Promise<Content[]> {
  const counts = await dedupe(night, source, batch, session);
  const made = await buildModel(
    night,
    session,
    model,
    batch.map(({ name }) => name),
  );
  await session.run(`drop view staged.${source.table}; drop table if exists found`);
  const contents: Content[] = [];
  for (const [i, { table, name }] of batch.entries()) {
    const [count, { objects, rows }] = [counts[i] as Counts, made[i] as Made];
    if (rows !== count.kept) {
      throw new DataError(
        `${table} ${name}: expected ${count.kept} rows from ${model.model.file}, for so many are left without duplicates, found ${rows}: a clean model must keep every row`,
      );
    }
    if (count.staged === 0) {
      contents.push(undefined);
      continue;
    }
    const slices = name === 'all' ? { slices: await slicesOf(night, source, session, model, objects) } : {};
    contents.push({ digest: digestOf(objects.map(({ sha256 }) => sha256)), objects, ...slices, counts: count });
  }
  return contents;
}

/**
 * Makes `staged.<table>` a view of the rows of the partitions, one for each key: that of the last export and line.
 * Looking first for the keys that occur twice, and ranking only their rows, costs a fifth of ranking all of them.
 * @returns the counts of each
 */
async function dedupe(
  night: Night,
  source: Source,
  batch: readonly CleanTarget[],
  session: Session,
): Promise<Counts[]> {
  const columns = new Map([...stagedColumns(source)].filter(([name]) => name !== 'line' && name !== 'counter'));
  const names = [...columns.keys()].map(identifier).join(', ');
  const dated = source.partition === 'event_date';
  const staged = dated
    ? inOrder(night.next.exportsOf(source.table), source).filter((each) =>
        batch.some(({ staged }) => staged.includes(each)),
      )
    : batch.flatMap((target) => target.staged);
  const objects = staged.flatMap((partition) => partition.objects);
  const where = [
    ...(dated ? [`event_date in (${batch.map(({ name }) => `DATE ${quote(name)}`).join(', ')})`] : []),
    ...(source.delivery === 'counter' && source.counter ? [`${identifier(source.counter.value)} > 0`] : []),
  ];
  if (objects.length === 0) {
    await session.run(emptyRelation(`staged.${source.table}`, columns));
    return batch.map(() => ({ staged: 0, kept: 0, duplicates: 0, conflicts: 0 }));
  }
  // The place of a row is a column, for which row is the last must not hang on the order in which the engine reads.
  await session.run(
    `create or replace temp table found as select ${names}, file_index, file_row_number
     from ${await readParquet(night, objects)} ${where.length > 0 ? `where ${where.join(' and ')}` : ''};
     create or replace view staged.${source.table} as select ${names} from found`,
  );
  const tellApart = source.delivery === 'counter' ? [] : source.key; // rows of counters are differences, and never the same
  const withKey = tellApart.map((key, i) => `count_if(${hasKey(source, key)}) as key_${i}`);
  const name = dated ? 'event_date' : `'all'`;
  const read = await session.rows(
    `select ${[`${name} as name`, 'count(*) as rows', ...withKey].join(', ')} from found group by name`,
  );
  const counts = new Map(
    read.map((row) => [String(row.name), { rows: Number(row.rows), duplicates: 0, conflicts: 0 }]),
  );
  for (const target of batch) {
    const rows = counts.get(target.name)?.rows ?? 0;
    if (rows === target.rows) continue;
    throw new DataError(
      `clean/${source.table} ${target.name}: expected ${target.rows} staged rows, as the ledger has them, found ${rows}. Nothing was published; please report this`,
    );
  }
  for (const [i, key] of tellApart.entries()) {
    if (read.every((row) => Number(row[`key_${i}`]) === 0)) continue;
    const keys = [...(dated ? ['event_date'] : []), ...key];
    const dropped = [
      ...(await dropMoved(night, session, source, key, batch)),
      ...(await dropDuplicates(session, names, keys, hasKey(source, key), name)),
    ];
    for (const row of dropped) {
      const count = counts.get(String(row.name));
      if (count === undefined) continue;
      count.duplicates += Number(row.duplicates);
      count.conflicts += Number(row.conflicts);
    }
  }
  return batch.map((target) => {
    const { rows, duplicates, conflicts } = counts.get(target.name) ?? { rows: 0, duplicates: 0, conflicts: 0 };
    return { staged: rows, kept: rows - duplicates, duplicates, conflicts };
  });
}

/** Exports, oldest first, so that the one that wins is last: what is derived was so since it was first seen. */
function inOrder(exports: readonly Partition[], { derivation }: Source): readonly Partition[] {
  return derivation === null ? exports : exports.toReversed();
}

/**
 * Takes out the rows whose key has a later row on another date.
 * @returns how many were taken out of each date; all of them differ from the row that stands
 */
async function dropMoved(
  night: Night,
  session: Session,
  source: Source,
  key: string[],
  batch: readonly CleanTarget[],
): Promise<Row[]> {
  const moved = night.next.get(`moved/${source.table}`, keyName(key));
  const dates = batch.map(({ name }) => name).filter((name) => moved?.slices?.some(({ date }) => date === name));
  if (moved === undefined || dates.length === 0) return [];
  const keys = ['event_date', ...key].map(identifier).join(', ');
  await session.run(
    `create or replace temp table lost as select found.rowid as id, found.event_date from found
     semi join (select ${keys} from ${await readParquet(night, moved.objects)} where event_date <> moved_to) as moved using (${keys})
     where ${hasKey(source, key)}`,
  );
  await drop(session, 'select id from lost');
  return session.rows(
    'select event_date as name, count(*) as duplicates, count(*) as conflicts from lost group by name',
  );
}

/**
 * Takes out all but the last row of each key, among the rows of `found` that `where` picks.
 * @param name SQL of the partition a row belongs to
 * @returns how many were taken out of each partition, and how many of them differ from the row that stands
 */
async function dropDuplicates(
  session: Session,
  names: string,
  key: readonly string[],
  where: string,
  name: string,
): Promise<Row[]> {
  const keys = key.map(identifier).join(', ');
  await session.run(
    `create or replace temp table repeated as
     select id, name, row_number() over latest as place, h <> first_value(h) over latest as differs
     from (
       select rowid as id, ${name} as name, file_index, file_row_number, ${keys}, hash(${names}) as h from found
       semi join (select ${keys} from found where ${where} group by ${keys} having count(*) > 1) using (${keys})
       where ${where}
     ) window latest as (partition by ${keys} order by file_index desc, file_row_number desc)`,
  );
  const dropped = await session.rows(
    'select name, count(*) as duplicates, count_if(differs) as conflicts from repeated where place > 1 group by name',
  );
  if (dropped.length > 0) await drop(session, 'select id from repeated where place > 1');
  return dropped;
}

/** Takes rows out of `found`, so many at a time that what the engine keeps to undo it is no matter for its memory. */
async function drop(session: Session, ids: string): Promise<void> {
  const [last] = await session.rows(`select max(id) as id from (${ids})`);
  for (let from = 0; from <= Number(last?.id ?? -1); from += DROPPED_TOGETHER) {
    await session.run(
      `delete from found where rowid in (select id from (${ids}) where id >= ${from} and id < ${from + DROPPED_TOGETHER})`,
    );
  }
}

/** The rows of an undated table by each date on which they are an event, so that daily models of a date see theirs change. */
async function slicesOf(
  night: Night,
  source: Source,
  session: Session,
  model: PreparedModel,
  objects: readonly DataObject[],
): Promise<Slice[]> {
  const columns = [...model.columns.keys()].map(identifier).join(', ');
  const rows = await session.rows(
    `select date, count(*) as rows, cast(sum(h) as varchar) as digest
     from (select hash(${columns}) as h, unnest(${datesOf(source, night.config.time_zone)}) as date from ${await readParquet(night, objects)})
     group by date order by date nulls first`,
  );
  return rows.map((row) => ({
    date: row.date === null ? null : String(row.date),
    rows: Number(row.rows),
    digest: String(row.digest),
  }));
}
