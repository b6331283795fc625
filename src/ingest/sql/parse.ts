import type { Source, SourceColumn } from '../../config/source.js';
import { identifier, quote } from '../../engine/engine.js';
import { asFound, first, spelled, text, trimmed, value } from './names.js';
import type { Raw } from './raw.js';
import { dateOf, type Rule, ruleOf, rulesOf } from './rules.js';
import {
  type Acceptance,
  filledOf,
  firstOf,
  SQL_TYPE,
  spelledOf,
  trimmedOf,
  typedOf,
  unlessMissing,
} from './values.js';

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
