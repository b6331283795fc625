import { StoreError } from '../errors.js';
import { quote } from './engine.js';

/** Paths of files as an SQL list, each of which names that file alone. */
export function quotePaths(paths: readonly string[]): string {
  return `[${paths.map(quotePath).join(', ')}]`;
}

/**
 * The path of a file as an SQL literal that names this file alone. The engine takes every path that
 * it reads for a pattern; COPY ... TO does not, and takes the path as it is.
 *
 * @throws StoreError for a path that no pattern can name
 */
export function quotePath(path: string): string {
  const pattern = patternOf(path);
  if (pattern !== undefined) return quote(pattern);
  throw new StoreError(
    `Expected a path without a backslash beside *, ? or [, found ${path}: rename the folder, ` +
      'or choose another one',
  );
}

/**
 * The pattern that matches this path alone; none has a backslash beside * ? [, because it means a
 * slash there.
 */
export function patternOf(path: string): string | undefined {
  const pattern = path.replace(/[[*?]/g, '[$&]');
  return pattern === path || !path.includes('\\') ? pattern : undefined;
}
