import type { Exports } from './lists.js';

/** An object of the output store, as a job reads it. */
export interface InputObject {
  readonly key: string;
  readonly bytes: number;
  readonly rows: number;
  readonly sha256: string;
  /** unset where the object is a file of its own */
  readonly within?: SharedFile | undefined;
}

/** A file of the output store that has the rows of several objects. */
export interface SharedFile {
  readonly key: string;
  readonly bytes: number;
  readonly rows: number;
  readonly sha256: string;
  /** the row with which the object begins, from 0 */
  readonly first: number;
}

/**
 * The columns of a numbered relation that say where a row is: the place of its object among those
 * of the relation, which are all different, and its place in the object, both from 0.
 */
export const NUMBERS: ReadonlyMap<string, string> = new Map([
  ['_file', 'BIGINT'],
  ['_row', 'BIGINT'],
]);

/** What a model reads under a name: the rows of these objects; no rows where there are none. */
export interface Relation {
  /** schema and table as the model names them, such as daily and user_day */
  readonly schema: string;
  readonly table: string;
  /** SQL type by name; the column that names the partitions is in the path of the objects */
  readonly columns: ReadonlyMap<string, string>;
  readonly objects: readonly InputObject[];
  /** which rows of an undated table; all unless set */
  readonly events?: Events;
  /** whether it has the columns of NUMBERS as well, and nothing from the path of its objects */
  readonly isNumbered?: boolean;
  /** common SQL of the relations before it, in place of objects */
  readonly select?: string;
}

/** Rows that are an event on one of the dates, or that are one up to a date or on none at all. */
export interface Events {
  /** the timestamps that make a row an event */
  readonly columns: readonly string[];
  readonly timeZone: string;
  readonly dates: readonly string[];
  /** whether rows of earlier dates, and rows without a date, count as well */
  readonly isUntil: boolean;
}

/**
 * One run of a model: partitions of its table, from what it reads. Equal jobs give equal rows, in
 * the same order.
 */
export interface Job {
  /** layer and name, such as daily/user_day */
  readonly table: string;
  /** one SELECT of the common SQL of the models */
  readonly sql: string;
  /** the columns that together occur once */
  readonly grain: readonly string[];
  /** SQL type by name of the files, in order */
  readonly columns: ReadonlyMap<string, string>;
  /** the date column that tells the partitions apart; undefined: there is one, `all` */
  readonly partitionColumn: string | undefined;
  /**
   * the partitions to make, ascending; an as-of date is one of its own. Rows of others are left out
   */
  readonly names: readonly string[];
  readonly reads: readonly Relation[];
  /** the rows of `absences` and `deliveries`, for a model that names one of them */
  readonly exports?: Exports;
  /**
   * Whether a date, or an as-of date, may be several files when it is made from many rows: its rows
   * are then divided by a hash of the grain, and each file is in the order of the grain.
   */
  readonly isDivisible?: boolean;
}

/** Rows of one partition, as a local Parquet file that the caller may move away. */
export interface MadeFile {
  /** the partition */
  readonly name: string;
  readonly file: string;
  readonly rows: number;
}

/** Where a job finds what it reads, and leaves what it writes. */
export interface JobFiles {
  /** a local file with the content of the object, which is not to be changed */
  fetch(object: InputObject): Promise<string>;
  /** a fresh local path */
  fresh(extension: string): string;
  readonly compression: string;
}

/** Runs one job at a time. */
export interface JobSession {
  /**
   * Makes the partitions of a job, each as one file, or as several where it is divisible. Nothing
   * else is left of it, whether it succeeds or fails.
   * @returns in the order of the names, and the files of one in an order that their rows decide; a
   * partition without rows has a file only where the job makes one partition
   * @throws QueryError for SQL that does not run; Stopped when it was interrupted
   */
  make(job: Job, files: JobFiles): Promise<readonly MadeFile[]>;
}

/** Runs models: embedded DuckDB on local copies, or a cluster where the objects are. */
export interface JobEngine<S extends JobSession = JobSession> {
  /**
   * Name and version; part of every fingerprint, for another version may compute or write other
   * bytes.
   */
  readonly version: string;
  /** As many as jobs can run at once. */
  readonly sessions: readonly S[];
  /** How much is worth one job at most. */
  readonly together: { readonly rows: number; readonly partitions: number };
  /** Ends the jobs that are running: they throw Stopped. */
  interrupt(): void;
  close(): void | Promise<void>;
}
