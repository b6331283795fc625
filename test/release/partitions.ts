import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach } from 'vitest';
import { writeCommit } from '../../src/release/commit.js';
import { type ManifestKeys, ManifestWriter } from '../../src/release/manifest.js';
import { Release } from '../../src/release/release.js';
import type { Commit, Partition } from '../../src/release/schema.js';
import { FileStore } from '../../src/store/folder.js';
import type { Content, Store } from '../../src/store/store.js';
import { WrappedStore } from '../../src/store/wrapped.js';

/** A partition of one object whose key says what it holds; `change` sets anything else. */
export function partition(
  table: string,
  name: string,
  content: string,
  change: Partial<Partition> = {},
): Partition {
  return {
    table,
    name,
    date: name,
    fingerprint: `fingerprint of ${content}`,
    digest: `digest of ${content}`,
    inputs: {},
    objects: [{ key: `objects/${content}`, bytes: content.length, sha256: content, rows: 1 }],
    ...change,
  };
}

/** A release of these partitions. */
export function releaseOf(number: number, partitions: readonly Partition[]): Release {
  const release = new Release(number);
  for (const each of partitions) release.add(each);
  return release;
}

export function commitOf(
  number: number,
  writer: string,
  manifests: ManifestKeys = {},
  listings: ManifestKeys = {},
): Commit {
  return {
    format: 1,
    envelope: {
      write_id: writer,
      run: `run of ${writer}`,
      created_at: '2026-11-21',
      program: 'test',
      listings,
    },
    release: { number, time_zone: 'UTC', manifests, ledger: [], checks: [] },
  };
}

/** Makes a release live. */
export async function publishRelease(
  store: Store,
  release: Release,
  versions: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const writer = new ManifestWriter(store, release);
  const manifests = await writer.writeManifests({});
  const listings = await writer.writeListings(versions, {});
  await writeCommit(store, commitOf(release.number, 'a', manifests, listings));
}

/** An empty store for each test. */
export function useStore(): () => FileStore {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(`${tmpdir()}/dayfold-release-`);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return () => new FileStore(folder);
}

export async function keysOf(store: Store, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

type Change = 'write' | 'create' | 'copy' | 'remove';

/**
 * A store that calls `before` ahead of each change of another, with its kind and key; what that
 * throws is thrown.
 */
export class WatchedStore extends WrappedStore {
  readonly #before: (change: Change, key: string) => void;

  constructor(store: Store, before: (change: Change, key: string) => void) {
    super(store);
    this.#before = before;
  }

  override async write(key: string, content: Content): Promise<void> {
    this.#before('write', key);
    return super.write(key, content);
  }

  override async create(key: string, content: Buffer): Promise<boolean> {
    this.#before('create', key);
    return super.create(key, content);
  }

  override async copy(from: string, to: string): Promise<void> {
    this.#before('copy', to);
    return super.copy(from, to);
  }

  override async remove(key: string): Promise<void> {
    this.#before('remove', key);
    return super.remove(key);
  }
}
