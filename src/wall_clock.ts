/** What a clock on the wall shows, as the milliseconds of a UTC clock that shows the same. */
export type WallTime = number;

const DAY_MS = 86_400_000;

/** The clock on the wall of one IANA time zone. Pure; to the second. */
export class WallClock {
  readonly #format: Intl.DateTimeFormat;

  constructor(zone: string) {
    // Swedish dates and times are written as in ISO 8601
    this.#format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
  }

  /** What it shows at an instant. */
  at(instant: Date): WallTime {
    return Date.parse(`${this.#format.format(instant).replace(' ', 'T')}Z`);
  }

  /**
   * When it shows a time: of a time that comes twice the first, and of one that is skipped the
   * moment at which the clock jumps over it. So every time of every day has exactly one instant.
   */
  instantOf(wall: WallTime): Date {
    // one change of the offset may lie between a day before and a day after
    const offsets = [-DAY_MS, DAY_MS].map((away) => this.#offset(wall + away)) as [number, number];
    const shown = offsets
      .map((offset) => wall - offset)
      .filter((instant) => this.#offset(instant) === wall - instant);
    if (shown.length > 0) return new Date(Math.min(...shown));
    let [before, after] = [wall - Math.max(...offsets), wall - Math.min(...offsets)];
    while (after - before > 1000) {
      const middle = Math.floor((before + after) / 2000) * 1000;
      if (this.at(new Date(middle)) < wall) before = middle;
      else after = middle;
    }
    return new Date(after);
  }

  #offset(instant: number): number {
    const whole = Math.floor(instant / 1000) * 1000;
    return this.at(new Date(whole)) - whole;
  }
}
