import { isDate } from '../dates.js';
import { DataError, MissingObject } from '../errors.js';
import type { Store } from '../store/store.js';

/** One export object of a table. */
export interface Export {
  readonly key: string;
  /** the date in its name */
  readonly date: string;
  readonly bytes: number;
  readonly version: string;
}

/** A pattern for names: `{date}` stands for YYYY-MM-DD or YYYYMMDD, `*` for any characters but a slash. */
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

/** The exports of several tables, as listExports gives those of one, by `files`. Found in one listing. */
export async function listAllExports(store: Store, files: readonly string[]): Promise<Map<string, Export[]>> {
  const patterns = files.map((each) => ({ ...compilePattern(each), files: each }));
  const found = new Map<string, Export[]>(files.map((each) => [each, []]));
  for await (const { key, bytes, version } of store.list(patterns.map(({ prefix }) => prefix))) {
    for (const pattern of patterns) {
      const date = key.startsWith(pattern.prefix) ? pattern.match(key) : undefined;
      if (date !== undefined) found.get(pattern.files)?.push({ key, date, bytes, version });
    }
  }
  for (const exports of found.values()) exports.sort(byDate);
  return found;
}

function byDate(a: Export, b: Export): number {
  return a.date === b.date ? (a.key < b.key ? -1 : 1) : a.date < b.date ? -1 : 1;
}

/** The exports of a table that are there, oldest first; of one date, by key. */
export async function listExports(store: Store, files: string): Promise<Export[]> {
  return (await listAllExports(store, [files])).get(files) ?? [];
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
      `${key}: the export was in the listing of ${store.url}, and was gone when it was to be read: run again when whoever delivers has finished`,
      { cause: error },
    );
  }
}

/** @throws DataError when there is not one export of any table */
export function requireAny(store: Store, patterns: readonly string[], found: number): void {
  if (found > 0) return;
  throw new DataError(
    `${store.url}: expected exports named ${patterns.join(', ')}, found none: check exports.store and the "files" of each table`,
  );
}
