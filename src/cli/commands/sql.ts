import os from 'node:os';
import { absencesOf, deliveriesOf, gapDays } from '../../build/absences.js';
import { prepareModels, settingsStatements } from '../../build/models.js';
import { loadJobs } from '../../config/jobs.js';
import { isDate } from '../../dates.js';
import { openDuckdb } from '../../engine/duckdb/open.js';
import { ConfigError, DataError } from '../../errors.js';
import { CATALOGS, catalogStatements } from '../../inspect/catalog.js';
import { shellSetup } from '../../inspect/shell.js';
import { readLive } from '../../release/commit.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';
import { newestReport } from './report.js';

export interface SqlOptions {
  readonly config?: string;
  readonly date?: string;
  readonly for?: string;
}

/**
 * `run-job sql`: prints what a DuckDB shell needs before a model can be pasted into it, or what
 * tells a program of the tables.
 */
export async function sql({ config: file, date, for: catalog }: SqlOptions): Promise<void> {
  if (catalog !== undefined) return catalogSql(file, catalog);
  if (date !== undefined && !isDate(date))
    throw new ConfigError(`--date: expected a date as YYYY-MM-DD, found ${date}`);
  const config = await openConfig(file);
  const store = await openStore(config.output, config.base);
  const live = await readLive(store);
  const { release } = live;
  const asOf = date ?? newestReport(live, store);
  const jobs = await loadJobs(config);
  const engine = await openDuckdb({
    threads: 1,
    memoryLimit: config.engine.memory_limit,
    scratch: os.tmpdir(),
    readable: [],
  });
  try {
    const { sources } = jobs;
    const models = await prepareModels({ engine, jobs: engine }, config, sources, jobs.models);
    const absences = absencesOf(release, sources, asOf, gapDays(config.settings));
    const deliveries = deliveriesOf(release, sources, asOf);
    const settings = settingsStatements(config.settings, config.time_zone, asOf, {
      absences,
      deliveries,
    });
    process.stdout.write(shellSetup(store, release, { sources, models }, settings));
  } finally {
    engine.close();
  }
}

async function catalogSql(file: string | undefined, name: string): Promise<void> {
  const catalog = CATALOGS.find((each) => each === name);
  if (catalog === undefined)
    throw new ConfigError(`--for: expected one of ${CATALOGS.join(', ')}, found ${name}`);
  const config = await openConfig(file);
  if (!config.delta)
    throw new ConfigError(
      `${config.file}: delta: expected true, found false: the tables have no Delta logs`,
    );
  const store = await openStore(config.output, config.base);
  const { release, commit } = await readLive(store);
  if (commit === undefined)
    throw new DataError(
      `${store.url}: expected a release, found none: run-job nightly makes the first one`,
    );
  process.stdout.write(catalogStatements(store, release, catalog));
}
