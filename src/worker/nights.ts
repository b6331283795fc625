import { addDays, datesBetween } from '../dates.js';

/**
 * The nights that are missing, oldest first: as-of dates without a report, among the last `bound`
 * up to the newest that is due and after the oldest that was ever published. Before the first
 * release it is the newest alone, whose run reads all exports anyway. Pure; no I/O.
 */
export function missingNights(
  published: ReadonlySet<string>,
  newest: string,
  bound: number,
): string[] {
  const [oldest = newest] = [...published].sort();
  const dates = datesBetween(addDays(newest, 1 - bound), newest);
  return dates.filter((date) => date >= oldest && !published.has(date));
}
