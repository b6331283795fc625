import { quote } from '../engine.js';
import { type Events, type Job, NUMBERS, type Relation } from '../job.js';
import { quoteName, SPARK_TYPE, splitOrder, toSpark, viewName } from './dialect.js';

/**
 * The SELECT that makes the partitions of a job: one part of the rows for each, in the order of the
 * model. An ORDER BY below a part would be dropped, so the order is applied within the parts. Rows
 * that the model leaves in any order are in the order of its grain.
 */
export function selectOf({ sql, columns, partitionColumn, grain, names }: Job): string {
  const list = [...columns].map(([name, type]) => cast(quoteName(name), type, name));
  const { body, order } = splitOrder(toSpark(sql));
  const rows = order === undefined ? `select * from (${body})` : body;
  const column = partitionColumn === undefined ? undefined : quoteName(partitionColumn);
  const rest = grain
    .filter((name) => name !== partitionColumn)
    .map((name) => `${quoteName(name)} nulls last`);
  const sorted = [column, order, ...rest].filter((each) => each !== undefined);
  const sort = sorted.length === 0 ? '' : `sort by ${sorted.join(', ')}`;
  if (partitionColumn === undefined || column === undefined)
    return `select ${list.join(', ')} from (${rows} distribute by 0 ${sort})`;
  // the date is in the path of a file, unless there is one file alone
  const date =
    names.length > 1 && !columns.has(partitionColumn)
      ? [cast(column, 'DATE', partitionColumn)]
      : [];
  const asked = names.map((name) => `DATE ${quote(name)}`).join(', ');
  return `select ${[...list, ...date].join(', ')} from (${rows} distribute by ${column} ${sort})
where ${column} in (${asked})`;
}

/** Columns with their types, as a schema. */
export function schemaOf(columns: ReadonlyMap<string, string>): string {
  return [...columns].map(([name, type]) => `${quoteName(name)} ${sparkType(type)}`).join(', ');
}

/** The statement that makes a view without rows of a relation. */
export function emptyView({ schema, table, columns, isNumbered, select }: Relation): string {
  if (select !== undefined) return selectView({ schema, table }, select);
  const all = isNumbered ? [...columns, ...NUMBERS] : [...columns];
  const nothing = all.map(([name, type]) => cast('null', type, name)).join(', ');
  const view = viewName(schema, table);
  return `create or replace temporary view ${view} as select ${nothing} where false`;
}

/** The statement that makes the view of a relation that is a SELECT of others. */
export function selectView(
  { schema, table }: Pick<Relation, 'schema' | 'table'>,
  select: string,
): string {
  return `create or replace temporary view ${viewName(schema, table)} as ${toSpark(select)}`;
}

/** The end of the path of a file, which tells the files of a relation apart. */
const LAST_SEGMENTS = 3;

/** The columns of files, with what says where each row is in them. */
export function withRow(columns: ReadonlyMap<string, string>): string[] {
  return [
    ...[...columns.keys()].map(quoteName),
    '_metadata.row_index as _row',
    `substring_index(_metadata.file_path, '/', -${LAST_SEGMENTS}) as _path`,
  ];
}

/** The statement that makes the view of a numbered relation, of the rows with their places. */
export function numberedView({ schema, table, columns, objects }: Relation, all: string): string {
  const files = objects.map(
    ({ key }, i) => `(${quote(key.split('/').slice(-LAST_SEGMENTS).join('/'))}, ${i})`,
  );
  const names = [...columns.keys()].map((name) => `held.${quoteName(name)}`).join(', ');
  return `create or replace temporary view ${viewName(schema, table)} as
select ${names}, cast(files._file as bigint) as _file, held._row
from ${all} as held
join (values ${files.join(', ')}) as files(_path, _file) on held._path = files._path`;
}

/** The statement that makes the view of an undated table, of the rows of its objects that count. */
export function eventsView({ schema, table }: Relation, all: string, events: Events): string {
  return (
    `create or replace temporary view ${viewName(schema, table)} as select * from ${all} where ` +
    `${isEvent(events)}`
  );
}

function isEvent({ columns, timeZone, dates, isUntil }: Events): string {
  const days = columns.map((column) => `business_date(${quoteName(column)}, ${quote(timeZone)})`);
  const compared = dates
    .map((date) => `d ${isUntil ? '<=' : '='} DATE ${quote(date)}`)
    .join(' or ');
  const found = `coalesce(exists(array(${days.join(', ')}), d -> ${compared}), false)`;
  return isUntil ? `(${found} or (${days.map((day) => `${day} is null`).join(' and ')}))` : found;
}

function cast(value: string, type: string, name: string): string {
  return `cast(${value} as ${sparkType(type)}) as ${quoteName(name)}`;
}

function sparkType(type: string): string {
  return SPARK_TYPE[type] ?? type;
}
