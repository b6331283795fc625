import type { Config } from '../config/config.js';
import { dateIn } from '../dates.js';
import { ConfigError } from '../errors.js';
import type { Export } from '../ingest/exports.js';

/**
 * Holds the as-of dates against the calendar. A report of the future says nothing, and stands before all others as the newest.
 * @param now the clock of this machine
 * @throws ConfigError for a date after today, in the business time zone, that is also after the newest export
 */
export function requireKnownDates(
  asked: readonly string[],
  listed: ReadonlyMap<string, readonly Export[]>,
  { time_zone }: Pick<Config, 'time_zone'>,
  now: Date,
): void {
  const today = dateIn(time_zone, now);
  const dates = [...listed.values()].flat().map(({ date }) => date);
  const newest = dates.sort().at(-1) ?? '';
  const future = asked.find((date) => date > today && date > newest);
  if (future === undefined) return;
  throw new ConfigError(
    `expected an as-of date up to today (${today}, ${time_zone}) or the newest export (${newest}), found ${future}: correct the date, or the clock of this machine; --force publishes it all the same`,
  );
}
