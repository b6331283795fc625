import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Night, Progress } from '../build/night.js';
import type { Config } from '../config/config.js';
import { loadJobs } from '../config/jobs.js';
import type { openDuckdb } from '../engine/duckdb/open.js';
import type { Log } from '../log.js';
import { LocalCopies } from '../store/cached.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import { bytesOf, makeScratch } from './scratch.js';

export interface ToolOptions {
  readonly config: Config;
  readonly log: Log;
  readonly progress: Progress;
  /** stops the run at its next step, and the statements under way */
  readonly signal?: AbortSignal;
  /** stores and engine in place of those the configuration names */
  readonly exports?: Store;
  readonly output?: Store;
  readonly openEngine?: typeof openDuckdb;
  /** folders of contracts and models, in place of the built-in one and those the configuration names */
  readonly jobs?: readonly string[];
}

/** Where a run reads and writes, and what it is to compute. */
export type Setup = Pick<Night, 'sources' | 'models' | 'exports' | 'output'>;

/** What a run works with, before it knows what there is to do. */
export type Tools = Setup & Pick<Night, 'config' | 'engine' | 'scratch' | 'log' | 'progress'>;

/** Opens the stores, and reads contracts and models. */
export async function setUp(options: ToolOptions): Promise<Setup> {
  const { config, signal } = options;
  const exports = options.exports ?? (await openStore(config.exports, config.base, signal));
  const output = options.output ?? (await openStore(config.output, config.base, signal));
  return { exports, output, ...(await loadJobs(config, options.jobs)) };
}

/** Opens all else that a run works with, and closes it whatever happens. */
export async function withTools<T>(
  options: ToolOptions,
  { exports, output, sources, models }: Setup,
  run: string,
  work: (tools: Tools) => Promise<T>,
): Promise<T> {
  const { config, progress, signal } = options;
  const { openDuckdb } = await import('../engine/duckdb/open.js'); // takes long to load, and nights with nothing new do without
  const scratch = await makeScratch(config, output, run);
  const copies = new LocalCopies(output, path.join(scratch, 'copies'), bytesOf(config.engine.scratch_limit));
  try {
    const engine = await (options.openEngine ?? openDuckdb)({
      threads: config.engine.threads ?? os.availableParallelism(),
      memoryLimit: config.engine.memory_limit,
      scratch,
      readable: [exports.folder, output.folder].filter((folder) => folder !== undefined),
    });
    const interrupt = () => engine.interrupt();
    signal?.addEventListener('abort', interrupt);
    try {
      const store = output.folder === undefined ? copies : output;
      const log = options.log.child({ run });
      return await work({ config, sources, models, exports, output: store, engine, scratch, log, progress });
    } finally {
      signal?.removeEventListener('abort', interrupt);
      progress.done();
      engine.close();
    }
  } finally {
    await copies.settle();
    await rm(scratch, { recursive: true, force: true });
  }
}
