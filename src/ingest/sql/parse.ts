import type { Source, SourceColumn } from '../../config/source.js';
import { identifier, quote } from '../../engine/engine.js';
import type { ColumnType } from '../../model/contract.js';
import type { Raw } from './raw.js';

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

export interface StagingInput extends Acceptance {
  readonly raw: Raw;
}

/**
 * The tables through which records pass that are parsed with care: `raw` holds their texts,
 * `careful` what became of them. They are in a database of their own, in which nothing else is
 * made, so that the plan of the statement lasts.
 * @param database of the session
 */
export function carefulTables(source: Source, width: number, database: string): string {
  const texts = Array.from({ length: width }, (_, i) => `c${i} VARCHAR`);
  const values = source.columns.map(({ name, type }) => `${identifier(name)} ${SQL_TYPE[type]}`);
  return `create or replace table ${database}.raw (${['line BIGINT', ...texts].join(', ')},
    export_date DATE, export INTEGER, date_order VARCHAR);
    create or replace table ${database}.careful (${values.join(', ')}, event_date DATE,
      export INTEGER, line BIGINT, _mended VARCHAR, rule VARCHAR, _bad_column VARCHAR,
        _bad_text VARCHAR)`;
}

/**
 * The statement that turns text into typed rows in `careful`: the contract's columns, event_date
 * (of dated tables), export, line, _mended (the coercion, or NULL), rule (why the row is refused,
 * or NULL), and the column and text that broke it. The rows keep the order of the file. Read from
 * the table `raw`, its text is the same for every export with the same header, so one plan serves
 * all.
 *
 * The bulk of the rows must pass with little work: a value is parsed as it is, and only what
 * does not parse is trimmed, compared with the words for missing and parsed again; rules are tried
 * one by one only where not all hold. Rules are kept in a column, not a filter: a filter would be
 * pushed below the projection and parse every value twice.
 * @param from the table `raw`; date_order is NULL where the order of day and month is not known
 * @param into the table `careful`
 */
export function parseStatement(input: StagingInput, from: string, into: string): string {
  const { source, raw } = input;
  const list = (items: readonly string[]) => items.join(', ');
  const each = (sql: (column: SourceColumn) => string) => list(source.columns.map(sql));
  const rules = source.columns.flatMap((column) => rulesOf(column, input));
  const ofRule = (result: (rule: Rule) => string) =>
    'case when rule is null then null else case rule ' +
    `${rules.map((rule) => `when ${quote(rule.name)} then ${result(rule)}`).join(' ')} end ` +
    'end';

  const step = (
    name: (column: SourceColumn) => string,
    sql: (column: SourceColumn) => string,
    rows: string,
  ) => `select *, ${each((column) => `${sql(column)} as ${name(column)}`)} from (${rows})`;
  const textOf = ({ name }: SourceColumn) => raw.texts.get(name) ?? 'NULL::VARCHAR';
  const isThere = ({ name }: SourceColumn) => raw.texts.has(name);
  /** The text of a column that the export does not have is missing from the beginning. */
  const ofText = (sql: (column: SourceColumn) => string) => (column: SourceColumn) =>
    isThere(column) ? sql(column) : 'NULL::VARCHAR';
  const asRead =
    `select line, export, export_date, date_order, ${raw.broken} as broken, ` +
    `${each((column) => `${textOf(column)} as ${asFound(column)}`)} ` +
    `from ${raw.relation(from)}`;
  const firstTry = step(
    first,
    (column) => (isThere(column) ? firstOf(column, input) : `NULL::${SQL_TYPE[column.type]}`),
    asRead,
  );
  const asTrimmed = step(trimmed, ofText(trimmedOf), firstTry);
  const asText = step(text, ofText(unlessMissing), asTrimmed);
  const asSpelled = step(
    spelled,
    ofText((column) => spelledOf(column, source)),
    asText,
  );
  const typed = (column: SourceColumn) =>
    isThere(column)
      ? typedOf(column, input)
      : `cast(${filledOf(column, input)} as ${SQL_TYPE[column.type]})`;
  const asTyped = step(value, typed, asSpelled);
  const eventDate =
    source.partition === 'event_date' ? dateOf(source.event_time, input.timeZone) : 'NULL::DATE';
  const withDate = `select *, ${eventDate} as event_date from (${asTyped})`;
  const withRule = `select *, ${ruleOf(rules)} as rule from (${withDate})`;
  return `insert into ${into}
    select ${each(value)}, event_date, export, line, ${coercionOf(source)}, rule,
      ${ofRule((rule) => quote(rule.column.name))},
      ${ofRule((rule) => `coalesce(${text(rule.column)}, ${asFound(rule.column)})`)}
    from (${withRule})`;
}

