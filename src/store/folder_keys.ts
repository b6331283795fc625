import { type Dirent, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileError } from './file_error.js';
import { compareKeys, startOf, type Wanted } from './keys.js';

/** Names beginning so are half-written files or scratch folders: never listed as objects. */
export const HIDDEN = '.dayfold-';

/** The keys of a folder that begin with a prefix, in their order. Links are followed. */
export function keysIn(root: string, prefix: string | readonly string[]): Iterable<string> {
  const wanted = startOf(prefix);
  const { common } = wanted;
  return walk(
    { root, wanted },
    common.includes('/') ? common.slice(0, common.lastIndexOf('/') + 1) : '',
    [],
  );
}

/** @param entered where the links lead to that this folder was reached by */
function* walk(
  { root, wanted }: { readonly root: string; readonly wanted: Wanted },
  folderKey: string,
  entered: readonly string[],
): Iterable<string> {
  let names: Dirent[];
  try {
    // Not awaited, as below: for thousands of names in a row, waiting for each costs more than
    // asking.
    names = readdirSync(path.join(root, folderKey), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw fileError('list the folder', path.join(root, folderKey), error);
  }
  // a folder sorts as the key of what it holds, with its slash: key order is the same as object
  // storage's
  const entries = names
    .filter((entry) => !entry.name.startsWith(HIDDEN))
    .map((entry) => ({
      entry,
      key: folderKey + entry.name + (isFolder(root, folderKey, entry) ? '/' : ''),
    }))
    .sort((a, b) => compareKeys(a.key, b.key));
  for (const { entry, key } of entries) {
    if (key.endsWith('/')) {
      const mayHold = wanted.has(key) || wanted.prefixes.some((prefix) => prefix.startsWith(key));
      const above = entry.isSymbolicLink() ? enter(root, folderKey, key, entered) : entered;
      if (mayHold && above !== undefined) yield* walk({ root, wanted }, key, above);
    } else if (wanted.prefixes.some((prefix) => prefix.startsWith(`${key}/`))) {
      throw fileError('list the folder', `${path.join(root, key)}/`, { code: 'ENOTDIR' });
    } else if (wanted.has(key) && (entry.isFile() || isFileOrBroken(root, key))) {
      yield key;
    }
  }
}

function isFolder(root: string, folderKey: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statOf(root, folderKey + entry.name)?.isDirectory() === true;
  } catch {
    return false; // a link that leads nowhere is no matter unless it is wanted
  }
}

/** A link that leads nowhere is listed, so that reading it says so: an export may be missed. */
function isFileOrBroken(root: string, key: string): boolean {
  const stat = statOf(root, key);
  return stat === undefined ? isLink(root, key) : stat.isFile();
}

/** Whether a key is a symbolic link, wherever it leads. */
export function isLink(root: string, key: string): boolean {
  return lstatSync(path.join(root, key), { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/**
 * Follows a link to a folder; undefined when it leads back to a folder that it was reached by.
 */
function enter(
  root: string,
  folderKey: string,
  key: string,
  entered: readonly string[],
): string[] | undefined {
  const [from, to] = [
    realpathSync.native(path.join(root, folderKey)),
    realpathSync.native(path.join(root, key)),
  ];
  const isCircle = `${from}/`.startsWith(`${to}/`) || entered.includes(to);
  return isCircle ? undefined : [...entered, to];
}

/** What is known of a file; undefined when it was removed meanwhile, or is a link to nowhere. */
export function statOf(root: string, key: string) {
  try {
    return statSync(path.join(root, key), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    throw fileError('read', path.join(root, key), error);
  }
}
