import type { Release } from './release.js';
import type { Partition } from './schema.js';

/** Something that an export brought: a slice of a date that no earlier export had just so. */
export interface News {
  readonly table: string;
  /** of the rows */
  readonly date: string;
  /** of the export */
  readonly by: string;
}

/**
 * What each export of a table brought, oldest export first. A full dump that repeats its old rows
 * brings nothing. Pure.
 */
export function newsOf(release: Release, table: string): readonly News[] {
  const exports = release.exportsOf(table);
  let news = known.get(exports);
  if (news === undefined) {
    news = newsIn(exports, table);
    known.set(exports, news);
  }
  return news;
}

/** Several ask for the news of a release. It gives the same array until the table changes. */
const known = new WeakMap<readonly Partition[], readonly News[]>();

function newsIn(exports: readonly Partition[], table: string): News[] {
  const seen = new Set<string>();
  const news: News[] = [];
  for (const { date: by, slices } of exports) {
    for (const { date, digest } of slices ?? []) {
      const content = `${date} ${digest}`;
      if (date === null || seen.has(content)) continue;
      seen.add(content);
      news.push({ table, date, by });
    }
  }
  return news;
}
