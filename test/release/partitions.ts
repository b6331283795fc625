import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach } from 'vitest';
import type { Partition } from '../../src/release/release.js';
import { Release } from '../../src/release/release.js';
import { FileStore } from '../../src/store/file.js';
import type { Content, Entry, Store } from '../../src/store/store.js';

/** A partition of one object whose key says what it holds; `change` sets anything else. */
export function partition(table: string, name: string, content: string, change: Partial<Partition> = {}): Partition {
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

/** A store that calls `before` ahead of each change of another, with its kind and key; what that throws is thrown. */
export class WatchedStore implements Store {
  readonly #store: Store;
  readonly #before: (change: Change, key: string) => void;

  constructor(store: Store, before: (change: Change, key: string) => void) {
    this.#store = store;
    this.#before = before;
  }

  get url(): string {
    return this.#store.url;
  }

  get folder(): string | undefined {
    return this.#store.folder;
  }

  get requests(): ReadonlyMap<string, number> {
    return this.#store.requests;
  }

  locate(key: string): string {
    return this.#store.locate(key);
  }

  list(prefix: string | readonly string[]): AsyncIterable<Entry> {
    return this.#store.list(prefix);
  }

  read(key: string): Promise<Buffer | undefined> {
    return this.#store.read(key);
  }

  fetch(key: string, folder: string): Promise<string> {
    return this.#store.fetch(key, folder);
  }

  time(): Promise<Date> {
    return this.#store.time();
  }

  sweep(before: Date): Promise<number> {
    return this.#store.sweep(before);
  }

  async write(key: string, content: Content): Promise<void> {
    this.#before('write', key);
    return this.#store.write(key, content);
  }

  async create(key: string, content: Buffer): Promise<boolean> {
    this.#before('create', key);
    return this.#store.create(key, content);
  }

  async copy(from: string, to: string): Promise<void> {
    this.#before('copy', to);
    return this.#store.copy(from, to);
  }

  async remove(key: string): Promise<void> {
    this.#before('remove', key);
    return this.#store.remove(key);
  }
}
