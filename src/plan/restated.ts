import type { Release } from '../release/release.js';

/** Dates for which the exports of a table brought something after a report was made of them. */
export interface Restatement {
  readonly table: string;
  readonly dates: readonly string[];
}

/**
 * Which dates, from `first` to `known`, exports dated after `known` and up to `until` have changed: those of which they hold
 * a slice that no earlier export had just so. A full dump that repeats its old rows changes nothing. Pure.
 */
export function restatements(
  release: Release,
  tables: readonly string[],
  { first, known, until }: { readonly first: string; readonly known: string; readonly until: string },
): Restatement[] {
  return tables.flatMap((table) => {
    const seen = new Set<string>();
    const dates = new Set<string>();
    for (const { date, slices } of release.exportsOf(table)) {
      for (const slice of slices ?? []) {
        const content = `${slice.date} ${slice.digest}`;
        if (slice.date === null || seen.has(content)) continue;
        seen.add(content);
        if (date > known && date <= until && slice.date >= first && slice.date <= known) dates.add(slice.date);
      }
    }
    return dates.size === 0 ? [] : [{ table, dates: [...dates].sort() }];
  });
}
