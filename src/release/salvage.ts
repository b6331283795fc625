import { DataError } from '../errors.js';
import type { Entry, Store } from '../store/store.js';
import { commitKey, readCommit, releaseNumbers } from './commit.js';
import { sha256 } from './digest.js';
import { LISTINGS, MANIFESTS, type ManifestKeys, readArrays } from './manifest.js';
import { objectsOf } from './partition.js';
import { Release } from './release.js';
import type { Partition, StoredObject } from './schema.js';

/** An object of the live release that is not as it was written. */
export interface Damage {
  readonly key: string;
  readonly problem: 'gone' | 'changed';
}

/** What can be read of the live release. */
export interface Salvaged {
  readonly release: Release;
  readonly damage: readonly Damage[];
  /** table of each export that the release had, as far as that can be told */
  readonly exports: ReadonlyMap<string, string>;
}

/**
 * Reads the live release as far as it can be read. A commit that is torn is made up for by the
 * newest manifests there are, a manifest that is torn by the newest one of its table and month
 * before it: what they name is true as long as fingerprints say so. Exports that came from such
 * manifests have no listing, so that they are read again.
 */
export async function salvage(store: Store): Promise<Salvaged> {
  const newest = (await releaseNumbers(store)).at(-1) ?? 0;
  const damage: Damage[] = [];
  const commit = newest === 0 ? undefined : await readable(() => readCommit(store, newest));
  if (newest > 0 && commit === undefined)
    damage.push({ key: commitKey(newest), problem: 'changed' });
  const manifests = await manifestsOf(store);

  const listing = new Map<string, string>();
  const exports = new Map<string, string>();
  const read = async <T>(
    folder: string,
    named: string,
    use: (item: T, isNamed: boolean) => void,
  ) => {
    const others = (manifests.get(folder) ?? [])
      .map(({ key }) => key)
      .filter((key) => key !== named);
    for (const key of [named, ...others]) {
      const items = await readable(async () => (await readArrays<T>(store, [key]))[0]);
      for (const item of items ?? []) use(item, key === named);
      if (items !== undefined) return;
      damage.push({ key, problem: (await store.read(key)) === undefined ? 'gone' : 'changed' });
    }
  };
  for (const [folder, named] of foldersOf(LISTINGS, commit?.envelope.listings, manifests)) {
    await read<[string, string]>(folder, named, ([name, version], isNamed) => {
      exports.set(name, folder.slice(LISTINGS.length, folder.lastIndexOf('/')));
      if (isNamed && commit !== undefined) listing.set(name, version);
    });
  }
  const found: Partition[] = [];
  for (const [folder, named] of foldersOf(MANIFESTS, commit?.release.manifests, manifests)) {
    const table = folder.slice(MANIFESTS.length, folder.lastIndexOf('/'));
    await read<Omit<Partition, 'table'>>(folder, named, (partition, isNamed) => {
      const isExport = table.startsWith('staged/');
      if (!isNamed && isExport && !exports.has(partition.name)) return; // taken out since
      if (!isNamed) listing.delete(partition.name);
      found.push({ table, ...partition });
    });
  }
  const release = new Release(newest, listing);
  for (const partition of found) release.add(partition);
  return { release, damage, exports };
}

/** The manifests that are in the store, by table and month, the newest first. */
async function manifestsOf(store: Store): Promise<Map<string, Entry[]>> {
  const folders = new Map<string, Entry[]>();
  for await (const entry of store.list(MANIFESTS)) {
    const folder = folderOf(entry.key);
    folders.set(folder, [...(folders.get(folder) ?? []), entry]);
  }
  for (const entries of folders.values())
    entries.sort((a, b) => b.modified.getTime() - a.modified.getTime());
  return folders;
}

/**
 * The folder of each table and month, and the manifest that a commit names in it; without a commit,
 * the newest.
 */
function foldersOf(
  prefix: string,
  keys: ManifestKeys | undefined,
  manifests: ReadonlyMap<string, readonly Entry[]>,
): [folder: string, named: string][] {
  if (keys === undefined) {
    return [...manifests]
      .filter(
        ([folder]) =>
          folder.startsWith(prefix) && (prefix === LISTINGS || !folder.startsWith(LISTINGS)),
      )
      .map(([folder, entries]) => [folder, entries[0]?.key ?? '']);
  }
  const named = Object.values(keys).flatMap((months) => Object.values(months));
  return named.map((key) => [folderOf(key), key]);
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

async function readable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

/** At most this many objects are read at once. */
const AT_ONCE = 8;

/** Reads every object that the partitions name, and compares it with its hash. */
export async function damagedObjects(store: Store, release: Release): Promise<Map<string, Damage>> {
  const objects = new Map<string, StoredObject>();
  for (const partition of release.partitions())
    for (const object of objectsOf(partition)) objects.set(object.key, object);
  const waiting = [...objects.values()];
  const damaged = new Map<string, Damage>();
  const readNext = async () => {
    for (let object = waiting.pop(); object !== undefined; object = waiting.pop()) {
      const body = await store.read(object.key);
      if (body !== undefined && sha256(body) === object.sha256) continue;
      damaged.set(object.key, {
        key: object.key,
        problem: body === undefined ? 'gone' : 'changed',
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, readNext));
  return damaged;
}
