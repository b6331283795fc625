import type { Source } from '../../config/contracts.js';

/**
 * The keys that tell the rows of a dated table apart without their date: a row may come again on
 * another one, and the latest export wins there too. Rows of counters are differences, and never
 * the same.
 */
export function relocatingKeys(source: Source): string[][] {
  if (source.partition === 'all' || source.delivery === 'counter') return [];
  return source.key.filter((key) => !key.includes(source.event_time));
}

/** What a key is called in a release. */
export function keyName(key: readonly string[]): string {
  return key.join('+');
}
