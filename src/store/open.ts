import path from 'node:path';
import { ConfigError } from '../errors.js';
import { FileStore } from './file.js';
import type { Store } from './store.js';

/**
 * Opens the store a configuration names: a folder, absolute or relative to `base`.
 * @throws ConfigError for a URL of a kind that is not supported
 */
export function openStore(location: string, base: string): Store {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1];
  if (scheme !== undefined) {
    throw new ConfigError(`Expected a folder as store, found ${location}: ${scheme} stores are not supported yet`);
  }
  return new FileStore(path.resolve(base, location));
}
