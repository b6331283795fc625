import { rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { fileError } from './file_error.js';
import type { Store } from './store.js';
import { together } from './together.js';

/**
 * Removes all objects under a folder of keys, such as attempts/1/; of a local folder whatever else
 * is in it. @returns how many
 */
export async function removeAll(store: Store, folder: string): Promise<number> {
  const keys: string[] = [];
  for await (const key of store.keys(folder, { isCleaning: true })) keys.push(key);
  if (store.folder === undefined) {
    await together(keys, (key) => store.remove(key));
    return keys.length;
  }
  const place = path.join(store.folder, folder);
  try {
    await rm(place, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    throw fileError('remove', place, error);
  }
  await rmdir(path.dirname(place)).catch(() => {}); // there may be others beside it
  return keys.length;
}
