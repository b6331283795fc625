import type { Entry, Store } from '../../store/store.js';
import { together } from '../../store/together.js';
import { readWhole } from '../commit.js';
import { releaseOf } from './actions.js';
import { type DeltaTools, writeCheckpoint } from './checkpoint.js';
import { tableOf, versionKey, versionOf } from './log.js';

/** What of the Delta logs belongs to releases that are kept no more. */
interface Old {
  readonly versions: readonly Entry[];
  /** the first version that stays, by table, where anything before it goes */
  readonly first: Readonly<Record<string, number>>;
}

/**
 * Finds the versions of releases before `oldest`. The newest of them stays where the table was not
 * changed in `oldest`, for it is what the table was then.
 * @param logs all that is in Delta logs
 */
export async function findOldVersions(
  store: Store,
  logs: readonly Entry[],
  oldest: number,
): Promise<Old> {
  const tables = new Map<string, Entry[]>();
  for (const entry of logs) {
    const table = tableOf(entry.key);
    if (versionOf(entry.key) !== undefined)
      tables.set(table, [...(tables.get(table) ?? []), entry]);
  }
  const found = await together(tables, async ([table, entries]) => {
    const first = await firstKept(store, entries, oldest);
    const old = entries.filter(({ key }) => (versionOf(key)?.version ?? 0) < first);
    return { table, first, old };
  });
  const some = found.filter(({ old }) => old.length > 0);
  return {
    versions: some.flatMap(({ old }) => old),
    first: Object.fromEntries(some.map(({ table, first }) => [table, first])),
  };
}

/**
 * The last version of a release that is not younger than `oldest`; those of other programs do not
 * count.
 */
async function firstKept(store: Store, entries: readonly Entry[], oldest: number): Promise<number> {
  let first = 0;
  for (const { key } of entries) {
    const named = versionOf(key);
    if (named?.extension !== '.json') continue;
    const release = releaseOf((await store.read(key)) ?? Buffer.alloc(0));
    if (release === undefined) continue;
    if (release > oldest) return first;
    first = named.version;
  }
  return first;
}

/**
 * Gives the logs a checkpoint at the versions that they are to begin with, all of which show one
 * release.
 */
export async function beginLogs(
  tools: DeltaTools,
  number: number,
  first: Old['first'],
): Promise<void> {
  const { release, commit } = await readWhole(tools.store, number);
  if (commit === undefined) return;
  const asOf = release.newest('report/report')?.name;
  for (const [table, version] of Object.entries(first)) {
    if ((await tools.store.read(versionKey(table, version, '.checkpoint.parquet'))) !== undefined)
      continue;
    await writeCheckpoint(tools, { about: { table, commit, asOf }, release }, version, false);
  }
}
