import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { eachTask, Turns, tasksAtOnce, withSession } from '../../build/pool.js';
import { type Recipe, staleReason } from '../../build/recipe.js';
import { STAGING_VERSION } from '../../build/staging_version.js';
import { addBuilt, inBatches } from '../../build/update.js';
import type { Source } from '../../config/contracts.js';
import type { Session } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import { compareExports } from '../../ingest/export_order.js';
import type { Export } from '../../ingest/exports.js';
import { mayBePlain } from '../../ingest/plain/plain.js';
import { readingOf } from '../../ingest/sql/mapping.js';
import { digestOf, sha256 } from '../../release/digest.js';
import type { Discard, Partition } from '../../release/release.js';
import { BYTES_TOGETHER, stageExports } from './build.js';
import { requireColumnsOfGone } from './gone_columns.js';
import { type Loaded, load, unload } from './load.js';
import { unmarkedNote } from './marker.js';
import { requireOneADate } from './one_a_date.js';
import { PlainExports } from './plain.js';
import { requireSoundExports } from './policies.js';
import { type GoneExport, obstacleTo, reload } from './replay.js';

/**
 * Of exports with plain rows the engine is left a small part: these are the bytes for each one that
 * it reads.
 */
const PLAIN_BYTES = 16;

interface Task {
  /** its place among those of all tables */
  readonly order: number;
  readonly source: Source;
  readonly rules: Rules;
  /** the clean model that each row of a dated table passes before it is written */
  readonly model: PreparedModel | undefined;
  readonly export: Export;
  /** counters: the key of the export before this one, which may be gone */
  readonly before: string | undefined;
  /** of an export that is gone, what the release has of it: it is staged again from that */
  readonly gone: Partition | undefined;
}

/**
 * The exports of a night, and what brings those that are new or changed into typed rows. The others
 * are unchanged. Those of all tables wait in one line, table by table, so that the next ones are
 * read while the engine stages those before.
 */
export class Staging {
  readonly #night: Night;
  readonly #tasks: readonly Task[];
  readonly #plainly: PlainExports;
  /** what is read, and what is staged at once: as much as is loaded */
  readonly #reading: Turns;
  readonly #staging: Turns;
  #failure: { readonly error: unknown } | undefined;

  private constructor(night: Night, tasks: readonly Task[]) {
    this.#night = night;
    this.#tasks = tasks;
    this.#plainly = new PlainExports(night);
    this.#reading = new Turns(tasksAtOnce(night.engine.sessions));
    this.#staging = new Turns(tasksAtOnce(night.engine.sessions));
  }

  /** Looks at which exports there are, and notes those that are missing or gone. */
  static async of(
    night: Night,
    models: readonly PreparedModel[],
    sources: readonly Source[],
  ): Promise<Staging> {
    const tasks: Task[] = [];
    for (const source of sources) {
      for (const task of await tasksOf(night, models, source))
        tasks.push({ ...task, order: tasks.length });
    }
    night.notes.push(...night.asked.flatMap((date) => unmarkedNote(night, date) ?? []));
    night.lastingNotes.push(...night.notes); // those that hold as long as nothing changes
    return new Staging(night, tasks);
  }

  /** What the listing said of each export. */
  get versions(): ReadonlyMap<string, string> {
    const there = this.#tasks.filter(({ gone }) => gone === undefined);
    return new Map(there.map((task) => [task.export.key, task.export.version]));
  }

  /** Brings the exports of a table up to date. */
  async update(source: Source): Promise<void> {
    const night = this.#night;
    const { sessions } = night.engine;
    const tasks = this.#tasks.filter((task) => task.source === source);
    const step = night.progress.stage(`staged/${source.table}`, tasks.length);
    const share = mayBePlain(source) ? PLAIN_BYTES : 1;
    const batches =
      source.delivery === 'counter' // each needs the one before
        ? [tasks.map((task) => [task])]
        : inBatches(tasks, sessions.length, (task) => task.export.bytes / share, {
            size: BYTES_TOGETHER,
          }).map((batch) => [batch]);
    await eachTask(sessions, batches, async (inTurn) => {
      for (const batch of inTurn) {
        await this.#staging.take(batch[0]?.order ?? 0, () => this.#stage(batch));
        for (const _ of batch) step();
      }
    });
    requireOneADate(source, night.listed.get(source.files) ?? [], night.next);
    await requireSoundExports(night, source);
  }

  close(): Promise<void> {
    return this.#plainly.close();
  }

  /** Stages exports, unless others could not be. */
  async #stage(batch: readonly Task[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      await stageTogether(this.#night, batch, { plainly: this.#plainly, reading: this.#reading });
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }
}

/** What reads exports, and when. */
interface Reading {
  readonly plainly: PlainExports;
  readonly reading: Turns;
}

