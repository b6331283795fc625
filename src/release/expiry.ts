import { counted } from '../counts.js';
import { addDays } from '../dates.js';
import { ChangedObject, DataError, MissingObject } from '../errors.js';
import type { Log } from '../log.js';
import type { Live } from './commit.js';
import { filesOf } from './partition.js';
import type { Release } from './release.js';
import type { Partition } from './schema.js';

/** An object that the release names, and that is not there. */
export class GoneObject extends DataError {
  constructor(
    readonly key: string,
    location: string,
    cause: unknown,
  ) {
    super(
      `${location}: the release names this object, but it is gone: restore it from a backup, ` +
        'or let run-job repair build it again',
      { cause },
    );
  }
}

/**
 * What is to be done about an object that could not be read: of one that the release names, and
 * that is not there, or not as it was.
 */
export function unreadable(error: unknown, key: string, location: string): unknown {
  if (error instanceof MissingObject) return new GoneObject(key, location, error);
  if (!(error instanceof ChangedObject)) return error;
  return new DataError(
    `${location}: expected the bytes that the release names, found others: restore it from a ` +
      'backup, or let run-job repair build it again',
    { cause: error },
  );
}

/**
 * At most this share of a table's dates expires in one night; fewer dates than `FEW` always may.
 */
const SHARE = 1 / 3;
const FEW = 10;

/**
 * Marks the clean and daily partitions that are dated more than `keepDays` before the newest row.
 * They stay in the release with their digests, so that nothing becomes stale by it; their objects
 * are free to be removed. A table that would lose more than a third of its dates at once keeps them
 * all, because a wrong setting or a wrong date is the likely cause.
 * @param keepDays null: all are kept
 * @param force expires them however many there are
 * @returns a note about the tables that keep their dates; undefined when there are none
 */
export function expire(
  release: Release,
  keepDays: number | null,
  force = false,
): string | undefined {
  const first = firstKept(release, keepDays);
  const spared: { table: string; dates: number; of: number }[] = [];
  for (const table of release.tables().filter(isExpiring)) {
    const there = release.of(table).filter((each) => !each.expired);
    const old = there.filter(({ date }) => date < first);
    if (!force && old.length > Math.max(FEW, SHARE * there.length))
      spared.push({ table, dates: old.length, of: there.length });
    else for (const partition of old) release.add({ ...partition, expired: true });
  }
  const [most] = spared.sort((one, other) => other.dates - one.dates);
  if (most === undefined) return undefined;
  const others =
    spared.length === 1
      ? ''
      : `, and as large a part of ${counted(spared.length - 1, 'other table')}`;
  return (
    'retention.keep_days: expected that at most a third of the dates of a table expire at ' +
    `once, found ${most.dates} of ${most.of} of ${most.table}${others}: none of them expired; ` +
    `correct the setting, now ${keepDays}, or run once with --force`
  );
}

/** The first date that is kept, counted from the newest row; before all dates when all are kept. */
function firstKept(release: Release, keepDays: number | null): string {
  const newest = newestRow(release);
  return keepDays === null || newest === undefined ? '' : addDays(newest, 1 - keepDays);
}

function isExpiring(table: string): boolean {
  return /^(clean|daily)\//.test(table);
}

/** The newest business date that has a row in a clean table. */
function newestRow(release: Release): string | undefined {
  const newest = release
    .tables()
    .flatMap((table) => (table.startsWith('clean/') ? (release.newest(table) ?? []) : []));
  const dates = newest.flatMap(({ name, slices }) =>
    name === 'all' ? (slices ?? []).map(({ date }) => date) : [name],
  );
  return dates
    .filter((date) => date !== null)
    .sort()
    .at(-1);
}

/**
 * The live release without the expired partitions that are kept now: a run that builds on it builds
 * them again. What is kept changes with the settings alone, so that a night by the same rules does
 * not look.
 */
export function reviving(live: Live, keepDays: number | null, rules: string): Live {
  const { release } = live;
  if (release.rules === rules) return live;
  const first = firstKept(release, keepDays);
  const isWanted = ({ expired, date }: Partition) => expired === true && date >= first;
  const tables = release.tables().filter(isExpiring);
  if (!tables.some((table) => release.of(table).some(isWanted))) return live;
  return { ...live, release: release.without(isWanted) };
}

/**
 * Runs, and runs again where rows that have expired turn out to be needed, for a late row or a
 * changed model: then all that have expired are built again from the staged exports, to the same
 * bytes, and expire once more.
 */
export async function restoring<T>(
  live: Live,
  log: Log,
  run: (base: Live) => Promise<T>,
): Promise<T> {
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
  return [...release.partitions()].some(
    (each) => isExpired(each) && filesOf(each.objects).some((file) => file.key === key),
  );
}
