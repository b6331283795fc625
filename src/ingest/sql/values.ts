import type { Source, SourceColumn } from '../../config/source.js';
import { quote } from '../../engine/engine.js';
import type { ColumnType } from '../../model/contract.js';
import { asFound, first, spelled, text, trimmed } from './names.js';

/** The SQL type of a column of each type. */
export const SQL_TYPE: Record<ColumnType, string> = {
  integer: 'BIGINT',
  double: 'DOUBLE',
  text: 'VARCHAR',
  category: 'VARCHAR',
  timestamp: 'TIMESTAMP',
  boolean: 'BOOLEAN',
  duration: 'BIGINT',
};

/** What decides which values are accepted. */
export interface Acceptance {
  readonly source: Source;
  /** the earliest date accepted */
  readonly earliest: string;
  /** the zone of business dates */
  readonly timeZone: string;
}

export function isText({ type }: SourceColumn): boolean {
  return type === 'text' || type === 'category';
}

/** Blanks of all kinds, which text is trimmed of. */
const BLANKS = [...' \t\n\v\f\r\u00a0\ufeff'];

/**
 * Text without blanks around it. trim costs as much as a parse, so only text that needs it comes
 * there.
 */
function trim(raw: string): string {
  const ends = BLANKS.map((blank) => `not suffix(${raw}, ${quote(blank)})`).join(' and ');
  return (
    `case when ${raw} >= '!' and ${raw} < chr(127) and ${ends} then ${raw} else trim(${raw}, ` +
    `${quote(BLANKS.join(''))}) end`
  );
}

export function firstOf(column: SourceColumn, input: Acceptance): string {
  const { source } = input;
  // a word for missing that could itself be a value must be looked for first
  const isSure =
    !isText(column) && column.type !== 'boolean' && !column.missing.some((word) => /\d/.test(word));
  if (!isSure) return `NULL::${SQL_TYPE[column.type]}`;
  if (column.type === 'integer') return `parse_int(${asFound(column)})`;
  if (column.type === 'duration')
    return column.unit === 'minutes' ? 'NULL::BIGINT' : `parse_int(${asFound(column)})`;
  if (column.type === 'double' && hasMarks(source)) return 'NULL::DOUBLE';
  return parse(column, input, asFound(column));
}

function hasMarks({ decimal, thousands }: Source): boolean {
  return decimal !== '.' || thousands !== null;
}

/** Characters that stand for a mark between thousands. */
const THOUSANDS: Record<string, string> = { ' ': ' \u00a0\u202f', "'": "'\u2019" };

/**
 * The text as it is parsed: times in a usual spelling, numbers without marks between thousands and
 * with a decimal point.
 */
export function spelledOf(column: SourceColumn, source: Source): string {
  const { type } = column;
  const from = text(column);
  if (type === 'timestamp') return `usual_time(${from}, date_order)`;
  if ((type !== 'integer' && type !== 'double' && type !== 'duration') || !hasMarks(source))
    return from;
  const { decimal, thousands, format } = source;
  const marks = thousands === null ? '' : (THOUSANDS[thousands] ?? thousands);
  const grouped = marks === '' ? '' : `[1-9][0-9]{0,2}([${marks}][0-9]{3})+|`;
  const number = quote(`[+-]?(${grouped}[0-9]+)([${decimal}][0-9]+)?`);
  const plain =
    `when regexp_full_match(${from}, ${number}) then translate(${from}, ` +
    `${quote(decimal + marks)}, '.')`;
  // a number of JSON or Parquet has a point before its decimals, whatever marks text has
  const unclear =
    thousands === '.' && format !== 'csv'
      ? `when regexp_full_match(${from}, '[+-]?[0-9]{1,3}[.][0-9]{3}') then '?'`
      : '';
  // 1h 2,5s has a decimal mark within; one between thousands could not be told from it
  const within = decimal === '.' ? "[,'\u2019]" : "[.'\u2019]";
  const mixed =
    type === 'duration'
      ? `when not re_test(${from}, ${quote(within)}) then translate(${from}, ` +
        `${quote(decimal)}, '.')`
      : '';
  // anything else is made what no number is
  return `case ${unclear} ${plain} ${mixed} when ${from} is not null then '?' end`;
}

export function trimmedOf(column: SourceColumn): string {
  return isText(column)
    ? trim(asFound(column))
    : `case when ${first(column)} is null then ${trim(asFound(column))} end`;
}

/** NULL where the trimmed text is a word for missing. */
export function unlessMissing(column: SourceColumn): string {
  const from = trimmed(column);
  return column.missing.length === 0
    ? from
    : `case when ${isNotMissing(column, from)} then ${from} end`;
}

/**
 * SQL that is true for text that is no word for missing. The length is looked at first: it is
 * cheap, and few values are as short as such a word. The words are compared one by one, because NOT
 * IN becomes a join.
 */
function isNotMissing({ missing }: SourceColumn, from: string): string {
  if (missing.length === 0) return 'true';
  const longest = Math.max(...missing.map((word) => Buffer.byteLength(word)));
  return (
    `(strlen(${from}) > ${longest} or ` +
    `(${missing.map((word) => `${from} <> ${quote(word)}`).join(' and ')}))`
  );
}

export function typedOf(column: SourceColumn, input: Acceptance): string {
  const parsed = parse(column, input, spelled(column));
  const filled = filledOf(column, input);
  if (isText(column)) return `coalesce(${parsed}, ${filled})`;
  return (
    `case when ${first(column)} is not null then ${first(column)} when ${text(column)} is null ` +
    `then ${filled} else ${parsed} end`
  );
}

/** SQL of what stands in for a missing value. */
export function filledOf(column: SourceColumn, input: Acceptance): string {
  const { default: fallback, type } = column;
  if (fallback === undefined) return 'NULL';
  if (type === 'timestamp') return parse(column, input, quote(String(fallback)));
  return typeof fallback === 'number' ? String(fallback) : quote(fallback);
}

function parse(column: SourceColumn, { source, timeZone }: Acceptance, from: string): string {
  switch (column.type) {
    case 'integer':
      return (
        `coalesce(parse_int(${from}), case when re_test(${from}, ` +
        `${quote(`^[+-]?(${withZeros(source)})$`)}) then parse_int(split_part(${from}, '.', ` +
        '1)) end)'
      );
    case 'double':
      // DuckDB takes 1_000 and +-1 for numbers
      return (
        `case when isfinite(try_cast(${from} as double)) and not contains(${from}, '_') and ` +
        `not starts_with(${from}, '+-') then try_cast(${from} as double) end`
      );
    case 'text':
      return from;
    case 'category':
      return `nullif(snake_case(${from}), '')`; // text without a letter or digit says nothing
    case 'timestamp':
      return `parse_timestamp(${from}, date_order, ${quote(source.times_in)}, ${quote(timeZone)})`;
    case 'duration':
      return `parse_duration(${from}, ${column.unit === 'minutes' ? 60 : 1})`;
    case 'boolean':
      return (
        `case when lower(${from}) in ('true', 't', 'yes', 'y', '1') then true when ` +
        `lower(${from}) in ('false', 'f', 'no', 'n', '0') then false end`
      );
  }
}

/**
 * Whole numbers with decimals. Without a mark between thousands 1.000 is refused, for it may be a
 * thousand.
 */
function withZeros({ thousands }: Source): string {
  if (thousands !== null) return '[0-9]+[.]0+';
  return '[0-9]+[.](0|00|0000+)|(0+|[0-9]{4,})[.]000';
}
