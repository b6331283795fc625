import { MissingObject } from '../errors.js';
import type { FileStore } from './file.js';
import type { Content, Entry, Expected, Store } from './store.js';

/** A store as it is, over which a local folder holds whatever is written: nothing reaches the store itself. */
export class OverlayStore implements Store {
  readonly #store: Store;
  readonly #top: FileStore;

  constructor(store: Store, top: FileStore) {
    this.#store = store;
    this.#top = top;
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

  /** Of the store alone: what is written over it is read by its key. */
  list(prefix: string | readonly string[]): AsyncIterable<Entry> {
    return this.#store.list(prefix);
  }

  async read(key: string): Promise<Buffer | undefined> {
    return (await this.#top.read(key)) ?? this.#store.read(key);
  }

  async fetch(key: string, folder: string, expected?: Expected): Promise<string> {
    try {
      return await this.#top.fetch(key, folder);
    } catch (error) {
      if (error instanceof MissingObject) return this.#store.fetch(key, folder, expected);
      throw error;
    }
  }

  write(key: string, content: Content): Promise<void> {
    return this.#top.write(key, content);
  }

  async create(key: string, content: Buffer): Promise<boolean> {
    return (await this.read(key)) === undefined && this.#top.create(key, content);
  }

  async copy(from: string, to: string): Promise<void> {
    const content = await this.read(from);
    if (content === undefined) throw new MissingObject(`${this.locate(from)}: it is not there`);
    await this.write(to, content);
  }

  /** Takes back what was written over the store; the store's own object stays. */
  remove(key: string): Promise<void> {
    return this.#top.remove(key);
  }

  time(): Promise<Date> {
    return this.#store.time();
  }

  sweep(before: Date): Promise<number> {
    return this.#top.sweep(before);
  }
}
