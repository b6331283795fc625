import { listVersions, newestUpTo } from '../release/delta/log.js';
import type { Store } from '../store/store.js';
import { together } from '../store/together.js';

/** A table as a release has it, for a reader of Delta Lake. */
export interface DeltaVersion {
  /** layer and name, such as clean/sessions */
  readonly table: string;
  readonly version: number;
  /**
   * the release that wrote this version: the one asked for, or one before it that changed the table
   * last
   */
  readonly release: number;
  /** folder or URL that a reader is given */
  readonly location: string;
}

/** The version of each table that shows a release. Tables whose log begins later are left out. */
export async function deltaVersions(store: Store, release: number): Promise<DeltaVersion[]> {
  const found = await together(await listVersions(store), async ([table, keys]) => {
    const newest = await newestUpTo(store, keys, release);
    return newest && { table, ...newest, location: store.locate(`objects/${table}`) };
  });
  return found.filter((each) => each !== undefined);
}
