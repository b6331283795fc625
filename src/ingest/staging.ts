import type { Source, SourceColumn } from '../config/contracts.js';
import { identifier, quote } from '../engine/engine.js';
import type { ColumnType } from '../model/contract.js';
import type { Raw } from './raw.js';

/** The SQL type of a column of each type. */
export const SQL_TYPE: Record<ColumnType, string> = {
  integer: 'BIGINT',
  double: 'DOUBLE',
  text: 'VARCHAR',
  category: 'VARCHAR',
  timestamp: 'TIMESTAMP',
  boolean: 'BOOLEAN',
};

export interface StagingInput {
  readonly source: Source;
  readonly raw: Raw;
  /** the earliest date accepted */
  readonly earliest: string;
  /** the zone of business dates */
  readonly timeZone: string;
}

/** The tables that one export passes through: `raw` holds its records as text, `parsed` what became of them. */
export function stagingTables(source: Source, width: number): string {
  const texts = Array.from({ length: width }, (_, i) => `c${i} VARCHAR`);
  const values = source.columns.map(({ name, type }) => `${identifier(name)} ${SQL_TYPE[type]}`);
  return `create or replace temp table raw (line BIGINT, ${texts.join(', ')}, export_date DATE);
    create or replace temp table parsed (${values.join(', ')}, event_date DATE, line BIGINT, rule VARCHAR, bad_column VARCHAR, bad_text VARCHAR)`;
}

/**
 * The statement that turns the text in `raw` into typed rows in `parsed`: the contract's columns, event_date (of dated
 * tables), line, rule (why the row is refused, or NULL), and the column and text that broke it. The rows keep the order
 * of the file. The text of the statement is the same for every export with the same header, so that one plan serves
 * all. Rules are kept in a column, not a filter: a filter would be pushed below the projection and parse every value a
 * second time.
 */
export function parseStatement(input: StagingInput): string {
  const { source, raw } = input;
  const list = (items: readonly string[]) => items.join(', ');
  const each = (sql: (column: SourceColumn) => string) => list(source.columns.map(sql));
  const rules = source.columns.flatMap((column) => rulesOf(column, input));
  const pick = (result: (rule: Rule) => string) =>
    `case rule ${rules.map((rule) => `when ${quote(rule.name)} then ${result(rule)}`).join(' ')} end`;
  const tried = rules.map((rule) => `when ${rule.breaks} then ${quote(rule.name)}`).join(' ');
  const asRead = `select line, export_date, ${raw.broken} as broken, ${each((column) => `${trim(raw.texts.get(column.name) ?? 'NULL::VARCHAR')} as ${trimmed(column)}`)} from ${raw.relation}`;
  const asText = `select *, ${each((column) => `${textOf(column)} as ${text(column)}`)} from (${asRead})`;
  const asTyped = `select *, ${each((column) => `${valueOf(column, source)} as ${value(column)}`)} from (${asText})`;
  const eventDate = source.partition === 'event_date' ? dateOf(source.event_time, input.timeZone) : 'NULL::DATE';
  const withDate = `select *, ${eventDate} as event_date from (${asTyped})`;
  const withRule = `select *, coalesce(broken, case ${tried} end) as rule from (${withDate})`;
  return `insert into parsed
    select ${each(value)}, event_date, line, rule, ${pick((rule) => quote(rule.column.name))}, ${pick((rule) => text(rule.column))}
    from (${withRule})`;
}

function dateOf(column: string, timeZone: string): string {
  return `business_date(${identifier(`v_${column}`)}, ${quote(timeZone)})`;
}

interface Rule {
  readonly name: string;
  readonly column: SourceColumn;
  /** SQL that is true for a row that breaks it */
  readonly breaks: string;
}

function text(column: SourceColumn): string {
  return identifier(`t_${column.name}`);
}

function trimmed(column: SourceColumn): string {
  return identifier(`r_${column.name}`);
}