/**
 * A SELECT of the texts of one text column and their values. @param from SELECT of the texts as
 * found
 */
function valueSelect(column: SourceColumn, input: Acceptance, from: string): string {
  const { source } = input;
  const asTrimmed =
    `select *, NULL::VARCHAR as ${first(column)}, ${trimmedOf(column)} as ${trimmed(column)} ` +
    `from (${from})`;
  const asText = `select *, ${unlessMissing(column)} as ${text(column)} from (${asTrimmed})`;
  const asSpelled = `select *, ${spelledOf(column, source)} as ${spelled(column)} from (${asText})`;
  return `select *, ${typedOf(column, input)} as value from (${asSpelled})`;
}

/**
 * A SELECT of what spellings of a category mean: `value`, which is NULL for none, and
 * `is_accepted`, whether a row with it keeps the rules of the column.
 * @param from SELECT of the spellings, in {@link asFound}
 */
export function meaningSelect(column: SourceColumn, input: Acceptance, from: string): string {
  const valued = `select *, value as ${value(column)} from (${valueSelect(column, input, from)})`;
  const holds = rulesOf(column, input).map((rule) => rule.holds);
  return (
    `select *, coalesce(${['true', ...holds].join(' and ')}, false) as is_accepted from ` +
    `(${valued})`
  );
}

/**
 * The statement that counts staged rows by the rule that they break as the rules are now; it gives
 * none when all hold.
 * @param from SELECT of the staged rows
 */
export function recheckStatement(input: Acceptance, exportDate: string, from: string): string {
  const { columns, partition } = input.source;
  const values = columns.flatMap((column) => {
    const staged = identifier(column.name);
    return [`${staged} as ${value(column)}`, `cast(${staged} as varchar) as ${text(column)}`];
  });
  const dated = partition === 'event_date' ? ['event_date'] : [];
  const typed =
    `select ${[...values, ...dated].join(', ')}, DATE ${quote(exportDate)} as export_date, ` +
    `NULL as broken from (${from})`;
  const rules = columns.flatMap((column) => rulesOf(column, input));
  return (
    `select rule, count(*) as rows from (select ${ruleOf(rules)} as rule from (${typed})) ` +
    'where rule is not null group by rule order by rule'
  );
}

/** SQL that names the first rule that a row breaks. */
function ruleOf(rules: readonly Rule[]): string {
  const fine = ['broken is null', ...rules.map((rule) => rule.holds)].join(' and ');
  const tried = rules.map((rule) => `when ${rule.breaks} then ${quote(rule.name)}`).join(' ');
  return `case when ${fine} then null else coalesce(broken, case ${tried} end) end`;
}

/** A whole number that was written with decimals, such as 12.0. */
function coercionOf({ columns }: Source): string {
  const integers = columns.filter(({ type }) => type === 'integer');
  const whens = integers.map((column) => {
    const isMended =
      `${first(column)} is null and ${value(column)} is not null and ` +
      `contains(${spelled(column)}, '.')`;
    return `when ${isMended} then ${quote(`${column.name}_with_decimals`)}`;
  });
  return whens.length === 0 ? 'NULL' : `case ${whens.join(' ')} end`;
}

/** SQL of the business date of a timestamp column, among typed values. */
function dateOf(column: string, timeZone: string): string {
  return `business_date(${identifier(`v_${column}`)}, ${quote(timeZone)})`;
}

/** Why a row may be refused. For every row `holds` is true or one of the rules `breaks`. */
interface Rule {
  readonly name: string;
  readonly column: SourceColumn;
  /** SQL that is true for a row that breaks it */
  readonly breaks: string;
  /**
   * SQL, cheap, that is true for a row that keeps it; other rules of its column may be taken to
   * hold
   */
  readonly holds: string;
}

/** The text as the export has it. */
export function asFound(column: SourceColumn): string {
  return identifier(`r_${column.name}`);
}

/** The value that the text parses to as found; NULL for text columns. */
function first(column: SourceColumn): string {
  return identifier(`f_${column.name}`);
}

/** The trimmed text; of values parsed at the first try it is not needed, and NULL. */
function trimmed(column: SourceColumn): string {
  return identifier(`s_${column.name}`);
}

