import type { JobEngine, JobSession } from './job.js';

/**
 * A value of a result: 64-bit integers as bigint, dates as YYYY-MM-DD, timestamps (UTC) as
 * YYYY-MM-DD HH:MM:SS[.ffffff].
 */
export type Value = string | number | bigint | boolean | null;
export type Row = Record<string, Value>;

/** One connection: statements run in turn; tables and views made in it are its own. */
export interface Session extends JobSession {
  /**
   * A database of the session's own, for tables that repeated statements read: their
   * plans last until one is made in it.
   */
  readonly careful: string;
  run(sql: string): Promise<void>;
  /**
   * Runs a statement whose text comes again: its plan is kept until a table or view of the session
   * changes.
   */
  repeat(sql: string): Promise<void>;
  rows(sql: string): Promise<Row[]>;
  /** The rows of a large result, some thousands at a time. */
  batches(sql: string): AsyncIterable<Row[]>;
  /** The same, by column. */
  columns(sql: string): AsyncIterable<readonly (readonly Value[])[]>;
  /**
   * Writes the rows of a SELECT, in their order, as a Parquet file. A DOUBLE that is not finite is
   * missing, and so is a DATE or TIMESTAMP outside of the years 1 to 9999.
   * @param columns SQL type by name, in the order of the file
   * @returns how many rows
   */
  writeParquet(
    select: string,
    columns: ReadonlyMap<string, string>,
    to: ParquetFile,
  ): Promise<number>;
  /**
   * The same for several small files of the same columns, in one call.
   * @param selects by file
   */
  writeParquetFiles(
    selects: ReadonlyMap<string, string>,
    columns: ReadonlyMap<string, string>,
    compression: string,
  ): Promise<void>;
  /** Ends the statement that is running: it throws Stopped. */
  interrupt(): void;
}

/** A Parquet file to write. */
export interface ParquetFile {
  readonly file: string;
  readonly compression: string;
  /** how many rows are expected; unknown unless set */
  readonly rows?: number;
}

/**
 * What runs SQL. It reads and writes only local files in the folders it was opened for, never the
 * network.
 */
export interface Engine extends JobEngine<Session> {
  /** Beside `sessions`: for short statements that somebody who holds one of those waits for. */
  readonly aside: Session;
  /** Runs in every session the statements that make the tables which models read. */
  setUp(sql: string): Promise<void>;
}

/** A failed statement: the engine's message, and the statement. */
export class QueryError extends Error {
  override readonly name = 'QueryError';

  constructor(
    message: string,
    readonly sql: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/** A text as an SQL literal. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
