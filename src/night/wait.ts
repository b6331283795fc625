import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import type { Config } from '../config/config.js';
import { addDays, dateIn } from '../dates.js';
import { LateExports, Stopped } from '../errors.js';
import { listAllExports } from '../ingest/exports.js';
import type { Log } from '../log.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import { WallClock } from '../wall_clock.js';

export interface WaitOptions {
  readonly config: Config;
  /** as-of dates, ascending; the newest is waited for */
  readonly asked: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal?: AbortSignal;
  readonly exports?: Store;
  /** rests this many milliseconds */
  readonly rest?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/** The first pause between two looks at the store; it doubles up to the longest. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;

/**
 * Waits until the exports that `wait_for` names are there, or its time is over. Dates that are not
 * over yet, and those whose time is, are not waited for.
 * @throws LateExports when they did not come, and `wait_for.otherwise` is fail
 */
export async function waitForExports(options: WaitOptions): Promise<void> {
  const { config, clock, log, signal, rest = (ms) => delay(ms, undefined, { signal }) } = options;
  const { time_zone, wait_for, tables } = config;
  const asOf = options.asked.at(-1);
  const files = new Map(wait_for.tables.map((table) => [tables[table]?.files ?? '', table]));
  if (wait_for.marker !== null) files.set(wait_for.marker, wait_for.marker);
  if (asOf === undefined || files.size === 0 || asOf >= dateIn(time_zone, clock())) return;
  const until = deadlineOf(asOf, wait_for.until, time_zone);
  const store = options.exports ?? (await openStore(config.exports, config.base, signal));
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const late = await findLate(store, files, asOf);
    if (late.length === 0) return;
    const left = until.getTime() - clock().getTime();
    if (left <= 0) {
      if (wait_for.otherwise === 'run')
        return log.warn({ as_of: asOf, late }, 'exports are late: running without them');
      throw new LateExports(
        `${store.url}: expected ${late.map((each) => describe(each, config)).join(', ')} for ` +
          `${asOf} by ${wait_for.until} (${time_zone}), found none: nothing was read. Deliver ` +
          'what is missing and run again, or set wait_for.otherwise to run',
      );
    }
    log.info({ as_of: asOf, late, until: until.toISOString() }, 'waiting for exports');
    await rest(Math.min(pause, left), signal).catch(() => {
      throw new Stopped('Stopped on request, while waiting for exports: nothing was read');
    });
  }
}

/** `until` on the day after the as-of date. */
function deadlineOf(asOf: string, until: string, zone: string): Date {
  return new WallClock(zone).instantOf(Date.parse(`${addDays(asOf, 1)}T${until}:00Z`));
}

/** Of the tables and the marker those that have nothing for a date. */
async function findLate(
  store: Store,
  files: ReadonlyMap<string, string>,
  asOf: string,
): Promise<string[]> {
  const { exports: listed } = await listAllExports(store, [...files.keys()]);
  return [...files].flatMap(([pattern, name]) =>
    listed.get(pattern)?.some(({ date }) => date === asOf) ? [] : [name],
  );
}

function describe(name: string, { tables }: Config): string {
  return tables[name] === undefined ? name : `an export of ${name} (${tables[name].files})`;
}
