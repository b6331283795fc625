import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Night, Progress } from '../build/night.js';
import { SharedFiles } from '../build/shared_files.js';
import type { Config } from '../config/config.js';
import { loadJobs } from '../config/jobs.js';
import { numbersOf, stepsOf } from '../config/settings.js';
import type { openDuckdb } from '../engine/duckdb/open.js';
import type { JobEngine } from '../engine/job.js';
import type { SparkJobs, SparkOptions } from '../engine/spark/jobs.js';
import type { Log } from '../log.js';
import { LocalCopies } from '../store/cached.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import type { Outcome } from './outcome.js';
import { bytesOf, makeScratch } from './scratch.js';

/** Where a cluster writes before the worker has looked at it. */
export const ATTEMPTS = 'attempts/';

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
  /**
   * folders of contracts and models, in place of the built-in one and those the configuration names
   */
  readonly jobs?: readonly string[];
}

/** Where a run reads and writes, and what it is to compute. */
export type Setup = Pick<Night, 'sources' | 'models' | 'exports' | 'output'>;

/** What a run works with, before it knows what there is to do. */
export type Tools = Setup &
  Pick<Night, 'config' | 'engine' | 'jobs' | 'scratch' | 'shared' | 'log' | 'progress'>;

/** Opens the stores, and reads contracts and models. */
export async function setUp(options: ToolOptions): Promise<Setup> {
  const { config, signal } = options;
  const exports = options.exports ?? (await openStore(config.exports, config.base, signal));
  const output = options.output ?? (await openStore(config.output, config.base, signal));
  return { exports, output, ...(await loadJobs(config, options.jobs)) };
}

/** What was asked of each store so far. */
export function requestsOf({ exports, output }: Setup): Outcome['requests'] {
  return {
    exports: Object.fromEntries(exports.requests),
    output: Object.fromEntries(output.requests),
  };
}

/** Keeps what a run did, for `run-job status`. */
export async function recordRun(output: Store, outcome: Outcome): Promise<void> {
  const text = `${JSON.stringify(outcome, null, 1)}\n`;
  await output.write(`runs/${outcome.run}.json`, Buffer.from(text));
}

/** Opens all else that a run works with, and closes it whatever happens. */
export async function withTools<T>(
  options: ToolOptions,
  { exports, output, sources, models }: Setup,
  run: string,
  work: (tools: Tools) => Promise<T>,
): Promise<T> {
  const { config, progress, signal } = options;
  // takes long to load, and nights with nothing new do without
  const { openDuckdb } = await import('../engine/duckdb/open.js');
  const scratch = await makeScratch(config, output, run);
  const copies = new LocalCopies(
    output,
    path.join(scratch, 'copies'),
    bytesOf(config.engine.scratch_limit),
  );
  try {
    const engine = await (options.openEngine ?? openDuckdb)({
      threads: config.engine.threads ?? os.availableParallelism(),
      memoryLimit: config.engine.memory_limit,
      scratch,
      readable: [exports.folder, output.folder].filter((folder) => folder !== undefined),
    });
    let jobs: JobEngine = engine;
    const interrupt = () => {
      engine.interrupt();
      if (jobs !== engine) jobs.interrupt();
    };
    signal?.addEventListener('abort', interrupt);
    try {
      const store = output.folder === undefined ? copies : output;
      const log = options.log.child({ run });
      if (config.engine.kind === 'spark')
        jobs = await openCluster(config, output, run, {
          uploaded: () => copies.uploaded(),
          tell: (...tasks) => progress.tasks(...tasks),
        });
      return await work({
        config,
        sources,
        models,
        exports,
        output: store,
        engine,
        jobs,
        scratch,
        shared: new SharedFiles(store, path.join(scratch, 'shared'), engine.aside),
        log,
        progress,
      });
    } finally {
      signal?.removeEventListener('abort', interrupt);
      if (jobs !== engine) await jobs.close();
      progress.done();
      await engine.close();
    }
  } finally {
    await copies.settle();
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Connects to the cluster that runs models.
 * @param around how to wait for uploads and how to show progress; unless set, neither is done
 */
export async function openCluster(
  { engine, limits, settings, time_zone }: Config,
  store: Store,
  run: string,
  around: Pick<SparkOptions, 'uploaded' | 'tell'> = { uploaded: async () => {}, tell: () => {} },
): Promise<JobEngine<SparkJobs>> {
  // a package that only this needs
  const { openSpark, ROWS_A_FILE } = await import('../engine/spark/open.js');
  const { remote, token, tls, parallel_jobs } = engine;
  return openSpark({
    remote: remote ?? '',
    ...{
      token,
      tls,
      store,
      ...around,
      settings: numbersOf(settings),
      funnelSteps: stepsOf(settings),
    },
    seconds: limits.seconds,
    parallelJobs: parallel_jobs,
    windows: [settings.short_window_days, settings.long_window_days],
    timeZone: time_zone,
    attempts: `${ATTEMPTS}${run}`,
    rowsAFile: ROWS_A_FILE,
  });
}
