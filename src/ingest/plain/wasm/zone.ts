import { MISSING } from './column';
import { take } from './memory';

/** Microseconds of a day. */
export const DAY: i64 = 86_400_000_000;
export const NO_DAY = i32.MIN_VALUE;

/**
 * When the dates of a time zone begin. An instant is a number of microseconds since 1970, UTC; a
 * local time is the number that its digits would be in UTC.
 */
@unmanaged
export class Zone {
  /** the day since 1970 of the first date that is known */
  first: i32;
  /** dates that are known; 0 for UTC, where all are */
  count: i32;
  /** the first instants of those dates, one after the other */
  starts: usize;

  static of(first: i32, count: i32, starts: usize): Zone {
    const zone = changetype<Zone>(take(offsetof<Zone>()));
    zone.first = first;
    zone.count = count;
    zone.starts = starts;
    return zone;
  }

  /** The first instant of a date; MISSING where it is not known. */
  startOf(day: i32): i64 {
    if (this.count === 0) return <i64>day * DAY;
    const i = day - this.first;
    return i >= 0 && i < this.count ? load<i64>(this.starts + 8 * i) : MISSING;
  }

  /**
   * The instant at which the clocks show the first moment of a date, if they do so all day as in
   * UTC; MISSING on dates on which they are changed, and where that is not known.
   */
  midnightOf(day: i32): i64 {
    const start = this.startOf(day);
    const next = this.startOf(day + 1);
    return start !== MISSING && next !== MISSING && next - start === DAY ? start : MISSING;
  }

  /** The date of an instant; NO_DAY where it is not known. */
  dayOf(instant: i64): i32 {
    const near = Zone.utcDayOf(instant);
    if (this.count === 0) return near;
    // no zone is further from UTC than a day
    for (let day = near - 1; day <= near + 1; day++) {
      const start = this.startOf(day);
      const next = this.startOf(day + 1);
      if (start !== MISSING && next !== MISSING && instant >= start && instant < next) return day;
    }
    return NO_DAY;
  }

  static utcDayOf(instant: i64): i32 {
    return <i32>((instant >= 0 ? instant : instant - (DAY - 1)) / DAY);
  }
}
