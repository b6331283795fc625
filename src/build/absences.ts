import { ORIGIN } from '../config/contracts.js';
import type { Source } from '../config/source.js';
import { addDays, datesBetween } from '../dates.js';
import type { Absence, Delivery } from '../engine/lists.js';
import { countUpTo, type Release } from '../release/release.js';

/** How many dates gap_window looks back: two long windows, and 14 weeks of reports at least. */
export function gapDays({ long_window_days }: { readonly long_window_days: number }): number {
  return Math.max(2 * long_window_days, 98);
}

/**
 * The dates up to `asOf`, at most `days` of them, on which each table has no export. A table whose
 * exports come on fewer than half of the dates lacks only those after its newest one. It depends on
 * the exports dated up to `asOf` alone. Pure.
 */
export function absencesOf(
  release: Release,
  sources: readonly Source[],
  asOf: string,
  days: number,
): Absence[] {
  return sources.flatMap(({ table, derivation, delivery }) => {
    const dates = datesOf(release, derivation === null ? table : ORIGIN, asOf);
    const [first, newest] = [dates[0], dates.at(-1)];
    if (first === undefined || newest === undefined) return [];
    const isDaily =
      delivery !== 'snapshot' && 2 * dates.length >= datesBetween(first, newest).length;
    const begin = [
      isDaily ? first : addDays(newest, 1),
      addDays(asOf, 1 - days),
    ].sort()[1] as string;
    if (begin > asOf) return [];
    const known = new Set(dates);
    return datesBetween(begin, asOf)
      .filter((date) => !known.has(date))
      .map((date) => ({ table, date }));
  });
}

/** The tables that have an export dated up to `asOf`, and the date of their first one. Pure. */
export function deliveriesOf(
  release: Release,
  sources: readonly Source[],
  asOf: string,
): Delivery[] {
  return sources.flatMap(({ table, derivation }) => {
    const [first] = datesOf(release, derivation === null ? table : ORIGIN, asOf);
    return first === undefined ? [] : [{ table, first }];
  });
}

/** The dates of the exports of a table up to one, ascending. */
function datesOf(release: Release, table: string, asOf: string): string[] {
  const exports = release.exportsOf(table);
  return [...new Set(exports.slice(0, countUpTo(exports, asOf)).map(({ date }) => date))];
}
