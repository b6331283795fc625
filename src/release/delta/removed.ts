import type { Store } from '../../store/store.js';
import { together } from '../../store/together.js';
import { type Action, RETENTION_DAYS } from './actions.js';
import { logFolder, versionOf } from './log.js';

const RETENTION_MS = RETENTION_DAYS * 86_400_000;

/**
 * The objects that versions have removed and no later one has added again: the tombstones of a
 * checkpoint. A VACUUM of another program would remove an object without one, although an older
 * version names it. What was removed longer ago than the retention needs none, and neither does
 * what was removed before the log begins, for gc removes it.
 * @param at the time of the checkpoint, in milliseconds since 1970
 */
export async function removedUpTo(
  store: Store,
  table: string,
  version: number,
  at: number,
): Promise<Action[]> {
  const keys: string[] = [];
  for await (const { key, modified } of store.list(logFolder(table))) {
    const named = versionOf(key);
    if (
      named?.extension === '.json' &&
      named.version <= version &&
      modified.getTime() >= at - RETENTION_MS
    )
      keys.push(key);
  }
  const bodies = await together(keys, (key) => store.read(key));
  const removed = new Map<string, Action>();
  for (const line of bodies.flatMap((body) => String(body ?? '').split('\n'))) {
    if (!/^\{"(add|remove)"/.test(line)) continue;
    const { add, remove } = JSON.parse(line) as { add?: { path: string }; remove?: Removed };
    if (add !== undefined) removed.delete(add.path);
    if (remove !== undefined && remove.deletionTimestamp >= at - RETENTION_MS)
      removed.set(remove.path, { remove });
  }
  return [...removed.values()];
}

interface Removed {
  readonly path: string;
  readonly deletionTimestamp: number;
}
