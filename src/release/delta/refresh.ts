import { DataError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import { together } from '../../store/together.js';
import { type Live, readWhole, releaseNumbers } from '../commit.js';
import { Release } from '../release.js';
import type { Commit } from '../schema.js';
import { type Action, addAction, originActions, removeAction, schemaActions } from './actions.js';
import { type Change, changesBetween, schemasOf } from './changes.js';
import { type DeltaTools, writeCheckpoint } from './checkpoint.js';
import { readFields } from './fields.js';
import { createVersion, listVersions, newestUpTo, removeLogs } from './log.js';

/** At most this many versions apart a reader finds all that a table is in one file. */
const CHECKPOINT = 20;

/**
 * What the logs are known to show: a release, and for each table the version that belongs to it or
 * to one before.
 */
export interface Shown {
  readonly release: number;
  readonly versions: Readonly<Record<string, number>>;
}

/** A release with the commit that made it live. */
export interface Committed {
  readonly release: Release;
  readonly commit: Commit;
}

/**
 * Brings the Delta logs in line with a release that is live: each release since the one they show
 * adds a version to the tables that it changed. Versions are created if they are not there, so it
 * may stop at any point, and go on from there.
 * @param base what the run built on
 * @param known undefined where nothing is known: then the logs say it
 */
export async function refreshDelta(
  tools: DeltaTools,
  now: Committed,
  base: Live | undefined,
  known: Shown | undefined,
): Promise<Shown> {
  const { number } = now.commit.release;
  const shown = known ?? (number === 1 ? undefined : await shownBy(tools.store));
  if (shown === undefined) return writeAll(tools, now);
  if (shown.release >= number) return shown; // a run that was paused; another one has gone on
  const releaseOf = async (wanted: number): Promise<Committed> => {
    if (wanted === number) return now;
    if (base?.commit?.release.number === wanted)
      return { release: base.release, commit: base.commit };
    return readCommittedWhole(tools, wanted);
  };
  try {
    let before: Pick<Committed, 'release'> =
      shown.release === 0 ? { release: new Release(0) } : await releaseOf(shown.release);
    let versions = shown.versions;
    for (let next = shown.release + 1; next <= number; next += 1) {
      const after = await releaseOf(next);
      versions = await addVersions(tools, before.release, after, versions);
      before = after;
    }
    return { release: number, versions };
  } catch (error) {
    if (!(error instanceof DataError)) throw error; // a release in between is no longer kept
    return rebuildDelta(tools, now);
  }
}

/**
 * What the logs show, by themselves; undefined where there are none. Runs go on to a release when
 * the versions of the one before are all there, so that only those of the newest may be missing.
 */
async function shownBy(store: Store): Promise<Shown | undefined> {
  const logs = await listVersions(store);
  const newest = await together(logs.values(), (keys) =>
    newestUpTo(store, keys, Number.MAX_SAFE_INTEGER),
  );
  const last = Math.max(0, ...newest.map((found) => found?.release ?? 0));
  if (last === 0) return undefined;
  const before = await together(logs, async ([table, keys]) => ({
    table,
    version: (await newestUpTo(store, keys, last - 1))?.version ?? -1,
  }));
  return {
    release: last - 1,
    versions: Object.fromEntries(before.map(({ table, version }) => [table, version])),
  };
}

/**
 * Writes the logs of all tables again, from the newest releases that can be read. Readers must do
 * without them meanwhile.
 */
export async function rebuildDelta(tools: DeltaTools, now: Committed): Promise<Shown> {
  await removeLogs(tools.store);
  return writeAll(tools, now);
}

async function writeAll(tools: DeltaTools, now: Committed): Promise<Shown> {
  const newest = now.commit.release.number;
  const numbers = (await releaseNumbers(tools.store)).filter((number) => number < newest);
  const kept = await readableOf(tools, numbers.reverse().slice(0, tools.keep - 1));
  let before = new Release(0);
  let versions: Shown['versions'] = {};
  for (const number of [...kept, newest]) {
    const after = number === newest ? now : await readCommittedWhole(tools, number);
    versions = await addVersions(tools, before, after, versions);
    before = after.release;
  }
  return { release: newest, versions };
}

/** The releases up to the first that cannot be read, the oldest first. */
async function readableOf(tools: DeltaTools, newestFirst: readonly number[]): Promise<number[]> {
  const readable: number[] = [];
  for (const number of newestFirst) {
    const isWhole = await readCommittedWhole(tools, number).then(
      ({ release }) => schemasOf(release).size > 0,
      (error) => {
        if (error instanceof DataError) return false;
        throw error;
      },
    );
    if (!isWhole) break;
    readable.unshift(number);
  }
  return readable;
}

async function readCommittedWhole({ store }: DeltaTools, number: number): Promise<Committed> {
  const { release, commit } = await readWhole(store, number);
  if (commit === undefined) throw new DataError(`release ${number}: expected a commit, found none`);
  return { release, commit };
}

/** Adds a version to each table that a release changed. @returns the versions of all tables */
async function addVersions(
  tools: DeltaTools,
  before: Release,
  { release, commit }: Committed,
  versions: Shown['versions'],
): Promise<Shown['versions']> {
  const asOf = release.newest('report/report')?.name;
  const changes = changesBetween(before, release);
  const added = await together(changes, async (change): Promise<[string, number]> => {
    const about = { table: change.table, commit, asOf };
    const actions = [...originActions(about), ...(await actionsOf(tools, change, commit))];
    const body = Buffer.from(`${actions.map((action) => JSON.stringify(action)).join('\n')}\n`);
    const next = (versions[change.table] ?? -1) + 1;
    const version = await createVersion(tools.store, change.table, next, {
      release: commit.release.number,
      body,
    });
    return [change.table, version];
  });
  for (const [table, version] of added)
    if (
      Math.floor(version / CHECKPOINT) > Math.floor(Math.max(0, versions[table] ?? 0) / CHECKPOINT)
    )
      // others may have taken the round number
      await writeCheckpoint(tools, { about: { table, commit, asOf }, release }, version, true);
  return { ...versions, ...Object.fromEntries(added) };
}

async function actionsOf(
  { store }: DeltaTools,
  change: Change,
  { envelope }: Commit,
): Promise<Action[]> {
  const { table, removed, added, schema } = change;
  const at = Date.parse(envelope.created_at);
  return [
    ...(schema === undefined ? [] : schemaActions(table, await readFields(store, schema), at)),
    ...removed.map((object) => removeAction(table, object, at)),
    ...added.map((object) => addAction(table, object, at)),
  ];
}
