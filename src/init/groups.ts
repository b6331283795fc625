import { compilePattern } from '../ingest/exports.js';

/** Exports whose names differ in the date alone, and of parts in their number. */
export interface Group {
  /** as `files` of a table has it */
  readonly files: string;
  /** by date, then by key */
  readonly exports: readonly { readonly key: string; readonly date: string }[];
}

/** A date as `files` knows it, that is no part of a longer number. */
const DATE = /(?<!\d)(\d{4}-\d{2}-\d{2}|(?:19|20)\d{6})(?!\d)/g;
/** Parts of one delivery differ in these: numbers and random names. */
const PART = /[0-9a-f]{8}-[0-9a-f-]{20,}|(?<![a-z])[0-9a-f]{12,}(?![a-z])|\d+/gi;

/**
 * Sorts keys into groups by what their names have in common; those without a date are left over.
 * Pure.
 */
export function groupsOf(keys: readonly string[]): { groups: Group[]; undated: string[] } {
  const exact = new Map<string, string[]>();
  const undated: string[] = [];
  for (const key of keys) {
    const files = patternOf(key);
    if (files === undefined) undated.push(key);
    else exact.set(files, [...(exact.get(files) ?? []), key]);
  }
  const loose = new Map<string, string[]>();
  for (const files of exact.keys()) {
    const parts = files.replace(/\{date\}|[^{]+/g, (text) =>
      text === '{date}' ? text : text.replace(PART, '*'),
    );
    loose.set(parts, [...(loose.get(parts) ?? []), files]);
  }
  const groups = [...loose].map(([parts, patterns]) => {
    const files = patterns.length === 1 ? (patterns[0] ?? parts) : parts;
    const { match } = compilePattern(files);
    const found = patterns.flatMap((pattern) => exact.get(pattern) ?? []);
    const exports = found.flatMap((key) => {
      const date = match(key);
      return date === undefined ? [] : [{ key, date }];
    });
    return {
      files,
      exports: exports.sort((a, b) => (`${a.date} ${a.key}` < `${b.date} ${b.key}` ? -1 : 1)),
    };
  });
  return {
    groups: groups
      .filter(({ exports }) => exports.length > 0)
      .sort((a, b) => (a.files < b.files ? -1 : 1)),
    undated,
  };
}

/** The last date of a key is that of the export; others, such as that of a folder, may be any. */
function patternOf(key: string): string | undefined {
  const dates = [...key.matchAll(DATE)];
  const last = dates.at(-1);
  if (last === undefined || key.includes('{') || key.includes('*')) return undefined;
  const before = key.slice(0, last.index).replace(DATE, '*');
  const files = `${before}{date}${key.slice(last.index + last[0].length)}`;
  return compilePattern(files).match(key) === undefined ? undefined : files;
}
