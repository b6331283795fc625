import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../config/config.js';
import { counted, number } from '../../counts.js';
import { ConfigError, messageOf } from '../../errors.js';
import type { Branding } from '../../report/report.js';

const IMAGES: Readonly<Record<string, string>> = {
  '.png': 'png',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.webp': 'webp',
  '.svg': 'svg+xml',
};
const LARGEST_LOGO = 64_000;

/**
 * How a deployment wants its pages, the logo read from its file.
 * @throws ConfigError for a logo that cannot be read, is no image or is too large to be embedded
 */
export async function brandingOf({ report, base, file }: Config): Promise<Branding> {
  const { title, accent, locale, logo, cards } = report;
  if (logo === null) return { title, accent, locale, cards, logo: null };
  const fail = (message: string): never => {
    throw new ConfigError(`${file}: report.logo: ${message}`);
  };
  const kind = IMAGES[path.extname(logo).toLowerCase()];
  if (kind === undefined)
    return fail(`expected a file that ends in ${Object.keys(IMAGES).join(', ')}, found ${logo}`);
  const bytes = await readFile(path.resolve(base, logo)).catch((error) =>
    fail(`expected an image, found ${logo}, which cannot be read: ${messageOf(error)}`),
  );
  if (bytes.length > LARGEST_LOGO)
    fail(
      `expected at most ${counted(LARGEST_LOGO, 'byte')}, found ${number(bytes.length)} in ${logo}`,
    );
  return {
    title,
    accent,
    locale,
    cards,
    logo: `data:image/${kind};base64,${bytes.toString('base64')}`,
  };
}
