import type { Store } from '../store/store.js';
import { together } from '../store/together.js';
import { sha256, short } from './digest.js';
import { type Bodies, isNamed, MANIFESTS, type ManifestKeys } from './manifest.js';
import type { Commit } from './schema.js';

/** Where bundles are. */
export const BUNDLES = 'bundles/';

/** Keys of bundles, by month. */
type BundleKeys = Readonly<Record<string, string>>;

/**
 * Writes the manifests and listings of each month once more as one object, so that a run that reads
 * the history asks a server for each month, not for each table of it. A month of which nothing has
 * changed keeps its bundle.
 * @param keys of all that is bundled
 * @param bodyOf the bytes that are under a key
 * @param last the same of the release before, and its bundles
 */
export async function writeBundles(
  store: Store,
  keys: readonly ManifestKeys[],
  bodyOf: (key: string) => Buffer | undefined,
  last: { readonly keys: readonly ManifestKeys[]; readonly bundles: BundleKeys },
): Promise<BundleKeys> {
  const before = byMonth(last.keys);
  const written = await together(
    byMonth(keys),
    async ([month, named]): Promise<[string, string]> => {
      const existing = last.bundles[month];
      if (existing !== undefined && String(before.get(month)) === String(named))
        return [month, existing];
      const bodies = named.flatMap((key): [string, string][] => {
        const body = bodyOf(key);
        return body === undefined ? [] : [[key, body.toString('utf8')]];
      });
      const content = Buffer.from(`${JSON.stringify(Object.fromEntries(bodies))}\n`);
      const key = `${BUNDLES}${month}/${short(sha256(content))}.json`;
      await store.write(key, content);
      return [month, key];
    },
  );
  return Object.fromEntries(written);
}

/**
 * What bundles hold of the manifests of a release. The manifests are what counts: one that is gone
 * or has another length is left out here, so that a reader finds that, and so is what a
 * bundle has wrong.
 */
export async function readBundles(
  store: Store,
  { envelope: { bundles } }: Commit,
): Promise<Bodies> {
  const bodies = new Map<string, Buffer>();
  if (bundles === undefined) return bodies;
  const listed = new Map<string, number>();
  for await (const { key, bytes } of store.list(MANIFESTS)) listed.set(key, bytes);
  for (const content of await together(Object.values(bundles), (key) => store.read(key))) {
    for (const [key, text] of Object.entries(parse(content))) {
      const body = Buffer.from(text);
      if (listed.get(key) === body.length && isNamed(key, body)) bodies.set(key, body);
    }
  }
  return bodies;
}

function byMonth(keys: readonly ManifestKeys[]): Map<string, string[]> {
  const months = new Map<string, string[]>();
  for (const [month, key] of keys
    .flatMap(Object.values)
    .flatMap((each) => Object.entries<string>(each))) {
    const others = months.get(month);
    if (others === undefined) months.set(month, [key]);
    else others.push(key);
  }
  return months;
}

function parse(content: Buffer | undefined): Record<string, string> {
  try {
    return content === undefined ? {} : JSON.parse(content.toString('utf8'));
  } catch {
    return {};
  }
}
