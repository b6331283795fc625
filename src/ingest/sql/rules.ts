import type { SourceColumn } from '../../config/source.js';
import { identifier, quote } from '../../engine/engine.js';
import { text, value } from './names.js';
import { type Acceptance, isText } from './values.js';

/** Why a row may be refused. For every row `holds` is true or one of the rules `breaks`. */
export interface Rule {
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

/** The rules of a column, in the order in which they are tried. */
export function rulesOf(column: SourceColumn, { source, earliest, timeZone }: Acceptance): Rule[] {
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

/** SQL that names the first rule that a row breaks. */
export function ruleOf(rules: readonly Rule[]): string {
  const fine = ['broken is null', ...rules.map((rule) => rule.holds)].join(' and ');
  const tried = rules.map((rule) => `when ${rule.breaks} then ${quote(rule.name)}`).join(' ');
  return `case when ${fine} then null else coalesce(broken, case ${tried} end) end`;
}

/** SQL of the business date of a timestamp column, among typed values. */
export function dateOf(column: string, timeZone: string): string {
  return `business_date(${identifier(`v_${column}`)}, ${quote(timeZone)})`;
}
