import { schedule } from 'node-cron';
import type { Clock } from '../clock.js';
import type { Config } from '../config/config.js';
import { DayfoldError, messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { reportKilled } from '../notify/notify.js';
import { readDates, readNewest, readNewestExports } from '../release/commit.js';
import type { CheckResult, Commit } from '../release/schema.js';
import type { Store } from '../store/store.js';
import { type Ended, runChild } from './child.js';
import { Firings } from './firings.js';
import { History, type NightRecord, recordOf } from './history.js';
import { Metrics } from './metrics.js';
import { Scheduler } from './scheduler.js';

export interface WorkerOptions {
  readonly config: Config;
  readonly output: Store;
  readonly log: Log;
  readonly clock: Clock;
  /** what node is started with for the night of an as-of date */
  readonly nightArgs: (asOf: string) => readonly string[];
  /** asks the night to end, and starts no other; the second one ends it */
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

/** How the worker is, for /status and the page. */
export interface WorkerStatus {
  readonly started_at: string;
  readonly schedule: {
    readonly cron: string;
    readonly time_zone: string;
    readonly next_run: string;
  };
  readonly running: { readonly as_of: string; readonly started_at: string } | null;
  /** null before the first release, and until it could be read */
  readonly release: {
    readonly number: number;
    readonly published_at: string;
    readonly as_of: string | null;
    /** date of the newest export that it was made from */
    readonly newest_export: string | null;
    readonly tables: readonly TableState[];
    /** the checks that do not hold */
    readonly checks: readonly CheckResult[];
  } | null;
  /** why no night can begin; null when all is well */
  readonly problem: string | null;
  /** the last nights, the newest first */
  readonly nights: readonly NightRecord[];
}

/** How one table is in the live release. */
export interface TableState {
  readonly table: string;
  /** YYYY-MM-DD; null before the first export */
  readonly newest_export: string | null;
  readonly records: number;
  /** of them, those that were refused, by rule */
  readonly quarantined: Readonly<Record<string, number>>;
}

const EVERY_MINUTE = '* * * * *';
/** node-cron's own warnings, of ticks that came while a night was running, are of no use here. */
const QUIET = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };

/** Runs nights as the schedule wants, each in a process of its own, until it is told to stop. */
export class Worker {
  readonly metrics: Metrics;
  readonly #options: WorkerOptions;
  readonly #firings: Firings;
  readonly #scheduler: Scheduler;
  readonly #history = new History();
  readonly #started: Date;
  #running: WorkerStatus['running'] = null;
  #release: WorkerStatus['release'] = null;
  #problem: string | null = null;

  constructor(options: WorkerOptions) {
    const { config, clock, stop } = options;
    this.#options = options;
    this.#started = clock();
    this.#firings = new Firings(config.schedule.cron, config.time_zone);
    this.#scheduler = new Scheduler({
      firings: this.#firings,
      catchUp: config.schedule.catch_up,
      clock,
      published: () => this.#readReleases(),
      runNight: (asOf) => this.#runNight(asOf),
      signal: stop,
    });
    this.metrics = new Metrics({
      freshness: () => this.#freshness(),
      nextRun: () => this.#scheduler.next.at,
    });
  }

  get status(): WorkerStatus {
    const { cron } = this.#options.config.schedule;
    return {
      started_at: this.#started.toISOString(),
      schedule: {
        cron,
        time_zone: this.#options.config.time_zone,
        next_run: this.#scheduler.next.at.toISOString(),
      },
      running: this.#running,
      release: this.#release,
      problem: this.#problem,
      nights: this.#history.records,
    };
  }

  /** Until it is told to stop, and the night under way has ended. */
  async run(): Promise<void> {
    const { stop, log, config } = this.#options;
    await this.#orLog(() => this.#history.read(this.#options.output));
    log.info(
      { cron: config.schedule.cron, next_run: this.#scheduler.next.at.toISOString() },
      'worker started',
    );
    let beat = this.#beat(); // what is missing now; from then on each minute, and never two at once
    await beat;
    if (!stop.aborted) {
      const options = { noOverlap: true, suppressMissedWarning: true, logger: QUIET };
      const task = schedule(EVERY_MINUTE, () => (beat = this.#beat()), options);
      await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
      await task.destroy();
    }
    await beat;
    log.info('worker stopped');
  }

  async #beat(): Promise<void> {
    if (!this.#options.stop.aborted) await this.#orLog(() => this.#scheduler.tick());
  }

  /** Whatever fails, the next minute tries again; the same problem is reported once. */
  async #orLog(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#problem !== null) this.#options.log.info('the releases can be read again');
      this.#problem = null;
    } catch (error) {
      const problem = messageOf(error);
      this.metrics.read(undefined);
      if (problem !== this.#problem) {
        // a defect is reported with its place
        const at = error instanceof DayfoldError ? {} : { err: error };
        this.#options.log.error(at, `no night can begin: ${problem}`);
      }
      this.#problem = problem;
    }
  }

  /** @returns the as-of dates that have a report */
  async #readReleases(): Promise<ReadonlySet<string>> {
    const { output } = this.#options;
    const newest = await readNewest(output);
    const dates = await readDates(output, newest, 'report/report');
    if (newest !== undefined) {
      const { number } = newest.release;
      const { created_at: published_at, newest_export = null } = newest.envelope;
      // what it holds does not change
      const about =
        this.#release?.number === number ? this.#release : await aboutOf(output, newest);
      const { tables, checks } = about;
      this.#release = {
        number,
        published_at,
        as_of: dates.at(-1) ?? null,
        newest_export,
        tables,
        checks,
      };
    }
    this.metrics.read(newest?.release ?? { number: 0, ledger: [], checks: [] });
    return new Set(dates);
  }

  async #runNight(asOf: string): Promise<void> {
    const { config, output, clock, log, nightArgs, stop, kill } = this.#options;
    const started = clock();
    this.metrics.began((started.getTime() - this.#firings.last(started).at.getTime()) / 1000);
    this.#running = { as_of: asOf, started_at: started.toISOString() };
    log.info({ as_of: asOf }, 'night started');
    const begun = performance.now();
    let ended: Ended;
    try {
      ended = await runChild({ args: nightArgs(asOf), log, stop, kill });
    } finally {
      this.#running = null;
    }
    const record = recordOf(asOf, started, (performance.now() - begun) / 1000, ended);
    this.#history.add(record);
    this.metrics.ended(record, ended.outcome, clock());
    if (record.result === 'failed') log.error(record, 'night failed');
    else log.info(record, 'night ended');
    if (record.error !== null && ended.outcome === undefined) {
      await reportKilled({ config, output, asked: [asOf], clock, log }, record.error);
    }
    if (record.result === 'published') await this.#readReleases();
  }

  /**
   * Since the end of the newest as-of date; of one that is after all exports, since the end of the
   * newest export's.
   */
  #freshness(): number | undefined {
    const { as_of, newest_export } = this.#release ?? {};
    const [date] = [as_of, newest_export].filter((each) => typeof each === 'string').sort();
    if (date === undefined || typeof as_of !== 'string') return undefined;
    return Math.max(
      0,
      (this.#options.clock().getTime() - this.#firings.endOf(date).getTime()) / 1000,
    );
  }
}

/** What a release says of its tables, and which checks do not hold. */
async function aboutOf(output: Store, commit: Commit) {
  const exports = await readNewestExports(output, commit);
  const tables = commit.release.ledger.map(
    ({ table, records, quarantined }): TableState => ({
      ...{ table, records, quarantined },
      newest_export: exports.get(table) ?? null,
    }),
  );
  return { tables, checks: commit.release.checks.filter(({ violations }) => violations > 0) };
}
