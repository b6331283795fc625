import { DataError } from '../errors.js';
import type { Store } from '../store/store.js';
import { together } from '../store/together.js';
import { sha256, short } from './digest.js';
import { Release, type Unread } from './release.js';
import type { Partition } from './schema.js';

/** Where manifests are, and among them those that hold what the listing said of exports. */
export const MANIFESTS = 'manifests/';
export const LISTINGS = `${MANIFESTS}listing/`;

/** Keys of manifests, by table and month. */
export type ManifestKeys = Record<string, Record<string, string>>;

/** The bytes of manifests that are at hand, by key. */
export type Bodies = ReadonlyMap<string, Buffer>;

/** What is written of each partition of some tables. */
interface Contents {
  /** with a slash at its end */
  readonly folder: string;
  readonly tables: readonly string[];
  readonly of: (partition: Partition) => unknown;
}

/** Writes what a release holds: content-addressed objects, one for each table and month. */
export class ManifestWriter {
  readonly #store: Store;
  readonly #release: Release;
  /** how to make the bytes of what was written once more, by key */
  readonly #bodies = new Map<string, () => Buffer>();

  constructor(store: Store, release: Release) {
    this.#store = store;
    this.#release = release;
  }

  /**
   * Writes the partitions. A month that is as in an earlier release has the same name, and is not
   * written again.
   * @param existing keys of the manifests of `last`
   * @param last the release before, by whose partitions it is seen which months are as they were
   */
  async writeManifests(existing: ManifestKeys, last = new Release(0)): Promise<ManifestKeys> {
    const of = ({ table: _, ...partition }: Partition) => partition;
    const tables = this.#release.tables();
    return this.#write({ folder: MANIFESTS, tables, of }, existing, last);
  }

  /** Writes what the listing said of each export, by table and month of the export. */
  async writeListings(
    versions: ReadonlyMap<string, string>,
    existing: ManifestKeys,
  ): Promise<ManifestKeys> {
    const tables = this.#release.tables().filter((name) => name.startsWith('staged/'));
    const of = ({ name }: Partition) => [name, versions.get(name) ?? ''];
    return this.#write({ folder: LISTINGS, tables, of }, existing, new Release(0));
  }

  /** The bytes that were written under a key, or would have been; undefined for another key. */
  body(key: string): Buffer | undefined {
    return this.#bodies.get(key)?.();
  }

  async #write(
    { folder, tables, of }: Contents,
    existing: ManifestKeys,
    last: Release,
  ): Promise<ManifestKeys> {
    const months = tables.flatMap((table) => {
      const before = last.months(table);
      return [...this.#release.months(table)].map(([month, content]) => {
        const key = existing[table]?.[month];
        const body = () =>
          bodyOf(partitionsOf(content).map((partition) => JSON.stringify(of(partition))));
        return { table, month, body, key, isSame: areSame(content, before.get(month)) };
      });
    });
    const written = await together(months, async ({ table, month, body, key, isSame }) => {
      if (key !== undefined && isSame) return key;
      return writeOnce(this.#store, `${folder}${table}/${month}`, body(), key);
    });
    const keys: ManifestKeys = {};
    for (const [i, { table, month, body }] of months.entries()) {
      const key = written[i] as string;
      keys[table] ??= {};
      keys[table][month] = key;
      this.#bodies.set(key, body);
    }
    return keys;
  }
}

type Month = readonly Partition[] | Unread;

function partitionsOf(month: Month): readonly Partition[] {
  return 'read' in month ? month.read() : month;
}

/**
 * Whether these are the very partitions: what was taken over from the last release is the same
 * object.
 */
function areSame(month: Month, last: Month | undefined): boolean {
  if (month === last || last === undefined) return last !== undefined;
  const [partitions, before] = [partitionsOf(month), partitionsOf(last)];
  return (
    partitions.length === before.length &&
    partitions.every((partition, i) => partition === before[i])
  );
}

/** JSON lines as an array. */
export function bodyOf(lines: readonly string[]): Buffer {
  return Buffer.from(`[\n${lines.join(',\n')}\n]\n`);
}

/** Writes bytes under a name made of their hash, unless the key is known to be there. */
export async function writeOnce(
  store: Store,
  folder: string,
  body: Buffer,
  existing: string | undefined,
): Promise<string> {
  const key = `${folder}/${short(sha256(body))}.json`;
  if (key !== existing) await store.write(key, body);
  return key;
}

/**
 * Reads the partitions of each manifest into the release. Of the years that a release has a night
 * looks at few months: in a folder each manifest is read when it is asked for, while of a remote
 * store all are at hand.
 */
export async function readManifests(
  store: Store,
  keys: ManifestKeys,
  release: Release,
  bodies?: Bodies,
): Promise<void> {
  const named = Object.entries(keys).flatMap(([table, months]) =>
    Object.entries(months).map(([month, key]) => ({ table, month, key })),
  );
  await together(named, async ({ table, month, key }) => {
    const body = store.readNow === undefined ? await readBody(store, key, bodies) : undefined;
    const read = () => body ?? checked(store, key, store.readNow?.(key));
    release.addUnread(table, month, unread(table, read));
  });
}

/** What a manifest holds, parsed when somebody asks. */
function unread(table: string, body: () => Buffer): Unread {
  let waiting: (() => Buffer) | undefined = body;
  let parsed: readonly Partition[] = [];
  return {
    read() {
      if (waiting !== undefined)
        parsed = (parse(waiting()) as Omit<Partition, 'table'>[]).map((partition) => ({
          table,
          ...partition,
        }));
      waiting = undefined; // the bytes are not kept beside what they say
      return parsed;
    },
  };
}

/**
 * Reads content-addressed JSON arrays, in their order.
 * @param bodies those whose bytes are at hand
 */
export async function readArrays<T>(
  store: Store,
  keys: readonly string[],
  bodies?: Bodies,
): Promise<T[][]> {
  return together(keys, async (key) => parse(await readBody(store, key, bodies)) as T[]);
}

/** A manifest that a commit names is not there. */
export class MissingManifest extends DataError {
  constructor(
    readonly key: string,
    location: string,
  ) {
    super(
      `${location}: the release names this manifest, but it is gone: restore it from a ` +
        'backup, or let run-job repair build it again',
    );
  }
}

/** Whether a key is that of these bytes. */
export function isNamed(key: string, body: Buffer): boolean {
  return key.endsWith(`/${short(sha256(body))}.json`);
}

/** Reads a content-addressed JSON array, and checks it against its name. */
async function readBody(store: Store, key: string, bodies?: Bodies): Promise<Buffer> {
  return checked(store, key, bodies?.get(key) ?? (await store.read(key)));
}

function checked(store: Store, key: string, body: Buffer | undefined): Buffer {
  if (body === undefined) throw new MissingManifest(key, store.locate(key));
  if (!isNamed(key, body)) {
    throw new DataError(
      `${store.locate(key)}: expected the content its name is the hash of, found ` +
        `${short(sha256(body))}: it was changed by hand or torn; restore it from a backup, or ` +
        'let run-job repair build it again',
    );
  }
  return body;
}

function parse(body: Buffer): unknown {
  return JSON.parse(body.toString('utf8'));
}
