import type { Release } from '../release/release.js';

/** Something that an export brought: a slice of a date that no earlier export had just so. */
export interface News {
  readonly table: string;
  /** of the rows */
  readonly date: string;
  /** of the export */
  readonly by: string;
}

/** What each export of a table brought, oldest export first. A full dump that repeats its old rows brings nothing. Pure. */
export function newsOf(release: Release, table: string): News[] {
  const seen = new Set<string>();
  const news: News[] = [];
  for (const { date: by, slices } of release.exportsOf(table)) {
    for (const { date, digest } of slices ?? []) {
      const content = `${date} ${digest}`;
      if (date === null || seen.has(content)) continue;
      seen.add(content);
      news.push({ table, date, by });
    }
  }
  return news;
}
