import { monthOf } from '../calendar.js';
import type { Partition } from './release.js';

/** Partitions by the month of their date, months in order; undated ones stand under `all`. */
export function byMonth(partitions: readonly Partition[]): [month: string, partitions: Partition[]][] {
  const months = new Map<string, Partition[]>();
  for (const partition of partitions) {
    const month = partition.date === 'all' ? 'all' : monthOf(partition.date);
    const others = months.get(month);
    if (others === undefined) months.set(month, [partition]);
    else others.push(partition);
  }
  return [...months].sort(([a], [b]) => (a < b ? -1 : 1));
}
