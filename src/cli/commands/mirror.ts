import { counted } from '../../counts.js';
import { DataError } from '../../errors.js';
import { readLive } from '../../release/commit.js';
import { compareMirror, copyMirror } from '../../release/mirror.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';

const SHOWN = 20;

/**
 * `run-job mirror verify`: says whether latest/ shows the live release.
 * @throws DataError with the differences
 */
export async function verify(options: {
  readonly config?: string;
  readonly content?: boolean;
}): Promise<void> {
  const config = await openConfig(options.config);
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
      `${store.locate('latest/')}: expected what release ${release.number} holds, found ` +
        `${counted(differences.length, 'difference')}:`,
      ...differences.slice(0, SHOWN).map((difference) => `  ${difference}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
      'Run run-job mirror repair, which copies all of it again.',
    ].join('\n'),
  );
}

/** `run-job mirror repair`: copies all of latest/ again from the live release. */
export async function repair(options: { readonly config?: string }): Promise<void> {
  const config = await openConfig(options.config);
  const store = await openStore(config.output, config.base);
  const { release } = await readLive(store);
  const files = await copyMirror(store, release);
  process.stdout.write(
    `${store.locate('latest/')} shows release ${release.number}: ${counted(files, 'file')} ` +
      'copied or removed.\n',
  );
}
