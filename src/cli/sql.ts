import os from 'node:os';
import { prepareModels, settingsStatements } from '../build/models.js';
import { loadJobs } from '../config/jobs.js';
import { isDate } from '../dates.js';
import { openDuckdb } from '../engine/duckdb/open.js';
import { ConfigError, DataError } from '../errors.js';
import { shellSetup } from '../inspect/shell.js';
import { readLive } from '../release/commit.js';
import { openStore } from '../store/open.js';
import { openConfig } from './configuration.js';

/** `run-job sql`: prints what a DuckDB shell needs before a model can be pasted into it. */
export async function sql({ config: file, date }: { readonly config?: string; readonly date?: string }): Promise<void> {
  if (date !== undefined && !isDate(date))
    throw new ConfigError(`--date: expected a date as YYYY-MM-DD, found ${date}`);
  const config = await openConfig(file);
  const store = await openStore(config.output, config.base);
  const { release } = await readLive(store);
  const asOf = date ?? release.newest('report/report')?.name;
  if (asOf === undefined)
    throw new DataError(`${store.url}: expected a release, found none: run-job nightly makes the first one`);
  const jobs = await loadJobs(config);
  const engine = await openDuckdb({
    threads: 1,
    memoryLimit: config.engine.memory_limit,
    scratch: os.tmpdir(),
    readable: [],
  });
  try {
    const models = await prepareModels(engine, config, jobs.sources, jobs.models);
    process.stdout.write(
      shellSetup(store, release, jobs.sources, models, settingsStatements(config.settings, config.time_zone, asOf)),
    );
  } finally {
    engine.close();
  }
}
