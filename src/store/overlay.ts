import { MissingObject } from '../errors.js';
import type { FileStore } from './folder.js';
import type { Content, Expected, Store } from './store.js';
import { WrappedStore } from './wrapped.js';

/**
 * A store as it is, over which a local folder holds whatever is written: nothing reaches the store
 * itself. Listings are of the store alone: what is written over it is read by its key.
 */
export class OverlayStore extends WrappedStore {
  readonly #top: FileStore;

  constructor(store: Store, top: FileStore) {
    super(store);
    this.#top = top;
  }

  override async read(key: string): Promise<Buffer | undefined> {
    return (await this.#top.read(key)) ?? this.store.read(key);
  }

  override async fetch(key: string, folder: string, expected?: Expected): Promise<string> {
    try {
      return await this.#top.fetch(key, folder);
    } catch (error) {
      if (error instanceof MissingObject) return this.store.fetch(key, folder, expected);
      throw error;
    }
  }

  override async write(key: string, content: Content): Promise<void> {
    return this.#top.write(key, content);
  }

  override async create(key: string, content: Buffer): Promise<boolean> {
    return (await this.read(key)) === undefined && this.#top.create(key, content);
  }

  override async copy(from: string, to: string): Promise<void> {
    const content = await this.read(from);
    if (content === undefined)
      throw new MissingObject(`${this.locate(from)}: expected an object, found none`);
    await this.write(to, content);
  }

  /** Takes back what was written over the store; the store's own object stays. */
  override async remove(key: string): Promise<void> {
    return this.#top.remove(key);
  }

  override async sweep(before: Date): Promise<number> {
    return this.#top.sweep(before);
  }
}
