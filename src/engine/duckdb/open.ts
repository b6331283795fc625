import { DuckDBInstance, version } from '@duckdb/node-api';
import { type Engine, quote } from '../engine.js';
import { patternOf } from '../paths.js';
import { memoryHere, memoryLimitOf } from './memory.js';
import { DuckdbSession } from './session.js';
import { type Sessions, Spacious } from './spacious.js';
import { SPELLINGS } from './spellings.js';
import { VOCABULARY } from './vocabulary.js';

/** The schemas in which models find the relations they read. */
const SCHEMAS = ['staged', 'clean', 'daily', 'weekly', 'monthly', 'rolling', 'previous'];

/**
 * Planning a statement costs more than running it on some thousand rows, so small partitions are
 * made together.
 */
const TOGETHER = { rows: 100_000, partitions: 64 };

export interface DuckdbOptions {
  /** sessions, each with a thread of its own */
  readonly threads: number;
  /** of DuckDB's buffers, such as 256MB; null for what suits the machine; the process takes more */
  readonly memoryLimit: string | null;
  /** where DuckDB spills and the worker prepares files */
  readonly scratch: string;
  /** other folders it may read */
  readonly readable: readonly string[];
}

/**
 * Opens an in-memory DuckDB, locked down: no network, no extensions, no files but those of the
 * folders given.
 */
export async function openDuckdb(options: DuckdbOptions): Promise<Engine> {
  const spacious = new Spacious(() => openSessions({ ...options, threads: 1 }, SPACIOUS));
  const { sessions, aside, close } = await openSessions(options, FAST, spacious);
  return {
    version: `duckdb ${version()}`,
    sessions,
    aside,
    together: TOGETHER,
    setUp: async (sql) => {
      spacious.setUp = sql;
      for (const session of sessions) await session.run(sql);
    },
    interrupt: () => {
      for (const session of [...sessions, aside]) session.interrupt();
      spacious.interrupt();
    },
    close: async () => {
      close();
      await spacious.close();
    },
  };
}

/** How DuckDB is set up; `spill` is where it keeps what does not fit the memory. */
interface Setting {
  readonly threads: Record<string, string>;
  readonly spill: string;
}

/** One thread for each session: with more, each of them has partial groups of its own. */
const FAST: Setting = { threads: { threads: '1' }, spill: 'spill' };

/**
 * DuckDB splits groups that do not fit the memory by the number of its threads: with one into
 * eight parts, with four into 32. All are the thread that runs the statement, so that none waits
 * for another. Eight need more than 256 MB for their own parts.
 */
const SPACIOUS: Setting = {
  threads: { threads: '4', external_threads: '4' },
  spill: 'spill_spacious',
};

async function openSessions(
  options: DuckdbOptions,
  { threads, spill }: Setting,
  spacious?: Spacious<DuckdbSession>,
): Promise<Sessions<DuckdbSession> & { readonly aside: DuckdbSession }> {
  const instance = await DuckDBInstance.create(':memory:', {
    ...threads,
    memory_limit: options.memoryLimit ?? memoryLimitOf(memoryHere()),
    temp_directory: `${options.scratch}/${spill}`,
  });
  const sessions: DuckdbSession[] = [];
  for (let i = 0; i < options.threads; i++) {
    const connection = await instance.connect();
    const session = new DuckdbSession(connection, `careful_${i}`, spacious);
    // a database each, so that the schemas and views of one session are not another's
    await session.run(
      `ATTACH ':memory:' AS session_${i}; ATTACH ':memory:' AS ${session.careful}; USE ` +
        `session_${i}`,
    );
    await session.run("SET TimeZone = 'UTC'");
    await session.run(VOCABULARY);
    await session.run(SPELLINGS);
    for (const schema of SCHEMAS) await session.run(`CREATE SCHEMA ${schema}`);
    sessions.push(session);
  }
  const [first] = sessions;
  // A path that is read is a pattern, and the pattern itself must begin with an allowed folder.
  const folders = [options.scratch, ...options.readable].flatMap((folder) => [
    folder,
    patternOf(folder) ?? folder,
  ]);
  const allowed = [...new Set(folders)].map((folder) => quote(`${folder.replace(/\/+$/, '')}/`));
  // All Parquet is on the local disk, whose cache is the system's: a second one takes memory. The
  // order matters: nothing can be set after the last of these.
  await first?.run(`SET enable_external_file_cache = false;
    SET allowed_directories = [${allowed.join(', ')}];
    SET autoinstall_known_extensions = false; SET autoload_known_extensions = false;
    SET enable_external_access = false; SET lock_configuration = true`);
  const aside = new DuckdbSession(await instance.connect(), '');
  return {
    sessions,
    aside,
    close: () => {
      for (const session of [...sessions, aside]) session.close();
      instance.closeSync();
    },
  };
}
