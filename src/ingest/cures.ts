import type { Source, SourceColumn } from '../config/source.js';

/**
 * The setting that most likely lets records pass that broke a rule, as a line of YAML; undefined:
 * the export is wrong.
 */
export interface Cure {
  readonly setting: string | undefined;
  /** what goes with it, for a person */
  readonly advice: string;
}

/**
 * What to do about records that broke a rule of a table.
 * @param values some of those that broke it, as the export has them
 */
export function cureOf(
  rule: string,
  source: Source,
  sources: readonly Source[],
  values: readonly string[],
): Cure {
  const column = source.columns
    .filter(({ name }) => rule.startsWith(`${name}_`))
    .sort((one, other) => other.name.length - one.name.length)[0];
  if (column === undefined) return ofRecord(rule, source);
  return ofValue(rule.slice(column.name.length + 1), column, source, { sources, values });
}

const NONE: Cure = { setting: undefined, advice: 'correct the export' };

function ofRecord(rule: string, { table, format }: Source): Cure {
  const set = (setting: string, advice = ''): Cure => ({
    setting: `tables.${table}.${setting}`,
    advice,
  });
  switch (rule) {
    case 'invalid_bytes':
      return set('encoding: windows-1252', 'or the encoding that the export really has');
    case 'field_count':
    case 'stray_quote':
      return set(`delimiter: ";"`, 'or the delimiter, quote and escape that the export really has');
    case 'invalid_json':
    case 'not_a_json_object':
      return set(
        `format: ${format === 'json' ? 'jsonl' : 'json'}`,
        'or the format that the export really has',
      );
    case 'record_too_long':
      return { setting: 'limits.record: 16MB', advice: '' };
    case 'json_too_deep':
      return { setting: 'limits.depth: 256', advice: '' };
    default:
      return NONE;
  }
}

interface Found {
  readonly sources: readonly Source[];
  readonly values: readonly string[];
}

function ofValue(
  broken: string,
  { name, from }: SourceColumn,
  { table, date_order, format, decimal }: Source,
  { sources, values }: Found,
): Cure {
  const own = `tables.${table}.columns.${name}`;
  const all = (form: RegExp) => values.length > 0 && values.every((value) => form.test(value));
  switch (broken) {
    case 'not_an_integer':
    case 'not_a_double':
    case 'not_a_duration':
      if (decimal === ',' && all(/^-?\d+\.\d+$/)) {
        const why =
          format === 'csv'
            ? 'where numbers are written so'
            : 'because numbers of JSON and Parquet have a decimal point';
        return { setting: `tables.${table}: { decimal: ".", thousands: null }`, advice: why };
      }
      if (broken === 'not_a_duration') return ofExpression(own);
      if (all(/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/))
        return { setting: `tables.${table}.thousands: ","`, advice: '' };
      if (all(/^[+-]?[\d.]+,\d+$/) || all(/^[+-]?\d{1,3}(\.\d{3})+$/))
        return {
          setting: `tables.${table}: { decimal: ",", thousands: "." }`,
          advice: 'where numbers are written so',
        };
      if (all(/^[+-]?\d+\.\d+$/)) return { setting: `${own}: { type: double }`, advice: '' };
      if (name.endsWith('_id'))
        return { setting: `${own}: { type: text }`, advice: sameId(name, table, sources) };
      return ofExpression(own);
    case 'not_a_timestamp':
      return {
        setting: `${own}: { sql: "strptime(${from[0] ?? name}, '%Y-%m-%d %H:%M:%S')" }`,
        advice: 'with the format that the export really has (docs/mapping.md)',
      };
    case 'ambiguous_date_order':
      return {
        setting: `tables.${table}.date_order: day_first`,
        advice: 'or month_first, whichever is true',
      };
    case 'contradicts_date_order':
      return {
        setting:
          `tables.${table}.date_order: ` +
          `${date_order === 'day_first' ? 'month_first' : 'day_first'}`,
        advice: '',
      };
    case 'out_of_range':
      return {
        setting: 'earliest: 1970-01-01',
        advice:
          'where the dates are older than "earliest"; later ones than the date of the export ' +
          'are wrong',
      };
    case 'missing':
      return {
        setting: `${own}: NAME`,
        advice: 'with the NAME of the column in the export that has the values',
      };
    case 'not_accepted':
      return {
        setting: `${own}: { accepted: [${values.join(', ')}] }`,
        advice: 'with all values that are right',
      };
    case 'not_a_boolean':
      return ofExpression(own);
    default:
      return broken.startsWith('below_')
        ? { setting: `${own}: { min: -1000000000 }`, advice: '' }
        : NONE;
  }
}

function ofExpression(own: string): Cure {
  return {
    setting: `${own}: { sql: "..." }`,
    advice: 'with an expression that reads them (docs/mapping.md)',
  };
}

/** An id has one type in all tables. */
function sameId(name: string, table: string, sources: readonly Source[]): string {
  const others = sources.filter(
    (each) => each.table !== table && each.columns.some((column) => column.name === name),
  );
  if (others.length === 0) return '';
  return (
    `and the same in ${others.map((each) => each.table).join(', ')}, because an id has one ` +
    'type in all tables'
  );
}

/** A cure for the end of a message. */
export function describeCure({ setting, advice }: Cure): string {
  return [setting, advice].filter((each) => each !== undefined && each !== '').join(', ');
}
