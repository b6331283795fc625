import { AsyncLocalStorage } from 'node:async_hooks';
import { borrowing } from '../store/cached.js';

/**
 * Tasks under way for each session: while one has it, the other loads what it needs or places what
 * it wrote.
 */
const TASKS_A_SESSION = 2;

/** How many tasks are under way at once. */
export function tasksAtOnce(sessions: readonly unknown[]): number {
  return TASKS_A_SESSION * sessions.length;
}

/**
 * Work that waits for its turn: some is under way at once, and of what waits the first in order is
 * next.
 */
export class Turns {
  #free: number;
  readonly #waiting: Waiting<void>[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Does the work in its turn. @param order of work that waits, the one with the least is next */
  async take<T>(order: number, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await turnIn(this.#waiting, order);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next.begin();
    }
  }
}

/** Work that waits, and how it begins. */
interface Waiting<T> {
  readonly order: number;
  begin(given: T): void;
}

/** Waits behind all whose order is not greater. @returns what it begins with */
function turnIn<T>(waiting: Waiting<T>[], order: number): Promise<T> {
  return new Promise((begin) => {
    const after = waiting.findIndex((other) => other.order > order);
    waiting.splice(after < 0 ? waiting.length : after, 0, { order, begin });
  });
}

/** The sessions of an engine that nobody uses, and who waits for one, the most urgent first. */
interface Pool<S> {
  readonly free: S[];
  readonly waiting: Waiting<S>[];
}

const pools = new WeakMap<readonly unknown[], Pool<unknown>>();
const urgencies = new AsyncLocalStorage<number>();

/**
 * Does work whose waiting for a session is this urgent: a session that becomes free is for the most
 * urgent work that waits, and among equals for what has waited longest.
 */
export function withUrgency<T>(urgency: number, work: () => Promise<T>): Promise<T> {
  return urgencies.run(urgency, work);
}

/**
 * Runs work with a session of its own, as soon as one is free. Work that holds a session must not
 * ask for a second one.
 */
export async function withSession<S, T>(
  sessions: readonly S[],
  work: (session: S) => Promise<T>,
): Promise<T> {
  const pool = (pools.get(sessions) as Pool<S> | undefined) ?? { free: [...sessions], waiting: [] };
  pools.set(sessions, pool as Pool<unknown>);
  const session = pool.free.shift() ?? (await turnIn(pool.waiting, -(urgencies.getStore() ?? 0)));
  try {
    return await work(session);
  } finally {
    const next = pool.waiting.shift();
    if (next === undefined) pool.free.push(session);
    else next.begin(session);
  }
}

/**
 * Does the tasks in order, some more at once than there are sessions, and returns their results in
 * order. After a failure no further task begins; the first failure is thrown when those under way
 * have ended.
 */
export async function eachTask<T, R>(
  sessions: readonly unknown[],
  tasks: readonly T[],
  work: (task: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const failures: unknown[] = [];
  const worker = async () => {
    while (next < tasks.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await borrowing(() => work(tasks[index] as T));
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: tasksAtOnce(sessions) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
