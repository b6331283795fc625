import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Source } from '../config/source.js';
import { DataError } from '../errors.js';
import type { Store } from '../store/store.js';
import { type Decision, decide, likelyTables, type SampledGroup } from './decide.js';
import { type Group, groupsOf } from './groups.js';
import { type Sample, sampleOf } from './sample.js';

/** What was found in a store of exports. */
export interface Found {
  readonly decisions: readonly Decision[];
  /** groups that fit no table, and why those that cannot be read cannot */
  readonly unused: readonly { readonly group: Group; readonly why: string }[];
  /** keys without a date */
  readonly undated: readonly string[];
}

/**
 * Looks at a store of exports and decides which table each group of them is. Reads the newest
 * export of each group and the one before it.
 * @throws DataError when there is nothing, or nothing that fits a table
 */
export async function findTables(store: Store, sources: readonly Source[]): Promise<Found> {
  const keys: string[] = [];
  for await (const key of store.keys('')) keys.push(key);
  const { groups, undated } = groupsOf(keys);
  if (groups.length === 0) {
    const found =
      keys.length === 0
        ? 'nothing'
        : `${keys.length === 1 ? '1 file,' : `${keys.length} files such as`} ${keys[0]}`;
    throw new DataError(
      `${store.url}: expected exports with a date in their names, such as ` +
        `sessions/sessions_2026-11-20.csv, found ${found}: check the folder`,
    );
  }
  const looked: SampledGroup[] = [];
  const unused: Found['unused'][number][] = [];
  for (const group of groups) {
    const [newest, before] = group.exports.toReversed();
    try {
      if (newest === undefined) continue;
      looked.push({
        group,
        newest: await read(store, newest.key),
        before: before && before.date !== newest.date ? await read(store, before.key) : undefined,
      });
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      unused.push({ group, why: error.message });
    }
  }
  const decisions = decide(looked, sources);
  const left = looked.filter(
    ({ group }) => !decisions.some((decision) => decision.group === group),
  );
  unused.push(
    ...left.map((each) => ({ group: each.group, why: whyUnused(each, decisions, sources) })),
  );
  if (decisions.length === 0) {
    const why = unused.map(({ group, why }) => `  ${group.files}: ${why}`);
    throw new DataError(
      [`${store.url}: expected exports of a table, found none that fits one:`, ...why].join('\n'),
    );
  }
  return { decisions, unused, undated };
}

function whyUnused(
  looked: SampledGroup,
  decisions: readonly Decision[],
  sources: readonly Source[],
): string {
  const taken = decisions.find(({ source }) =>
    likelyTables(looked, sources).includes(source.table),
  );
  if (taken !== undefined)
    return `looks like ${taken.source.table}, too, which is read from ${taken.group.files}`;
  return `fits no table by its columns ${[...looked.newest.columns.keys()].join(', ')}`;
}

async function read(store: Store, key: string): Promise<Sample> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'dayfold-init-'));
  try {
    return await sampleOf(await store.fetch(key, scratch), key, scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
