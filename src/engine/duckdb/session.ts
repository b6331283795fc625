import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBValue } from '@duckdb/node-api';
import { messageOf, Stopped, StoreError, SYSTEM_LIMITS } from '../../errors.js';
import {
  identifier,
  type ParquetFile,
  QueryError,
  quote,
  type Row,
  type Session,
  type Value,
} from '../engine.js';
import type { Job, JobFiles, MadeFile } from '../job.js';
import { quotePath } from '../paths.js';
import { makeParts } from './jobs.js';
import type { Spacious } from './spacious.js';

/**
 * Entries of the largest dictionary that parquetjs-lite reads: it takes wrong values from one of
 * over 256, and fails at those of timestamps.
 */
const LARGEST_DICTIONARY = 255;

/** Of this many rows, times are most likely too different for a dictionary. */
const MANY_TIMES = 10_000;

/** The buffers that DuckDB may have are used up. */
class ShortOfMemory extends StoreError {}

/** A connection to DuckDB, which runs one statement at a time. */
export class DuckdbSession implements Session {
  readonly #connection: DuckDBConnection;
  readonly #spacious: Spacious<DuckdbSession> | undefined;
  /** the statement that was repeated last */
  #repeated: { sql: string; statement: DuckDBPreparedStatement } | undefined;

  constructor(
    connection: DuckDBConnection,
    readonly careful: string,
    spacious?: Spacious<DuckdbSession>,
  ) {
    this.#connection = connection;
    this.#spacious = spacious;
  }

  async run(sql: string): Promise<void> {
    try {
      await this.#connection.run(sql);
    } catch (error) {
      throw failure(error, sql);
    }
  }

  async repeat(sql: string): Promise<void> {
    try {
      if (this.#repeated?.sql !== sql) {
        this.#repeated?.statement.destroySync();
        this.#repeated = { sql, statement: await this.#connection.prepare(sql) };
      }
      await this.#repeated.statement.run();
    } catch (error) {
      throw failure(error, sql);
    }
  }

  async rows(sql: string): Promise<Row[]> {
    try {
      const result = await this.#connection.run(sql);
      const names = result.deduplicatedColumnNames();
      const rows: Row[] = [];
      // all of it is in memory: fetching it would pass each chunk through another thread
      for (let i = 0; i < result.chunkCount; i++)
        rows.push(...result.getChunk(i).getRowObjects(names).map(toRow));
      return rows;
    } catch (error) {
      throw failure(error, sql);
    }
  }

  async *batches(sql: string): AsyncIterable<Row[]> {
    try {
      const result = await this.#connection.stream(sql);
      for await (const rows of result.yieldRowObjects()) yield rows.map(toRow);
    } catch (error) {
      throw failure(error, sql);
    }
  }

  async *columns(sql: string): AsyncIterable<readonly (readonly Value[])[]> {
    try {
      const result = await this.#connection.stream(sql);
      for await (const chunk of result)
        yield chunk.getColumns().map((values) => values.map(toValue));
    } catch (error) {
      throw failure(error, sql);
    }
  }

  async writeParquet(
    select: string,
    columns: ReadonlyMap<string, string>,
    { file, compression, rows = 0 }: ParquetFile,
  ): Promise<number> {
    const write = async (entries: number): Promise<number> => {
      const [result] = await this.rows(
        copyStatement(select, columns, { file, compression, entries }),
      );
      return Number(result?.Count);
    };
    const times = timesOf(columns);
    if (times.length === 0) return write(LARGEST_DICTIONARY);
    if (rows < MANY_TIMES) return write(0);
    const written = await write(LARGEST_DICTIONARY);
    return (await this.#haveDictionaries(times, file)) ? write(0) : written;
  }

  async writeParquetFiles(
    selects: ReadonlyMap<string, string>,
    columns: ReadonlyMap<string, string>,
    compression: string,
  ): Promise<void> {
    if (selects.size === 0) return;
    const entries = timesOf(columns).length === 0 ? LARGEST_DICTIONARY : 0;
    const statements = [...selects].map(([file, select]) =>
      copyStatement(select, columns, { file, compression, entries }),
    );
    await this.run(statements.join(';\n'));
  }

  async #haveDictionaries(columns: readonly string[], file: string): Promise<boolean> {
    const [found] = await this.rows(
      `select count(*) as chunks from parquet_metadata(${quotePath(file)})
       where dictionary_page_offset is not null
         and path_in_schema in (${columns.map(quote).join(', ')})`,
    );
    return Number(found?.chunks) > 0;
  }

