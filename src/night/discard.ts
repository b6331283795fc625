import type { Live } from '../release/commit.js';
import { type Discard, Release } from '../release/release.js';

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
  // no manifest may be taken over: it would leave the discard out
  return { release: base, commit: undefined };
}

/** A record has one reason: the one given last. */
function added(before: readonly Discard[], { lines, reason }: Discard): Discard[] {
  const given = new Set(lines);
  const others = before
    .map((discard) => ({ ...discard, lines: discard.lines.filter((line) => !given.has(line)) }))
    .filter((discard) => discard.lines.length > 0);
  return [...others, { lines: [...given].sort((a, b) => a - b), reason }];
}
