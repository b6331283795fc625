import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DayfoldError, StoreError } from '../../errors.js';
import { type Given, type PlainExport, PlainReader } from './plain.js';
import type { MeaningOf, PlainRules } from './table.js';
import type { Request, Response } from './thread.js';

/**
 * The program of the thread: beside this file where each is compiled on its own, in the folder
 * above where they are bundled.
 */
const PROGRAM = ['./thread.js', '../thread.js']
  .map((name) => fileURLToPath(new URL(name, import.meta.url)))
  .find(existsSync);

/** Reads the plain rows of exports of one table. */
export type Read = (given: Given) => Promise<PlainExport | undefined>;

/**
 * Parses exports beside the engine, in a thread of its own. The sources as they are, which Node
 * cannot run in a thread, parse them in this one.
 */
export class Parser {
  readonly #thread: Worker | undefined = PROGRAM === undefined ? undefined : new Worker(PROGRAM);
  readonly #meanings: MeaningOf[] = [];
  readonly #jobs = new Map<
    number,
    { resolve(plain: PlainExport | undefined): void; reject(error: unknown): void }
  >();
  #last = 0;
  /** why the thread ended */
  #failure: unknown;

  constructor() {
    this.#thread?.on('message', (response: Response) => this.#receive(response));
    this.#thread?.on('error', (error) => this.#fail(error));
  }

  /** A reader of the exports of a table. */
  reader(rules: PlainRules, meaningOf: MeaningOf): Read {
    if (this.#thread === undefined) {
      const own = new PlainReader(rules, meaningOf);
      return (given) => own.read(given);
    }
    const reader = this.#meanings.push(meaningOf) - 1;
    this.#send({ reader, rules });
    return (given) =>
      new Promise((resolve, reject) => {
        if (this.#failure !== undefined) {
          reject(this.#failure);
          return;
        }
        const job = this.#last++;
        this.#jobs.set(job, { resolve, reject });
        this.#send({ job, reader, given });
      });
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }

  #send(request: Request): void {
    this.#thread?.postMessage(request);
  }

  #receive(response: Response): void {
    if ('question' in response) {
      const { question, reader, column, spellings } = response;
      this.#meanings[reader]?.(column, spellings).then(
        (meanings) => this.#send({ question, meanings }),
        (error) => this.#fail(error),
      );
      return;
    }
    const job = this.#jobs.get(response.job);
    this.#jobs.delete(response.job);
    if ('error' in response) job?.reject(restored(response.error));
    else job?.resolve(response.plain);
  }

  /** The thread cannot go on: nor can what waits for it. */
  #fail(error: unknown): void {
    this.#failure = restored(error);
    for (const { reject } of this.#jobs.values()) reject(this.#failure);
    this.#jobs.clear();
  }
}

/**
 * An error of the thread, whose class is lost on the way. All that it foresees is of the disk. One
 * of a question that this thread could not answer has its class still.
 */
function restored(error: unknown): unknown {
  if (error instanceof DayfoldError) return error;
  if (error instanceof Error && error.name === 'StoreError')
    return new StoreError(error.message, { cause: error });
  return error;
}
