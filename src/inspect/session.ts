import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { SharedFiles } from '../build/shared_files.js';
import type { Config } from '../config/config.js';
import { openDuckdb } from '../engine/duckdb/open.js';
import type { Session } from '../engine/engine.js';
import { LocalCopies } from '../store/cached.js';
import type { Store } from '../store/store.js';

/** Where objects of a release can be read with SQL. */
export interface Reading {
  readonly session: Session;
  readonly output: Store;
  /** local folder of this reading alone, gone when it ends */
  readonly scratch: string;
  readonly shared: SharedFiles;
}

/** Opens an engine that may read the output, and closes it whatever happens. */
export async function withReading<T>(
  config: Config,
  output: Store,
  work: (reading: Reading) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'dayfold-read-'));
  try {
    const engine = await openDuckdb({
      threads: 1,
      memoryLimit: config.engine.memory_limit,
      scratch,
      readable: output.folder === undefined ? [] : [output.folder],
    });
    try {
      // a copy has the path of its object, in which the date of its rows is
      const store =
        output.folder === undefined
          ? new LocalCopies(output, path.join(scratch, 'copies'), Number.POSITIVE_INFINITY)
          : output;
      return await work({
        session: engine.sessions[0] as Session,
        output: store,
        scratch,
        shared: new SharedFiles(store, path.join(scratch, 'shared'), engine.aside),
      });
    } finally {
      engine.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
