import { digestOf } from '../release/digest.js';
import type { Partition } from '../release/release.js';

/** What decides the content of a partition. Pure; no I/O. */
export interface Recipe {
  /** how it is made: SQL, settings it depends on, engine version, format of the files */
  readonly method: string;
  /** digest of what is read, by relation */
  readonly inputs: Readonly<Record<string, string>>;
}

/** The hash of a recipe. Partitions of equal fingerprint have equal content. */
export function fingerprintOf({ method, inputs }: Recipe): string {
  return digestOf([method, Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Why a partition must be built, for a person; undefined when it stands as it is. */
export function staleReason(recipe: Recipe, last: Partition | undefined): string | undefined {
  if (last === undefined) return 'new';
  if (last.fingerprint === '') return 'damaged';
  if (last.fingerprint === fingerprintOf(recipe)) return undefined;
  const changed = Object.keys(recipe.inputs).filter((name) => recipe.inputs[name] !== last.inputs[name]);
  return changed.length > 0 ? `${changed.join(', ')} changed` : 'model, settings or engine changed';
}
