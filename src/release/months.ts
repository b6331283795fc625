import { monthOf as monthOfDate } from '../dates.js';

type Dated = { readonly date: string };

/** The month of the manifest that holds a partition, as YYYY-MM; `all` for undated ones. */
export function monthOf({ date }: Dated): string {
  return date === 'all' ? date : monthOfDate(date);
}

/** Partitions by the month of their date, months in order; undated ones are under `all`. */
export function byMonth<T extends Dated>(
  partitions: readonly T[],
): [month: string, partitions: T[]][] {
  const months = new Map<string, T[]>();
  for (const partition of partitions) {
    const month = monthOf(partition);
    const others = months.get(month);
    if (others === undefined) months.set(month, [partition]);
    else others.push(partition);
  }
  return [...months].sort(([a], [b]) => (a < b ? -1 : 1));
}
