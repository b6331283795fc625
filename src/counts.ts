/** A whole number with its thousands apart. */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** How many there are of something, for a message: `1 row`, `2 rows`. */
export function counted(count: number, what: string): string {
  return `${number(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** How many rows some files or other parts have together. */
export function totalRows(parts: readonly { readonly rows: number }[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}
