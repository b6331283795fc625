import { constants, copyFile } from 'node:fs/promises';
import path from 'node:path';
import { counted, totalRows } from '../../counts.js';
import { StoreError } from '../../errors.js';
import { removeAll } from '../../store/remove_all.js';
import type { Store } from '../../store/store.js';
import { QueryError } from '../engine.js';
import type { Job, JobFiles, JobSession, MadeFile, Relation } from '../job.js';
import { type Exports, exportsSelects, type FunnelStep, funnelSelect } from '../lists.js';
import { literal, viewName } from './dialect.js';
import { SessionLost } from './failure.js';
import { settleFooter } from './footer.js';
import {
  emptyView,
  eventsView,
  FILE,
  filesOf,
  numberedView,
  schemaOf,
  selectOf,
  selectView,
  withRow,
} from './select.js';
import type { SparkServer } from './server.js';
import { SparkSession, type TellTasks } from './session.js';
import { SETTINGS, VOCABULARY } from './vocabulary.js';

/** What the path of a divided partition says of the place of a file in it. */
const IN_FILE = new RegExp(`/${FILE}=(\\d+)/`);
/** How often a job is begun whose session is lost. */
const ATTEMPTS = 3;
/**
 * How many files of a view the driver looks at itself. For more than 32, unless set, Spark runs a
 * task for each, which takes longer than to look at a file in a folder.
 */
const LISTED_BY_DRIVER = { 'spark.sql.sources.parallelPartitionDiscovery.threshold': '10000' };

export interface SparkOptions {
  /** sc://host:port */
  readonly remote: string;
  readonly token: string | null;
  readonly tls: boolean;
  /** that a statement may take */
  readonly seconds: number;
  /** jobs at once, each in a session of its own */
  readonly parallelJobs: number;
  /** what models find in `settings`, beside the as-of date */
  readonly settings: Readonly<Record<string, number>>;
  /** the days of `windows` */
  readonly windows: readonly number[];
  /** the rows of `funnel_steps` */
  readonly funnelSteps: readonly FunnelStep[];
  readonly timeZone: string;
  /** where the objects are that models read; the cluster reaches it under the same URL or path */
  readonly store: Store;
  /** waits until what was written to the store before is there */
  readonly uploaded: () => Promise<void>;
  /** called with the table of a running job, and how many of the job's tasks are done */
  readonly tell: (table: string, ...tasks: Parameters<TellTasks>) => void;
  /** a folder of keys that no other run writes to, such as attempts/<run> */
  readonly attempts: string;
  /** for how many rows that a divisible job reads a partition has a file of its own */
  readonly rowsAFile: number;
}

/** Where jobs write, and what of it may be there still. */
export interface Attempts {
  /** the folder of a new attempt, ending in / */
  attempt(): string;
  readonly unfinished: Set<string>;
}

/**
 * Runs jobs on a cluster, one at a time: views over just the objects of a job, one SELECT written
 * as Parquet under a prefix of its own, and the files brought here to be read again and named by
 * their content.
 */
export class SparkJobs implements JobSession {
  readonly #server: SparkServer;
  readonly #options: SparkOptions;
  readonly #attempts: Attempts;
  #session: SparkSession | undefined;
  #isStopped = false;
  #asOf: string | undefined;

  constructor(server: SparkServer, options: SparkOptions, attempts: Attempts) {
    this.#server = server;
    this.#options = options;
    this.#attempts = attempts;
  }

