import { randomUUID } from 'node:crypto';
import { ConfigError } from '../../errors.js';
import { changedFrom, type Live } from '../../release/commit.js';
import { Release } from '../../release/release.js';
import type { Partition } from '../../release/schema.js';
import { Tombstones } from '../../release/tombstones.js';
import type { RunOptions } from '../options.js';

type Base = Pick<RunOptions, 'base' | 'comparing'> & { readonly base: Live };

/** Who is to be erased, when, and why. */
export interface Erasure {
  readonly id: string;
  /** ISO 8601 in UTC */
  readonly at: string;
  readonly reason: string;
}

/**
 * What a run builds on that erases a person: the live release, with a tombstone, in which the
 * exports that hold rows of the person are stale. The run stages them without those rows, and
 * builds again whatever they reach. It writes no receipts, because they would tell of those rows.
 * @param holding the exports whose rows or refused records are of the person
 */
export function withErased(
  { release }: Live,
  holding: readonly Partition[],
  erasure: Erasure,
): Base {
  const salt = randomUUID();
  return onTombstones(
    release,
    Tombstones.of(release).with(erasure.id, erasure, salt),
    new Set(holding),
  );
}

/**
 * What a run builds on that lets a person come back: the live release without the tombstone, in
 * which the exports that records were left out of are stale. Rows of exports that are gone do not
 * come back.
 * @throws ConfigError for an id that was not erased
 */
export function withLifted({ release }: Live, id: string, isThere: (key: string) => boolean): Base {
  const tombstones = Tombstones.of(release);
  if (!tombstones.has(id)) {
    throw new ConfigError(
      `--lift ${id}: expected the id of a person who was erased, found none of ` +
        `${tombstones.hashes.length}: run-job erase --list shows when each was`,
    );
  }
  const stale = [...release.partitions()].filter(
    ({ erased, name }) => erased !== undefined && isThere(name),
  );
  return onTombstones(release, tombstones.without(id), new Set(stale));
}

function onTombstones(
  release: Release,
  tombstones: Tombstones,
  stale: ReadonlySet<Partition>,
): Base {
  const base = new Release(release.number, release.listing);
  for (const partition of release.partitions())
    base.add(stale.has(partition) ? { ...partition, fingerprint: '' } : partition);
  const { partition } = tombstones;
  if (partition !== undefined) base.add(partition);
  return { base: changedFrom(base), comparing: { published: new Release(0) } };
}
