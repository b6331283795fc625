import type { Source } from '../../config/source.js';
import { ConfigError } from '../../errors.js';
import { listExports } from '../../ingest/exports.js';
import { changedFrom, type Live } from '../../release/commit.js';
import type { Store } from '../../store/store.js';
import type { RunOptions } from '../options.js';

/**
 * What a run builds on that forgets exports: the live release without their rows. The run builds
 * again whatever they reach, and receipts say what changed.
 * @throws ConfigError for an export that the release does not have, or that is still there: the run
 * would read it again
 */
export async function withoutExports(
  keys: readonly string[],
  { release }: Live,
  sources: readonly Source[],
  exports: Store,
): Promise<Pick<RunOptions, 'base' | 'comparing'>> {
  for (const key of keys) {
    const source = sources.find(({ table }) => release.get(`staged/${table}`, key) !== undefined);
    if (source === undefined) {
      throw new ConfigError(
        `${key}: expected an export whose rows are in release ${release.number}, found none ` +
          'of this name: run-job status lists the exports that are gone',
      );
    }
    const listed = await listExports(exports, source.files);
    if (listed.some((each) => each.key === key)) {
      throw new ConfigError(
        `${key}: expected an export that is gone, found it in ${exports.url}, where the next ` +
          'run would read it again: take it away first, or deliver it again without the rows ' +
          'that should go',
      );
    }
  }
  const left = release.without(
    ({ table, name }) => table.startsWith('staged/') && keys.includes(name),
  );
  return {
    base: changedFrom(left),
    comparing: { published: release, command: 'forget' },
  };
}
