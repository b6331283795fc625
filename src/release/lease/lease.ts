import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { ConflictError, messageOf } from '../../errors.js';
import type { Log } from '../../log.js';
import type { Entry, Store } from '../../store/store.js';
import { isRunning } from './alive.js';

const KEY = '_lease.json';

const schema = z.object({
  id: z.string(),
  run: z.string(),
  host: z.string(),
  pid: z.number(),
  since: z.string(),
  /** how far the run is */
  at: z.string(),
});
type Holder = z.infer<typeof schema>;

/** What to do when another run is at work: fail, wait until it has ended, or go on all the same. */
export type OnRival = 'refuse' | 'wait' | 'takeover';

/** Times in milliseconds. */
export interface LeaseTimes {
  /** a lease that was not renewed for so long is nobody's any more, by the store's clock */
  readonly expiry: number;
  readonly renewal: number;
  /** between two looks at another's lease */
  readonly look: number;
}

const TIMES: LeaseTimes = { expiry: 5 * 60_000, renewal: 60_000, look: 5_000 };

/**
 * Tells other runs that one is at work, so that they do not do the same work. It protects nothing:
 * a run that was paused past its lease goes on, and the commit alone decides which of two releases
 * is live.
 */
export class Lease {
  /** whether it was taken from a run that may be alive */
  readonly isTakenOver: boolean;
  readonly #store: Store;
  readonly #log: Log;
  readonly #holder: Holder;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();

  private constructor(store: Store, log: Log, holder: Holder, isTakenOver: boolean) {
    this.#store = store;
    this.#log = log;
    this.#holder = holder;
    this.isTakenOver = isTakenOver;
  }

  /**
   * Takes the lease of a store.
   * @throws ConflictError when another run holds it and `onRival` is refuse
   */
  static async take(
    store: Store,
    run: string,
    {
      onRival,
      log,
      times = TIMES,
    }: { readonly onRival: OnRival; readonly log: Log; readonly times?: LeaseTimes },
  ): Promise<Lease> {
    const since = new Date().toISOString();
    const holder: Holder = {
      id: randomUUID(),
      run,
      host: os.hostname(),
      pid: process.pid,
      since,
      at: 'start',
    };
    for (let told = ''; ; ) {
      if (await createOwn(store, holder))
        return new Lease(store, log, holder, false).#renewEvery(times.renewal);
      const other = await readHolder(store);
      const entry = await entryOf(store);
      if (entry === undefined) continue; // released meanwhile
      const left = entry.modified.getTime() + times.expiry - (await store.time()).getTime();
      const isOver = other === undefined || left <= 0 || isDead(other);
      if (isOver || onRival === 'takeover') {
        await store.write(KEY, bodyOf(holder));
        return new Lease(store, log, holder, !isOver).#renewEvery(times.renewal);
      }
      if (onRival === 'refuse') {
        throw new ConflictError(
          `${store.url}: expected no other run, found that ${describe(other)}. Nothing was ` +
            'done: wait for it with --wait, or take its lease with --takeover, after which ' +
            'only one of the two can publish. If it is dead, its lease ends in ' +
            `${Math.ceil(left / 1000)} s`,
        );
      }
      if (told !== other.id) log.info(`waiting: ${describe(other)}`);
      told = other.id;
      await delay(times.look);
    }
  }

  /** Notes how far the run is; others see it when the lease is renewed. */
  note(at: string): void {
    this.#holder.at = at;
  }

  /**
   * Ends the lease, if it is still this run's. It never fails: a lease that cannot be removed ends
   * by itself.
   */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    try {
      const holder = await readHolder(this.#store).catch(() => this.#holder);
      if (holder?.id === this.#holder.id) await this.#store.remove(KEY);
    } catch (error) {
      this.#log.warn(`the lease could not be removed, and ends by itself: ${messageOf(error)}`);
    }
  }

  #renewEvery(milliseconds: number): this {
    this.#timer = setInterval(() => {
      this.#renewing = this.#renew();
    }, milliseconds).unref();
    return this;
  }

  async #renew(): Promise<void> {
    try {
      const holder = await readHolder(this.#store);
      if (holder !== undefined && holder.id !== this.#holder.id) {
        clearInterval(this.#timer);
        this.#log.warn(`${describe(holder)}, and took the lease: of the two only one can publish`);
        return;
      }
      await this.#store.write(KEY, bodyOf(this.#holder));
    } catch (error) {
      this.#log.warn(`the lease could not be renewed: ${messageOf(error)}`);
    }
  }
}

function describe({ run, host, pid, since, at }: Holder): string {
  return `another run (${run}, process ${pid} on ${host}) is at work since ${since}, now at ${at}`;
}

function bodyOf(holder: Holder): Buffer {
  return Buffer.from(`${JSON.stringify(holder, null, 1)}\n`);
}

/** A creation whose answer is lost has succeeded if the lease is this run's. */
async function createOwn(store: Store, holder: Holder): Promise<boolean> {
  try {
    return await store.create(KEY, bodyOf(holder));
  } catch (error) {
    const existing = await readHolder(store).catch(() => undefined);
    if (existing?.id === holder.id) return true;
    throw error;
  }
}

/** Who holds the lease; undefined when nobody does, or what is there is no lease. */
async function readHolder(store: Store): Promise<Holder | undefined> {
  const body = await store.read(KEY);
  try {
    return schema.parse(JSON.parse(String(body)));
  } catch {
    return undefined;
  }
}

async function entryOf(store: Store): Promise<Entry | undefined> {
  for await (const entry of store.list(KEY)) if (entry.key === KEY) return entry;
  return undefined;
}

/**
 * Of another machine one cannot tell. A holder with our own id that is older than this process was
 * another one.
 */
function isDead({ host, pid, since }: Holder): boolean {
  if (host !== os.hostname()) return false;
  return pid === process.pid
    ? Date.parse(since) < Date.now() - process.uptime() * 1000
    : !isRunning(pid);
}
