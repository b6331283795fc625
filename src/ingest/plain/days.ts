/** Days since 1970-01-01 of a date. @param date YYYY-MM-DD */
export function dayNumber(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000;
}

/** The date of a number of days since 1970-01-01. */
export function dateOfDay(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

/** The first instants of dates in a row, and the day since 1970 of the first of them. */
export interface Starts {
  readonly first: number;
  readonly instants: Float64Array;
}
