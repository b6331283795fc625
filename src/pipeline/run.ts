import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Clock } from '../clock.js';
import type { Config } from '../config/config.js';
import { jobFolders, loadSources } from '../config/contracts.js';
import { openDuckdb } from '../engine/duckdb/open.js';
import type { Engine } from '../engine/engine.js';
import type { Log } from '../log.js';
import { loadModels } from '../model/load.js';
import { readLive } from '../release/commit.js';
import { type LedgerLine, ledgerOf } from '../release/ledger.js';
import { Release } from '../release/release.js';
import { LocalCopies } from '../store/local_copies.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import { clean } from './clean.js';
import { asOfDates, foldDays, foldWindows } from './fold.js';
import { prepareModels } from './models.js';
import type { Built, Night, Progress } from './night.js';
import { publish } from './publish.js';
import { report } from './report.js';
import { bytesOf, makeScratch } from './scratch.js';
import { stage } from './stage.js';

export interface RunOptions {
  readonly config: Config;
  /** as-of dates, ascending */
  readonly asked: readonly string[];
  readonly log: Log;
  readonly progress: Progress;
  readonly clock: Clock;
  /** name and version of this program, for the record */
  readonly program: string;
  /** stores and engine in place of those the configuration names */
  readonly exports?: Store;
  readonly output?: Store;
  readonly openEngine?: typeof openDuckdb;
}

/** What a run did; also what `runs/<id>.json` and `run-job --json` hold. */
export interface Outcome {
  readonly run: string;
  readonly asked: readonly string[];
  /** the release that is live now */
  readonly release: number;
  /** false when nothing was new */
  readonly published: boolean;
  readonly ledger: readonly LedgerLine[];
  readonly built: readonly Built[];
  readonly reused: number;
  readonly notes: readonly string[];
  readonly started_at: string;
  readonly seconds: number;
}

/** One nightly run: exports to staged rows, to clean tables, to daily and rolling ones, to reports, to one release. */
export async function runNightly(options: RunOptions): Promise<Outcome> {
  const started = options.clock();
  const run = `${started.toISOString().replace(/[:.]/g, '-')}-${process.pid}`;
  return withNight(options, run, async (night, engine) => {
    const { config, sources, next } = night;
    const models = await prepareModels(engine, config, sources, night.models);

    night.log.info({ asked: night.asked, release: night.live.release.number }, 'run started');
    const versions = await stage(night);
    await clean(night, models);
    await foldDays(night, models);
    const asOf = asOfDates(night, models);
    await foldWindows(night, models, asOf);
    await report(night, models, asOf);
    const published = await publish(night, run, options.program, versions, options.clock);

    const outcome: Outcome = {
      run,
      asked: night.asked,
      release: published ? next.number : night.live.release.number,
      published,
      ledger: ledgerOf(next, sources),
      built: night.built,
      reused: [...next.partitions()].length - night.built.length,
      notes: night.notes,
      started_at: started.toISOString(),
      seconds: (options.clock().getTime() - started.getTime()) / 1000,
    };
    if (published) await night.output.write(`runs/${run}.json`, Buffer.from(`${JSON.stringify(outcome, null, 1)}\n`));
    const { release, built } = outcome;
    night.log.info({ release, published, built: built.length, notes: night.notes.length }, 'run finished');
    return outcome;
  });
}

/** Opens all that a run works with, and closes it whatever happens. */
async function withNight<T>(
  options: RunOptions,
  run: string,
  work: (night: Night, engine: Engine) => Promise<T>,
): Promise<T> {
  const { config } = options;
  const exports = options.exports ?? (await openStore(config.exports, config.base));
  const output = options.output ?? (await openStore(config.output, config.base));
  const sources = await loadSources(config);
  const models = await loadModels(jobFolders(config));
  const scratch = await makeScratch(config, output, run);
  const copies = new LocalCopies(output, path.join(scratch, 'copies'), bytesOf(config.engine.scratch_limit));
  try {
    const live = await readLive(output);
    const engine = await (options.openEngine ?? openDuckdb)({
      threads: config.engine.threads ?? os.availableParallelism(),
      memoryLimit: config.engine.memory_limit,
      scratch,
      readable: [exports.folder, output.folder].filter((folder) => folder !== undefined),
    });
    try {
      const next = new Release(live.release.number + 1);
      const { asked, log, progress } = options;
      const night: Night = {
        config,
        sources,
        models,
        exports,
        output: output.folder === undefined ? copies : output,
        engine,
        scratch,
        live,
        next,
        asked,
        log: log.child({ run }),
        progress,
        notes: [],
        built: [],
      };
      return await work(night, engine);
    } finally {
      options.progress.done();
      engine.close();
    }
  } finally {
    await copies.settle();
    await rm(scratch, { recursive: true, force: true });
  }
}
