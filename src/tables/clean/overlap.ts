import { daysBetween } from '../../dates.js';
import type { KeyRange, Slice } from '../../release/schema.js';

/** The slices of one export, and whether they are as in the last release. */
export interface Holder {
  readonly slices: readonly Slice[];
  readonly changed: boolean;
}

/** A key, and which of its rows count as the same. */
export interface Keys {
  /** its name in the ranges of slices */
  readonly key: string;
  /** the order of the engine */
  compare(a: string, b: string): number;
  /** rows further apart than this many days have nothing to do with each other */
  readonly days: number;
}

/** A date and the range in which a row of it may share its key with a row of another date. */
export interface Zone {
  readonly date: string;
  readonly range: KeyRange;
}

/**
 * Where to look for keys that are on more than one date, of which at least one row is in a
 * changed export: for each holder the dates and ranges in which its keys meet those of another
 * date. Ids that grow with time meet hardly anywhere, so that nearly nothing is read; random ones
 * meet everywhere. Pure.
 */
export function zonesOf(holders: readonly Holder[], { key, compare, days }: Keys): Zone[][] {
  const union = (a: KeyRange | undefined, b: KeyRange): KeyRange =>
    a === undefined
      ? b
      : [compare(a[0], b[0]) <= 0 ? a[0] : b[0], compare(a[1], b[1]) >= 0 ? a[1] : b[1]];
  const common = (a: KeyRange, b: KeyRange): KeyRange | undefined => {
    const low = compare(a[0], b[0]) >= 0 ? a[0] : b[0];
    const high = compare(a[1], b[1]) <= 0 ? a[1] : b[1];
    return compare(low, high) <= 0 ? [low, high] : undefined;
  };
  const all = new Map<string, KeyRange>();
  const changed = new Map<string, KeyRange>();
  for (const holder of holders) {
    for (const { date, keys } of holder.slices) {
      const range = keys?.[key];
      if (date === null || range === undefined) continue;
      all.set(date, union(all.get(date), range));
      if (holder.changed) changed.set(date, union(changed.get(date), range));
    }
  }
  const zones = new Map<string, KeyRange>();
  for (const [date, range] of changed) {
    for (const [other, otherRange] of all) {
      const isNear = other !== date && Math.abs(daysBetween(date, other)) <= days;
      const shared = isNear ? common(range, otherRange) : undefined;
      if (shared === undefined) continue;
      zones.set(date, union(zones.get(date), shared));
      zones.set(other, union(zones.get(other), shared));
    }
  }
  return holders.map(({ slices }) =>
    slices.flatMap(({ date, keys }) => {
      const [zone, range] = [zones.get(date ?? ''), keys?.[key]];
      const shared = zone && range && common(zone, range);
      return shared === undefined || date === null ? [] : [{ date, range: shared }];
    }),
  );
}
