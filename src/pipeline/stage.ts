import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Source } from '../config/contracts.js';
import { identifier, type Session } from '../engine/engine.js';
import { DataError } from '../errors.js';
import type { Export } from '../ingest/exports.js';
import { type Prepared, prepare } from '../ingest/prepare.js';
import { QuarantineFile } from '../ingest/quarantine.js';
import { mapColumns, type Raw } from '../ingest/raw.js';
import { fingerprintOf, type Recipe, staleReason } from '../plan/stale.js';
import { digestOf } from '../release/digest.js';
import type { DataObject, Partition, Slice } from '../release/release.js';
import { stagedColumns } from './columns.js';
import { differenceStatement } from './counters.js';
import { firstDifference } from './difference.js';
import type { Night } from './night.js';
import { readParquet, scratchFile, writeParquet } from './objects.js';
import { parseExport } from './parse.js';
import { eachWith } from './pool.js';
import { quarantineRows, writeQuarantine } from './quarantine.js';

/** Changed when staging itself changes, so that exports are staged anew. */
export const STAGING_VERSION = 1;

interface Task {
  readonly source: Source;
  readonly export: Export;
  /** counters: the key of the export before this one, which may be gone */
  readonly before: string | undefined;
}

/** Brings every export that is new or changed into typed rows, and keeps the others as they stand. */
export async function stage(night: Night): Promise<ReadonlyMap<string, string>> {
  const tasks: Task[] = [];
  const found: [Source, readonly Export[]][] = [];
  for (const source of night.sources) found.push([source, night.listed.get(source.files) ?? []]);
  for (const [source, exports] of found) {
    noteMissing(night, source, exports);
    keepGone(night, source, exports);
    const keys = source.delivery === 'counter' ? everDelivered(night, source, exports) : [];
    for (const each of exports) tasks.push({ source, export: each, before: keys[keys.indexOf(each.key) - 1] });
  }
  night.standing.push(...night.notes); // those that hold as long as nothing changes
  const [counters, others] = [tasks.filter(isCounter), tasks.filter((task) => !isCounter(task))];
  night.progress.stage('stage', tasks.length);
  const stageOne = async (task: Task, session: Session) => {
    const partition = await stageExport(night, task, session);
    night.next.add(partition);
    night.progress.step();
  };
  await eachWith(night.engine.sessions, others, stageOne);
  await eachWith(night.engine.sessions.slice(0, 1), counters, stageOne); // in turn: each needs the one before
  return new Map(tasks.map((task) => [task.export.key, task.export.version]));
}

function isCounter({ source }: Task): boolean {
  return source.delivery === 'counter';
}

/** An export that is gone keeps its rows: a bucket rule that expires old exports must not make rows vanish. */
function keepGone(night: Night, source: Source, exports: readonly Export[]): void {
  const found = new Set(exports.map(({ key }) => key));
  for (const partition of night.live.release.of(`staged/${source.table}`)) {
    if (found.has(partition.name)) continue;
    night.next.add(partition);
    night.notes.push(`${partition.name}: the export is gone; its rows are kept`);
  }
}

/** The keys of the exports that are there and of those that are gone but kept, oldest first. */
function everDelivered(night: Night, source: Source, exports: readonly Export[]): string[] {
  const gone = night.next.of(`staged/${source.table}`).map(({ name, date }) => ({ key: name, date }));
  return [...gone, ...exports]
    .sort((a, b) => (`${a.date} ${a.key}` < `${b.date} ${b.key}` ? -1 : 1))
    .map(({ key }) => key);
}

function noteMissing(night: Night, source: Source, exports: readonly Export[]): void {
  if (exports.length === 0 && !source.required) return; // a table this deployment does not have
  for (const asOf of night.asked) {
    if (exports.some(({ date }) => date === asOf)) continue;
    const message = `${source.table}: no export for ${asOf} (${source.files} in ${night.exports.url})`;
    if (source.required) {
      throw new DataError(`${message}: deliver it, or set tables.${source.table}.required to false to run without it`);
    }
    night.notes.push(message);
  }
}

