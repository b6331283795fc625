import { NAME, RESERVED } from '../model/contract.js';
import type { Source, SourceColumn } from './source.js';
import { didYouMean } from './suggest.js';

/** What is wrong with contracts and configuration together, a line for each problem. Pure. */
export function problemsOf(sources: readonly Source[]): string[] {
  return [
    ...idProblems(sources),
    ...typeProblems(sources),
    ...valueProblems(sources),
    ...nameProblems(sources),
  ];
}

/** A key is made of columns of its table, and an added column has a name of its own. */
function nameProblems(sources: readonly Source[]): string[] {
  return sources.flatMap(({ table, key, columns }) => {
    const names = columns.map(({ name }) => name);
    const added = columns.filter(
      ({ name, isAdded }) => isAdded && (!NAME.test(name) || RESERVED.includes(name)),
    );
    const unknown = key.flat().filter((name) => !names.includes(name));
    return [
      ...added.map(
        ({ name }) =>
          `tables.${table}.columns.${name}: expected a name in lower snake case, other than ` +
          `${RESERVED.join(', ')}: rename the column`,
      ),
      ...unknown.map(
        (name) =>
          `tables.${table}.key: expected columns of ${table}, found ` +
          `${name}${didYouMean(name, names)}`,
      ),
    ];
  });
}

/** Times of rows, and what a counter counts, keep their type. */
function typeProblems(sources: readonly Source[]): string[] {
  return sources.flatMap(({ table, columns, event_time, dates, latest_by, counter }) => {
    const times = [event_time, ...dates, latest_by, ...columns.map(({ not_before }) => not_before)];
    return columns.flatMap(({ name, type, not_before }) => {
      const isTime = times.includes(name) || not_before !== undefined;
      const expected = isTime ? 'timestamp' : name === counter?.value ? 'integer' : type;
      return type === expected
        ? []
        : [
            `tables.${table}.columns.${name}.type: expected ${expected}, because it tells ` +
              `${isTime ? 'when' : 'how many'}, found ${type}`,
          ];
    });
  });
}

/**
 * Models join tables by ids of one name, which must therefore have one type: numbers, or text, for
 * a category would make one id of several.
 */
function idProblems(sources: readonly Source[]): string[] {
  const problems: string[] = [];
  const seen = new Map<string, { table: string; type: string }>();
  for (const { table, columns } of sources) {
    for (const { name, type } of columns.filter((column) => column.name.endsWith('_id'))) {
      const first = seen.get(name) ?? { table, type };
      if (type !== 'integer' && type !== 'text') {
        problems.push(
          `tables.${table}.columns.${name}.type: expected integer or text, as ids are, ` +
            `found ${type}`,
        );
      } else if (first.type !== type) {
        problems.push(
          `tables.${table}.columns.${name}.type: expected ${first.type}, as in ` +
            `${first.table}, found ${type}: an id has one type in all tables`,
        );
      }
      seen.set(name, first);
    }
  }
  return problems;
}

/**
 * What a default must look like, for columns whose default the engine would otherwise fail to read
 * in every run.
 */
const DEFAULT_OF: Partial<Record<SourceColumn['type'], RegExp>> = {
  integer: /^[+-]?\d{1,18}$/,
  double: /^[+-]?\d+(\.\d+)?$/,
  timestamp: /^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?$/,
  boolean: /^(true|false)$/,
  duration: /^\d{1,18}$/,
};

/**
 * A limit is for numbers, a list of accepted values for text, and a default must be a value of its
 * column.
 */
function valueProblems(sources: readonly Source[]): string[] {
  const problems: string[] = [];
  for (const { table, columns, rows } of sources) {
    for (const {
      name,
      type,
      min,
      max,
      unit,
      accepted,
      default: fallback,
      sql,
      constant,
    } of columns) {
      const fail = (key: string, message: string) =>
        problems.push(`tables.${table}.columns.${name}.${key}: ${message}`);
      if (sql !== undefined && constant !== undefined)
        fail('constant', 'expected either sql or constant, found both');
      if (rows !== null && (sql ?? constant) !== undefined) {
        fail(
          sql === undefined ? 'constant' : 'sql',
          `expected none, because the SELECT of tables.${table}.rows gives the columns`,
        );
      }
      const isText = type === 'text' || type === 'category';
      if (unit !== undefined && type !== 'duration') {
        fail(
          'unit',
          `expected none, because only a duration has a unit and the column is ${type}, ` +
            `found ${unit}`,
        );
      }
      const isNumber = type === 'integer' || type === 'double' || type === 'duration';
      for (const [key, limit] of Object.entries({ min, max })) {
        if (limit === undefined || isNumber) continue;
        fail(
          key,
          `expected none, because only numbers have limits and the column is ${type}, found ` +
            `${limit}`,
        );
      }
      if (accepted !== undefined && !isText) {
        fail(
          'accepted',
          `expected none, because only text has accepted values and the column is ${type}, ` +
            `found ${accepted.join(', ')}`,
        );
      }
      if (fallback !== undefined && DEFAULT_OF[type]?.test(String(fallback)) === false) {
        fail('default', `expected a value of type ${type}, found ${JSON.stringify(fallback)}`);
      }
    }
  }
  return problems;
}
