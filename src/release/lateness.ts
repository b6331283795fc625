import { addDays, daysBetween } from '../dates.js';
import { newsOf } from './news.js';
import type { Release } from './release.js';

/** How late the rows of a table come, as its exports so far show it. */
export interface Lateness {
  readonly table: string;
  /**
   * the most days by which an export after the first brought something new for a date before its
   * own
   */
  readonly longest: number;
  /** the last date for which nothing is expected any more; undefined while too little is known */
  readonly finalThrough: string | undefined;
}

/**
 * This many dates must have been watched to the end before any is called final. With n rows seen in
 * all, one comes later than all of them with a chance of about 1/n, and where delays tail off
 * geometrically one comes later than twice the longest with about 1/n squared: under 0.1 % from 32
 * rows on, at one row a date.
 */
const DATES_WATCHED = 32;

/**
 * Learns from the staged exports when the numbers of a date are final: when more than twice the
 * longest delay has passed since, by the date of the newest export, and {@link DATES_WATCHED} dates
 * have been watched for as long. The first export may hold any history, and says nothing about
 * delays. Pure.
 */
export function latenessOf(release: Release, table: string): Lateness | undefined {
  const exports = release.exportsOf(table);
  const [first, newest] = [exports[0]?.date, exports.at(-1)?.date];
  if (first === undefined || newest === undefined) return undefined;
  let longest = 0;
  for (const { date, by } of newsOf(release, table))
    if (by !== first) longest = Math.max(longest, daysBetween(date, by));
  const finalThrough = addDays(newest, -(2 * longest + 1));
  const watched = daysBetween(first, finalThrough) + 1;
  return { table, longest, finalThrough: watched >= DATES_WATCHED ? finalThrough : undefined };
}

/**
 * The last date that is final in every table that has exports; undefined while that of one is not
 * known.
 */
export function finalThrough(release: Release, tables: readonly string[]): string | undefined {
  const known = tables.flatMap((table) => latenessOf(release, table) ?? []);
  const dates = known.map((each) => each.finalThrough);
  if (dates.length === 0 || dates.includes(undefined)) return undefined;
  return dates.sort()[0];
}
