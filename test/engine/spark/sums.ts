import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openDuckdb } from '../../../src/engine/duckdb/open.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { InputObject, Job, JobEngine, MadeFile, Relation } from '../../../src/engine/job.js';
import { openSpark } from '../../../src/engine/spark/open.js';
import { sha256 } from '../../../src/release/digest.js';
import { FileStore } from '../../../src/store/folder.js';

const USES = new Map([
  ['event_date', 'DATE'],
  ['user_id', 'VARCHAR'],
  ['uses', 'BIGINT'],
]);
export const MADE = new Map([...USES].filter(([name]) => name !== 'event_date'));
export const DATES = ['2026-03-01', '2026-03-02', '2026-03-03'];

/**
 * A store with a table of uses, jobs that sum it up, and both engines to run them, for the tests of
 * one file.
 */
export class Sums {
  readonly columns = USES;
  readonly folder = mkdtempSync(path.join(tmpdir(), 'dayfold-jobs-'));
  readonly store = new FileStore(path.join(this.folder, 'output'));
  duckdb!: Engine;
  #files = 0;

  readonly place = {
    fetch: (object: InputObject) => this.store.fetch(object.key, this.folder),
    fresh: (extension: string) => path.join(this.folder, `${++this.#files}${extension}`),
    compression: 'snappy',
  };

  open(
    remote: string,
    {
      uploaded = async () => {},
      seconds = 600,
      tell = (..._: [table: string, done: number, known: number]) => {},
      rowsAFile = 300,
    } = {},
  ): Promise<JobEngine> {
    return openSpark({
      ...{
        remote,
        token: null,
        tls: false,
        parallelJobs: 1,
        store: this.store,
        uploaded,
        seconds,
        tell,
        rowsAFile,
        attempts: 'attempts/test',
      },
      ...{ settings: { many: 3 }, funnelSteps: [], windows: [30, 60], timeZone: 'Europe/Berlin' },
    });
  }

  /** Writes an object of rows, whose date is in its path. */
  async object(
    table: string,
    date: string | undefined,
    select: string,
    columns: ReadonlyMap<string, string>,
  ) {
    const file = this.place.fresh('.parquet');
    const rows = await this.duckdb.sessions[0]?.writeParquet(select, columns, {
      file,
      compression: 'snappy',
    });
    const key = `objects/${table}/${date === undefined ? 'all' : `event_date=${date}`}/${this.#files}.parquet`;
    await this.store.write(key, { file });
    return { key, bytes: 0, rows: rows ?? 0, sha256: '' };
  }

  async uses(): Promise<Relation> {
    const objects = DATES.map((date, day) =>
      this.object(
        'daily/uses',
        date,
        `select 'u' || ((i * 7919 + ${day}) % 500) as user_id, i as uses from range(${day === 1 ? 0 : 900}) as t(i)`,
        MADE,
      ),
    );
    return { schema: 'daily', table: 'uses', columns: USES, objects: await Promise.all(objects) };
  }

  async onDuckdb(each: Job): Promise<readonly MadeFile[]> {
    return (await this.duckdb.sessions[0]?.make(each, this.place)) ?? [];
  }

  async onSpark(each: Job, engine: JobEngine): Promise<readonly MadeFile[]> {
    return (await engine.sessions[0]?.make(each, this.place)) ?? [];
  }

  /** The rows of each partition, in the order of its files. */
  async rowsOf(made: readonly MadeFile[]): Promise<Record<string, unknown[]>> {
    const found: Record<string, unknown[]> = {};
    for (const { name, file, rows } of made) {
      const read = await this.duckdb.sessions[0]?.rows(
        `select * from read_parquet('${file}', hive_partitioning = false)`,
      );
      if (read?.length !== rows)
        throw new Error(`expected ${rows} rows in ${file}, found ${read?.length}`);
      found[name] = [...(found[name] ?? []), ...read];
    }
    return found;
  }

  /** The hashes of the files of each partition. */
  async bytesOf(made: readonly MadeFile[]): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    for (const { name, file } of made) {
      const bytes = await this.store.read(path.relative(this.store.folder, file));
      found[name] = [...(found[name] ?? []), sha256(bytes as Buffer)];
    }
    return found;
  }
}

export function useSums(): Sums {
  const sums = new Sums();
  const { folder, store } = sums;
  beforeAll(async () => {
    sums.duckdb = await openDuckdb({
      threads: 1,
      memoryLimit: '256MB',
      scratch: folder,
      readable: [store.folder],
    });
    await sums.duckdb.sessions[0]?.run(
      `create table settings as select DATE '1970-01-01' as as_of_date, 'Europe/Berlin' as time_zone, 3::bigint as many`,
    );
  });
  afterAll(async () => {
    await sums.duckdb.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return sums;
}

/** Sums the uses of each user and date. */
export const job = (relation: Relation, rest: Partial<Job> = {}): Job => ({
  table: 'daily/sums',
  sql: `with sums as (select event_date, user_id, cast(sum(uses) as bigint) as uses from daily.uses group by event_date, user_id)
select s.event_date, s.user_id, s.uses from sums as s order by s.uses desc nulls last, s.user_id nulls last`,
  grain: ['event_date', 'user_id'],
  columns: MADE,
  partitionColumn: 'event_date',
  names: DATES,
  reads: [relation],
  ...rest,
});

/** A SELECT that takes its time: this many regular expressions for each use. */
export const slow = (times: number) => `select event_date, user_id, cast(count(*) as bigint) as uses
  from daily.uses cross join range(0, ${times}) as r(x)
  where re_test(user_id || cast(x as string), '1\\d6\\z') group by event_date, user_id order by user_id nulls last`;
