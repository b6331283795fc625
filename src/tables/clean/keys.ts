import type { Source } from '../../config/contracts.js';
import { identifier } from '../../engine/engine.js';

/**
 * The keys that tell the rows of a dated table apart without their date: a row may come again on another one, and the
 * latest export wins there too. Rows of counters are differences, and never the same.
 */
export function relocatingKeys(source: Source): string[][] {
  if (source.partition === 'all' || source.delivery === 'counter') return [];
  return source.key.filter((key) => !key.includes(source.event_time));
}

/** What a key is called in a release. */
export function keyName(key: readonly string[]): string {
  return key.join('+');
}

/**
 * SQL that is true for rows that are told apart by this key: they have all of it, and no better one. It is in a form by
 * which the engine can leave out row groups where nothing is missing.
 */
export function hasKey(source: Source, key: string[]): string {
  const is = (columns: readonly string[], what: string) => columns.map((column) => `${identifier(column)} ${what}`);
  const better = source.key.slice(0, source.key.indexOf(key));
  return [...better.map((columns) => `(${is(columns, 'is null').join(' or ')})`), ...is(key, 'is not null')].join(
    ' and ',
  );
}
