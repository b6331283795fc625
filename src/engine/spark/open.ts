import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '../../errors.js';
import { removeAll } from '../../store/remove_all.js';
import type { Store } from '../../store/store.js';
import type { JobEngine } from '../job.js';
import { SparkJobs, type SparkOptions } from './jobs.js';
import { SparkServer } from './server.js';
import { SparkSession } from './session.js';
import { DIALECT_VERSION } from './vocabulary.js';

/** Few large jobs: each costs a second or two before its first row is read. */
const TOGETHER = { rows: 50_000_000, partitions: 366 };
/** One task sorts and writes what becomes one file. */
export const ROWS_A_FILE = 10_000_000;
/**
 * Tasks that were interrupted may write for a moment, so what they leave is looked for some times.
 */
const LOOKS = 5;
const LOOK_MS = 1_000;

/**
 * Connects to a Spark Connect server.
 * @throws StoreError when it cannot be reached; ConfigError when it refuses the token, or cannot
 * name the store
 */
export async function openSpark(options: SparkOptions): Promise<JobEngine<SparkJobs>> {
  const { remote, token, tls, parallelJobs, store } = options;
  if (/[*?[\]{},\\]/.test(store.url)) {
    throw new ConfigError(
      'output.store: expected a path without * ? [ ] { } , and backslashes, found ' +
        `${store.url}: choose another one, because Spark takes it for a pattern`,
    );
  }
  const server = new SparkServer({ target: remote.replace(/^sc:\/\//, ''), token, tls });
  try {
    const first = new SparkSession(server, options.seconds);
    const version = await first.version();
    await first.close();
    const unfinished = new Set<string>();
    let number = 0;
    const attempt = () => `${options.attempts}-${++number}/`;
    const sessions = Array.from(
      { length: parallelJobs },
      () => new SparkJobs(server, options, { attempt, unfinished }),
    );
    return {
      version: `spark ${version}, dialect ${DIALECT_VERSION}`,
      sessions,
      together: TOGETHER,
      interrupt: () => {
        for (const session of sessions) session.interrupt();
      },
      close: async () => {
        await Promise.all(sessions.map((session) => session.close()));
        server.close();
        await clear(store, unfinished);
      },
    };
  } catch (error) {
    server.close();
    throw error;
  }
}

/**
 * Removes what tasks wrote that ended after their job was given up. What comes later, the next run
 * removes.
 */
async function clear(store: Store, folders: ReadonlySet<string>): Promise<void> {
  for (let look = 0; look < LOOKS && folders.size > 0; look++) {
    await pause(LOOK_MS);
    for (const folder of folders) await removeAll(store, folder);
  }
}
