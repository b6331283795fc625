import * as z from 'zod';
import { ConflictError, DataError, messageOf, StoreError } from '../errors.js';
import type { Store } from '../store/store.js';
import { together } from '../store/together.js';
import { type ManifestKeys, readArray, readManifests, writeByMonth } from './manifest.js';
import { Release } from './release.js';

const FOLDER = '_commits/';
/** Anything else that somebody left in the folder is no commit. */
const COMMIT = /^_commits\/\d{12}\.json$/;

const keysByMonth = z.record(z.string(), z.record(z.string(), z.string()));
const commitSchema = z.object({
  format: z.literal(1),
  /** what differs from run to run though the content is the same */
  envelope: z.object({
    write_id: z.string(),
    run: z.string(),
    created_at: z.string(),
    program: z.string(),
    /** what the listing said of the exports: saves reading them again */
    listings: keysByMonth,
    /** of a run that ended with this release: what decided its content, what to say of it, and its partitions */
    night: z.object({ inputs: z.string(), notes: z.array(z.string()), partitions: z.int() }).optional(),
  }),
  release: z.object({
    number: z.int().min(1),
    time_zone: z.string(),
    /** the manifests, by table and month */
    manifests: keysByMonth,
    /** the totals of each table */
    ledger: z.array(z.unknown()),
  }),
});
export type Commit = z.infer<typeof commitSchema>;

/** The release that is live, and the commit that made it so. */
export interface Live {
  readonly release: Release;
  readonly commit: Commit | undefined;
}

function commitKey(number: number): string {
  return `${FOLDER}${String(number).padStart(12, '0')}.json`;
}

/** Reads the newest release; an empty one with number 0 when nothing was published yet. */
export async function readLive(store: Store): Promise<Live> {
  return readRelease(store, await readNewest(store));
}

/** The commit of the newest release, if there is one. */
export async function readNewest(store: Store): Promise<Commit | undefined> {
  let newest: string | undefined;
  for await (const { key } of store.list(FOLDER)) if (COMMIT.test(key)) newest = key;
  return newest === undefined ? undefined : readCommit(store, newest);
}

/** Reads the release of a commit: all that it names. */
export async function readRelease(store: Store, commit: Commit | undefined): Promise<Live> {
  if (commit === undefined) return { release: new Release(0), commit };
  const listing = new Map<string, string>();
  const listings = Object.values(commit.envelope.listings).flatMap((months) => Object.values(months));
  for (const lines of await together(listings, (key) => readArray<[string, string]>(store, key))) {
    for (const [name, version] of lines) listing.set(name, version);
  }
  const release = new Release(commit.release.number, listing);
  await readManifests(store, commit.release.manifests, release);
  return { release, commit };
}

async function readCommit(store: Store, key: string): Promise<Commit> {
  const body = await store.read(key);
  const parsed = commitSchema.safeParse(parseJson(body));
  if (!parsed.success || commitKey(parsed.data.release.number) !== key) {
    throw new DataError(
      `${store.locate(key)}: expected a commit of this program, found something else: it was changed by hand or torn; restore it from a backup`,
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

/** Writes what the listing said of each export, by table and month of the export. */
export async function writeListings(
  store: Store,
  release: Release,
  versions: ReadonlyMap<string, string>,
  existing: ManifestKeys,
): Promise<ManifestKeys> {
  const tables = release.tables().filter((name) => name.startsWith('staged/'));
  return writeByMonth(store, release, tables, 'listing/', ({ name }) => [name, versions.get(name) ?? ''], existing);
}

/**
 * Makes a release live. This is the commit point: everything it names is already stored, and creating this one
 * object decides. A create whose answer is lost is settled by reading back whose write id stands there.
 * @throws ConflictError when another run published this number first
 * @throws StoreError when it cannot be told whether the commit is there, or yet will be: nothing may be cleaned up then
 */
export async function writeCommit(store: Store, commit: Commit): Promise<void> {
  const key = commitKey(commit.release.number);
  let failure: unknown;
  try {
    if (await store.create(key, Buffer.from(`${JSON.stringify(commit, null, 1)}\n`))) return;
  } catch (error) {
    failure = error;
  }
  const standing = await readStanding(store, key, failure);
  if (standing?.envelope.write_id === commit.envelope.write_id) return;
  if (standing !== undefined) {
    throw new ConflictError(
      `Another run (${standing.envelope.run}) published release ${commit.release.number} first: nothing of this run is live; run again to build on that release`,
    );
  }
  if (failure instanceof StoreError && failure.unsure) throw unknown(store, key, failure); // it may still be under way
  throw failure ?? new StoreError(`${store.locate(key)}: the store says it exists, but it cannot be read: run again`);
}

async function readStanding(store: Store, key: string, failure: unknown): Promise<Commit | undefined> {
  try {
    return (await store.read(key)) === undefined ? undefined : await readCommit(store, key);
  } catch (error) {
    throw unknown(store, key, failure ?? error);
  }
}

function unknown(store: Store, key: string, cause: unknown): StoreError {
  return new StoreError(
    `${store.locate(key)}: unknown whether this release was published (${messageOf(cause)}): nothing was cleaned up; the next run settles it`,
    { cause, unsure: true },
  );
}
