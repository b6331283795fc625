import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { PrintedOutcome } from '../night/outcome.js';
import type { Commit } from '../release/schema.js';
import type { NightRecord } from './history.js';

/** What a scrape asks for at that moment. */
export interface Readings {
  /** since the end of the newest as-of date that has exports; undefined before the first release */
  freshness(): number | undefined;
  nextRun(): Date;
}

/** The metrics of a worker, in Prometheus' words: seconds, bytes, and totals that only grow. */
export class Metrics {
  readonly registry = new Registry();
  readonly #nights = this.#counter('nights_total', 'Nights that ended, by result.', ['result']);
  readonly #exits = this.#counter('exits_total', 'Exit codes of nights that failed.', ['code']);
  readonly #lag = this.#gauge(
    'schedule_lag_seconds',
    'How long after its time the last firing began.',
  );
  readonly #problem = this.#gauge(
    'releases_unreadable',
    '1 while the releases cannot be read, and no night can begin.',
  );
  readonly #running = this.#gauge('night_running', '1 while a night runs.');
  readonly #failed = this.#gauge('last_night_failed', '1 when the last night failed.');
  readonly #ended = this.#gauge(
    'last_night_end_timestamp_seconds',
    'When the last night ended, by result.',
    ['result'],
  );
  readonly #release = this.#gauge('release', 'Number of the live release.');
  readonly #rows = this.#gauge(
    'rows',
    'Records of the live release, by table and what became of them.',
    ['table', 'outcome'],
  );
  readonly #quarantined = this.#gauge('quarantined_rows', 'Records refused in the live release.', [
    'table',
    'rule',
  ]);
  readonly #violations = this.#gauge(
    'check_violations',
    'Rows that break a quality check in the live release.',
    ['check', 'severity'],
  );
  readonly #partitions = this.#counter(
    'partitions_total',
    'Partitions of nights, built or taken over.',
    ['outcome'],
  );
  readonly #requests = this.#counter('store_requests_total', 'Requests to object storage.', [
    'store',
    'kind',
  ]);
  readonly #retries = this.#counter('store_retries_total', 'Of them, those that were repeated.', [
    'store',
  ]);
  readonly #bytes = this.#counter('store_bytes_total', 'Bytes of bodies.', ['store', 'direction']);
  readonly #duration = new Histogram({
    name: 'dayfold_night_duration_seconds',
    help: 'How long nights took, by result.',
    labelNames: ['result'],
    buckets: [1, 5, 15, 60, 300, 900, 3600, 4 * 3600],
    registers: [this.registry],
  });

  constructor({ freshness, nextRun }: Readings) {
    collectDefaultMetrics({ register: this.registry });
    // by their names they would be counters, which they are not
    for (const name of ['handles', 'requests', 'resources']) {
      this.registry.removeSingleMetric(`nodejs_active_${name}_total`);
    }
    this.#gauge(
      'freshness_seconds',
      'Since the end of the newest as-of date that has exports, of those published.',
      [],
      (gauge) => {
        const seconds = freshness();
        if (seconds === undefined) gauge.remove();
        else gauge.set(seconds);
      },
    );
    this.#gauge('next_run_timestamp_seconds', 'When the schedule fires next.', [], (gauge) =>
      gauge.set(nextRun().getTime() / 1000),
    );
  }

  /** A night began, this many seconds after the schedule last fired. */
  began(lag: number): void {
    this.#lag.set(lag);
    this.#running.set(1);
  }

  /** The releases were read, and this is the live one; undefined when they could not be. */
  read(live: Pick<Commit['release'], 'number' | 'ledger' | 'checks'> | undefined): void {
    this.#problem.set(live === undefined ? 1 : 0);
    if (live === undefined) return;
    this.#release.set(live.number);
    this.#quarantined.reset(); // a rule that refuses nothing any more is not named
    this.#violations.reset(); // nor a check that is off now
    for (const { check, severity, violations } of live.checks)
      this.#violations.set({ check, severity }, violations);
    for (const { table, quarantined, mended: _, ...counts } of live.ledger) {
      for (const [outcome, rows = 0] of Object.entries(counts))
        this.#rows.set({ table, outcome }, rows);
      for (const [rule, rows] of Object.entries(quarantined))
        this.#quarantined.set({ table, rule }, rows);
    }
  }

  /** A night ended. */
  ended(
    { result, exit_code, seconds }: NightRecord,
    outcome: PrintedOutcome | undefined,
    now: Date,
  ): void {
    this.#running.set(0);
    this.#failed.set(result === 'failed' ? 1 : 0);
    this.#nights.inc({ result });
    this.#ended.set({ result }, now.getTime() / 1000);
    this.#duration.observe({ result }, seconds);
    if (result === 'failed') this.#exits.inc({ code: exit_code ?? 'signal' });
    if (outcome === undefined || !('run' in outcome)) return;
    this.#partitions.inc({ outcome: 'built' }, outcome.built.length);
    this.#partitions.inc({ outcome: 'reused' }, outcome.reused);
    for (const [store, counts] of Object.entries(outcome.requests)) this.#stored(store, counts);
  }

  #stored(
    store: string,
    { RETRY = 0, BYTES_READ = 0, BYTES_WRITTEN = 0, ...kinds }: Record<string, number>,
  ): void {
    for (const [kind, requests] of Object.entries(kinds))
      this.#requests.inc({ store, kind }, requests);
    this.#retries.inc({ store }, RETRY);
    this.#bytes.inc({ store, direction: 'read' }, BYTES_READ);
    this.#bytes.inc({ store, direction: 'written' }, BYTES_WRITTEN);
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name: `dayfold_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge(
    name: string,
    help: string,
    labelNames: string[] = [],
    collect?: (gauge: Gauge) => void,
  ): Gauge {
    return new Gauge({
      ...{ name: `dayfold_${name}`, help, labelNames, registers: [this.registry] },
      ...(collect === undefined
        ? {}
        : {
            collect() {
              collect(this);
            },
          }),
    });
  }
}
