import type { Content, Entry, Expected, Store } from './store.js';

/** A store that hands every call on to another; subclasses change what they are about. */
export class WrappedStore implements Store {
  protected readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  get url(): string {
    return this.store.url;
  }

  get folder(): string | undefined {
    return this.store.folder;
  }

  get requests(): ReadonlyMap<string, number> {
    return this.store.requests;
  }

  locate(key: string): string {
    return this.store.locate(key);
  }

  list(prefix: string | readonly string[]): AsyncIterable<Entry> {
    return this.store.list(prefix);
  }

  keys(prefix: string | readonly string[], use?: { isCleaning: boolean }): AsyncIterable<string> {
    return this.store.keys(prefix, use);
  }

  async read(key: string): Promise<Buffer | undefined> {
    return this.store.read(key);
  }

  async fetch(key: string, folder: string, expected?: Expected): Promise<string> {
    return this.store.fetch(key, folder, expected);
  }

  async write(key: string, content: Content): Promise<void> {
    return this.store.write(key, content);
  }

  async create(key: string, content: Buffer): Promise<boolean> {
    return this.store.create(key, content);
  }

  async copy(from: string, to: string): Promise<void> {
    return this.store.copy(from, to);
  }

  async remove(key: string): Promise<void> {
    return this.store.remove(key);
  }

  async time(): Promise<Date> {
    return this.store.time();
  }

  async sweep(before: Date): Promise<number> {
    return this.store.sweep(before);
  }
}
