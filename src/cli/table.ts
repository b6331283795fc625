import { number } from '../counts.js';

/**
 * Lines of a table for a terminal: the first column to the left, the others to the right, two
 * blanks between.
 */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  '),
  );
}

/** Up to `shown` of the items, and how many more there are. */
export function someOf(items: readonly string[], shown: number): string {
  const more = items.length - shown;
  return `${items.slice(0, shown).join(', ')}${more > 0 ? ` and ${number(more)} more` : ''}`;
}