  async make(job: Job, files: JobFiles): Promise<readonly MadeFile[]> {
    for (let attempt = 1; ; attempt++) {
      const folder = this.#attempts.attempt();
      this.#attempts.unfinished.add(folder);
      try {
        const made = await this.#attempt(job, files, folder);
        this.#attempts.unfinished.delete(folder);
        return made;
      } catch (error) {
        if (error instanceof QueryError) await this.#requireObjects(job, files);
        if (!(error instanceof SessionLost) || attempt === ATTEMPTS) throw error;
        this.#session = undefined;
      } finally {
        await removeAll(this.#options.store, folder);
      }
    }
  }

  /** Analyses a job over relations without rows. @throws QueryError when it would not run */
  async analyse(job: Job): Promise<void> {
    this.#session ??= await this.#open();
    for (const relation of job.reads) await this.#session.run(emptyView(relation));
    await this.#session.analyse(selectOf(job));
  }

  interrupt(): void {
    this.#isStopped = true;
    this.#session?.interrupt();
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  async #attempt(job: Job, files: JobFiles, folder: string): Promise<MadeFile[]> {
    await this.#options.uploaded();
    this.#session ??= await this.#open();
    const session = this.#session;
    if (job.partitionColumn === 'as_of_date') await this.#setAsOf(session, job.names[0] ?? '');
    if (job.exports !== undefined) await setExports(session, job.exports);
    for (const relation of job.reads) await this.#bind(session, relation);
    const divided = filesOf(job, this.#options.rowsAFile);
    const written = await session.write({
      table: job.table,
      select: selectOf(job, divided),
      path: this.#place(folder),
      partitionBy: [
        ...(job.names.length > 1 && job.partitionColumn !== undefined ? [job.partitionColumn] : []),
        ...(divided.size > 0 ? [FILE] : []),
      ],
      // No dictionaries, as everywhere: parquetjs-lite cannot read timestamps from one.
      options: { compression: files.compression, 'parquet.enable.dictionary': 'false' },
      tell: (...tasks) => this.#options.tell(job.table, ...tasks),
    });
    const made = await this.#bring(job, files, folder);
    const rows = totalRows(made);
    if (rows !== written) {
      throw new StoreError(
        `${job.table}: expected ${counted(written, 'row')} below ${this.#place(folder)}, as ` +
          `Spark counted them, found ${rows} in ${counted(made.length, 'file')}. Nothing was ` +
          'published; run again',
      );
    }
    return made;
  }

  async #open(): Promise<SparkSession> {
    const session = new SparkSession(this.#server, this.#options.seconds);
    if (this.#isStopped) session.interrupt();
    this.#session = session;
    const isFolder = this.#options.store.folder !== undefined;
    await session.configure(isFolder ? { ...SETTINGS, ...LISTED_BY_DRIVER } : SETTINGS);
    for (const word of VOCABULARY) await session.run(word);
    const windows = this.#options.windows.map((days) => `(cast(${days} as bigint))`).join(', ');
    await session.run(
      `create or replace temporary view windows as select window_days from values ${windows} ` +
        'as w(window_days)',
    );
    await session.run(
      'create or replace temporary view funnel_steps as ' +
        `${funnelSelect(this.#options.funnelSteps, literal)}`,
    );
    await setExports(session, { absences: [], deliveries: [] });
    this.#asOf = undefined;
    await this.#setAsOf(session, '1970-01-01');
    return session;
  }

  async #setAsOf(session: SparkSession, asOf: string): Promise<void> {
    if (this.#asOf === asOf) return;
    const values = Object.entries(this.#options.settings).map(
      ([name, value]) => `cast(${value} as bigint) as ${name}`,
    );
    await session.run(
      `create or replace temporary view settings as select DATE ${literal(asOf)} as ` +
        `as_of_date, ${literal(this.#options.timeZone)} as time_zone, ${values.join(', ')}`,
    );
    this.#asOf = asOf;
  }

  async #bind(session: SparkSession, relation: Relation): Promise<void> {
    const { schema, table, columns, objects, events, isNumbered, select } = relation;
    if (select !== undefined) {
      await session.run(selectView(relation, select));
      return;
    }
    if (objects.length === 0) {
      await session.run(emptyView(relation));
      return;
    }
    const paths = objects.map(({ key }) => this.#place(key));
    if (isNumbered) {
      const all = `${viewName(schema, table)}__all`;
      await session.view(all, { paths, schema: schemaOf(columns), select: withRow(columns) });
      await session.run(numberedView(relation, all));
      return;
    }
    const name = events === undefined ? viewName(schema, table) : `${viewName(schema, table)}__all`;
    await session.view(name, {
      paths,
      schema: schemaOf(columns),
      basePath: this.#place(folderOf(objects)),
    });
    if (events !== undefined) await session.run(eventsView(relation, name, events));
  }

  /** Brings the files of an attempt here. */
  async #bring(job: Job, files: JobFiles, folder: string): Promise<MadeFile[]> {
    const { store } = this.#options;
    const keys: string[] = [];
    for await (const key of store.keys(folder)) {
      if (/^[^._].*\.parquet$/.test(path.basename(key)) && !key.includes('/_temporary/'))
        keys.push(key);
    }
    const made = new Map<string, MadeFile>();
    for (const key of keys) {
      const file = files.fresh('.parquet');
      await copyFile(await store.fetch(key, path.dirname(file)), file, constants.COPYFILE_FICLONE);
      const name =
        job.names.length === 1 ? job.names[0] : job.names.find((each) => key.includes(`=${each}/`));
      const [, number = ''] = IN_FILE.exec(key) ?? [];
      const place = `${name} ${number.padStart(9, '0')}`;
      if (name === undefined || made.has(place)) {
        throw new StoreError(
          `${job.table}: expected one file for each part of ${job.names.join(', ')}, found ` +
            `${key}. Run again`,
        );
      }
      made.set(place, { name, file, rows: await settleFooter(file) });
    }
    return [...made].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  }

  /**
   * @throws what fetching says of an object that is not there, which Spark tells as a statement
   * that fails
   */
  async #requireObjects({ reads }: Job, files: JobFiles): Promise<void> {
    for (const { objects } of reads) {
      const there = new Set<string>();
      for (const folder of new Set(objects.map((object) => folderOf([object]))))
        for await (const key of this.#options.store.keys(`${folder}/`)) there.add(key);
      const missing = objects.find(({ key }) => !there.has(key));
      if (missing !== undefined) await files.fetch(missing);
    }
  }

  /** The URL of a key for Spark, whose name for S3 is s3a. */
  #place(key: string): string {
    const { store } = this.#options;
    const place = store.locate(key);
    return store.folder === undefined ? place.replace(/^s3:/, 's3a:') : `file://${place}`;
  }
}

async function setExports(session: SparkSession, exports: Exports): Promise<void> {
  for (const [name, select] of exportsSelects(exports))
    await session.run(`create or replace temporary view ${name} as ${select}`);
}

/** The folder of a table, above those of its partitions. */
function folderOf(objects: readonly { readonly key: string }[]): string {
  return (objects[0]?.key ?? '').split('/').slice(0, 3).join('/');
}
