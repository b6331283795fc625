import { totalRows } from '../counts.js';
import type { Session } from '../engine/engine.js';
import type { JobEngine, JobSession } from '../engine/job.js';
import type { Partition } from '../release/schema.js';
import type { Night, Reads } from './night.js';
import { eachTask, withSession } from './pool.js';
import { fingerprintOf, type Recipe, staleReason } from './recipe.js';

/** A partition that the release should hold, and how it is made. */
export interface Target {
  readonly table: string;
  readonly name: string;
  /** the date that decides its manifest; `all` for undated ones */
  readonly date: string;
  readonly recipe: Recipe;
  /** worked out when asked for: most targets are reused, and nobody asks */
  readonly reads: Reads;
}

export const NOTHING: Reads = { rows: 0, bytes: 0 };

/** What reading the Parquet objects of partitions comes to. */
export function readsOf(partitions: readonly Pick<Partition, 'objects'>[]): Reads {
  return partitions
    .flatMap(({ objects }) => objects)
    .reduce(
      (sum, { rows, bytes }) => ({ rows: sum.rows + rows, bytes: sum.bytes + bytes }),
      NOTHING,
    );
}

/** What was built for a target; undefined when it has no rows and nothing should stand for it. */
export type Content =
  | Omit<Partition, 'table' | 'name' | 'date' | 'fingerprint' | 'inputs'>
  | undefined;

export interface UpdateOptions {
  /** how many are built together at most; what is worth one job of the engine unless set */
  readonly together?: number;
  /** whether one is built after the other, for each reads the one before; not unless set */
  readonly inTurn?: boolean;
  /** whether to build; in a night that only plans not, unless set */
  readonly builds?: boolean;
}

/**
 * Brings partitions of one table up to date: stale ones are built, the others reused.
 * Small ones are built together, for planning statements costs more than running them on few rows;
 * what a partition holds never depends on which others are built with it. A night that only plans
 * notes the stale ones instead, and has a stand-in for each, of unknown content, so that what reads
 * them is stale as well.
 */
export async function update<T extends Target>(
  night: Night,
  targets: readonly T[],
  build: (session: Session, batch: readonly T[]) => Promise<readonly Content[] | Placing>,
  options: UpdateOptions = {},
): Promise<void> {
  await updateOn({ night, engine: night.engine }, targets, build, options);
}

/** The same on the engine that runs models. */
export async function updateOn<T extends Target, S extends JobSession>(
  { night, engine }: { readonly night: Night; readonly engine: JobEngine<S> },
  targets: readonly T[],
  build: (session: S, batch: readonly T[]) => Promise<readonly Content[] | Placing>,
  {
    together = engine.together.partitions,
    inTurn = false,
    builds = night.builds,
  }: UpdateOptions = {},
): Promise<void> {
  const [first] = targets;
  if (first === undefined) return;
  const step = night.progress.stage(first.table, targets.length);
  const stale: T[] = [];
  for (const target of targets) {
    const last = night.live.release.get(target.table, target.name);
    if (last !== undefined && staleReason(target.recipe, last) === undefined) {
      night.next.add(last);
      step();
    } else {
      stale.push(target);
    }
  }
  if (!builds) {
    for (const target of stale) addBuilt(night, target, unbuiltContent(target), 0);
    return;
  }
  const { sessions } = engine;
  const workers = inTurn ? 1 : sessions.length;
  const buildOne = async (batch: readonly T[]) => {
    const started = performance.now();
    const made = await withSession(sessions, (session) => build(session, batch));
    const contents = typeof made === 'function' ? await made() : made;
    const seconds = (performance.now() - started) / 1000 / batch.length;
    for (const [i, target] of batch.entries()) {
      step();
      addBuilt(night, target, contents[i], seconds);
    }
  };
  const most = { size: engine.together.rows, items: together };
  const batches = inBatches(stale, workers, ({ reads }) => reads.rows, most);
  if (inTurn) for (const batch of batches) await buildOne(batch);
  else await eachTask(sessions, batches, buildOne);
}

/** Places what was written, and needs no session for it. */
export type Placing = () => Promise<readonly Content[]>;

/** Builds the targets of a batch in turn, where nothing is gained by building them together. */
export async function oneByOne<T>(
  batch: readonly T[],
  build: (target: T) => Promise<Content>,
): Promise<Content[]> {
  const contents: Content[] = [];
  for (const target of batch) contents.push(await build(target));
  return contents;
}

/**
 * Content nobody has yet. It counts as having rows, for readers leave out partitions without any.
 */
function unbuiltContent({ table, name, reads }: Target): Content {
  const object = { key: '', bytes: reads.bytes, rows: reads.rows, sha256: '' };
  return { digest: `not built: ${table} ${name}`, objects: [object] };
}

/** Adds a partition that was built to the release and to the record of the run. */
export function addBuilt(
  night: Night,
  { table, name, date, recipe, reads }: Target,
  content: Content,
  seconds: number,
): void {
  if (content === undefined) return;
  const reason = staleReason(recipe, night.live.release.get(table, name)) ?? 'new';
  night.next.add({
    table,
    name,
    date,
    fingerprint: fingerprintOf(recipe),
    inputs: recipe,
    ...content,
  });
  const rows = totalRows(content.objects);
  night.built.push({ table, name, reason, reads, rows, seconds });
  night.log.debug({ table, partition: name, reason, rows, seconds }, 'built');
}

/**
 * All of this fraction of what is built together at most is one batch: planning it twice would cost
 * more than it saves.
 */
const WORTH_SHARING = 1 / 4;

/** What a batch holds at most. */
interface Most {
  /** as the items are measured: rows, or bytes */
  readonly size: number;
  readonly items?: number;
}

/**
 * Neighbours together as long as they are few and small, and, where there is enough to do, as many
 * batches as can be worked on at once.
 */
export function inBatches<T>(
  items: readonly T[],
  workers: number,
  sizeOf: (item: T) => number,
  { size: mostSize, items: mostItems = 64 }: Most,
): T[][] {
  const total = items.reduce((sum, item) => sum + sizeOf(item), 0);
  const workersUsed = total > mostSize * WORTH_SHARING ? workers : 1;
  const most = Math.min(mostItems, Math.ceil(items.length / workersUsed));
  const batches: T[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const batch = batches.at(-1);
    size += sizeOf(item);
    if (batch === undefined || batch.length >= most || size > mostSize) {
      batches.push([item]);
      size = sizeOf(item);
    } else {
      batch.push(item);
    }
  }
  return batches;
}
