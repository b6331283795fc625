import { monthOf } from '../dates.js';
import type { Night } from './night.js';

/** The dates of a table in a release that is being built. */
export interface Dates {
  /** ascending */
  readonly dates: readonly string[];
  /** partitions of dates before this one are reused */
  readonly changedFrom: string;
}

/**
 * Reuses the partitions of a table that did not change, whole months unread. @returns the dates
 * that are left to be planned
 */
export function reuse(
  { live, next }: Night,
  table: string,
  { dates, changedFrom }: Dates,
): readonly string[] {
  // of this month some are reused and some are not, or have gone
  const split = monthOf(changedFrom);
  const months = new Set<string>();
  const left: string[] = [];
  for (const date of dates) {
    if (date >= changedFrom) {
      left.push(date);
    } else if (monthOf(date) !== split) {
      months.add(monthOf(date));
    } else {
      const partition = live.release.get(table, date);
      if (partition !== undefined) next.add(partition);
    }
  }
  for (const month of months) next.reuseMonth(live.release, table, month);
  return left;
}
