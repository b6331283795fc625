import { COUNTS, Column, MISSING, NOT_PLAIN, OTHER_DATE } from './column';
import { take, takeZeros } from './memory';
import { Records } from './records';
import { NO_DAY, Zone } from './zone';

/** Rows with a time before the one that it must not be before break a rule. */
export function compareTimes(time: Column, other: Column, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    if (time.isMissing(row) || other.isMissing(row)) continue;
    if (time.valueOf(row) < other.valueOf(row)) store<u8>(time.marks + row, NOT_PLAIN);
  }
}

/**
 * Finds the date on which most rows that count fall, of several the last, and marks the rows that
 * count and fall on others.
 * @returns NO_DAY where no row has a date
 */
export function markOtherDates(records: Records, event: Column, zone: Zone): i32 {
  const rows = records.rows;
  const marks = records.marks;
  const days = take(4 * rows);
  const least = Zone.utcDayOf(event.low) - 1;
  const most = Zone.utcDayOf(event.high) + 1;
  const counts = takeZeros(4 * max(0, most - least + 1));
  let day = NO_DAY;
  let from: i64 = 0;
  let to: i64 = 0;
  for (let row = 0; row < rows; row++) {
    if (load<u8>(marks + row) !== COUNTS) continue;
    const instant = event.valueOf(row);
    if (instant < from || instant >= to) {
      day = instant === MISSING ? NO_DAY : zone.dayOf(instant);
      from = day === NO_DAY ? 0 : zone.startOf(day);
      to = day === NO_DAY ? 0 : zone.startOf(day + 1);
    }
    store<i32>(days + 4 * row, day);
    if (day === NO_DAY) continue;
    const count = counts + 4 * (day - least);
    store<u32>(count, load<u32>(count) + 1);
  }
  let own = NO_DAY;
  let ownCount: u32 = 0;
  for (let i = 0; i <= most - least; i++) {
    const count = load<u32>(counts + 4 * i);
    if (count === 0 || count < ownCount) continue;
    own = least + i;
    ownCount = count;
  }
  for (let row = 0; row < rows; row++)
    if (load<u8>(marks + row) === COUNTS && load<i32>(days + 4 * row) !== own)
      store<u8>(marks + row, OTHER_DATE);
  return own;
}

/**
 * The rows with some marks, in their order.
 * @param marks a bit for each mark
 * @returns where they are, 4 bytes each; `selected` tells how many they are
 */
export function select(records: Records, marks: u32): usize {
  const rows = records.rows;
  const list = take(4 * rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    store<u32>(list + 4 * count, row);
    count += (marks >> load<u8>(records.marks + row)) & 1;
  }
  selected = count;
  return list;
}
export let selected = 0;
