import { addDays } from '../dates.js';
import { DataError } from '../errors.js';
import type { Log } from '../log.js';
import type { Live } from './commit.js';
import type { Partition, Release } from './release.js';

/** An object that the release names, and that is not there. */
export class GoneObject extends DataError {
  constructor(
    readonly key: string,
    location: string,
    cause: unknown,
  ) {
    super(
      `${location}: the release names this object, but it is gone: restore it from a backup, or let run-job repair build it again`,
      { cause },
    );
  }
}

/**
 * Marks the clean and daily partitions that are dated more than `keepDays` before the newest as-of date. They stay in the
 * release with their digests, so that nothing becomes stale by it; their objects are free to be removed.
 * @param keepDays null: all are kept
 */
export function expire(release: Release, keepDays: number | null): void {
  if (keepDays === null) return;
  const newest = release.newest('report/report')?.name;
  if (newest === undefined) return;
  const first = addDays(newest, 1 - keepDays);
  const tables = release.tables().filter((table) => /^(clean|daily)\//.test(table));
  for (const partition of tables.flatMap((table) => release.of(table))) {
    if (partition.date < first && !partition.expired) release.add({ ...partition, expired: true });
  }
}

/**
 * Runs, and runs again where rows that have expired turn out to be needed, for a late row or a changed model: then all that
 * have expired are built again from the staged exports, to the same bytes, and expire anew.
 */
export async function restoring<T>(live: Live, log: Log, run: (base: Live) => Promise<T>): Promise<T> {
  try {
    return await run(live);
  } catch (error) {
    if (!(error instanceof GoneObject) || !hasExpired(live.release, error.key)) throw error;
    log.info({ key: error.key }, 'rows that have expired are needed: they are built again');
    return run({ ...live, release: live.release.without(isExpired) });
  }
}

function isExpired({ expired }: Partition): boolean {
  return expired === true;
}

function hasExpired(release: Release, key: string): boolean {
  return [...release.partitions()].some((each) => isExpired(each) && each.objects.some((object) => object.key === key));
}
