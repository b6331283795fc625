import type { Source } from '../config/contracts.js';
import type { Session } from '../engine/engine.js';
import { DataError } from '../errors.js';
import type { Export } from '../ingest/exports.js';
import { type Recipe, staleReason } from '../plan/stale.js';
import { digestOf } from '../release/digest.js';
import { type Loaded, load, unload } from './load.js';
import { unmarkedNote } from './marker.js';
import type { Night } from './night.js';
import { requireOneADate } from './one_a_date.js';
import { eachWith } from './pool.js';
import { stageExports } from './stage_exports.js';
import { STAGING_VERSION } from './staging_version.js';
import { addBuilt, inBatches } from './update.js';

/** Exports are staged together as long as they have no more bytes than this. */
const BYTES_TOGETHER = 4 << 20;

interface Task {
  readonly source: Source;
  readonly export: Export;
  /** counters: the key of the export before this one, which may be gone */
  readonly before: string | undefined;
}

/**
 * Brings every export that is new or changed into typed rows, and keeps the others as they stand.
 * @returns what the listing said of each export
 */
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
  night.notes.push(...night.asked.flatMap((date) => unmarkedNote(night, date) ?? []));
  night.standing.push(...night.notes); // those that hold as long as nothing changes
  night.progress.stage('stage', tasks.length);
  const { sessions } = night.engine;
  for (const source of night.sources) {
    const own = tasks.filter((task) => task.source === source);
    if (source.delivery === 'counter') {
      for (const task of own) await stageTogether(night, [task], sessions[0] as Session); // each needs the one before
    } else {
      const batches = inBatches(own, sessions.length, (task) => task.export.bytes, BYTES_TOGETHER);
      await eachWith(sessions, batches, (batch, session) => stageTogether(night, batch, session));
    }
  }
  for (const [source, exports] of found) requireOneADate(source, exports, night.next);
  return new Map(tasks.map((task) => [task.export.key, task.export.version]));
}

/** An export that is gone keeps its rows, unless told otherwise: a bucket rule that expires old exports must not make rows vanish. */
function keepGone(night: Night, source: Source, exports: readonly Export[]): void {
  const found = new Set(exports.map(({ key }) => key));
  for (const partition of night.live.release.of(`staged/${source.table}`)) {
    if (found.has(partition.name)) continue;
    if (source.missing_exports === 'keep') night.next.add(partition);
    night.notes.push(
      `${partition.name}: the export is gone; its rows are ${source.missing_exports === 'keep' ? 'kept' : 'dropped'}`,
    );
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

/** Keeps those exports of one table that stand as they are, and stages the others. */
async function stageTogether(night: Night, tasks: readonly Task[], session: Session): Promise<void> {
  const started = performance.now();
  const stale: { loaded: Loaded; recipe: Recipe }[] = [];
  const open: Loaded[] = [];
  try {
    for (const task of tasks) {
      const { source, export: each } = task;
      const last = night.live.release.get(`staged/${source.table}`, each.key);
      const stands = (digest: string) =>
        last !== undefined && staleReason(recipeOf(night, task, digest), last) === undefined;
      // an object that the listing shows unchanged is not read again
      if (last && night.live.release.listing.get(each.key) === each.version && stands(last.inputs.export ?? '')) {
        night.next.add(last);
        continue;
      }
      const loaded = await load(night, source, each);
      open.push(loaded);
      if (last && stands(loaded.prepared.sha256)) night.next.add(last);
      else stale.push({ loaded, recipe: recipeOf(night, task, loaded.prepared.sha256) });
    }
    const exports = stale.map(({ loaded }) => loaded);
    const contents = await stageExports(night, session, exports, tasks[0]?.before);
    const seconds = (performance.now() - started) / 1000 / stale.length;
    for (const [i, { loaded, recipe }] of stale.entries()) {
      const { source, export: each } = loaded;
      const reads = { rows: loaded.prepared.records, bytes: each.bytes };
      addBuilt(
        night,
        { table: `staged/${source.table}`, name: each.key, date: each.date, recipe, reads },
        contents[i],
        seconds,
      );
    }
  } finally {
    for (const loaded of open) await unload(loaded);
  }
  for (const _ of tasks) night.progress.step();
}

/** What decides how an export is staged: its content, its date, the rules of its table, and of a counter the export before. */
function recipeOf(night: Night, { source, export: each, before }: Task, digest: string): Recipe {
  const { files: _, required: __, description: ___, missing_exports: ____, max_age_days: _____, ...rules } = source;
  const columns = rules.columns.map(({ max_missing: _, ...column }) => column);
  const { earliest, time_zone, parquet } = night.config;
  const earlier = before === undefined ? undefined : night.next.get(`staged/${source.table}`, before)?.digest;
  return {
    export: digest,
    ...(source.delivery === 'counter' ? { before: earlier ?? '' } : {}),
    contract: digestOf([{ ...rules, columns }, each.date]),
    settings: digestOf([earliest, time_zone]),
    engine: digestOf([STAGING_VERSION, night.engine.version, parquet]),
  };
}
