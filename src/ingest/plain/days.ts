/** Microseconds of a day. */
export const DAY = 86_400_000_000;

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

/**
 * When the dates of a time zone begin. An instant is a number of microseconds since 1970, UTC; a
 * local time is the number that its digits would be in UTC.
 */
export class Days {
  readonly #first: number;
  readonly #starts: Float64Array | undefined;
  #last = 0;

  /** @param starts undefined for UTC, whose days are known */
  constructor(starts: Starts | undefined) {
    this.#first = starts?.first ?? 0;
    this.#starts = starts?.instants;
  }

  /** The first instant of a date; NaN where it is not known. */
  startOf(day: number): number {
    if (this.#starts === undefined) return day * DAY;
    return this.#starts[day - this.#first] ?? Number.NaN;
  }

  /** The date of an instant; NaN where it is not known. */
  dayOf(instant: number): number {
    const starts = this.#starts;
    if (starts === undefined) return Math.floor(instant / DAY);
    const isOf = (i: number) =>
      instant >= (starts[i] ?? Number.NaN) && instant < (starts[i + 1] ?? Number.NaN);
    if (isOf(this.#last)) return this.#first + this.#last;
    // no zone is further from UTC than a day
    const near = Math.floor(instant / DAY) - this.#first;
    for (let i = near - 1; i <= near + 1; i++) {
      if (!isOf(i)) continue;
      this.#last = i;
      return this.#first + i;
    }
    return Number.NaN;
  }

  /**
   * The instant of a local time; NaN on dates on which the clocks are changed, and where they are
   * not known.
   */
  instantOf(local: number): number {
    if (this.#starts === undefined) return local;
    const day = Math.floor(local / DAY);
    const start = this.startOf(day);
    return this.startOf(day + 1) - start === DAY ? start + (local - day * DAY) : Number.NaN;
  }
}
