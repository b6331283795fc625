import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { Store } from '../../src/store/store.js';
import { query } from './nights.js';

/**
 * Files of `latest/` that are no Parquet, with their content; without the number of the release.
 */
export async function published(store: Store): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const key of store.keys('latest/')) {
    if (!key.endsWith('.parquet') && key !== 'latest/_mirror.json')
      found[key] = String(await store.read(key));
  }
  return found;
}

/** Rows of each Parquet file of `latest/`, in the order of the file. */
async function tables(store: Store): Promise<Map<string, string>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dayfold-tables-'));
  try {
    const found = new Map<string, string>();
    for await (const key of store.keys('latest/')) {
      if (!key.endsWith('.parquet')) continue;
      const file = await store.fetch(key, folder);
      found.set(
        key,
        JSON.stringify(
          await query(`select * from read_parquet('${file}', hive_partitioning = false)`),
        ),
      );
    }
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Two live releases show the same: all pages and files byte for byte, and all tables row by row.
 */
export async function expectSame(theirs: Store, ours: Store): Promise<void> {
  expect(await published(theirs)).toEqual(await published(ours));
  const [found, expected] = [await tables(theirs), await tables(ours)];
  expect([...found.keys()]).toEqual([...expected.keys()]);
  for (const [key, rows] of found) expect(rows, key).toBe(expected.get(key));
}
