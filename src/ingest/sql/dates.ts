import type { Source } from '../../config/contracts.js';
import { identifier, quote } from '../../engine/engine.js';

/** SQL of the list of dates on which a row of an undated table is an event; a list of one NULL when there is none. */
export function datesOf(source: Source, timeZone: string): string {
  const dates = source.dates.map((column) => `business_date(${identifier(column)}, ${quote(timeZone)})`).join(', ');
  return `case when len(list_filter([${dates}], lambda d: d is not null)) = 0 then [NULL::DATE]
    else list_distinct(list_filter([${dates}], lambda d: d is not null)) end`;
}
