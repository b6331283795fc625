import type { Columns } from '../../build/objects.js';
import type { Source } from '../../config/source.js';
import { SQL_TYPE } from '../../ingest/sql/values.js';

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

/** Columns of the objects of `moved/<table>`. */
export function relocatedColumns(source: Source, key: readonly string[]): Columns {
  const types = source.columns
    .filter(({ name }) => key.includes(name))
    .map(({ name, type }) => [name, SQL_TYPE[type]] as const);
  return new Map([...types, ['event_date', 'DATE'], ['export', 'VARCHAR'], ['moved_to', 'DATE']]);
}
