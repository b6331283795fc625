import { AsyncLocalStorage } from 'node:async_hooks';
import { link, mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileError } from './file_error.js';
import { Slots } from './slots.js';
import type { Content, Expected, Store } from './store.js';
import { WrappedStore } from './wrapped.js';

/** Uploads under way or waiting; a writer that would add to them waits. */
const PENDING = 64;

interface Copy {
  readonly file: string;
  readonly bytes: number;
  /** tasks that may read it, and its upload */
  users: number;
  readonly ready: Promise<void>;
}

const held = new AsyncLocalStorage<Copy[]>();

/** Runs a task: local copies that it fetches stay until it ends, and may be removed afterwards. */
export async function borrowing<T>(task: () => Promise<T>): Promise<T> {
  const copies: Copy[] = [];
  try {
    return await held.run(copies, task);
  } finally {
    for (const copy of copies) copy.users -= 1;
  }
}

/**
 * A remote store whose immutable objects pass through a local folder: what was fetched or written
 * is kept there while it is in use, and beyond that as long as there is room. Files are uploaded in
 * the background; `create`, with which a commit names them, waits until all of them are there.
 */
export class LocalCopies extends WrappedStore {
  readonly #root: string;
  readonly #budget: number;
  /** the one that was used last is last */
  readonly #copies = new Map<string, Copy>();
  readonly #pending = new Set<Promise<void>>();
  /** a race of each writer that waits would take all memory */
  readonly #slots = new Slots(PENDING);
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param root a folder of its own
   * @param budget bytes of copies that are kept though nobody uses them
   */
  constructor(store: Store, root: string, budget: number) {
    super(store);
    this.#root = root;
    this.#budget = budget;
  }

  override get folder(): undefined {
    return undefined; // files are moved into the copies first
  }

  /** What is not known beforehand may change, and is not kept. */
  override async fetch(key: string, folder: string, expected?: Expected): Promise<string> {
    if (expected === undefined) return this.store.fetch(key, folder);
    const copy =
      this.#copies.get(key) ??
      this.#add(key, (file) => this.#bring(key, file, expected), expected.bytes);
    this.#copies.delete(key);
    this.#copies.set(key, copy);
    copy.users += 1;
    held.getStore()?.push(copy);
    try {
      await copy.ready;
    } catch (error) {
      if (this.#copies.get(key) === copy) this.#forget(key, copy);
      throw error;
    }
    await this.#makeRoom();
    return copy.file;
  }

  override async write(key: string, content: Content): Promise<void> {
    if (Buffer.isBuffer(content)) return this.store.write(key, content);
    await this.#slots.take();
    let isSent = false;
    let copy: Copy;
    try {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#copies.has(key)) {
        await rm(content.file, { force: true }); // the same name, so the same content
        return;
      }
      const { size } = await stat(content.file);
      copy = this.#add(key, (file) => move(content.file, file), size);
      copy.users += 1;
      this.#upload(key, copy);
      isSent = true;
    } finally {
      if (!isSent) this.#slots.give();
    }
    await copy.ready;
    await this.#makeRoom();
  }

  /** Waits for the uploads before: what a commit names is there. */
  override async create(key: string, content: Buffer): Promise<boolean> {
    await this.uploaded();
    return this.store.create(key, content);
  }

  /** Waits for the uploads before: what is copied may be one of them. */
  override async copy(from: string, to: string): Promise<void> {
    await this.uploaded();
    return this.store.copy(from, to);
  }

  /** Waits for the uploads before, for someone who reads the store itself. */
  async uploaded(): Promise<void> {
    await this.settle();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Resolves when no upload is under way, whether they succeeded or not. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #upload(key: string, copy: Copy): void {
    const upload = this.#send(key, copy)
      .catch((error) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        copy.users -= 1;
        this.#pending.delete(upload);
        this.#slots.give();
      });
    this.#pending.add(upload);
  }

  #add(key: string, fill: (file: string) => Promise<void>, bytes: number): Copy {
    const file = path.join(this.#root, key);
    const copy = { file, bytes, users: 0, ready: fill(file) };
    this.#copies.set(key, copy);
    this.#bytes += bytes;
    return copy;
  }

  async #bring(key: string, file: string, expected: Expected): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true });
    await move(await this.store.fetch(key, path.dirname(file), expected), file);
  }

  async #send(key: string, copy: Copy): Promise<void> {
    await copy.ready;
    const file = `${copy.file}.upload`;
    await link(copy.file, file); // the store moves the file it is given
    await this.store.write(key, { file });
  }

  /** Removes copies that nobody uses, those that were used long ago first, until the others fit. */
  async #makeRoom(): Promise<void> {
    for (const [key, copy] of this.#copies) {
      if (this.#bytes <= this.#budget) return;
      if (copy.users > 0) continue;
      this.#forget(key, copy);
      await rm(copy.file, { force: true });
    }
  }

  #forget(key: string, copy: Copy): void {
    this.#copies.delete(key);
    this.#bytes -= copy.bytes;
  }
}

async function move(from: string, to: string): Promise<void> {
  try {
    await mkdir(path.dirname(to), { recursive: true });
    await rename(from, to);
  } catch (error) {
    throw fileError('write', to, error);
  }
}