async function stageExport(night: Night, task: Task, session: Session): Promise<Partition> {
  const { source, export: each } = task;
  const table = `staged/${source.table}`;
  const last = night.live.release.get(table, each.key);
  const recipe = (digest: string): Recipe => ({
    method: methodOf(night, task),
    inputs: { export: digest, ...inputsBefore(night, task) },
  });
  // an object that the listing shows unchanged is not read again
  if (last !== undefined && night.live.release.listing.get(each.key) === each.version) {
    if (staleReason(recipe(last.inputs.export ?? ''), last) === undefined) return last;
  }
  const started = performance.now();
  const scratch = scratchFile(night, '');
  await mkdir(scratch, { recursive: true });
  const quarantine = new QuarantineFile(path.join(scratch, 'quarantine.csv'));
  try {
    const file = await night.exports.fetch(each.key, scratch);
    const prepared = await prepare(file, scratch, source, quarantine, each.key);
    const made = recipe(prepared.sha256);
    const reason = staleReason(made, last);
    if (reason === undefined && last !== undefined) return last;
    const partition = await build(night, task, session, prepared, quarantine, made);
    const seconds = (performance.now() - started) / 1000;
    night.built.push({ table, name: each.key, reason: reason ?? 'new', rows: partition.counts?.staged ?? 0, seconds });
    night.log.debug({ table, partition: each.key, reason, seconds }, 'staged');
    return partition;
  } finally {
    quarantine.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What decides how an export is staged, beside its content. */
function methodOf(night: Night, { source, export: each }: Task): string {
  const { files: _, required: __, description: ___, ...rules } = source;
  const { earliest, time_zone, parquet } = night.config;
  return digestOf([STAGING_VERSION, night.engine.version, rules, each.date, earliest, time_zone, parquet]);
}

/** For counters, the digest of the export before: its counts decide what this one adds. */
function inputsBefore(night: Night, { source, before }: Task): Record<string, string> {
  if (source.delivery !== 'counter') return {};
  return { before: (before && night.next.get(`staged/${source.table}`, before)?.digest) ?? '' };
}

async function build(
  night: Night,
  task: Task,
  session: Session,
  prepared: Prepared,
  quarantine: QuarantineFile,
  recipe: Recipe,
): Promise<Partition> {
  const { source, export: each } = task;
  const table = `staged/${source.table}`;
  const matters = source.delivery === 'snapshot' || (source.required && night.asked.includes(each.date));
  if (prepared.bytes === 0 && matters) {
    throw new DataError(
      `${each.key}: expected rows of ${source.table}, found an empty file: deliver it again, or take it away`,
    );
  }
  if (prepared.records === 0) {
    const found = prepared.header.length === 0 ? 'the file is empty' : 'a header and no records';
    night.notes.push(`${each.key}: ${found}: deliver it again if it should hold rows`);
  }
  const empty = prepared.readable === 0 && (source.format === 'jsonl' || prepared.header.length === 0);
  const raw = empty ? undefined : mapColumns(source, prepared, each.key);
  if (raw !== undefined && raw.unused.length > 0)
    night.notes.push(`${each.key}: columns left out: ${raw.unused.join(', ')}`);
  const objects: DataObject[] = [];
  let slices: Slice[] = [];
  if (raw !== undefined && prepared.readable > 0) {
    const line = await parse(night, task, session, prepared, raw);
    await quarantineRows(session, source, prepared, line, quarantine);
    const object = await writeStaged(night, task, session, line);
    if (object.rows > 0) objects.push(object);
    slices = await slicesOf(night, source, session, objects);
  }
  quarantine.close();
  const staged = objects[0]?.rows ?? 0;
  const counted = Object.fromEntries([...quarantine.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  const refused = Object.values(counted).reduce((sum, count) => sum + count, 0);
  if (prepared.records !== staged + refused) {
    throw new DataError(
      `${each.key}: ${prepared.records} records were read, but ${staged} staged and ${refused} quarantined: rows were lost or made on the way. Nothing was published; please report this export`,
    );
  }
  const quarantined = refused > 0 ? await writeQuarantine(night, session, source.table, each, quarantine) : undefined;
  const sliced = slices.reduce((sum, slice) => sum + slice.rows, 0);
  return {
    table,
    name: each.key,
    date: each.date,
    fingerprint: fingerprintOf(recipe),
    digest: digestOf(objects.map(({ sha256 }) => sha256)),
    inputs: recipe.inputs,
    objects,
    ...(quarantined ? { quarantine: quarantined } : {}),
    slices,
    counts: {
      records: prepared.records,
      staged,
      quarantined: counted,
      ...(source.delivery === 'counter' ? { unchanged: staged - sliced } : {}),
    },
  };
}

/**
 * Parses the text rows into the table `parsed`, and holds their number against our own count.
 * @returns SQL of the line on which a row of `parsed` stands in the export
 */
async function parse(
  night: Night,
  { source, export: each }: Task,
  session: Session,
  prepared: Prepared,
  raw: Raw,
): Promise<string> {
  const { earliest, time_zone: timeZone } = night.config;
  const read = await parseExport(session, { source, raw, earliest, timeZone }, each.date, prepared.readable);
  const [count] = await session.rows('select count(*) as rows, min(rowid) as first from parsed');
  if (Number(count?.rows) !== prepared.readable) {
    throw new DataError(
      `${each.key}: expected ${prepared.readable} rows from the engine, as many as there are records, found ${count?.rows}; ${await firstDifference(session, raw, read, prepared)}. Nothing was published`,
    );
  }
  // rows are numbered in the order of the file, on from those of exports that passed through the table before
  return raw.firstLine === undefined ? 'line' : `rowid + ${raw.firstLine - Number(count?.first)}`;
}

async function writeStaged(night: Night, task: Task, session: Session, line: string): Promise<DataObject> {
  const { source, export: each } = task;
  const dated = source.partition === 'event_date';
  const columns = [
    ...source.columns.map(({ name }) => identifier(name)),
    ...(dated ? ['event_date'] : []),
    `${line} as line`,
  ];
  const good = `select ${columns.join(', ')} from parsed where rule is null`;
  const select = source.delivery === 'counter' ? await differenceStatement(night, source, good, task.before) : good;
  const folder = `objects/staged/${source.table}/export_date=${each.date}`;
  return writeParquet(
    night,
    session,
    `${select} order by ${dated ? 'event_date, ' : ''}line`,
    folder,
    stagedColumns(source),
  );
}

/**
 * The rows of each date in a staged object and their digest, in the order of the file: which of two rows of one key
 * comes later decides which one stands. Rows of a counter that add nothing belong to no slice.
 */
async function slicesOf(
  night: Night,
  source: Source,
  session: Session,
  objects: readonly DataObject[],
): Promise<Slice[]> {
  if (objects.length === 0 || source.partition === 'all') return [];
  const names = source.columns.map(({ name }) => identifier(name)).join(', ');
  const where =
    source.counter !== undefined && source.delivery === 'counter'
      ? `where ${identifier(source.counter.value)} > 0`
      : '';
  const rows = await session.rows(
    `with numbered as (select event_date, file_row_number as n, hash(${names}) as h from ${await readParquet(night, objects, 'file_row_number = true')} ${where}),
     firsts as (select event_date, min(n) as first_n from numbered group by event_date)
     select event_date, count(*) as rows, cast(sum(hash(h, n - first_n)) as varchar) as digest
     from numbered join firsts using (event_date) group by event_date order by event_date`,
  );
  return rows.map((row) => ({
    date: String(row.event_date),
    rows: Number(row.rows),
    digest: String(row.digest),
  }));
}
