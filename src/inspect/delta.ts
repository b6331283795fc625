import { releaseOf } from '../release/delta/actions.js';
import { isInLog, versionOf } from '../release/delta/log.js';
import type { Store } from '../store/store.js';
import { together } from '../store/together.js';

/** A table as a release has it, for a reader of Delta Lake. */
export interface DeltaVersion {
  /** layer and name, such as clean/sessions */
  readonly table: string;
  readonly version: number;
  /** the release that wrote this version: the one asked for, or one before it that changed the table last */
  readonly release: number;
  /** folder or URL that a reader is given */
  readonly location: string;
}

/** The version of each table that shows a release. Tables whose log begins later are left out. */
export async function deltaVersions(store: Store, release: number): Promise<DeltaVersion[]> {
  const logs = new Map<string, string[]>();
  for await (const key of store.keys('objects/')) {
    if (!isInLog(key) || versionOf(key)?.extension !== '.json') continue;
    const table = key.slice('objects/'.length, key.indexOf('/_delta_log/'));
    logs.set(table, [...(logs.get(table) ?? []), key]);
  }
  const found = await together(logs, async ([table, keys]): Promise<DeltaVersion | undefined> => {
    for (const key of keys.reverse()) {
      const by = releaseOf((await store.read(key)) ?? Buffer.alloc(0));
      if (by === undefined || by > release) continue;
      return { table, version: versionOf(key)?.version ?? 0, release: by, location: store.locate(`objects/${table}`) };
    }
    return undefined;
  });
  return found.filter((each) => each !== undefined);
}
