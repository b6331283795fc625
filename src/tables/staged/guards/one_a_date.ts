import type { Source } from '../../../config/source.js';
import { DataError } from '../../../errors.js';
import type { Export } from '../../../ingest/exports.js';
import type { Release } from '../../../release/release.js';

/**
 * Of snapshots and counters there can be one export a date: of two that differ, which is the table?
 * Parts of an append or upsert export may be as many as they like.
 * @throws DataError for two exports of one date with different content
 */
export function requireOneADate(
  { table, delivery, files }: Source,
  exports: readonly Export[],
  staged: Release,
): void {
  if (delivery !== 'snapshot' && delivery !== 'counter') return;
  const contentOf = (key: string) => staged.get(`staged/${table}`, key)?.inputs.export;
  for (const [i, { key, date }] of exports.entries()) {
    const before = exports[i - 1];
    if (before?.date !== date || contentOf(before.key) === contentOf(key)) continue;
    throw new DataError(
      `${before.key} and ${key}: expected one ${delivery} of ${table} for ${date}, found two ` +
        `that differ: take the wrong one away, or let the pattern ${files} match one of them ` +
        'only',
    );
  }
}
