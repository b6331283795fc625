import type { Source } from '../config/contracts.js';
import { ConfigError } from '../errors.js';
import { listExports } from '../ingest/exports.js';
import type { Partition, Release } from '../release/release.js';
import type { Store } from '../store/store.js';

/**
 * The staged partitions of exports whose rows are to go. A run without them builds anew whatever they reach.
 * @throws ConfigError for an export that the release does not have, or that is still there: the run would read it again
 */
export async function forgotten(
  keys: readonly string[],
  release: Release,
  sources: readonly Source[],
  exports: Store,
): Promise<(partition: Partition) => boolean> {
  for (const key of keys) {
    const source = sources.find(({ table }) => release.get(`staged/${table}`, key) !== undefined);
    if (source === undefined) {
      throw new ConfigError(
        `${key}: expected an export that release ${release.number} has rows of: run-job status names those that are gone`,
      );
    }
    const listed = await listExports(exports, source.files);
    if (listed.some((each) => each.key === key)) {
      throw new ConfigError(
        `${key}: the export is still in ${exports.url}, so the next run would read it again: take it away first, or deliver it again without the rows that should go`,
      );
    }
  }
  return ({ table, name }) => table.startsWith('staged/') && keys.includes(name);
}
