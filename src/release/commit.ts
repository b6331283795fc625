import {
  ConfigError,
  ConflictError,
  DataError,
  messageOf,
  StoreError,
  UnknownOutcome,
} from '../errors.js';
import type { Store } from '../store/store.js';
import { readBundles } from './bundle.js';
import { MissingManifest, readArrays, readManifests } from './manifest.js';
import { Release } from './release.js';
import { type Commit, commitSchema } from './schema.js';

const FOLDER = '_commits/';
/** Anything else that somebody left in the folder is no commit. */
const COMMIT = /^_commits\/(\d{12})\.json$/;

/** The release that is live, and the commit that made it so. */
export interface Live {
  readonly release: Release;
  readonly commit: Commit | undefined;
}

/**
 * What a run builds on whose release is other than the live one: something was taken out of it, or
 * marked as stale. No commit stands for that release, so that the run reuses no manifest, which
 * would bring back what was taken out, and publishes even if all else is as it was.
 */
export function changedFrom(release: Release): Live {
  return { release, commit: undefined };
}

/** Where the commit of a release is. */
export function commitKey(number: number): string {
  return `${FOLDER}${String(number).padStart(12, '0')}.json`;
}

/** The numbers of all releases that were ever published, ascending. */
export async function releaseNumbers(store: Store): Promise<number[]> {
  const numbers: number[] = [];
  for await (const key of store.keys(FOLDER)) {
    const number = COMMIT.exec(key)?.[1];
    if (number !== undefined) numbers.push(Number(number));
  }
  return numbers;
}

/** Reads the newest release; an empty one with number 0 when nothing was published yet. */
export async function readLive(store: Store): Promise<Live> {
  return readCommitted(store, await readNewest(store));
}

/** The commit of the newest release, if there is one. */
export async function readNewest(store: Store): Promise<Commit | undefined> {
  const newest = (await releaseNumbers(store)).at(-1);
  return newest === undefined ? undefined : readCommit(store, newest);
}

/**
 * Reads a release by its number, or the newest one as `latest`.
 * @throws ConfigError when none of that number was published; DataError when it was, but is no
 * longer kept
 */
export async function readRelease(store: Store, name: string): Promise<Live> {
  const numbers = await releaseNumbers(store);
  const number = name === 'latest' ? numbers.at(-1) : Number(name);
  if (number === undefined || !numbers.includes(number)) {
    const found =
      numbers.length === 0 ? 'none: run-job nightly makes the first one' : `1 to ${numbers.at(-1)}`;
    throw new ConfigError(
      `release ${name}: expected latest, or a number of those in ${store.url}, found ${found}`,
    );
  }
  try {
    return await readWhole(store, number);
  } catch (error) {
    if (!(error instanceof MissingManifest) || number === numbers.at(-1)) throw error;
    throw new DataError(
      `release ${number}: expected a release that is kept, found one whose objects run-job ` +
        `gc removed (${error.key}): name a newer one; retention.keep_releases says how many ` +
        'stay readable',
      { cause: error },
    );
  }
}

/** Reads all of a release that may not be kept any more. @throws MissingManifest when it is not */
export async function readWhole(store: Store, number: number): Promise<Live> {
  const live = await readCommitted(store, await readCommit(store, number));
  live.release.readAll();
  return live;
}

/**
 * The dates that a table has partitions of, in the release of a commit; reads the manifests of this
 * table alone.
 */
export async function readDates(
  store: Store,
  commit: Commit | undefined,
  table: string,
): Promise<string[]> {
  const release = new Release(commit?.release.number ?? 0);
  await readManifests(store, { [table]: commit?.release.manifests[table] ?? {} }, release);
  return release.of(table).map(({ date }) => date);
}

