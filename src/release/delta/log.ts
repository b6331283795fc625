import { StoreError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import { together } from '../../store/together.js';
import { releaseOf } from './actions.js';

const LOG = '/_delta_log/';

/** Whether a key is of the log of a table, and not one of its objects. */
export function isInLog(key: string): boolean {
  return key.includes(LOG);
}

export function logFolder(table: string): string {
  return `objects/${table}${LOG}`;
}

/** The key of a version; with `.checkpoint.parquet` that of its checkpoint. */
export function versionKey(table: string, version: number, extension = '.json'): string {
  return `${logFolder(table)}${String(version).padStart(20, '0')}${extension}`;
}

/** The version that a key of a log is named by, with its extension; undefined for other files. */
export function versionOf(
  key: string,
): { readonly version: number; readonly extension: string } | undefined {
  const [, version, extension] =
    /_delta_log\/(\d{20})(\.(?:json|checkpoint\.parquet))$/.exec(key) ?? [];
  return version === undefined || extension === undefined
    ? undefined
    : { version: Number(version), extension };
}

/** The table that a key of a log is of. */
export function tableOf(key: string): string {
  return key.slice('objects/'.length, key.indexOf(LOG));
}

/**
 * Creates the version of a release in the log of a table. One that is there is left as it is: a run
 * before has written it. Versions of other programs, such as those of a VACUUM, are passed over.
 * @param next the first version that may be free
 * @returns the version of the release
 */
export async function createVersion(
  store: Store,
  table: string,
  next: number,
  { release, body }: { readonly release: number; readonly body: Buffer },
): Promise<number> {
  for (let version = next; ; version += 1) {
    const existing = await createOrRead(store, versionKey(table, version), body);
    if (existing === undefined) return version;
    if (existing.equals(body) || (releaseOf(existing) ?? 0) >= release) return version;
  }
}

/** @returns what is there already; undefined when it was free */
async function createOrRead(store: Store, key: string, body: Buffer): Promise<Buffer | undefined> {
  try {
    if (await store.create(key, body)) return undefined;
  } catch (error) {
    if (!(error instanceof StoreError) || !error.unsure) throw error;
    const existing = await store.read(key);
    if (existing === undefined) throw error; // it may still be under way
    return existing;
  }
  const existing = await store.read(key);
  if (existing !== undefined) return existing;
  throw new StoreError(
    `${store.locate(key)}: expected a version of the log, because the store says that it ` +
      'exists, found none: run again',
  );
}

/** The keys of the versions of each table, the newest first. */
export async function listVersions(store: Store): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for await (const key of store.keys('objects/')) {
    if (versionOf(key)?.extension !== '.json') continue;
    const table = tableOf(key);
    found.set(table, [key, ...(found.get(table) ?? [])]);
  }
  return found;
}

/**
 * The newest of some versions that belongs to a release of at most this number. @param keys the
 * newest first
 */
export async function newestUpTo(
  store: Store,
  keys: readonly string[],
  release: number,
): Promise<{ readonly version: number; readonly release: number } | undefined> {
  for (const key of keys) {
    const by = releaseOf((await store.read(key)) ?? Buffer.alloc(0));
    if (by !== undefined && by <= release)
      return { version: versionOf(key)?.version ?? 0, release: by };
  }
  return undefined;
}

/** Removes the logs of all tables: they are no Delta tables any more. */
export async function removeLogs(store: Store): Promise<void> {
  const keys: string[] = [];
  for await (const key of store.keys('objects/')) if (isInLog(key)) keys.push(key);
  // the newest first: what is left of a log when this is stopped has no gap
  await together(keys.reverse(), (key) => store.remove(key));
}
