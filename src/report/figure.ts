import { isAmount, type ReportColumn, type Value } from './report.js';

/** How a value is shown to people. */
export interface Figure {
  readonly text: string;
  /** The exact value, where `text` is rounded, grouped or put in other words. */
  readonly exact?: string;
}

export const ABSENT = '–';
const LONGEST_TEXT = 120;

/** Numbers as a locale writes them. The minus is a minus sign, and digits are grouped. */
export class Numbers {
  readonly #whole: Intl.NumberFormat;
  readonly #short: Intl.NumberFormat;
  /** by number of decimals: making one takes longer than a page of numbers */
  readonly #decimals = new Map<number, Intl.NumberFormat>();

  constructor(readonly locale: string) {
    this.#whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    this.#short = new Intl.NumberFormat(locale, {
      notation: 'compact',
      maximumSignificantDigits: 3,
    });
  }

  /** A count with its thousands grouped. */
  count(value: number | bigint): string {
    return minus(this.#whole.format(value));
  }

  /** In three digits and a word for thousands or more: `12.3K`. */
  short(value: number): string {
    return minus(this.#short.format(value));
  }

  /** With this many decimals. */
  decimal(value: number | bigint, digits: number): string {
    let format = this.#decimals.get(digits);
    if (format === undefined) {
      const options = {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        signDisplay: 'negative',
      } as const;
      format = new Intl.NumberFormat(this.locale, options);
      this.#decimals.set(digits, format);
    }
    return minus(format.format(value));
  }

  /** Percent, to one decimal below ten; `always` with a sign. */
  percent(value: number, signDisplay: 'negative' | 'exceptZero' = 'negative'): string {
    const digits = Math.abs(value) < 10 ? 1 : 0;
    const options = { style: 'percent', maximumFractionDigits: digits, signDisplay } as const;
    return minus(new Intl.NumberFormat(this.locale, options).format(value / 100));
  }

  /** Seconds in words, to the two largest of days, hours, minutes and seconds: `1 h 05 min`. */
  duration(seconds: number): string {
    if (seconds < 0) return `−${this.duration(-seconds)}`;
    const rounded = Math.round(seconds);
    if (rounded < 60) return `${rounded} s`;
    if (rounded < 3600) return this.#two(rounded, 60, 'min', 's');
    const minutes = Math.round(seconds / 60);
    if (minutes < 24 * 60) return this.#two(minutes, 60, 'h', 'min');
    return this.#two(Math.round(seconds / 3600), 24, 'd', 'h');
  }

  #two(amount: number, size: number, large: string, small: string): string {
    return (
      `${this.#whole.format(Math.trunc(amount / size))} ${large} ` +
      `${String(amount % size).padStart(2, '0')} ${small}`
    );
  }

  /**
   * How the values of a column are shown, with as many decimals for all of them as its largest
   * calls for.
   */
  figures(column: ReportColumn, values: readonly Value[]): Figure[] {
    const digits = column.type === 'double' ? decimalsFor(values) : 0;
    return values.map((value) => this.#figure(column, value, digits));
  }

  #figure(column: ReportColumn, value: Value, digits: number): Figure {
    if (value === null) return { text: ABSENT };
    if (typeof value === 'boolean') return { text: value ? 'yes' : 'no' };
    if (isAmount(column) && typeof value !== 'string') {
      const text =
        column.unit === 'seconds' ? this.duration(Number(value)) : this.decimal(value, digits);
      const exact = String(value);
      return text === exact ? { text } : { text, exact };
    }
    const text = String(value);
    if (column.type === 'timestamp')
      return { text: `${text.slice(0, 10)} ${text.slice(11, 19)}`, exact: text };
    return { text: clipped(text, LONGEST_TEXT) };
  }
}

function minus(text: string): string {
  return text.replace('-', '−');
}

function decimalsFor(values: readonly Value[]): number {
  const largest = Math.max(0, ...values.map((value) => Math.abs(Number(value))));
  return largest >= 1000 ? 1 : largest >= 10 ? 2 : 3;
}

/** The first characters of a text, and a sign where some are left out. */
export function clipped(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const characters = [...text.slice(0, 2 * longest + 2)];
  return characters.length > longest ? `${characters.slice(0, longest).join('')}…` : text;
}

const WEEKDAY = new Intl.DateTimeFormat('en-US', { weekday: 'long', timeZone: 'UTC' });

/** The weekday of a date (`YYYY-MM-DD`), such as Friday. */
export function weekday(date: string): string {
  return WEEKDAY.format(new Date(`${date}T00:00:00Z`));
}

/** The name of a column as a heading: `user_id` is "User ID", and a duration needs no "seconds". */
export function heading(column: ReportColumn): string {
  const name = column.unit === 'seconds' ? column.name.replace(/_seconds(?=_|$)/, '') : column.name;
  const words = name.replace(/_id$/, ' ID').replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The unit beside a heading, where neither the heading nor the values say it. */
export function unitBeside(column: ReportColumn): string {
  if (column.type === 'timestamp') return 'UTC';
  return column.unit === 'seconds' || column.name.includes(column.unit) ? '' : column.unit;
}
