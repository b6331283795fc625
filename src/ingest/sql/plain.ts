import type { SourceColumn } from '../../config/contracts.js';
import { identifier, quote } from '../../engine/engine.js';
import {
  asFound,
  BLANKS,
  dateOf,
  filledOf,
  holdsOf,
  isNotMissing,
  type StagingInput,
  value,
  valueSelect,
} from './parse.js';
import { hasSql } from './raw.js';

/** The rule of rows that are not plain. */
export const CAREFUL = 'not_plain';

/** The usual spellings of categories, by column, with the value of each. */
export type Spellings = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Whether the plain rows of exports can be told from the others: rows in which each value is written in the usual way, and no
 * rule is broken. They are most rows of most exports.
 */
export function hasPlainRows({ source, raw }: Pick<StagingInput, 'source' | 'raw'>): boolean {
  const { decimal, thousands } = source;
  return (
    !raw.isSelected && !hasSql(source) && decimal === '.' && thousands === null && source.columns.every(isPlainType)
  );
}

/** Of the types those for which there is a usual way, unless a word for missing looks like a value. */
function isPlainType({ type, unit, missing }: SourceColumn): boolean {
  if (type === 'text' || type === 'category') return true;
  return type !== 'boolean' && unit !== 'minutes' && !missing.some((word) => /\d/.test(word));
}

/**
 * A SELECT that parses the plain rows of exports as they are read, in the order of the file: columns of the contract,
 * event_date, export, line, rule (NULL) and `texts` (NULL). A row that is not plain has the rule {@link CAREFUL} until it is
 * parsed with care, and the texts of its columns.
 * @param from SELECT that reads the exports
 * @param isAscii whether the exports hold ASCII alone, and of control characters only line ends
 */
export function plainSelect(input: StagingInput, from: string, spellings: Spellings, isAscii: boolean): string {
  const { source, raw, timeZone } = input;
  const texts = source.columns.map((column) => `${raw.texts.get(column.name) ?? 'NULL::VARCHAR'} as ${text(column)}`);
  const kept = textColumns(input);
  const read = `select line, export, export_date, date_order, ${[...texts, ...kept].join(', ')} from ${raw.relation(from)}`;
  const first = source.columns.map((column) => `${usualValue(column, input, spellings, isAscii)} as ${value(column)}`);
  const parsed = `select *, ${first.join(', ')} from (${read})`;
  const names = source.columns.map((column) => `${filled(column, input)} as ${value(column)}`);
  const dated = `select * replace (${names.join(', ')}), ${source.partition === 'event_date' ? dateOf(source.event_time, timeZone) : 'NULL::DATE'} as event_date from (${parsed})`;
  const isPlain = source.columns.flatMap((column) => plainIf(column, input));
  if (raw.broken !== 'NULL') isPlain.unshift(`${raw.broken} is null`);
  const values = source.columns.map((column) => `${value(column)} as ${identifier(column.name)}`);
  const checked = `select *, ${isPlain.join(' and ')} as is_plain from (${dated})`;
  return `select ${values.join(', ')}, event_date, export, line, case when is_plain then null else ${quote(CAREFUL)} end as rule,
    case when is_plain then null else [${kept.join(', ')}] end as texts from (${checked})`;
}

/** The columns of what is read that texts of the table come from. */
export function textColumns({ raw }: Pick<StagingInput, 'raw'>): string[] {
  if (raw.record === 'c0') return ['c0']; // JSON: the object
  return [...new Set([...raw.texts.values()].filter((sql) => /^c\d+$/.test(sql)))];
}

function text({ name }: SourceColumn): string {
  return identifier(`p_${name}`);
}

