import type { Config } from '../config/config.js';
import type { Source } from '../config/source.js';
import type { Engine } from '../engine/engine.js';
import type { JobEngine } from '../engine/job.js';
import type { Export } from '../ingest/exports.js';
import type { Log } from '../log.js';
import type { Model } from '../model/model.js';
import type { Live } from '../release/commit.js';
import type { Release } from '../release/release.js';
import type { Store } from '../store/store.js';
import type { SharedFiles } from './shared_files.js';

/** What every stage of a run works with. */
export interface Night {
  readonly config: Config;
  readonly sources: readonly Source[];
  readonly models: readonly Model[];
  readonly exports: Store;
  readonly output: Store;
  /** embedded: stages exports, makes clean tables and reads what was made */
  readonly engine: Engine;
  /** runs daily, rolling, report and check models; the same one, or a cluster */
  readonly jobs: JobEngine;
  /** local folder of this run alone, gone when it ends */
  readonly scratch: string;
  /** the objects of dated tables whose rows are in files of a month or a year */
  readonly shared: SharedFiles;
  readonly live: Live;
  /** the exports that are there, by the `files` of their table */
  readonly listed: ReadonlyMap<string, readonly Export[]>;
  /** hash of all that decides what is made of exports */
  readonly rules: string;
  /** hash of all that decides what this night ends with */
  readonly inputs: string;
  /** the release being built */
  readonly next: Release;
  /**
   * whether exports that are gone are staged again, from what the release has of them, where their
   * rules changed
   */
  readonly replays: boolean;
  /** whether guards against mistakes are passed over */
  readonly force: boolean;
  /** as-of dates asked for */
  readonly asked: readonly string[];
  readonly log: Log;
  readonly progress: Progress;
  /**
   * what a person should know of this night: missing exports, columns left out, contradicted date
   * orders
   */
  readonly notes: string[];
  /** of the notes, those that the next night has too when nothing is new */
  readonly lastingNotes: string[];
  /** by table, two rows of one key side by side that differ in columns that are not read */
  readonly unreadDifferences: Map<string, string>;
  /** false: what is stale is listed, and not built */
  readonly builds: boolean;
  /** what was built, or would be, in order */
  readonly built: Built[];
}

/** How much building a partition reads. */
export interface Reads {
  readonly rows: number;
  readonly bytes: number;
}

/** A partition that was built in this run, and why. */
export interface Built {
  readonly table: string;
  readonly name: string;
  readonly reason: string;
  /** what building it read */
  readonly reads: Reads;
  /** how many rows it has; of one that was not built, as many as are read for it */
  readonly rows: number;
  readonly seconds: number;
}

/** Told as the run goes on; draws on a terminal, or does nothing. */
export interface Progress {
  /**
   * a stage begins, with this many partitions to look at; several may be under way. @returns what
   * is called for each
   */
  stage(name: string, total: number): () => void;
  /** shows how many tasks of a table's job the cluster has done, of those that it knows so far */
  tasks(table: string, done: number, known: number): void;
  done(): void;
}

/** Shows nothing. */
export const NO_PROGRESS: Progress = {
  stage: () => () => {},
  tasks: () => {},
  done: () => {},
};
