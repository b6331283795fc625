import { isAmount, type ReportColumn, type Value } from './report.js';

/** How a value is shown to people. */
export interface Figure {
  readonly text: string;
  /** The exact value, where `text` is rounded, grouped or put in other words. */
  readonly exact?: string;
}

const ABSENT = '–';
const LONGEST_TEXT = 120;

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A count with its thousands grouped. */
export function count(value: number): string {
  return whole.format(value);
}

/** How the values of a column are shown, with as many decimals for all of them as its largest calls for. */
export function figures(column: ReportColumn, values: readonly Value[]): Figure[] {
  const decimals = new Intl.NumberFormat('en-US', { ...fraction(column, values), signDisplay: 'negative' });
  return values.map((value) => figure(column, value, decimals));
}

function fraction(column: ReportColumn, values: readonly Value[]): Intl.NumberFormatOptions {
  if (column.type !== 'double') return { maximumFractionDigits: 0 };
  const largest = Math.max(0, ...values.map((value) => Math.abs(Number(value))));
  const digits = largest >= 1000 ? 1 : largest >= 10 ? 2 : 3;
  return { minimumFractionDigits: digits, maximumFractionDigits: digits };
}

function figure(column: ReportColumn, value: Value, decimals: Intl.NumberFormat): Figure {
  if (value === null) return { text: ABSENT };
  if (typeof value === 'boolean') return { text: value ? 'yes' : 'no' };
  if (isAmount(column) && typeof value !== 'string') {
    const text = column.unit === 'seconds' ? duration(Number(value)) : decimals.format(value);
    return { text: text.replace('-', '−'), exact: String(value) };
  }
  const text = String(value);
  if (column.type === 'timestamp') return { text: `${text.slice(0, 10)} ${text.slice(11, 19)}`, exact: text };
  const characters = [...text];
  return characters.length > LONGEST_TEXT ? { text: `${characters.slice(0, LONGEST_TEXT).join('')}…` } : { text };
}

/** Seconds in words, to the two largest of days, hours, minutes and seconds: `1 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 0) return `-${duration(-seconds)}`;
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  if (rounded < 3600) return two(rounded, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return two(minutes, 60, 'h', 'min');
  return two(Math.round(seconds / 3600), 24, 'd', 'h');
}

function two(amount: number, size: number, large: string, small: string): string {
  return `${whole.format(Math.trunc(amount / size))} ${large} ${String(amount % size).padStart(2, '0')} ${small}`;
}

/** The name of a column as a heading: `user_id` is "User ID", and a duration needs no "seconds". */
export function heading(column: ReportColumn): string {
  const name = column.unit === 'seconds' ? column.name.replace(/_seconds(?=_|$)/, '') : column.name;
  const words = name.replace(/_id$/, ' ID').replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The unit to stand beside a heading, where neither the heading nor the values say it. */
export function unitBeside(column: ReportColumn): string {
  if (column.type === 'timestamp') return 'UTC';
  return column.unit === 'seconds' || column.name.includes(column.unit) ? '' : column.unit;
}
