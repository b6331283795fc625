import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { eachTask, Turns, tasksAtOnce, withSession } from '../../build/pool.js';
import { type Recipe, staleReason } from '../../build/recipe.js';
import { addBuilt, inBatches } from '../../build/update.js';
import type { Source } from '../../config/source.js';
import type { Session } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import { mayBePlain } from '../../ingest/plain/plain.js';
import { BYTES_TOGETHER, stageExports } from './build.js';
import { unmarkedNote } from './guards/marker.js';
import { requireOneADate } from './guards/one_a_date.js';
import { requireSoundExports } from './guards/policies.js';
import { type Loaded, leave, load } from './load.js';
import { PlainExports } from './plain.js';
import { recipeOf } from './recipe.js';
import { type GoneExport, obstacleTo, reload } from './replay.js';
import { type Task, tasksOf } from './tasks.js';

/**
 * Of exports with plain rows the engine is left a small part: these are the bytes for each one that
 * it reads.
 */
const PLAIN_BYTES = 16;

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
    for (const loaded of open) await leave(night, loaded);
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
