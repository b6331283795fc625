import { DataError } from '../errors.js';
import type { Store } from '../store/store.js';
import { together } from '../store/together.js';
import { sha256, short } from './digest.js';
import { byMonth } from './months.js';
import type { Partition, Release } from './release.js';

/** Keys of manifests, by table and month. */
export type ManifestKeys = Record<string, Record<string, string>>;

/**
 * Writes the partitions of a release as one content-addressed manifest for each table and month. A month that is as
 * in an earlier release has the same name, and is not written again.
 */
export async function writeManifests(store: Store, release: Release, existing: ManifestKeys): Promise<ManifestKeys> {
  return writeByMonth(store, release, release.tables(), '', ({ table: _, ...partition }) => partition, existing);
}

/**
 * Writes something of each partition of these tables, one object for each table and month.
 * @param folder below manifests/; empty, or with a slash at its end
 */
export async function writeByMonth(
  store: Store,
  release: Release,
  tables: readonly string[],
  folder: string,
  of: (partition: Partition) => unknown,
  existing: ManifestKeys,
): Promise<ManifestKeys> {
  const months = tables.flatMap((table) =>
    byMonth(release.of(table)).map(([month, partitions]) => ({ table, month, partitions })),
  );
  const written = await together(months, ({ table, month, partitions }) => {
    const lines = partitions.map((partition) => JSON.stringify(of(partition)));
    return writeOnce(store, `manifests/${folder}${table}/${month}`, lines, existing[table]?.[month]);
  });
  const keys: ManifestKeys = {};
  for (const [i, { table, month }] of months.entries()) {
    keys[table] ??= {};
    keys[table][month] = written[i] as string;
  }
  return keys;
}

/** Writes JSON lines as an array under a name made of their hash, unless the key is known to be there. */
export async function writeOnce(
  store: Store,
  folder: string,
  lines: readonly string[],
  existing: string | undefined,
): Promise<string> {
  const body = Buffer.from(`[\n${lines.join(',\n')}\n]\n`);
  const key = `${folder}/${short(sha256(body))}.json`;
  if (key !== existing) await store.write(key, body);
  return key;
}

/** Reads the partitions of each manifest into the release. */
export async function readManifests(store: Store, keys: ManifestKeys, release: Release): Promise<void> {
  const named = Object.entries(keys).flatMap(([table, months]) => Object.values(months).map((key) => ({ table, key })));
  const read = await together(named, ({ key }) => readArray<Omit<Partition, 'table'>>(store, key));
  for (const [i, { table }] of named.entries()) {
    for (const partition of read[i] ?? []) release.add({ table, ...partition });
  }
}

/** Reads a content-addressed JSON array, and checks it against its name. */
export async function readArray<T>(store: Store, key: string): Promise<T[]> {
  const body = await store.read(key);
  if (body === undefined) {
    throw new DataError(
      `${store.locate(key)}: the release names this manifest, but it is gone: restore it from a backup of the store`,
    );
  }
  const hash = short(sha256(body));
  if (!key.endsWith(`/${hash}.json`)) {
    throw new DataError(
      `${store.locate(key)}: expected the content its name is the hash of, found ${hash}: it was changed by hand or torn; restore it from a backup`,
    );
  }
  return JSON.parse(body.toString('utf8')) as T[];
}
