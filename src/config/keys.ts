import { identifier } from '../engine/engine.js';
import type { Source } from './source.js';

/**
 * SQL that is true for rows that this key identifies: they have all of it, and no better
 * one. It is in a form by which the engine can leave out row groups where nothing is missing.
 */
export function hasKey(source: Pick<Source, 'key'>, key: string[]): string {
  const is = (columns: readonly string[], what: string) =>
    columns.map((column) => `${identifier(column)} ${what}`);
  const better = source.key.slice(0, source.key.indexOf(key));
  return [
    ...better.map((columns) => `(${is(columns, 'is null').join(' or ')})`),
    ...is(key, 'is not null'),
  ].join(' and ');
}
