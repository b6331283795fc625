import os from 'node:os';
import { isDate } from '../calendar.js';
import { loadConfig } from '../config/config.js';
import { jobFolders, loadSources } from '../config/contracts.js';
import { openDuckdb } from '../engine/duckdb/open.js';
import { ConfigError, DataError } from '../errors.js';
import { loadModels } from '../model/load.js';
import { prepareModels, settingsStatements } from '../pipeline/models.js';
import { shellSetup } from '../pipeline/shell.js';
import { readLive } from '../release/commit.js';
import { openStore } from '../store/open.js';

/** `run-job sql`: prints what a DuckDB shell needs before a model can be pasted into it. */
export async function sql({ config: file, date }: { readonly config?: string; readonly date?: string }): Promise<void> {
  if (date !== undefined && !isDate(date))
    throw new ConfigError(`--date: expected a date as YYYY-MM-DD, found ${date}`);
  const config = await loadConfig(file);
  const store = await openStore(config.output, config.base);
  const { release } = await readLive(store);
  const asOf = date ?? release.of('report/report').at(-1)?.name;
  if (asOf === undefined)
    throw new DataError(`${store.url}: expected a release, found none: run-job nightly makes the first one`);
  const sources = await loadSources(config);
  const engine = await openDuckdb({
    threads: 1,
    memoryLimit: config.engine.memory_limit,
    scratch: os.tmpdir(),
    readable: [],
  });
  try {
    const models = await prepareModels(engine, config, sources, await loadModels(jobFolders(config)));
    process.stdout.write(
      shellSetup(store, release, sources, models, settingsStatements(config.settings, config.time_zone, asOf)),
    );
  } finally {
    engine.close();
  }
}
