import { systemClock } from '../../clock.js';
import type { Entry, Store } from '../../store/store.js';
import { together } from '../../store/together.js';
import { type Collected, vacuumAction } from './actions.js';
import { createVersion, tableOf, versionOf } from './log.js';

/** By table, the version after the newest one of its log. */
export type Next = Readonly<Record<string, number>>;

/** @param logs all that is in Delta logs, in key order */
export function nextVersions(logs: readonly Entry[]): Next {
  const versions = logs.filter(({ key }) => versionOf(key)?.extension === '.json');
  return Object.fromEntries(
    versions.map(({ key }) => [tableOf(key), (versionOf(key)?.version ?? 0) + 1]),
  );
}

/**
 * Removes objects as a VACUUM of each table that has a log: a version says that it begins, and
 * another one that it has ended.
 * @param remove returns what it has removed
 */
export async function asVacuum(
  store: Store,
  objects: readonly Entry[],
  next: Next,
  remove: () => Promise<readonly Entry[]>,
): Promise<void> {
  const planned = byTable(objects, Object.keys(next));
  const begun = await together(planned, ([table, collected]) =>
    add(store, table, next[table] ?? 0, ['START', collected]),
  );
  const removed = byTable(await remove(), planned.keys());
  const tables = [...planned.keys()].map((table, i) => [table, (begun[i] ?? 0) + 1] as const);
  await together(tables, ([table, from]) =>
    add(store, table, from, ['END', removed.get(table) ?? NOTHING]),
  );
}

const NOTHING: Collected = { files: 0, bytes: 0 };

function add(
  store: Store,
  table: string,
  from: number,
  what: readonly ['START' | 'END', Collected],
): Promise<number> {
  const body = Buffer.from(`${JSON.stringify(vacuumAction(...what, systemClock().getTime()))}\n`);
  return createVersion(store, table, from, { release: Number.POSITIVE_INFINITY, body });
}

/** The tables that some of the objects are of, and how much of each. */
function byTable(objects: readonly Entry[], tables: Iterable<string>): Map<string, Collected> {
  const found = new Map<string, Collected>();
  const logged = new Set(tables);
  for (const { key, bytes } of objects) {
    const table = key.split('/').slice(1, 3).join('/');
    if (!logged.has(table)) continue;
    const { files, bytes: before } = found.get(table) ?? NOTHING;
    found.set(table, { files: files + 1, bytes: before + bytes });
  }
  return found;
}
