import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Public corpora of hard and hostile inputs, beside the repository; they may not be copied into it.
 */
const FOLDER = fileURLToPath(new URL('../../../shared/data/corpora/', import.meta.url));

/** False where they are absent: the tests that need them are skipped then. */
export const hasCorpora = existsSync(FOLDER);

/** The files of a folder of the corpora, by name. */
export function corpus(folder: string): Map<string, Buffer> {
  if (!hasCorpora) return new Map();
  const names = readdirSync(FOLDER + folder).filter((name) => name !== 'README.md');
  return new Map(names.sort().map((name) => [name, readFileSync(`${FOLDER}${folder}/${name}`)]));
}
