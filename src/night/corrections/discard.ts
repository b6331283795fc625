import { changedFrom, type Live } from '../../release/commit.js';
import { Release } from '../../release/release.js';
import type { Discard } from '../../release/schema.js';

/**
 * The live release with refused records of an export given up. A run that builds on it stages the
 * export again, and keeps them refused under the rule `discarded`.
 * @param table of the export
 * @param discard the lines on which the records begin, and the reason
 */
export function withDiscard({ release }: Live, table: string, key: string, discard: Discard): Live {
  const base = new Release(release.number, release.listing);
  for (const partition of release.partitions()) {
    const isIt = partition.table === `staged/${table}` && partition.name === key;
    base.add(
      isIt ? { ...partition, discards: added(partition.discards ?? [], discard) } : partition,
    );
  }
  return changedFrom(base);
}

/** A record has one reason: the one given last. */
function added(before: readonly Discard[], { lines, reason }: Discard): Discard[] {
  const given = new Set(lines);
  const others = before
    .map((discard) => ({ ...discard, lines: discard.lines.filter((line) => !given.has(line)) }))
    .filter((discard) => discard.lines.length > 0);
  return [...others, { lines: [...given].sort((a, b) => a - b), reason }];
}
