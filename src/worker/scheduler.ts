import type { Clock } from '../clock.js';
import { addDays } from '../dates.js';
import type { Firing, Firings } from './firings.js';
import { missingNights } from './nights.js';

export interface SchedulerOptions {
  readonly firings: Firings;
  /** how many of the last nights are made up when they are missing */
  readonly catchUp: number;
  readonly clock: Clock;
  /** the as-of dates that have a report, by the live release */
  readonly published: () => Promise<ReadonlySet<string>>;
  /** runs the night of an as-of date to its end, well or not */
  readonly runNight: (asOf: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Decides at each tick which nights run, by the clock and the releases alone: it keeps no file, so
 * whatever happened while it was down, and no matter who else published, it does what is missing
 * now. A night that failed runs again at the next firing.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  /** the newest firing that was seen to, and the one after it */
  #seen: Firing | undefined;
  #next: Firing | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** The first firing that is still to come; before the first tick by the clock alone. */
  get next(): Firing {
    return this.#next ?? this.#options.firings.next(this.#options.clock());
  }

  /**
   * Runs the nights that are due, oldest first. Ticks must not overlap.
   * @throws what `published` throws; the firing is then seen to at a later tick
   */
  async tick(): Promise<void> {
    const { firings, clock, published, catchUp, runNight, signal } = this.#options;
    const now = clock();
    if (
      this.#seen !== undefined &&
      this.#next !== undefined &&
      now >= this.#seen.at &&
      now < this.#next.at
    )
      return;
    const firing = firings.last(now);
    // a clock that was set back goes through the same firings again: what they find published
    // is kept
    if (this.#seen === undefined || firing.at > this.#seen.at) {
      const newest = addDays(firing.date, -1);
      const nights = new Set(missingNights(await published(), newest, catchUp));
      // late rows are looked for at each firing, but not whenever this process starts
      if (this.#seen !== undefined) nights.add(newest);
      this.#note(firing, now);
      for (const night of nights) {
        if (signal.aborted) return;
        await runNight(night);
      }
    } else {
      this.#note(firing, now);
    }
  }

  #note(firing: Firing, now: Date): void {
    this.#seen = firing;
    this.#next = this.#options.firings.next(now);
  }
}
