import path from 'node:path';
import { ConfigError } from '../errors.js';
import { FileStore } from './folder.js';
import type { StoreSettings } from './settings.js';
import type { Store } from './store.js';

/**
 * Opens the store a configuration names: s3://bucket/prefix, or a folder, absolute or relative to `base`.
 * @param signal ends all that is under way on object storage
 * @throws ConfigError for a URL of a kind that is not supported
 */
export async function openStore(settings: StoreSettings, base: string, signal?: AbortSignal): Promise<Store> {
  const { store } = settings;
  const oneSlash = /^(s3[an]?|gs|az|abfss?|hdfs|file|https?):\/?(?!\/)/i.exec(store)?.[0];
  if (oneSlash !== undefined) {
    throw new ConfigError(
      `Expected a folder or s3://bucket/prefix as store, found ${store}: write two slashes after the colon; a folder of this name is ./${store}`,
    );
  }
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(store)?.[1]?.toLowerCase();
  if (scheme === undefined) return new FileStore(path.resolve(base, store));
  if (scheme !== 's3') {
    throw new ConfigError(
      `Expected a folder or s3://bucket/prefix as store, found ${store}: ${scheme} is not supported`,
    );
  }
  // the SDK takes a fifth of a second to load
  return new (await import('./s3/store.js')).S3Store(settings, { signal });
}
