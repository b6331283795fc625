import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll } from 'vitest';
import { stringify } from 'yaml';
import { prepareModels } from '../../src/build/models.js';
import { type Night, NO_PROGRESS } from '../../src/build/night.js';
import { SharedFiles } from '../../src/build/shared_files.js';
import { type Config, loadConfig } from '../../src/config/config.js';
import { jobFolders, loadSources } from '../../src/config/contracts.js';
import { openDuckdb } from '../../src/engine/duckdb/open.js';
import type { JobEngine } from '../../src/engine/job.js';
import { listAllExports } from '../../src/ingest/exports.js';
import { withReading } from '../../src/inspect/session.js';
import { openLog } from '../../src/log.js';
import { loadModels } from '../../src/model/load.js';
import type { RunOptions } from '../../src/night/options.js';
import type { Outcome } from '../../src/night/outcome.js';
import { runNightly } from '../../src/night/run.js';
import { openCluster } from '../../src/night/tools.js';
import { readLive } from '../../src/release/commit.js';
import { findGarbage, removeGarbage } from '../../src/release/gc.js';
import { ledgerOf } from '../../src/release/ledger.js';
import { filesOf } from '../../src/release/partition.js';
import { Release } from '../../src/release/release.js';
import type { LedgerLine } from '../../src/release/schema.js';
import { FileStore } from '../../src/store/folder.js';
import { clean } from '../../src/tables/clean/clean.js';
import { findRelocated } from '../../src/tables/clean/relocated.js';
import { stagedRows } from '../../src/tables/staged/lines.js';
import { Staging } from '../../src/tables/staged/stage.js';
import { copyFewModels } from '../few_models.js';

/**
 * A row as a test compares it: whole numbers as numbers; dates, times and lists as DuckDB's text.
 */
export type Row = Record<string, string | number | boolean | null>;

/** What every test runs with; small, so that test files can run side by side. */
const SMALL = { engine: { threads: 1, memory_limit: '256MB' }, log: { level: 'silent' } };

const WHOLE = { type: 'integer' };
/** Ids are whole numbers, unless a test sets its own columns for all tables. */
const WHOLE_IDS = { user_id: WHOLE, activity_id: WHOLE, usage_id: WHOLE, ticket_id: WHOLE };

/** The settings of a test, with those that every test has. */
export function withWholeIds(settings: { readonly table_defaults?: object }): object {
  return {
    ...SMALL,
    ...settings,
    table_defaults: { columns: WHOLE_IDS, ...settings.table_defaults },
  };
}

/** A deployment in a folder of its own: exports/, output/ and dayfold.yaml. */
export class Deployment {
  /** @param jobs the folder of models in place of the built-in ones; those unless set */
  constructor(
    readonly folder: string,
    readonly config: Config,
    readonly jobs?: string,
  ) {}

  get exports(): FileStore {
    return new FileStore(path.join(this.folder, 'exports'));
  }

  get output(): FileStore {
    return new FileStore(path.join(this.folder, 'output'));
  }

  /** A copy of it as it is, in a folder of its own beside it. */
  async copy(): Promise<Deployment> {
    const folder = await fs.mkdtemp(`${this.folder}-`);
    await fs.cp(this.folder, folder, { recursive: true, preserveTimestamps: true });
    const { engine } = this.config;
    return new Deployment(
      folder,
      { ...(await loadConfig(path.join(folder, 'dayfold.yaml'))), engine },
      this.jobs,
    );
  }

  /** Writes an export (or any file) below the folder of the exports. */
  async deliver(key: string, content: string | Uint8Array): Promise<void> {
    await this.write(path.join('exports', key), content);
  }

  async write(file: string, content: string | Uint8Array): Promise<void> {
    const target = path.join(this.folder, file);
    await fs.mkdir(path.dirname(target), { recursive: true });
    await fs.writeFile(target, content);
  }

  /** One nightly run for the as-of dates. */
  async night(
    asOf: string | readonly string[],
    options: Partial<RunOptions> = {},
  ): Promise<Outcome> {
    return runNightly({ ...this.runOptions([asOf].flat()), ...options });
  }

  runOptions(asked: readonly string[]): RunOptions {
    const [, ...own] = jobFolders(this.config);
    return {
      config: this.config,
      ...(this.jobs === undefined ? {} : { jobs: [this.jobs, ...own] }),
      asked,
      log: openLog('silent'),
      progress: NO_PROGRESS,
      clock: () => new Date('2026-11-22T03:00:00Z'),
      program: 'dayfold test',
    };
  }

  /**
   * The first two stages alone, on an empty release: for exports of years, whose daily tables take
   * a minute.
   */
  async upToClean(asOf: string): Promise<{ release: Release; ledger: LedgerLine[] }> {
    const { config, exports, output } = this;
    const scratch = path.join(output.folder, '.dayfold-scratch');
    await fs.mkdir(scratch, { recursive: true });
    const sources = await loadSources(config);
    const models = await loadModels(jobFolders(config));
    const files = sources.map((source) => source.files);
    const engine = await openDuckdb({
      threads: 2,
      memoryLimit: config.engine.memory_limit,
      scratch,
      readable: [exports.folder, output.folder],
    });
    let jobs: JobEngine = engine;
    try {
      if (config.engine.kind === 'spark') jobs = await openCluster(config, output, 'clean');
      const night: Night = {
        ...{
          config,
          sources,
          models,
          exports,
          output,
          engine,
          jobs,
          scratch,
          shared: new SharedFiles(output, path.join(scratch, 'shared'), engine.aside),
          asked: [asOf],
          replays: false,
          force: false,
          notes: [],
          unreadDifferences: new Map(),
          builds: true,
        },
        ...{
          rules: '',
          listed: (await listAllExports(exports, files)).exports,
          inputs: '',
          lastingNotes: [],
          built: [],
        },
        live: { release: new Release(0), commit: undefined },
        next: new Release(1),
        log: openLog('silent'),
        progress: NO_PROGRESS,
      };
      const prepared = await prepareModels({ engine, jobs }, config, sources, models);
      const staging = await Staging.of(night, prepared, sources);
      for (const source of sources) {
        await staging.update(source);
        await findRelocated(night, source);
        await clean(night, prepared, source);
      }
      await staging.close();
      return { release: night.next, ledger: ledgerOf(night.next, sources) };
    } finally {
      if (jobs !== engine) await jobs.close();
      await engine.close();
    }
  }

