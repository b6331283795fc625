import path from 'node:path';
import { ConfigError } from '../errors.js';
import { FileStore } from './folder.js';
import { type StoreSettings, wrongStore } from './settings.js';
import type { Store } from './store.js';

/**
 * Opens the store a configuration names: s3://bucket/prefix, or a folder, absolute or relative to
 * `base`.
 * @param signal ends all that is under way on object storage
 * @throws ConfigError for a URL of a kind that is not supported
 */
export async function openStore(
  settings: StoreSettings,
  base: string,
  signal?: AbortSignal,
): Promise<Store> {
  const { store } = settings;
  const wrong = wrongStore(store);
  if (wrong !== undefined) throw new ConfigError(`${store}: ${wrong}`);
  if (!/^s3:\/\//i.test(store)) return new FileStore(path.resolve(base, store));
  // the SDK takes a fifth of a second to load
  return new (await import('./s3/store.js')).S3Store(settings, { signal });
}
