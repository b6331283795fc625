/**
 * Business dates as 'YYYY-MM-DD' text, and their arithmetic. Pure; a date here never has a time or
 * a zone of its own.
 */

const DAY_MS = 86_400_000;

/** Sorts after all dates. */
export const END = '~';

/** Whether the text is a real date in the form YYYY-MM-DD (2026-02-30 is not). */
export function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && addDays(text, 0) === text;
}

/**
 * The date `days` after (or, when negative, before) `date`; 'invalid', which sorts after all dates,
 * past the year 9999.
 */
export function addDays(date: string, days: number): string {
  return dateOf(Date.parse(date) + days * DAY_MS);
}

/**
 * Days that were written before: planning years of reports asks for the same ones hundreds of
 * thousands of times.
 */
const written = new Map<number, string>();

function dateOf(ms: number): string {
  let date = written.get(ms);
  if (date === undefined) {
    const moment = new Date(ms);
    const text = Number.isNaN(moment.getTime()) ? '' : moment.toISOString();
    date = /^\d/.test(text) ? text.slice(0, 10) : 'invalid';
    written.set(ms, date);
  }
  return date;
}

/** A week from Monday to Sunday, or a calendar month. */
export type Period = 'week' | 'month';

/** The first date of the period that a date is in. */
export function periodStart(period: Period, date: string): string {
  if (period === 'month') return `${date.slice(0, 7)}-01`;
  return addDays(date, -((new Date(Date.parse(date)).getUTCDay() + 6) % 7));
}

/** The last date of the period that begins on a date. */
export function periodEnd(period: Period, start: string): string {
  return period === 'week'
    ? addDays(start, 6)
    : addDays(periodStart('month', addDays(start, 31)), -1);
}

/** How many days `last` is after `first`; negative when it is before. */
export function daysBetween(first: string, last: string): number {
  return (Date.parse(last) - Date.parse(first)) / DAY_MS;
}

/** Every date from `first` to `last`, both included; none when `last` is before `first`. */
export function datesBetween(first: string, last: string): string[] {
  const begin = Date.parse(first);
  const days = Math.max(0, daysBetween(first, last) + 1);
  return Array.from({ length: days }, (_, day) => dateOf(begin + day * DAY_MS));
}

/** The month of a date, as YYYY-MM. */
export function monthOf(date: string): string {
  return date.slice(0, 7);
}

/** What a file of a dated table may hold the rows of. */
export const SPANS = ['date', 'month', 'year'] as const;
export type Span = (typeof SPANS)[number];

/** The folder of the span that a date is in, such as event_month=2026-11. */
export function spanFolder(span: Span, date: string): string {
  return `event_${span}=${date.slice(0, { date: 10, month: 7, year: 4 }[span])}`;
}

/** The business date of an instant in an IANA time zone. */
export function dateIn(zone: string, instant: Date): string {
  // en-CA writes dates as YYYY-MM-DD
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(instant);
}

/** What was asked of the runtime before, which takes milliseconds to answer. */
const zones = new Map<string, boolean>();

/** Whether the runtime knows the IANA time zone. */
export function isTimeZone(zone: string): boolean {
  let isKnown = zones.get(zone);
  if (isKnown === undefined) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone });
      isKnown = true;
    } catch {
      isKnown = false;
    }
    zones.set(zone, isKnown);
  }
  return isKnown;
}