/** The trimmed text, NULL where it means missing. */
function text(column: SourceColumn): string {
  return identifier(`t_${column.name}`);
}

/** The text in the spelling that is parsed. */
function spelled(column: SourceColumn): string {
  return identifier(`u_${column.name}`);
}

/** The typed value. */
function value(column: SourceColumn): string {
  return identifier(`v_${column.name}`);
}

function isText({ type }: SourceColumn): boolean {
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

function firstOf(column: SourceColumn, input: Acceptance): string {
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
function spelledOf(column: SourceColumn, source: Source): string {
  const { type } = column;
  const from = text(column);
  if (type === 'timestamp') return `usual_time(${from}, date_order)`;
  if ((type !== 'integer' && type !== 'double' && type !== 'duration') || !hasMarks(source))
    return from;
  const { decimal, thousands, format } = source;
  const marks = thousands === null ? '' : (THOUSANDS[thousands] ?? thousands);
  const grouped = marks === '' ? '' : `[0-9]{1,3}([${marks}][0-9]{3})+|`;
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

function trimmedOf(column: SourceColumn): string {
  return isText(column)
    ? trim(asFound(column))
    : `case when ${first(column)} is null then ${trim(asFound(column))} end`;
}

/** NULL where the trimmed text is a word for missing. */
function unlessMissing(column: SourceColumn): string {
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

function typedOf(column: SourceColumn, input: Acceptance): string {
  const parsed = parse(column, input, spelled(column));
  const filled = filledOf(column, input);
  if (isText(column)) return `coalesce(${parsed}, ${filled})`;
  return (
    `case when ${first(column)} is not null then ${first(column)} when ${text(column)} is null ` +
    `then ${filled} else ${parsed} end`
  );
}

/** SQL of what stands in for a missing value. */
function filledOf(column: SourceColumn, input: Acceptance): string {
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
      // DuckDB takes 1_000 for a number
      return (
        `case when isfinite(try_cast(${from} as double)) and not contains(${from}, '_') then ` +
        `try_cast(${from} as double) end`
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

/** The rules of a column, in the order in which they are tried. */
function rulesOf(column: SourceColumn, { source, earliest, timeZone }: Acceptance): Rule[] {
  const { name, type, required } = column;
  const v = value(column);
  const rules: Rule[] = [];
  const add = (suffix: string, breaks: string, holds: string) =>
    rules.push({ name: `${name}_${suffix}`, column, breaks, holds });
  /** true where there is no value; of a required column that is ruled out already */
  const orNone = (holds: string) => (required ? holds : `(${v} is null or ${holds})`);
  const unparsed = (suffix: string) =>
    add(
      suffix,
      `${v} is null and ${text(column)} is not null`,
      required ? 'true' : `(${v} is not null or ${text(column)} is null)`,
    );
  if (required) add('missing', `${v} is null and ${text(column)} is null`, `${v} is not null`);
  if (type === 'timestamp') {
    unparsed('not_a_timestamp');
    // an export that is delivered late may hold rows that were changed at any time
    if (name !== source.latest_by) {
      const date =
        name === source.event_time && source.partition === 'event_date'
          ? 'event_date'
          : dateOf(name, timeZone);
      const accepted = `${date} >= DATE ${quote(earliest)} and ${date} <= export_date + 1`;
      add('out_of_range', `not (${accepted})`, orNone(`(${accepted})`));
    }
  } else if (!isText(column)) {
    unparsed(type === 'integer' ? 'not_an_integer' : `not_a_${type}`);
  }
  if (column.min !== undefined)
    add(`below_${column.min}`, `${v} < ${column.min}`, orNone(`${v} >= ${column.min}`));
  if (column.max !== undefined)
    add(`above_${column.max}`, `${v} > ${column.max}`, orNone(`${v} <= ${column.max}`));
  if (column.accepted !== undefined) {
    const isAccepted = `(${column.accepted.map((word) => `${v} = ${quote(word)}`).join(' or ')})`;
    add('not_accepted', `not ${isAccepted}`, orNone(isAccepted));
  }
  if (column.not_before !== undefined) {
    const other = identifier(`v_${column.not_before}`);
    add(
      `before_${column.not_before}`,
      `${v} < ${other}`,
      `(${v} is null or ${other} is null or ${v} >= ${other})`,
    );
  }
  return rules;
}
