import type { PlainColumn } from './column.js';

/** Rows whose key comes again further down. */
export interface RepeatedRows {
  readonly rows: number;
  /** of them, those that differ from the row that counts */
  readonly conflicts: number;
}

/**
 * Marks the rows whose key comes again further down among the rows given: the last one counts. The
 * key of a row is the first of the alternatives of which it has every column; rows without one are
 * never the same.
 * @param marks by row: 1 is set where it is repeated; other rows than those marked 0 are not looked
 * at
 */
export function markRepeatedRows(
  rows: number,
  columns: readonly PlainColumn[],
  keys: readonly (readonly PlainColumn[])[],
  marks: Uint8Array,
): RepeatedRows {
  let size = 16;
  while (size < 2 * rows) size *= 2;
  /** by hash, a row and 1 */
  const table = new Uint32Array(size);
  const mask = size - 1;
  let repeated = 0;
  let conflicts = 0;
  for (let row = rows - 1; row >= 0; row--) {
    if (marks[row] !== 0) continue;
    const key = keyOf(keys, row);
    if (key < 0) continue;
    const parts = keys[key] as readonly PlainColumn[];
    for (let slot = hashOf(parts, key, row) & mask; ; slot = (slot + 1) & mask) {
      const other = (table[slot] as number) - 1;
      if (other < 0) {
        table[slot] = row + 1;
        break;
      }
      if (!areEqual(parts, row, other) || (key > 0 && keyOf(keys, other) !== key)) continue;
      marks[row] = 1;
      repeated++;
      if (!areEqual(columns, row, other)) conflicts++;
      break;
    }
  }
  return { rows: repeated, conflicts };
}

/** The place of the key by which a row is told apart; below 0 where it has none. */
export function keyOf(keys: readonly (readonly PlainColumn[])[], row: number): number {
  for (let i = 0; i < keys.length; i++)
    if (hasAll(keys[i] as readonly PlainColumn[], row)) return i;
  return -1;
}

function hasAll(parts: readonly PlainColumn[], row: number): boolean {
  for (let i = 0; i < parts.length; i++) if ((parts[i] as PlainColumn).isMissing(row)) return false;
  return true;
}

function hashOf(parts: readonly PlainColumn[], key: number, row: number): number {
  let hash = key;
  for (let i = 0; i < parts.length; i++)
    hash = Math.imul(hash ^ (parts[i] as PlainColumn).hash(row), 0x01000193);
  return hash ^ (hash >>> 15);
}

function areEqual(columns: readonly PlainColumn[], row: number, other: number): boolean {
  for (let i = 0; i < columns.length; i++)
    if (!(columns[i] as PlainColumn).equals(row, other)) return false;
  return true;
}
