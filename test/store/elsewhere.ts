import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { WrappedStore } from '../../src/store/wrapped.js';

/** A store that copies what is fetched, as those do whose objects are on a server. */
export class Elsewhere extends WrappedStore {
  override get folder(): undefined {
    return undefined;
  }

  override async fetch(key: string, folder: string): Promise<string> {
    const copy = path.join(folder, path.basename(key));
    await copyFile(this.store.locate(key), copy);
    return copy;
  }
}