/**
 * The exports of a table that are there, or that are gone and staged again from what the release
 * has of them.
 */
async function tasksOf(
  night: Night,
  models: readonly PreparedModel[],
  source: Source,
): Promise<Omit<Task, 'order'>[]> {
  const exports = night.listed.get(source.files) ?? [];
  noteMissing(night, source, exports);
  const model = cleanModelOf(models, source);
  const rules = rulesOf(night, source, model);
  noteOldModel(night, source, exports, rules);
  const gone = goneOf(night, source, exports);
  const current = {
    reading: rules.reading,
    ...(rules.model === undefined ? {} : { model: rules.model }),
  };
  await requireColumnsOfGone(night, source, { gone, model, current });
  const all = [
    ...gone.map(({ name, date }) => ({ key: name, date, bytes: 1, version: '' })),
    ...exports,
  ].sort(compareExports);
  return all.flatMap((each, i) => {
    const kept = gone.find(({ name }) => name === each.key);
    const before = source.delivery === 'counter' ? all[i - 1]?.key : undefined;
    if (kept === undefined || isReplayed(night, kept))
      return { source, rules, model, export: each, before, gone: kept };
    night.next.add(kept);
    return [];
  });
}

/**
 * The exports that are gone and keep their rows. They do unless told otherwise: a bucket rule that
 * expires old exports must not make rows vanish.
 */
function goneOf(night: Night, source: Source, exports: readonly Export[]): Partition[] {
  const found = new Set(exports.map(({ key }) => key));
  const gone = night.live.release
    .of(`staged/${source.table}`)
    .filter(({ name }) => !found.has(name));
  const isKept = source.missing_exports === 'keep';
  for (const { name } of gone)
    night.notes.push(`${name}: the export is gone; its rows are ${isKept ? 'kept' : 'dropped'}`);
  return isKept ? gone : [];
}

/**
 * Whether an export that is gone is staged again where its rules changed: when asked for, and to
 * give up or erase records of it.
 */
function isReplayed({ replays }: Night, { discards, inputs, fingerprint }: Partition): boolean {
  return replays || fingerprint === '' || discardsDigest(discards) !== inputs.discards;
}

function noteMissing(night: Night, source: Source, exports: readonly Export[]): void {
  if (exports.length === 0 && !source.required) return; // a table this deployment does not have
  for (const asOf of night.asked) {
    if (exports.some(({ date }) => date === asOf)) continue;
    const where = `(${source.files} in ${night.exports.url})`;
    if (source.required) {
      throw new DataError(
        `${source.table}: expected an export for ${asOf} ${where}, found none: deliver it, ` +
          `or set tables.${source.table}.required to false to run without it`,
      );
    }
    night.notes.push(`${source.table}: no export for ${asOf} ${where}`);
  }
}

/** An export that is to be staged. */
interface Stale {
  readonly loaded: Loaded;
  readonly recipe: Recipe;
}

