import type { Source } from '../../config/source.js';
import { eventDates } from '../../engine/relation.js';

/**
 * SQL of the list of dates on which a row of an undated table is an event; a list of one NULL when
 * there is none.
 */
export function datesOf(source: Source, timeZone: string): string {
  return eventDates(source.dates, timeZone);
}
