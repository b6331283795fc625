import { StoreError } from '../../src/errors.js';
import type { Content, Entry, Store } from '../../src/store/store.js';

/** Numbers from 0 up to 1 that follow from a seed. */
export function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Object storage in memory. */
export class MemoryStore implements Store {
  readonly url = 'memory';
  readonly folder = undefined;
  readonly requests = new Map<string, number>();
  readonly #objects = new Map<string, { content: Buffer; version: number; modified: Date }>();
  #version = 0;

  locate(key: string): string {
    return key;
  }

  async *list(prefix: string | readonly string[]): AsyncIterable<Entry> {
    const prefixes = [prefix].flat();
    const keys = [...this.#objects.keys()].filter((key) =>
      prefixes.some((each) => key.startsWith(each)),
    );
    const found = keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const key of found) {
      const object = this.#objects.get(key);
      if (object === undefined) continue;
      const { content, version, modified } = object;
      yield { key, bytes: content.length, version: String(version), modified };
    }
  }

  async *keys(prefix: string | readonly string[]): AsyncIterable<string> {
    for await (const { key } of this.list(prefix)) yield key;
  }

  async read(key: string): Promise<Buffer | undefined> {
    return this.#objects.get(key)?.content;
  }

  async fetch(key: string): Promise<string> {
    throw new StoreError(`${key}: memory has no files`);
  }

  async write(key: string, content: Content): Promise<void> {
    if (!Buffer.isBuffer(content)) throw new StoreError(`${key}: memory takes no files`);
    this.#objects.set(key, { content, version: ++this.#version, modified: new Date() });
  }

  async create(key: string, content: Buffer): Promise<boolean> {
    if (this.#objects.has(key)) return false;
    await this.write(key, content);
    return true;
  }

  async copy(from: string, to: string): Promise<void> {
    const object = this.#objects.get(from);
    if (object === undefined)
      throw new StoreError(`Could not copy ${from} to ${to}: there is no such object`);
    await this.write(to, object.content);
  }

  async remove(key: string): Promise<void> {
    this.#objects.delete(key);
  }

  async time(): Promise<Date> {
    return new Date();
  }

  async sweep(): Promise<number> {
    return 0;
  }
}

/** What may become of a call: it is done; or it is, or is not, and the answer is lost. */
type Answer = 'done' | 'answer lost' | 'lost';

/**
 * Lets the store calls of several runs through one at a time, in an order that follows from a seed.
 */
export class Scheduler {
  readonly #random: () => number;
  readonly #harm: number;
  readonly #weights = new Map<string, number>();
  readonly #waiting: { readonly run: string; readonly go: (answer: Answer) => void }[] = [];
  #running = 0;

  /** @param harm how many of the calls that change something lose their answer, from 0 to 1 */
  constructor(seed: number, harm: number) {
    this.#random = randomOf(seed);
    this.#harm = harm;
  }

  /**
   * Starts the runs and ends with them. Some are much slower than others, as if they were paused
   * again and again.
   */
  async run<T>(
    runs: readonly string[],
    work: (run: string) => Promise<T>,
  ): Promise<Map<string, T>> {
    this.#running = runs.length;
    const results = new Map<string, T>();
    const all = runs.map(async (run) => {
      this.#weights.set(run, 10 ** (-3 * this.#random()));
      try {
        results.set(run, await work(run));
      } finally {
        this.#running -= 1;
      }
    });
    while (this.#running > 0) {
      await new Promise((resolve) => setImmediate(resolve)); // until all of them wait for their turn, or have ended
      this.#next();
    }
    await Promise.all(all);
    return results;
  }

  #next(): void {
    const weight = ({ run }: { run: string }) => this.#weights.get(run) ?? 1;
    let left = this.#random() * this.#waiting.reduce((sum, each) => sum + weight(each), 0);
    const at = this.#waiting.findIndex((each) => {
      left -= weight(each);
      return left <= 0;
    });
    const [chosen] = this.#waiting.splice(Math.max(at, 0), 1);
    const isHarmed = this.#random() < this.#harm;
    chosen?.go(isHarmed ? (this.#random() < 0.5 ? 'answer lost' : 'lost') : 'done');
  }

  /** The store as one run sees it. */
  storeOf(run: string, store: Store): Store {
    const turn = () => new Promise<Answer>((go) => this.#waiting.push({ run, go }));
    const lost = (key: string) => new StoreError(`${key}: the answer was lost`, { unsure: true });
    const change = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
      const answer = await turn();
      if (answer === 'lost') throw lost(key);
      const result = await work();
      if (answer === 'answer lost') throw lost(key);
      return result;
    };
    return {
      url: store.url,
      folder: undefined,
      requests: store.requests,
      locate: (key) => key,
      list: async function* (prefix) {
        await turn();
        yield* store.list(prefix);
      },
      keys: async function* (prefix) {
        await turn();
        yield* store.keys(prefix);
      },
      read: async (key) => {
        await turn();
        return store.read(key);
      },
      fetch: (key, folder) => store.fetch(key, folder),
      write: (key, content) => change(key, () => store.write(key, content)),
      create: (key, content) => change(key, () => store.create(key, content)),
      copy: (from, to) => change(to, () => store.copy(from, to)),
      remove: (key) => change(key, () => store.remove(key)),
      time: () => store.time(),
      sweep: (before) => store.sweep(before),
    };
  }
}