/** The value of a text that is written in the usual way; NULL for others. */
function usualValue(column: SourceColumn, input: StagingInput, spellings: Spellings, isAscii: boolean): string {
  const t = text(column);
  switch (column.type) {
    case 'integer':
    case 'duration':
      // a cast alone takes 1e3 and 1.5, too
      return `case when ${t} = cast(try_cast(${t} as bigint) as varchar) then try_cast(${t} as bigint) end`;
    case 'double':
      return `case when regexp_full_match(${t}, '-?[0-9]+([.][0-9]+)?') and isfinite(try_cast(${t} as double)) then try_cast(${t} as double) end`;
    case 'timestamp':
      return usualTimestamp(t, input.source.times_in);
    case 'category': {
      const whens = [...(spellings.get(column.name) ?? [])].map(
        ([spelling, meaning]) => `when ${t} = ${quote(spelling)} then ${quote(meaning)}`,
      );
      const isClean = `${isNotMissing(column, t)} and regexp_full_match(${t}, '[a-z0-9]+(_[a-z0-9]+)*')`;
      return `case ${[...whens, `when ${isClean} then ${t}`].join(' ')} end`;
    }
    default:
      return `case when ${t} >= '!' and ${endsWell(t, isAscii)} and ${isNotMissing(column, t)} then ${t} end`;
  }
}

/** True for text with no blank at its end. In ASCII without control characters only a space can be one. */
function endsWell(t: string, isAscii: boolean): string {
  if (isAscii) return `not suffix(${t}, ' ')`;
  return [`${t} < chr(127)`, ...BLANKS.map((blank) => `not suffix(${t}, ${quote(blank)})`)].join(' and ');
}

/**
 * The five spellings that are most common, told apart by their length and shape, without the words of the vocabulary, which
 * take long to plan. They mean what parse_timestamp says.
 */
function usualTimestamp(t: string, zone: string): string {
  const local = (sql: string) => (zone === 'UTC' ? sql : `utc_from_local(${sql}, ${quote(zone)})`);
  const monthFirst = `substr(${t}, 7, 4) || '-' || substr(${t}, 1, 2) || '-' || substr(${t}, 4, 2) || substr(${t}, 11)`;
  return `case strlen(${t})
    when 19 then case
      when ${t} like '____-__-_____:__:__' and ${t} >= '1' and ${t} < ':' then ${local(`try_cast(${t} as timestamp)`)}
      when date_order = 'month_first' and ${t} like '__/__/____ __:__:__' and substr(${t}, 7, 1) >= '1' then ${local(`try_cast(${monthFirst} as timestamp)`)}
    end
    when 20 then case when ${t} like '____-__-_____:__:__Z' and ${t} >= '1' and ${t} < ':' then try_cast(${t} as timestamp) end
    when 25 then case when ${t} like '____-__-_____:__:__+0_:__' and ${t} >= '1' and ${t} < ':' and substr(${t}, 24, 1) < '6'
      then make_timestamp(epoch_us(try_cast(${t} as timestamptz))) end
    when 13 then case when ${t} >= '1' and ${t} < ':' and ${t} = cast(try_cast(${t} as bigint) as varchar) then make_timestamp(try_cast(${t} as bigint) * 1000) end
  end`;
}

/** The value, or what stands for it where there is no text. */
function filled(column: SourceColumn, input: StagingInput): string {
  if (column.default === undefined) return value(column);
  return `case when ${text(column)} is null then ${filledOf(column, input)} else ${value(column)} end`;
}

/** SQL conditions that hold for a row in which the value is plain, and breaks no rule. */
function plainIf(column: SourceColumn, input: StagingInput): string[] {
  const v = value(column);
  const isPresent = column.required ? `${v} is not null` : `(${v} is not null or ${text(column)} is null)`;
  return [isPresent, ...holdsOf(column, input)];
}

/**
 * A SELECT of the usual spellings of a category and what each means, by how often it comes.
 * @param from SELECT that reads the first records of an export
 * @param most how many of them
 */
export function spellingsSelect(column: SourceColumn, input: StagingInput, from: string, most: number): string {
  const { raw } = input;
  const texts = `select ${raw.texts.get(column.name) ?? 'NULL::VARCHAR'} as ${asFound(column)} from ${raw.relation(from)}`;
  return `select ${asFound(column)} as spelling, value from (${valueSelect(column, input, `select ${asFound(column)}, count(*) as n from (${texts}) group by all`)})
    where spelling is not null and value is not null order by n desc, spelling limit ${most}`;
}
