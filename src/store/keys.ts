import { createHash } from 'node:crypto';

/** What a listing looks for: keys that begin with one of several prefixes. Pure. */
export interface Wanted {
  /** what all of the keys begin with */
  readonly common: string;
  /** the key to start after; empty to begin with the first */
  readonly first: string;
  /** in key order, none of which begins with another */
  readonly prefixes: readonly string[];
  has(key: string): boolean;
}

/**
 * A file name for a copy of the object: a key is no path, may be longer than a name, and no pattern
 * in SQL.
 */
export function localName(key: string): string {
  const name = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return `${name}${/\.[a-z0-9]{1,8}$/i.exec(key)?.[0] ?? ''}`;
}

/** Compares keys by their bytes, as object storage does. */
export function compareKeys(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where a text has one, its UTF-16 is in another order than its bytes. */
const SURROGATE = /[\ud800-\udfff]/;

/** What to ask for first. */
export function startOf(prefix: string | readonly string[]): Wanted {
  const sorted = [prefix].flat().sort(compareKeys);
  const prefixes = sorted.filter(
    (each, i) => !sorted.slice(0, i).some((before) => each.startsWith(before)),
  );
  const [first = '', ...others] = prefixes;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  return {
    common: first.slice(0, length),
    first: others.length === 0 ? '' : before(first),
    prefixes,
    has: (key) => prefixes.some((each) => key.startsWith(each)),
  };
}

/**
 * Where to go on after a page, so that keys between two prefixes are not read.
 * @param last the last key of the page
 * @returns the key to start after, empty for the page that follows, or undefined when nothing more
 * can be found
 */
export function nextPage({ prefixes }: Wanted, last: string): string | undefined {
  const next = prefixes.find((each) => last.startsWith(each) || compareKeys(each, last) > 0);
  if (next === undefined) return undefined;
  const start = before(next);
  return last.startsWith(next) || compareKeys(start, last) <= 0 ? '' : start;
}

/** A key that sorts before all that begin with the prefix, and after nearly all others that do. */
function before(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  const shorter = prefix.slice(0, -1);
  return last > 0x21 && last < 0x7f ? shorter + String.fromCharCode(last - 1) : shorter;
}
