import { loadJobs } from '../../config/jobs.js';
import { ConfigError } from '../../errors.js';
import { dbtSources, describedTables } from '../../model/catalog.js';
import { dictionary as markdown } from '../../model/dictionary.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';

const FORMATS = ['markdown', 'json', 'dbt'];

/**
 * `run-job dictionary`: every table and column of this deployment, with types, units and
 * descriptions.
 */
export async function dictionary(options: {
  readonly config?: string;
  readonly format: string;
}): Promise<void> {
  const { format } = options;
  if (!FORMATS.includes(format))
    throw new ConfigError(`--format: expected ${FORMATS.join(', ')}, found ${format}`);
  const config = await openConfig(options.config);
  const { sources, models } = await loadJobs(config);
  const { partition_by: span } = config.parquet;
  const contracts = sources.map((source) => ({
    ...source,
    columns: Object.fromEntries(source.columns.map((column) => [column.name, column])),
  }));
  if (format === 'markdown') {
    process.stdout.write(markdown(contracts, models, span));
    return;
  }
  const store = await openStore(config.output, config.base);
  const locate = (table: string) => store.locate(`objects/${table}`);
  const tables = describedTables(contracts, models, span);
  if (format === 'dbt') process.stdout.write(dbtSources(tables, locate));
  else {
    const located = tables.map((each) => ({ ...each, location: locate(each.table) }));
    process.stdout.write(`${JSON.stringify(located, null, 2)}\n`);
  }
}
