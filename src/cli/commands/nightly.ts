import { systemClock } from '../../clock.js';
import type { Config } from '../../config/config.js';
import { addDays, dateIn, datesBetween, isDate } from '../../dates.js';
import { ConfigError } from '../../errors.js';
import type { OnRival } from '../../release/lease/lease.js';
import { openConfig } from '../configuration.js';
import { night } from '../night.js';
import { printOutcome } from '../summary.js';

export interface NightlyOptions {
  readonly config?: string;
  readonly date?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
  readonly wait?: boolean;
  readonly takeover?: boolean;
  readonly force?: boolean;
}

/** `run-job nightly`: one run, then its summary on stdout, or the outcome as JSON. */
export async function nightly(options: NightlyOptions): Promise<void> {
  const config = await openConfig(options.config);
  const asked = asOfDates(options, config, systemClock());
  const outcome = await night(config, asked, {
    onRival: onRival(options),
    force: options.force ?? false,
  });
  await printOutcome(outcome, config, options);
}

/** @throws ConfigError when both are asked for */
function onRival({ wait, takeover }: NightlyOptions): OnRival {
  if (wait && takeover) throw new ConfigError('expected either --wait or --takeover, found both');
  return wait ? 'wait' : takeover ? 'takeover' : 'refuse';
}

/**
 * The as-of dates a command line asks for; yesterday in the business time zone when it names none.
 * @throws ConfigError for dates that are none, or do not go together
 */
export function asOfDates(
  { date, from, to }: NightlyOptions,
  config: Pick<Config, 'time_zone'>,
  now: Date,
): string[] {
  for (const [option, value] of Object.entries({ '--date': date, '--from': from, '--to': to })) {
    if (value !== undefined && !isDate(value))
      throw new ConfigError(`${option}: expected a date as YYYY-MM-DD, found ${value}`);
  }
  if (date !== undefined && (from !== undefined || to !== undefined)) {
    throw new ConfigError('expected either --date, or --from and --to, found both');
  }
  const yesterday = addDays(dateIn(config.time_zone, now), -1);
  if (from === undefined) {
    if (to !== undefined) throw new ConfigError('--to: expected --from with it, found none');
    return [date ?? yesterday];
  }
  const last = to ?? yesterday;
  if (last < from)
    throw new ConfigError(`--to: expected a date not before --from ${from}, found ${last}`);
  return datesBetween(from, last);
}
