import { DataError } from '../errors.js';
import type { Entry, Store } from '../store/store.js';
import { BUNDLES } from './bundle.js';
import { readCommit, releaseNumbers } from './commit.js';
import type { DeltaTools } from './delta/checkpoint.js';
import { isInLog } from './delta/log.js';
import { beginLogs, findOldVersions } from './delta/trim.js';
import { asVacuum, type Next, nextVersions } from './delta/vacuum.js';
import { LISTINGS, MANIFESTS, MissingManifest, readArrays } from './manifest.js';
import { objectsOf } from './partition.js';
import type { Partition } from './schema.js';

/** What no kept release names. */
export interface Garbage {
  /** numbers of the releases that are kept, the live one last */
  readonly kept: readonly number[];
  /** the oldest of them that can be read whole */
  readonly oldest: number;
  readonly manifests: readonly Entry[];
  readonly objects: readonly Entry[];
  /** what is in Delta logs before the versions of the oldest kept release */
  readonly versions: readonly Entry[];
  /** the versions that the logs begin with then, by table: they need a checkpoint */
  readonly first: Readonly<Record<string, number>>;
  /** the versions after the newest ones of the logs, by table */
  readonly next: Next;
}

/**
 * Finds the manifests that no kept release names, and the objects that no manifest names which
 * stays. What is not older than `before` stays, for a run under way may be about to name it.
 * Commits are never among them.
 * @param keepReleases how many of the newest releases are kept
 * @throws DataError when the live release cannot be read whole: nothing may be removed then
 */
export async function findGarbage(
  store: Store,
  keepReleases: number,
  before: Date,
): Promise<Garbage> {
  // listed first: what is published from here on is younger, or was written again, which
  // removeGarbage sees
  const manifests = await entriesOf(store, MANIFESTS);
  const listing = await entriesOf(store, 'objects/');
  const logs = listing.filter(({ key }) => isInLog(key));
  const objects = [
    ...listing.filter(({ key }) => !isInLog(key)),
    ...(await entriesOf(store, BUNDLES)),
  ];
  const kept = (await releaseNumbers(store)).slice(-keepReleases);
  const named = new Set<string>();
  const needed = new Set<string>();
  const listed = new Set(manifests.map(({ key }) => key));
  let oldest = 0;
  for (const number of kept) {
    const commit = await readCommit(store, number).catch((error: unknown) => {
      if (!(error instanceof DataError) || number === kept.at(-1)) throw error;
      return undefined; // what it named is not known, and nobody can roll back to it
    });
    if (commit === undefined) {
      oldest = 0;
      continue;
    }
    const { release, envelope } = commit;
    let isWhole = true;
    for (const key of [release.manifests, envelope.listings]
      .flatMap(Object.values)
      .flatMap(Object.values)) {
      if (!listed.has(key) && number === kept.at(-1))
        throw new MissingManifest(key, store.locate(key));
      isWhole &&= listed.has(key);
      named.add(key);
    }
    if (!isWhole) oldest = 0;
    else if (oldest === 0) oldest = number;
    for (const key of Object.values(envelope.bundles ?? {})) needed.add(key);
    if (envelope.restated !== undefined) needed.add(envelope.restated.key);
  }
  const isOld = ({ modified }: Entry) => modified < before;
  const unnamed = manifests.filter((entry) => !named.has(entry.key) && isOld(entry));
  const leaving = new Set(unnamed.map(({ key }) => key));
  // also those that no commit names yet
  const staying = manifests
    .map(({ key }) => key)
    .filter((key) => !leaving.has(key) && !key.startsWith(LISTINGS));
  for (const partitions of await readArrays<Omit<Partition, 'table'>>(store, staying)) {
    for (const partition of partitions) for (const { key } of objectsOf(partition)) needed.add(key);
  }
  return {
    kept,
    oldest,
    manifests: unnamed,
    objects: objects.filter((entry) => !needed.has(entry.key) && isOld(entry)),
    ...(await findOldVersions(store, logs, oldest)),
    next: nextVersions(logs),
  };
}

/**
 * Removes garbage: versions of Delta logs first, so that none names an object that is gone, then
 * manifests, so that a release of which anything is gone is known by its missing manifest. Logs
 * show it as a VACUUM. It may stop at any point, and be begun again.
 */
export async function removeGarbage(
  tools: DeltaTools,
  { oldest, versions, first, next, manifests, objects }: Garbage,
): Promise<void> {
  const { store } = tools;
  if (versions.length > 0) await beginLogs(tools, oldest, first);
  for (const { key } of versions) await store.remove(key);
  await removeUnchanged(store, manifests);
  await asVacuum(store, objects, next, () => removeUnchanged(store, objects));
}

/**
 * @returns what was removed; what was written again since it was found stays, for a run is about to
 * name it
 */
async function removeUnchanged(store: Store, entries: readonly Entry[]): Promise<Entry[]> {
  const removed: Entry[] = [];
  for (const entry of entries) {
    const [now] = await entriesOf(store, entry.key);
    if (now?.version !== entry.version) continue;
    await store.remove(entry.key);
    removed.push(entry);
  }
  return removed;
}

async function entriesOf(store: Store, prefix: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of store.list(prefix)) entries.push(entry);
  return entries;
}