/** The date of the newest export of each table, by table. Reads one manifest of each. */
export async function readNewestExports(store: Store, { release: { number, manifests } }: Commit) {
  const tables = Object.keys(manifests).filter((table) => table.startsWith('staged/'));
  const newest = tables.map((table): [string, Record<string, string>] => {
    const months = manifests[table] ?? {};
    return [table, Object.fromEntries(Object.entries(months).sort().slice(-1))];
  });
  const release = new Release(number);
  await readManifests(store, Object.fromEntries(newest), release);
  return new Map(
    tables.flatMap((table): [string, string][] => {
      const date = release
        .of(table)
        .map((partition) => partition.date)
        .sort()
        .at(-1);
      return date === undefined ? [] : [[table.slice('staged/'.length), date]];
    }),
  );
}

/**
 * Reads the release of a commit; an empty one with number 0 when there is none. A manifest is
 * checked when it is read, and of a folder that is when somebody asks for its month.
 */
export async function readCommitted(store: Store, commit: Commit | undefined): Promise<Live> {
  if (commit === undefined) return { release: new Release(0), commit };
  // a folder answers each read at once
  const bodies = store.folder === undefined ? await readBundles(store, commit) : undefined;
  const listing = new Map<string, string>();
  const listings = Object.values(commit.envelope.listings).flatMap((months) =>
    Object.values(months),
  );
  for (const entries of await readArrays<[string, string]>(store, listings, bodies)) {
    for (const [name, version] of entries) listing.set(name, version);
  }
  const release = new Release(commit.release.number, listing, commit.envelope.night);
  await readManifests(store, commit.release.manifests, release, bodies);
  return { release, commit };
}

/**
 * Reads the commit of a release, and nothing that it names.
 * @throws DataError when it is not what was published under this number
 */
export async function readCommit(store: Store, number: number): Promise<Commit> {
  const key = commitKey(number);
  const body = await store.read(key);
  const parsed = commitSchema.safeParse(parseJson(body));
  if (!parsed.success || parsed.data.release.number !== number) {
    throw new DataError(
      `${store.locate(key)}: expected a commit of this program, found something else: it was ` +
        'changed by hand or torn; restore it from a backup, or let run-job repair build on ' +
        'what is there',
    );
  }
  return parsed.data;
}

function parseJson(body: Buffer | undefined): unknown {
  try {
    return body && JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Makes a release live. This is the commit point: everything it names is already stored, and
 * creating this one object decides. A create whose answer is lost is settled by reading back whose
 * write id is there.
 * @throws ConflictError when another run published this number first
 * @throws UnknownOutcome when it is not known whether the commit is there, or yet will be:
 * nothing may be cleaned up then
 */
export async function writeCommit(store: Store, commit: Commit): Promise<void> {
  const key = commitKey(commit.release.number);
  let failure: unknown;
  try {
    if (await store.create(key, Buffer.from(`${JSON.stringify(commit, null, 1)}\n`))) return;
  } catch (error) {
    failure = error;
  }
  const existing = await readExisting(store, commit.release.number, failure);
  if (existing?.envelope.write_id === commit.envelope.write_id) return;
  if (existing !== undefined) {
    throw new ConflictError(
      `Another run (${existing.envelope.run}) published release ${commit.release.number} ` +
        'first: nothing of this run is live; run again to build on that release',
    );
  }
  // it may still be under way
  if (failure instanceof StoreError && failure.unsure) throw unknown(store, key, failure);
  throw (
    failure ??
    new StoreError(
      `${store.locate(key)}: expected the commit, because the store says that it exists, ` +
        'found none: run again',
    )
  );
}

async function readExisting(
  store: Store,
  number: number,
  failure: unknown,
): Promise<Commit | undefined> {
  const key = commitKey(number);
  try {
    return (await store.read(key)) === undefined ? undefined : await readCommit(store, number);
  } catch (error) {
    throw unknown(store, key, failure ?? error);
  }
}

function unknown(store: Store, key: string, cause: unknown): UnknownOutcome {
  return new UnknownOutcome(
    `${store.locate(key)}: unknown whether this release was published (${messageOf(cause)}): ` +
      'nothing was cleaned up; the next run settles it',
    { cause, unsure: true },
  );
}
