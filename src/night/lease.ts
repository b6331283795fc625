import type { Progress } from '../build/night.js';
import type { Config } from '../config/config.js';
import { Stopped, StoreError } from '../errors.js';
import type { Log } from '../log.js';
import { Lease } from '../release/lease/lease.js';
import { removeProbes, requireCreation } from '../release/lease/probe.js';
import { removeAll } from '../store/remove_all.js';
import type { Store } from '../store/store.js';
import type { RunOptions } from './options.js';
import { ATTEMPTS, type Tools } from './tools.js';

/**
 * Does the work while the lease shows it to other runs, on a store that is known to let only one of
 * them publish, and without what killed runs left half-written.
 */
export async function withLease<T>(
  { onRival = 'refuse', signal }: RunOptions,
  { config, output, log, progress }: Tools,
  run: string,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const lease = await Lease.take(output, run, { onRival, log });
  try {
    if (!lease.isTakenOver) await sweep(output, config.engine.kind, log);
    await requireCreation(output, config.output.single_writer);
    return await work({
      ...progress,
      stage: (name, total) => {
        lease.note(name);
        const step = progress.stage(name, total);
        return () => {
          if (signal?.aborted)
            throw new Stopped(
              'Stopped on request, at a safe point: nothing of what was under way was published',
            );
          step();
        };
      },
    });
  } finally {
    await lease.release();
  }
}

/**
 * No other run is at work, so whatever is half-written is nobody's. What cannot be removed does no
 * harm.
 */
async function sweep(output: Store, engine: Config['engine']['kind'], log: Log): Promise<void> {
  try {
    const attempts = engine === 'duckdb' ? 0 : await removeAll(output, ATTEMPTS);
    const removed =
      (await output.sweep(await output.time())) + (await removeProbes(output)) + attempts;
    if (removed > 0) log.info({ removed }, 'removed what killed runs left half-written');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.warn(error.message);
  }
}
