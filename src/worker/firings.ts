import { createTask, parse } from 'node-cron';
import { alternatives } from '../config/cron.js';
import { addDays } from '../dates.js';
import { WallClock } from '../wall_clock.js';

/** A moment at which the schedule fires. */
export interface Firing {
  readonly at: Date;
  /** the date on which the wall clock shows the time that was asked for */
  readonly date: string;
}

/** A cron expression may leave out this many days between two firings. */
const DAYS_LOOKED_AT = 366 * 8;
/** At most this many dates are kept in mind: asking node-cron whether one matches takes long. */
const DATES_KNOWN = 16;

/**
 * When a cron expression fires, by the wall clock of a time zone. A time that the clock skips fires
 * when it jumps, and one that it shows twice fires the first time only: no night is lost or doubled
 * by daylight saving time. Pure; no timers.
 */
export class Firings {
  readonly #clock: WallClock;
  readonly #matches: (wall: Date) => boolean;
  /** the times of a day that may match, in milliseconds after midnight, ascending */
  readonly #times: readonly number[];
  /** of the dates that were asked for last */
  readonly #known = new Map<string, readonly Firing[]>();

  /** @param expression of five fields, already checked */
  constructor(expression: string, zone: string) {
    this.#clock = new WallClock(zone);
    const tasks = alternatives(expression).map((each) =>
      createTask(each, () => {}, { timezone: 'UTC' }),
    );
    this.#matches = (wall) => tasks.some((task) => task.match(wall));
    for (const task of tasks) void task.destroy(); // none is to run: only what they match is asked
    const { hour, minute } = parse(expression);
    this.#times = hour
      .flatMap((h) => minute.map((m) => (h * 60 + m) * 60_000))
      .sort((a, b) => a - b);
  }

  /** The newest firing at or before an instant. */
  last(now: Date): Firing {
    // where the clock goes back over midnight, it was shown before
    let date = addDays(this.#dateAt(now), 1);
    for (let i = 0; i < DAYS_LOOKED_AT; i++, date = addDays(date, -1)) {
      const found = this.#on(date).findLast(({ at }) => at <= now);
      if (found !== undefined) return found;
    }
    // checked with the configuration
    throw new Error('expected an expression that fires within eight years, found none');
  }

  /** The first firing after an instant. */
  next(now: Date): Firing {
    let date = this.#dateAt(now);
    for (let i = 0; i < DAYS_LOOKED_AT; i++, date = addDays(date, 1)) {
      const found = this.#on(date).find(({ at }) => at > now);
      if (found !== undefined) return found;
    }
    throw new Error('expected an expression that fires within eight years, found none');
  }

  /** The moment at which a date ends in this zone. */
  endOf(date: string): Date {
    return this.#clock.instantOf(Date.parse(addDays(date, 1)));
  }

  #dateAt(instant: Date): string {
    return new Date(this.#clock.at(instant)).toISOString().slice(0, 10);
  }

  #on(date: string): readonly Firing[] {
    let firings = this.#known.get(date);
    if (firings === undefined) {
      const midnight = Date.parse(date);
      firings = this.#times
        .map((time) => midnight + time)
        .filter((wall) => this.#matches(new Date(wall)))
        .map((wall) => ({ at: this.#clock.instantOf(wall), date }));
      if (this.#known.size === DATES_KNOWN) this.#known.clear();
      this.#known.set(date, firings);
    }
    return firings;
  }
}