/** Keeps those exports of one table that are unchanged, and stages the others. */
async function stageTogether(
  night: Night,
  tasks: readonly Task[],
  { plainly, reading }: Reading,
): Promise<void> {
  const { sessions } = night.engine;
  const open: Loaded[] = [];
  try {
    const read = await Promise.allSettled(
      tasks.map((task) => reading.take(task.order, () => readStale(night, task, plainly, open))),
    );
    const stale = read.flatMap((each) => {
      if (each.status === 'rejected') throw each.reason;
      return each.value ?? [];
    });
    const exports = stale.map(({ loaded }) => loaded);
    if (exports.length === 0) return;
    const started = performance.now();
    const how = { model: tasks[0]?.model, before: tasks[0]?.before };
    const place = await withSession(sessions, (session) =>
      stageExports(night, session, exports, how),
    );
    const contents = await place();
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
}

/**
 * Reads an export, unless it is unchanged.
 * @param open takes what was loaded, which is unloaded in the end
 */
async function readStale(
  night: Night,
  task: Task,
  plainly: PlainExports,
  open: Loaded[],
): Promise<Stale | undefined> {
  const { source, export: each, gone } = task;
  const last = night.live.release.get(`staged/${source.table}`, each.key);
  const isReusable = (digest: string) =>
    last !== undefined && staleReason(recipeOf(night, task, digest), last) === undefined;
  if (gone !== undefined) {
    const recipe = recipeOf(night, task, gone.inputs.export ?? '');
    const loaded = await withSession(night.engine.sessions, (session) =>
      replay(night, session, { source, export: each, last: gone }, recipe),
    );
    if (loaded === undefined) return undefined;
    open.push(loaded);
    return { loaded, recipe };
  }
  // an object that the listing shows unchanged is not read again
  if (
    last &&
    night.live.release.listing.get(each.key) === each.version &&
    isReusable(last.inputs.export ?? '')
  ) {
    night.next.add(last);
    return undefined;
  }
  const loaded = await load(night, source, each);
  open.push(loaded);
  const { sha256: digest } = loaded.prepared;
  if (last && isReusable(digest)) {
    night.next.add(last);
    return undefined;
  }
  const plain = await plainly.read(loaded);
  return { loaded: { ...loaded, plain }, recipe: recipeOf(night, task, digest) };
}

/**
 * Prepares an export that is gone to be staged again; undefined where it is unchanged, or cannot
 * be.
 */
async function replay(
  night: Night,
  session: Session,
  gone: GoneExport,
  recipe: Recipe,
): Promise<Loaded | undefined> {
  const { export: each, last } = gone;
  const obstacle =
    staleReason(recipe, last) === undefined ? '' : await obstacleTo(night, session, gone, recipe);
  if (obstacle === undefined) return reload(night, session, gone);
  if (obstacle !== '' && last.fingerprint === '') {
    throw new DataError(
      `${each.key}: expected the export, or rows of it that can be staged again, found ` +
        `neither: ${obstacle}. Nothing was published: deliver it again, or take out all of its ` +
        'rows with run-job forget',
    );
  }
  if (obstacle !== '') {
    night.notes.push(
      `${each.key}: not replayed: ${obstacle}: it stays as it was read; deliver it again to ` +
        'have it staged again',
    );
  }
  night.next.add(last);
  return undefined;
}

/** What decides how the exports of a table are staged, worked out once for all of them. */
interface Rules {
  /** JSON */
  readonly contract: string;
  /** digests */
  readonly reading: string;
  readonly settings: string;
  readonly engine: string;
  /** of dated tables, of what their clean model makes of each row */
  readonly model: string | undefined;
}

/** The clean model of a table whose rows pass it while they are staged: a dated one. */
export function cleanModelOf(
  models: readonly PreparedModel[],
  { table, partition }: Source,
): PreparedModel | undefined {
  if (partition !== 'event_date') return undefined;
  return models.find(({ model }) => model.layer === 'clean' && model.name === table);
}

/** Rows whose export is gone passed the clean model of their time, and cannot pass another one. */
function noteOldModel(
  { live, notes }: Night,
  source: Source,
  exports: readonly Export[],
  { model }: Rules,
): void {
  if (source.missing_exports !== 'keep') return;
  const found = new Set(exports.map(({ key }) => key));
  const old = live.release
    .of(`staged/${source.table}`)
    .filter(({ name, inputs }) => !found.has(name) && inputs.model !== model);
  if (old.length === 0) return;
  notes.push(
    `${source.table}: the clean model changed; the rows of ${old.length} exports that are ` +
      `gone, such as ${old[0]?.name}, stay as the model before made them: deliver them again ` +
      'to have them made again',
  );
}

function rulesOf(
  { config, engine }: Night,
  source: Source,
  model: PreparedModel | undefined,
): Rules {
  const {
    files,
    required,
    description,
    missing_exports,
    max_age_days,
    max_quarantine,
    max_conflicts,
    allow_empty,
    drift,
    unique_within_days,
    ...rules
  } = source;
  const columns = rules.columns.map(({ max_missing, description, isAdded, ...column }) => column);
  const { earliest, time_zone, parquet } = config;
  // how long it may take does not change what comes out
  const { seconds, ...limits } = config.limits;
  return {
    contract: JSON.stringify({ ...rules, columns }),
    reading: digestOf([readingOf(source), time_zone]),
    settings: digestOf([earliest, time_zone, limits]),
    engine: digestOf([STAGING_VERSION, engine.version, parquet]),
    model: model && digestOf([model.method.model, model.method.settings]),
  };
}

/**
 * What decides how an export is staged: its content, its date, the rules of its table, and of a
 * counter the export before.
 */
function recipeOf(
  night: Night,
  { source, rules, export: each, before }: Task,
  digest: string,
): Recipe {
  const earlier =
    before === undefined ? undefined : night.next.get(`staged/${source.table}`, before)?.digest;
  const last = night.live.release.get(`staged/${source.table}`, each.key);
  const discards = discardsDigest(last?.inputs.export === digest ? last.discards : undefined);
  const { contract, reading, settings, engine, model } = rules;
  return {
    export: digest,
    ...(source.delivery === 'counter' ? { before: earlier ?? '' } : {}),
    contract: sha256(`[${contract},${JSON.stringify(each.date)}]`),
    ...{ reading, settings, engine },
    ...(model === undefined ? {} : { model }),
    ...(discards === undefined ? {} : { discards }),
  };
}

function discardsDigest(discards: readonly Discard[] | undefined): string | undefined {
  return discards === undefined ? undefined : digestOf(discards);
}
