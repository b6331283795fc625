import type { News } from './news.js';

/** Dates for which the exports of a table brought something after a report was made of them. */
export interface Restatement {
  readonly table: string;
  readonly dates: readonly string[];
}

/**
 * Which dates, from `first` to `known`, exports dated after `known` and up to `until` have changed,
 * by table. Pure.
 */
export function restatements(
  news: readonly News[],
  {
    first,
    known,
    until,
  }: { readonly first: string; readonly known: string; readonly until: string },
): Restatement[] {
  const found = new Map<string, Set<string>>();
  for (const { table, date, by } of news) {
    if (by <= known || by > until || date < first || date > known) continue;
    const dates = found.get(table) ?? new Set();
    found.set(table, dates.add(date));
  }
  return [...found].map(([table, dates]) => ({ table, dates: [...dates].sort() }));
}
