import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as {
  version: string;
};

/** The version of this program. */
export const VERSION = manifest.version;

/** The file that Node runs as this program. */
export const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
