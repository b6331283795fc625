import { type PreparedModel, relationColumns, syntaxOf } from '../build/models.js';
import type { Columns } from '../build/objects.js';
import type { Config } from '../config/config.js';
import { BUILT_IN } from '../config/contracts.js';
import type { Source } from '../config/source.js';
import { QueryError, type Session } from '../engine/engine.js';
import type { Job } from '../engine/job.js';
import type { SparkJobs } from '../engine/spark/jobs.js';
import { ConfigError } from '../errors.js';
import { dialectFaults } from '../model/dialect.js';
import { openCluster } from '../night/tools.js';
import type { Store } from '../store/store.js';
import { rowColumns } from '../tables/clean/whole.js';
import type { Collect } from './collect.js';

/**
 * Connects to the cluster and analyses there each model that would run on it.
 * @returns what in the models of a deployment may give other rows there than on DuckDB, for a
 * person
 * @throws StoreError or ConfigError when the cluster cannot be used
 */
export async function checkSpark(
  {
    config,
    sources,
    output,
    session,
  }: {
    readonly config: Config;
    readonly sources: readonly Source[];
    readonly output: Store;
    readonly session: Session;
  },
  models: readonly PreparedModel[],
  collect: Collect,
): Promise<string[]> {
  // the clean models of dated tables run where exports are staged
  const moved = models.filter(
    ({ model, partitionColumn }) => model.layer !== 'clean' || partitionColumn === undefined,
  );
  const engine = await openCluster(config, output, `check-${process.pid}`);
  const relations = new Map([
    ...sources.map((source) => [`staged/${source.table}`, rowColumns(source)] as const),
    ...models.map((model) => [model.table, relationColumns(model)] as const),
  ]);
  try {
    for (const model of moved)
      await collect(() => analyse(engine.sessions[0] as SparkJobs, model, relations));
  } finally {
    await engine.close();
  }
  const warnings: string[] = [];
  for (const { model } of moved) {
    if (model.rules !== undefined || model.file.startsWith(BUILT_IN)) continue;
    const faults = dialectFaults(await syntaxOf(session, model), model.sql);
    if (faults.length > 0)
      warnings.push(`${model.file}: may differ on Spark: ${faults.join(', ')}; see docs/spark.md`);
  }
  return warnings;
}

async function analyse(
  spark: SparkJobs,
  prepared: PreparedModel,
  relations: ReadonlyMap<string, Columns>,
): Promise<void> {
  const { model, table, columns, partitionColumn } = prepared;
  const reads = model.reads.flatMap((read) => {
    const from = `${read.schema === 'previous' ? 'rolling' : read.schema}/${read.table}`;
    const columns = relations.get(from);
    return columns === undefined ? [] : [{ ...read, columns, objects: [] }];
  });
  const names = ['1970-01-01'];
  const job: Job = {
    table,
    sql: model.sql,
    grain: model.grain,
    columns,
    partitionColumn,
    names,
    reads,
  };
  try {
    await spark.analyse(job);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw new ConfigError(
      `${model.file}: expected a SELECT that runs on Spark, found: ${error.message}`,
      {
        cause: error,
      },
    );
  }
}
