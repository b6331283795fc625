import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { deltaVersions } from '../../../src/inspect/delta.js';
import { readRelease } from '../../../src/release/commit.js';
import { objectsOfTable, schemasOf } from '../../../src/release/delta/changes.js';
import { readFields } from '../../../src/release/delta/fields.js';
import type { Store } from '../../../src/store/store.js';
import { together } from '../../../src/store/together.js';
import { INTERPRETED, ONE_COMPILER } from '../../engine/spark/cluster.js';

/** A Python that has deltalake, polars and pyarrow; .ci/run makes one. */
export const PYTHON = process.env.DAYFOLD_DELTA_PYTHON ?? '';
if (PYTHON === '')
  console.info(
    'Skipped: readers of Delta Lake; set DAYFOLD_DELTA_PYTHON to a Python with deltalake, polars and pyarrow',
  );

/** The jars of delta-spark, for the pyspark of that Python; .ci/run fetches them. */
export const JARS = process.env.DAYFOLD_DELTA_JARS ?? '';
if (JARS === '')
  console.info(
    'Skipped: Delta Lake by Spark; set DAYFOLD_DELTA_JARS to a folder with the jars of delta-spark',
  );

const SPARK = {
  'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
  'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
  'spark.sql.session.timeZone': 'UTC',
  'spark.sql.shuffle.partitions': '1',
  'spark.databricks.delta.snapshotPartitions': '1',
  'spark.ui.enabled': 'false',
  'spark.driver.host': '127.0.0.1',
  'spark.driver.bindAddress': '127.0.0.1',
  'spark.driver.extraJavaOptions': ONE_COMPILER,
  ...INTERPRETED,
};

/** How delta-rs reaches a store. */
export type Options = Readonly<Record<string, string>> | undefined;

/**
 * How what delta-rs, Polars and DuckDB read of releases differs from their Parquet files; all
 * tables, at the versions of each.
 */
export async function differencesOf(
  store: Store,
  releases: readonly number[],
  scratch: string,
  options?: Options,
): Promise<string[]> {
  return run({ tables: await tablesOf(store, releases, scratch), options });
}

/** The jars with which Spark reaches S3; .ci/run fetches them. */
export const S3A_JARS = process.env.DAYFOLD_S3A_JARS ?? '';

/** Releases, and the tables that are read of them, their rows alone: all and in all ways unless set. */
interface Some {
  readonly releases: readonly number[];
  readonly tables?: readonly string[];
}

/** The same of what Spark reads. @param settings of Spark with which it reaches S3 */
export async function differencesBySpark(
  store: Store,
  { releases, tables: names }: Some,
  scratch: string,
  settings: Options = undefined,
): Promise<string[]> {
  const all = await tablesOf(store, releases, scratch);
  const unknown = names?.filter(
    (name) => !all.some(({ location }) => location.endsWith(`/${name}`)),
  );
  if (unknown?.length) throw new Error(`expected tables of the releases, found ${unknown.join()}`);
  const tables = all
    .filter(({ location }) => names?.some((name) => location.endsWith(`/${name}`)) ?? true)
    .map((table) => ({ ...table, location: table.location.replace(/^s3:/, 's3a:') }));
  return run({ tables, spark: sparkSettings(settings), brief: names !== undefined });
}

function sparkSettings(settings: Options): object {
  const folders = settings === undefined ? [JARS] : [JARS, S3A_JARS];
  const jars = folders.flatMap((folder) =>
    readdirSync(folder).map((jar) => path.join(folder, jar)),
  );
  return { ...SPARK, 'spark.jars': jars.join(','), ...settings };
}

/**
 * Runs what `run-job sql --for` prints, with DuckDB or with Spark. @param warehouse a folder for
 * Spark. @returns how many rows each table has
 */
export async function rowsByStatements(
  statements: string,
  warehouse?: string,
): Promise<Record<string, number>> {
  const settings = warehouse && {
    ...sparkSettings(undefined),
    'spark.sql.warehouse.dir': warehouse,
  };
  return run({ statements, spark: settings });
}

async function tablesOf(store: Store, releases: readonly number[], scratch: string) {
  const tables = [];
  for (const number of releases) {
    const { release } = await readRelease(store, String(number));
    const found = await deltaVersions(store, number);
    tables.push(
      ...(await together(found, async ({ table, version, location }) => {
        const objects = objectsOfTable(release, table);
        const files = await Promise.all(
          objects.map(async (object) => ({
            path: await store.fetch(object.key, scratch, object),
            key: object.key,
          })),
        );
        const fields = await readFields(store, schemasOf(release).get(table) ?? '');
        const comments = Object.fromEntries(fields.map(({ name, comment }) => [name, comment]));
        return { location, version, files, comments };
      })),
    );
  }
  return [
    ...new Map(tables.map((table) => [`${table.location} ${table.version}`, table])).values(),
  ];
}

/** What the log of each table names as removed, as delta-rs reads it. */
export async function tombstones(
  store: Store,
): Promise<{ table: string; removed: readonly string[] }[]> {
  const found = await deltaVersions(store, Number.MAX_SAFE_INTEGER);
  return run({ tables: found.map(({ location }) => ({ location })), tombstones: true });
}

/**
 * Lets delta-rs remove whatever the logs do not name, at the shortest retention. @returns how many
 * files of each table
 */
export async function vacuum(
  store: Store,
  options?: Options,
): Promise<{ table: string; removed: string[] }[]> {
  const found = await deltaVersions(store, Number.MAX_SAFE_INTEGER);
  return run({ tables: found.map(({ location }) => ({ location })), options, vacuum: true });
}

async function run<T>(job: object): Promise<T> {
  const script = fileURLToPath(new URL('read.py', import.meta.url));
  const { SPARK_HOME: _, ...env } = process.env; // the pyspark of that Python is another one
  const child = spawn(PYTHON, [script], { stdio: ['pipe', 'pipe', 'pipe'], env });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => err.push(chunk));
  child.stdin.end(JSON.stringify(job));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${Buffer.concat(err)}`);
  return JSON.parse(Buffer.concat(out).toString('utf8')) as T;
}
