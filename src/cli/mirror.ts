import { loadConfig } from '../config/config.js';
import { DataError } from '../errors.js';
import { readLive } from '../release/commit.js';
import { compareMirror } from '../release/mirror.js';
import { openStore } from '../store/open.js';

const SHOWN = 20;

/**
 * `run-job mirror verify`: says whether latest/ shows the live release.
 * @throws DataError with the differences
 */
export async function verify(options: { readonly config?: string; readonly content?: boolean }): Promise<void> {
  const config = await loadConfig(options.config);
  const store = await openStore(config.output, config.base);
  const { release } = await readLive(store);
  const differences = await compareMirror(store, release, options.content ?? false);
  if (differences.length === 0) {
    process.stdout.write(`${store.locate('latest/')} shows release ${release.number}.\n`);
    return;
  }
  const more = differences.length - SHOWN;
  throw new DataError(
    [
      `${store.locate('latest/')}: expected what release ${release.number} holds, found ${differences.length} differences:`,
      ...differences.slice(0, SHOWN).map((difference) => `  ${difference}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
      `The next run mends what is missing or too much. To have all of it copied anew, remove ${store.locate('latest/_mirror.json')} first.`,
    ].join('\n'),
  );
}