function value(column: SourceColumn): string {
  return identifier(`v_${column.name}`);
}

/** Blanks of all kinds, which text is trimmed of. */
const BLANKS = [...' \t\n\v\f\r\u00a0\ufeff'];

/** Text without blanks around it. trim costs as much as a parse, so only text that needs it comes there. */
function trim(raw: string): string {
  const ends = BLANKS.map((blank) => `not suffix(${raw}, ${quote(blank)})`).join(' and ');
  return `case when ${raw} >= '!' and ${raw} < chr(127) and ${ends} then ${raw} else trim(${raw}, ${quote(BLANKS.join(''))}) end`;
}

/** The trimmed text, NULL where it means missing. */
function textOf(column: SourceColumn): string {
  const from = trimmed(column);
  const longest = Math.max(0, ...column.missing.map((word) => Buffer.byteLength(word)));
  // The length is looked at first: it is cheap, and few values are as short as a word for missing. The words are
  // compared one by one, for NOT IN becomes a join.
  const isNoWord = column.missing.map((word) => `${from} <> ${quote(word)}`).join(' and ');
  return isNoWord === '' ? from : `case when strlen(${from}) > ${longest} then ${from} when ${isNoWord} then ${from} end`;
}

function valueOf(column: SourceColumn, source: Source): string {
  const parsed = parseOf(column, source);
  const fallback = column.default;
  if (fallback === undefined) return parsed;
  const value = typeof fallback === 'number' ? String(fallback) : quote(fallback);
  return column.type === 'category'
    ? `coalesce(${parsed}, ${value})`
    : `case when ${text(column)} is null then ${value} else ${parsed} end`;
}

function parseOf(column: SourceColumn, source: Source): string {
  const from = text(column);
  switch (column.type) {
    case 'integer':
      return `coalesce(parse_int(${from}), case when re_test(${from}, '^[+-]?[0-9]+[.]0+$') then parse_int(split_part(${from}, '.', 1)) end)`;
    case 'double':
      return `case when isfinite(try_cast(${from} as double)) then try_cast(${from} as double) end`;
    case 'text':
      return from;
    case 'category':
      return `nullif(snake_case(${from}), '')`; // text without a letter or digit says nothing
    case 'timestamp':
      return `parse_timestamp(${from}, ${quote(source.date_order)}, ${quote(source.times_in)})`;
    case 'boolean':
      return `case when lower(${from}) in ('true', 't', 'yes', 'y', '1') then true when lower(${from}) in ('false', 'f', 'no', 'n', '0') then false end`;
  }
}

/** Why a row may be refused for this column, in the order in which rules are tried. */
function rulesOf(column: SourceColumn, { source, earliest, timeZone }: StagingInput): Rule[] {
  const { name, type } = column;
  const rules: Rule[] = [];
  const add = (suffix: string, breaks: string) => rules.push({ name: `${name}_${suffix}`, column, breaks });
  if (column.required) add('missing', column.default === undefined ? `${text(column)} is null` : 'false');
  const unparsed = `${text(column)} is not null and ${value(column)} is null`;
  if (type === 'timestamp') {
    add('not_a_timestamp', unparsed);
    const date =
      name === source.event_time && source.partition === 'event_date' ? 'event_date' : dateOf(name, timeZone);
    add('out_of_range', `${date} < DATE ${quote(earliest)} or ${date} > export_date + 1`);
  } else if (type !== 'text' && type !== 'category') {
    add(`not_${type === 'integer' ? 'an_integer' : `a_${type}`}`, unparsed);
  }
  if (column.min !== undefined) add(`below_${column.min}`, `${value(column)} < ${column.min}`);
  if (column.accepted !== undefined)
    add('not_accepted', `${value(column)} not in (${column.accepted.map(quote).join(', ')})`);
  if (column.not_before !== undefined)
    add(`before_${column.not_before}`, `${value(column)} < ${identifier(`v_${column.not_before}`)}`);
  return rules;
}
