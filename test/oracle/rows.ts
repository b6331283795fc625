/** A value of a table as the oracle compares it: dates and times as text. */
export type Value = string | number | boolean | null;
export type Row = Readonly<Record<string, Value>>;

/**
 * Rows in order, missing values last in every column.
 * @param columns the first that differs decides; after `-` the largest comes first
 */
export function ordered(rows: readonly Row[], ...columns: string[]): Row[] {
  const compare = (a: Value, b: Value, sign: number) => {
    if (a === b) return 0;
    if (a === null || b === null) return a === null ? 1 : -1;
    return a < b ? -sign : sign;
  };
  return rows.toSorted((a, b) => {
    for (const column of columns) {
      const name = column.replace('-', '');
      const order = compare(a[name] ?? null, b[name] ?? null, column.startsWith('-') ? -1 : 1);
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** Rows by what they have in common, in the order in which they come. */
export function grouped<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

/** The values of some columns as one text. */
export function keyOf(row: Row, columns: readonly string[]): string {
  return JSON.stringify(columns.map((column) => row[column] ?? null));
}

export function numberIn(row: Row, column: string): number {
  return Number(row[column] ?? 0);
}

export function sumOf(rows: readonly Row[], column: string): number {
  return rows.reduce((sum, row) => sum + numberIn(row, column), 0);
}

/** The smallest and the largest value of a column, null when there is none. */
export function rangeOf(rows: readonly Row[], column: string): [Value, Value] {
  const values = ordered(rows, column).flatMap((row) => row[column] ?? []);
  return [values[0] ?? null, values.at(-1) ?? null];
}

export function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export function daysBetween(first: string, last: string): number {
  return (Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / 86_400_000;
}

/** The calendar day of a time in UTC, by the clocks of a zone. */
export function dayIn(zone: string, time: Value | undefined): string | null {
  if (typeof time !== 'string') return null;
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(
    new Date(`${time}Z`),
  );
}
