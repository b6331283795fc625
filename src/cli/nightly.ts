import { addDays, dateIn, datesBetween, isDate } from '../calendar.js';
import { systemClock } from '../clock.js';
import { type Config, loadConfig } from '../config/config.js';
import { ConfigError } from '../errors.js';
import { openLog } from '../log.js';
import { notifying } from '../notify/notify.js';
import { runNightly } from '../pipeline/run.js';
import type { OnRival } from '../release/lease.js';
import { openProgress } from './progress.js';
import { summary } from './summary.js';
import { VERSION } from './version.js';

export interface NightlyOptions {
  readonly config?: string;
  readonly date?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
  readonly wait?: boolean;
  readonly takeover?: boolean;
}

/** `run-job nightly`: one run, then its summary on stdout, or the outcome as JSON. */
export async function nightly(options: NightlyOptions): Promise<void> {
  const config = await loadConfig(options.config);
  const asked = asOfDates(options, config, systemClock());
  const log = openLog(config.log.level);
  const progress = await openProgress();
  const about = { config, asked, log, clock: systemClock, program: `dayfold ${VERSION}` };
  const run = { ...about, progress, onRival: onRival(options), signal: stopSignal() };
  const outcome = await notifying(about, () => runNightly(run));
  if (options.json) process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
  else process.stdout.write(await summary(outcome, config));
}

/** @throws ConfigError when both are asked for */
function onRival({ wait, takeover }: NightlyOptions): OnRival {
  if (wait && takeover) throw new ConfigError('expected either --wait or --takeover, found both');
  return wait ? 'wait' : takeover ? 'takeover' : 'refuse';
}

/** So long a run that is told to stop may take to clean up. */
const GRACE_MS = 10_000;

/** Aborted when the process is told to end: by a scheduler, or with Ctrl-C. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      stop.abort();
      setTimeout(() => process.exit(1), GRACE_MS).unref();
    });
  }
  return stop.signal;
}

/**
 * The as-of dates a command line asks for; yesterday in the business time zone when it names none.
 * @throws ConfigError for dates that are none, or do not go together
 */
export function asOfDates({ date, from, to }: NightlyOptions, config: Pick<Config, 'time_zone'>, now: Date): string[] {
  for (const [option, value] of Object.entries({ '--date': date, '--from': from, '--to': to })) {
    if (value !== undefined && !isDate(value))
      throw new ConfigError(`${option}: expected a date as YYYY-MM-DD, found ${value}`);
  }
  if (date !== undefined && (from !== undefined || to !== undefined)) {
    throw new ConfigError('expected either --date, or --from and --to, found both');
  }
  const yesterday = addDays(dateIn(config.time_zone, now), -1);
  if (from === undefined) {
    if (to !== undefined) throw new ConfigError('--to: expected --from with it');
    return [date ?? yesterday];
  }
  const last = to ?? yesterday;
  if (last < from) throw new ConfigError(`--to: expected a date not before --from ${from}, found ${last}`);
  return datesBetween(from, last);
}
