import { existsSync } from 'node:fs';
import { isDate } from '../dates.js';
import { DataError, MissingObject } from '../errors.js';
import type { Store } from '../store/store.js';
import { compareExports } from './export_order.js';

/** Objects beside the exports that a note names. */
const EXAMPLES = 3;

/** One export object of a table. */
export interface Export {
  readonly key: string;
  /** the date in its name */
  readonly date: string;
  readonly bytes: number;
  readonly version: string;
}

/**
 * A pattern for names: `{date}` stands for YYYY-MM-DD or YYYYMMDD, `*` for any characters but a
 * slash.
 */
export interface Pattern {
  /** what every match begins with */
  readonly prefix: string;
  match(key: string): string | undefined;
}

/** Compiles the `files` of a table. */
export function compilePattern(files: string): Pattern {
  const source = files
    .split(/(\{date\}|\*)/)
    .map((part) => {
      if (part === '{date}') return '(\\d{4}-\\d{2}-\\d{2}|\\d{8})';
      return part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  const expression = new RegExp(`^${source}$`);
  return {
    prefix: files.slice(0, files.search(/\{date\}|\*/)),
    match: (key) => {
      const digits = expression.exec(key)?.[1];
      const date = digits?.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
      return date !== undefined && isDate(date) ? date : undefined;
    },
  };
}

/** What is in a store. */
export interface Listing {
  /** by `files`, the oldest first; of one date as compareExports has them */
  readonly exports: ReadonlyMap<string, Export[]>;
  /** for a person: the objects beside them, which are not read */
  readonly ignored: readonly string[];
}

/** The exports of several tables, found in one listing of the folders that they are in. */
export async function listAllExports(store: Store, named: readonly string[]): Promise<Listing> {
  const files = [...new Set(named)]; // several tables may read the same exports
  const patterns = files.map((each) => ({ ...compilePattern(each), files: each }));
  const exports = new Map<string, Export[]>(files.map((each) => [each, []]));
  const beside = new UnmatchedObjects(patterns.map(({ prefix }) => prefix));
  for await (const { key, bytes, version } of store.list(beside.folders)) {
    let isRead = false;
    for (const pattern of patterns) {
      const date = key.startsWith(pattern.prefix) ? pattern.match(key) : undefined;
      if (date === undefined) continue;
      exports.get(pattern.files)?.push({ key, date, bytes, version });
      isRead = true;
    }
    if (!isRead) beside.add(key);
  }
  for (const each of exports.values()) each.sort(compareExports);
  return { exports, ignored: beside.notes(files) };
}

/**
 * The objects that no pattern takes though they are in its folder: a name that nearly fits is
 * easily overlooked.
 */
class UnmatchedObjects {
  readonly folders: readonly string[];
  readonly #found = new Map<string, { count: number; readonly examples: string[] }>();

  /**
   * A prefix without a folder is listed as it is: all of a bucket is not looked at for names that
   * nearly fit.
   */
  constructor(prefixes: readonly string[]) {
    this.folders = prefixes.map((prefix) => prefix.slice(0, prefix.lastIndexOf('/') + 1) || prefix);
  }

  /** Names that begin with _ or . are no exports by an old custom, such as _SUCCESS. */
  add(key: string): void {
    if (/(^|\/)[_.]/.test(key)) return;
    const folder =
      this.folders.filter((each) => key.startsWith(each)).sort((a, b) => b.length - a.length)[0] ??
      '';
    const found = this.#found.get(folder) ?? { count: 0, examples: [] };
    this.#found.set(folder, found);
    if (++found.count <= EXAMPLES) found.examples.push(key);
  }

  notes(files: readonly string[]): string[] {
    return [...this.#found].map(([folder, { count, examples }]) => {
      const expected = files.filter((_, i) => this.folders[i] === folder).join(' or ');
      const found = count === 1 ? '1 object beside them,' : `${count} objects beside them, such as`;
      return (
        `expected exports named ${expected}, found ${found} ${examples.join(', ')}: ignored; ` +
        'rename what should be read, or set "files"'
      );
    });
  }
}

/** The exports of a table that are there, as `Listing` orders them. */
export async function listExports(store: Store, files: string): Promise<Export[]> {
  return (await listAllExports(store, [files])).exports.get(files) ?? [];
}

/**
 * A local file with the content of an export.
 * @throws DataError when it was listed, and is gone
 */
export async function fetchExport(store: Store, key: string, folder: string): Promise<string> {
  try {
    return await store.fetch(key, folder);
  } catch (error) {
    if (!(error instanceof MissingObject)) throw error;
    throw new DataError(
      `${key}: expected the export, because ${store.url} listed it, found that it is gone: ` +
        'run again when the delivery has finished',
      { cause: error },
    );
  }
}

/** @throws DataError when there is not one export of any table */
export function requireAny(store: Store, patterns: readonly string[], found: number): void {
  if (found > 0) return;
  const isAbsent = store.folder !== undefined && !existsSync(store.folder);
  const why = isAbsent ? ', because there is no such folder' : '';
  throw new DataError(
    `${store.url}: expected exports named ${patterns.join(', ')}, found none${why}: check ` +
      'exports.store and the "files" of each table',
  );
}
