import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { deltaVersions } from '../../../src/inspect/delta.js';
import { readRelease } from '../../../src/release/commit.js';
import { objectsOfTable } from '../../../src/release/delta/changes.js';
import type { Store } from '../../../src/store/store.js';
import { together } from '../../../src/store/together.js';

/** A Python that has deltalake, polars and pyarrow; .ci/run makes one. */
export const PYTHON = process.env.DAYFOLD_DELTA_PYTHON ?? '';
if (PYTHON === '')
  console.info(
    'Skipped: readers of Delta Lake; set DAYFOLD_DELTA_PYTHON to a Python with deltalake, polars and pyarrow',
  );

/** How delta-rs reaches a store. */
export type Options = Readonly<Record<string, string>> | undefined;

/** How what delta-rs, Polars and DuckDB read of releases differs from their Parquet files; all tables, at the versions of each. */
export async function differencesOf(
  store: Store,
  releases: readonly number[],
  scratch: string,
  options?: Options,
): Promise<string[]> {
  const tables = [];
  for (const number of releases) {
    const { release } = await readRelease(store, String(number));
    const found = await deltaVersions(store, number);
    tables.push(
      ...(await together(found, async ({ table, version, location }) => {
        const objects = objectsOfTable(release, table);
        const files = await Promise.all(
          objects.map(async (object) => ({ path: await store.fetch(object.key, scratch, object), key: object.key })),
        );
        return { location, version, files };
      })),
    );
  }
  const once = new Map(tables.map((table) => [`${table.location} ${table.version}`, table]));
  return run({ tables: [...once.values()], options });
}

/** Lets delta-rs remove whatever the logs do not name, at the shortest retention. @returns how many files of each table */
export async function vacuum(store: Store, options?: Options): Promise<{ table: string; removed: string[] }[]> {
  const found = await deltaVersions(store, Number.MAX_SAFE_INTEGER);
  return run({ tables: found.map(({ location }) => ({ location })), options, vacuum: true });
}

async function run<T>(job: object): Promise<T> {
  const script = fileURLToPath(new URL('read.py', import.meta.url));
  const child = spawn(PYTHON, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => err.push(chunk));
  child.stdin.end(JSON.stringify(job));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${Buffer.concat(err)}`);
  return JSON.parse(Buffer.concat(out).toString('utf8')) as T;
}