  /** Removes what only releases before the last `keep` name, however young. */
  async collect(keep: number): Promise<void> {
    const store = this.output;
    const garbage = await findGarbage(store, keep, new Date('2100-01-01'));
    await withReading(this.config, store, (reading) =>
      removeGarbage({ ...reading, store, keep }, garbage),
    );
  }

  async release(): Promise<Release> {
    return (await readLive(this.output)).release;
  }

  /** The rows of a table of a release, such as clean/sessions, with its partition column. */
  async rows(table: string, select = '*', rest = '', release?: Release): Promise<Row[]> {
    const partitions = (release ?? (await this.release())).of(table);
    const files = filesOf(partitions.flatMap(({ objects }) => objects));
    return this.read(
      files.map(({ key }) => key),
      select,
      rest,
    );
  }

  /** The staged rows of a dated table, with their lines; those that are repeated do not count. */
  async staged(table: string, names: readonly string[]): Promise<Row[]> {
    return withReading(this.config, this.output, async (reading) => {
      const rows: Row[] = [];
      for (const partition of (await this.release()).of(`staged/${table}`)) {
        if (partition.objects.length === 0) continue;
        const sql = await stagedRows(reading, partition, names);
        rows.push(...(await query(`select * from (${sql}) order by all`)));
      }
      return rows;
    });
  }

  /** The refused records of a table, by export and line. */
  async quarantined(table: string): Promise<Row[]> {
    const partitions = (await this.release()).of(`staged/${table}`);
    const keys = partitions.flatMap(({ quarantine }) => (quarantine ? [quarantine.key] : []));
    const rows = await this.read(keys, '* exclude (export_date)', 'order by export, line');
    return rows;
  }

  /** `select <select> from <these objects> <rest>` */
  async read(keys: readonly string[], select: string, rest: string): Promise<Row[]> {
    if (keys.length === 0) return [];
    const files = keys.map((key) => `'${this.output.locate(key)}'`).join(', ');
    // staged rows are main files, named by their date, and strays, named by that of their export
    const names = new Set(keys.map((key) => /([a-z_]+)=/.exec(key)?.[1]));
    // files of a month or a year have the date as a column
    const isHive = names.size <= 1 && !names.has('event_month') && !names.has('event_year');
    return query(
      `select ${select} from read_parquet([${files}], hive_partitioning = ${isHive}, union_by_name = true) as t ${rest}`,
    );
  }

  /**
   * Every file below the output folder, with the hash of its content; the proof that nothing
   * changed.
   */
  async files(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const entries = await fs
      .readdir(this.output.folder, { recursive: true, withFileTypes: true })
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
    for (const entry of entries.filter((each) => each.isFile())) {
      const file = path.join(entry.parentPath, entry.name);
      const { mtimeNs } = await fs.stat(file, { bigint: true });
      const hash = createHash('sha256').update(await fs.readFile(file));
      found.set(path.relative(this.output.folder, file), `${mtimeNs} ${hash.digest('hex')}`);
    }
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Rows of any query, in a DuckDB of the test's own: what another reader sees. */
export async function query(sql: string): Promise<Row[]> {
  return reading((rows) => rows(sql));
}

/** The same of many queries. */
export async function reading<T>(
  work: (rows: (sql: string) => Promise<Row[]>) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await connection.run("set TimeZone = 'UTC'");
    return await work(async (sql) => {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRowObjects().map((row) => {
        const plain = Object.entries(row).map(([name, value]): [string, Row[string]] => {
          if (typeof value === 'bigint') return [name, Number(value)];
          return [
            name,
            typeof value === 'object' && value !== null ? value.toString() : (value as Row[string]),
          ];
        });
        return Object.fromEntries(plain);
      });
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * Makes deployments for the tests of one file; their folders are gone when it ends.
 * @param models what their nights run: few models, unless it matters to have all of them
 */
export function useDeployments(models: 'few' | 'all' = 'few') {
  let root = '';
  let count = 0;
  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'dayfold-nights-'));
    copyFewModels(path.join(root, 'jobs'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** @param settings the configuration file: an object, or YAML text */
  const deploy = async (settings: object | string = {}): Promise<Deployment> => {
    const folder = path.join(root, String(count++));
    const file = path.join(folder, 'dayfold.yaml');
    await fs.mkdir(path.join(folder, 'exports'), { recursive: true });
    await fs.writeFile(
      file,
      typeof settings === 'string' ? settings : stringify(withWholeIds(settings)),
    );
    const config = await loadConfig(file);
    const own = { ...config, engine: { ...config.engine, ...SMALL.engine } };
    return new Deployment(folder, own, models === 'few' ? path.join(root, 'jobs') : undefined);
  };
  return { deploy };
}

/** A table's line of the ledger. */
export function lineOf(
  outcome: { readonly ledger: readonly LedgerLine[] },
  table: string,
): LedgerLine {
  const line = outcome.ledger.find((each) => each.table === table);
  if (line === undefined) throw new Error(`no line for ${table} in the ledger`);
  return line;
}
