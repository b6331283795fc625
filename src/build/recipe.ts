import type { Config } from '../config/config.js';
import { digestOf } from '../release/digest.js';
import type { Partition } from '../release/schema.js';

/**
 * What decides the content of a partition, by name: the digest of each relation it reads, such as
 * daily/user_day, and of its `model`, the `settings` it depends on, the `engine` and format of its
 * files. Pure; no I/O.
 */
export type Recipe = Readonly<Record<string, string>>;

/** Changed when staging itself changes, so that exports are staged again. */
export const STAGING_VERSION = 13;

/** What of the configuration decides the bytes of a Parquet file beside its rows. */
export function formatOf({ parquet: { compression } }: Pick<Config, 'parquet'>): unknown {
  return { compression };
}

/** The hash of a recipe. Partitions of equal fingerprint have equal content. */
export function fingerprintOf(recipe: Recipe): string {
  return digestOf(Object.entries(recipe).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Why a partition must be built, for a person; undefined when it is unchanged. */
export function staleReason(recipe: Recipe, last: Partition | undefined): string | undefined {
  if (last === undefined) return 'new';
  if (last.fingerprint === '') return 'damaged';
  // what the fingerprint is made of, not the fingerprint: thousands of hashes a night would say the
  // same
  const names = Object.keys(recipe);
  const before = Object.keys(last.inputs);
  if (names.length === before.length && names.every((name) => recipe[name] === last.inputs[name]))
    return undefined;
  const changed = [...new Set([...names, ...before])].filter(
    (name) => recipe[name] !== last.inputs[name],
  );
  return `${changed.join(', ')} changed`;
}