  async make(job: Job, files: JobFiles): Promise<readonly MadeFile[]> {
    try {
      return await makeParts(this, job, files);
    } catch (error) {
      if (this.#spacious === undefined || !(error instanceof ShortOfMemory)) throw error;
      return this.#spacious.run((session) => makeParts(session, job, files));
    }
  }

  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    this.#repeated?.statement.destroySync();
    this.#connection.closeSync();
  }
}

function timesOf(columns: ReadonlyMap<string, string>): string[] {
  return [...columns].flatMap(([name, type]) => (type === 'TIMESTAMP' ? [name] : []));
}

/** @param to a Parquet file, and how many entries its dictionaries have at most */
function copyStatement(
  select: string,
  columns: ReadonlyMap<string, string>,
  to: ParquetFile & { readonly entries: number },
): string {
  const list = [...columns].map(
    ([name, type]) => `${valueOfType(identifier(name), type)} as ${identifier(name)}`,
  );
  return (
    `copy (select ${list.join(', ')} from (${select})) to ${quote(to.file)} (format parquet, ` +
    `compression ${to.compression}, dictionary_size_limit ${to.entries})`
  );
}

/**
 * A number that is not defined, such as 0 / 0, is missing, and so is a time outside of the years 1
 * to 9999, such as infinity: other programs cannot read it.
 */
function valueOfType(column: string, type: string): string {
  const value = `cast(${column} as ${type})`;
  const isSound = SOUND[type];
  return isSound === undefined ? value : `case when ${isSound(value)} then ${value} end`;
}

const SOUND: Record<string, (value: string) => string> = {
  DOUBLE: (value) => `isfinite(${value})`,
  DATE: (value) => `${value} between DATE '0001-01-01' and DATE '9999-12-31'`,
  TIMESTAMP: (value) =>
    `${value} between TIMESTAMP '0001-01-01' and TIMESTAMP '9999-12-31 23:59:59.999999'`,
};

/** Dates, timestamps and the like as text. In place: large results pass here. */
function toRow(values: Record<string, DuckDBValue>): Row {
  const row = values as Row;
  for (const name in values) row[name] = toValue(values[name] as DuckDBValue);
  return row;
}

function toValue(value: DuckDBValue): Value {
  return typeof value === 'object' && value !== null ? value.toString() : (value as Value);
}

/** What the engine says of Parquet files that are torn or were changed. */
const DAMAGED = new RegExp(
  'magic bytes|too small to be a Parquet file|TProtocolException|Snappy decompression|corrupt|' +
    'Invalid Parquet',
  'i',
);

function failure(error: unknown, sql: string): Error {
  const message = messageOf(error);
  if (/^INTERRUPT/.test(message))
    return new Stopped('Stopped on request, in the middle of a statement', { cause: error });
  if (/No space left on device/i.test(message)) {
    return new StoreError(`The disk is full: free some space and run again (${message})`, {
      cause: error,
    });
  }
  if (/Too many open files/i.test(message)) {
    return new StoreError(`${SYSTEM_LIMITS.EMFILE} (${message})`, { cause: error });
  }
  if (/^Out of Memory Error/.test(message)) {
    return new ShortOfMemory(
      'The engine needs more memory or spill space: raise engine.memory_limit, or free disk ' +
        `space at engine.scratch (${message.split('\n')[0]})`,
      { cause: error },
    );
  }
  if (DAMAGED.test(message)) {
    return new StoreError(
      'Expected sound Parquet objects, found that one is damaged: run-job repair finds it ' +
        `and builds it again (${message})`,
      { cause: error },
    );
  }
  return new QueryError(message, sql, error);
}
