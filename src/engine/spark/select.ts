import { totalRows } from '../../counts.js';
import { quote } from '../engine.js';
import { type Events, type Job, NUMBERS, type Relation } from '../job.js';
import { quoteName, SPARK_TYPE, splitOrder, toSpark, viewName } from './dialect.js';

/** The column whose values are the files of a divided partition; in their path, not in them. */
export const FILE = 'dayfold_file';

/**
 * How many files a partition becomes, of those that become more than one: a file for each
 * `rowsAFile` rows that the job reads for it. That depends neither on the cluster nor on which
 * partitions are made with it.
 */
export function filesOf(job: Job, rowsAFile: number): Map<string, number> {
  const { isDivisible = false, names, partitionColumn, reads } = job;
  if (!isDivisible || keyOf(job).length === 0) return new Map();
  const objects = reads.flatMap((each) => each.objects);
  const counted = names.map((name): [string, number] => {
    const own =
      partitionColumn === 'event_date'
        ? objects.filter(({ key }) => key.includes(`/event_date=${name}/`))
        : objects;
    return [name, Math.ceil(totalRows(own) / rowsAFile)];
  });
  return new Map(counted.filter(([, files]) => files > 1));
}

/**
 * The SELECT that makes the partitions of a job: one part of the rows for each, in the order of the
 * model. An ORDER BY below a part would be dropped, so the order is applied within the parts. Rows
 * that the model leaves in any order are in the order of its grain. A partition of several files
 * has a part for each, in the order of the grain.
 *
 * @param files of partitions that become more than one file, as {@link filesOf} says
 */
export function selectOf(job: Job, files: ReadonlyMap<string, number> = new Map()): string {
  const { columns, partitionColumn, names } = job;
  const list = [...columns].map(([name, type]) => nullable(quoteName(name), type, name));
  const { rows, parts, order } = files.size > 0 ? divided(job, files) : whole(job);
  const sorted = [...parts, ...order];
  const sort = sorted.length === 0 ? '' : `sort by ${sorted.join(', ')}`;
  const laid = `${rows} distribute by ${parts.length === 0 ? '0' : parts.join(', ')} ${sort}`;
  if (partitionColumn === undefined) return `select ${list.join(', ')} from (${laid})`;
  const column = quoteName(partitionColumn);
  // the date is in the path of a file, unless there is one partition alone
  const date =
    names.length > 1 && !columns.has(partitionColumn)
      ? [cast(column, 'DATE', partitionColumn)]
      : [];
  const path = [...date, ...(files.size > 0 ? [FILE] : [])];
  const asked = names.map((name) => `DATE ${quote(name)}`).join(', ');
  return `select ${[...list, ...path].join(', ')} from (${laid})
where ${column} in (${asked})`;
}

/** Rows of a job, what they are divided by into parts, and their order within a part. */
interface Laid {
  readonly rows: string;
  readonly parts: readonly string[];
  readonly order: readonly string[];
}

function whole(job: Job): Laid {
  const { body, order } = splitOrder(toSpark(job.sql));
  return {
    rows: order === undefined ? `select * from (${body})` : body,
    parts: job.partitionColumn === undefined ? [] : [quoteName(job.partitionColumn)],
    order: [...(order === undefined ? [] : [order]), ...orderOfKey(job)],
  };
}

function divided(job: Job, files: ReadonlyMap<string, number>): Laid {
  const { sql, partitionColumn = '' } = job;
  const column = quoteName(partitionColumn);
  const counts = [...files].map(([name, count]) => `when DATE ${quote(name)} then ${count}`);
  const hash = `xxhash64(${keyOf(job).join(', ')})`;
  const file = `pmod(${hash}, case ${column} ${counts.join(' ')} else 1 end)`;
  const { body } = splitOrder(toSpark(sql));
  return {
    rows: `select *, ${file} as ${FILE} from (${body})`,
    parts: [column, FILE],
    order: orderOfKey(job),
  };
}

/** The columns that occur once within a partition. */
function keyOf({ grain, partitionColumn }: Job): string[] {
  return grain.filter((name) => name !== partitionColumn).map(quoteName);
}

function orderOfKey(job: Job): string[] {
  return keyOf(job).map((name) => `${name} nulls last`);
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

/**
 * A column that may be null, whatever Spark proves of it: a column that may not be is written in
 * another way, and what is proven depends on what the model read. A query without the call would be
 * simplified.
 */
function nullable(value: string, type: string, name: string): string {
  const typed = `cast(${value} as ${sparkType(type)})`;
  const isUnsound = UNSOUND[type];
  const isMissing = isUnsound === undefined ? '' : ` or ${isUnsound(typed)}`;
  return `if(spark_partition_id() < 0${isMissing}, null, ${typed}) as ${quoteName(name)}`;
}

/**
 * Values that are missing: numbers that are not defined, such as 0 / 0, and times outside of the
 * years 1 to 9999.
 */
const UNSOUND: Record<string, (value: string) => string> = {
  DOUBLE: (value) => `isnan(${value}) or abs(${value}) = double('infinity')`,
  DATE: (value) => `${value} not between DATE '0001-01-01' and DATE '9999-12-31'`,
  TIMESTAMP: (value) =>
    `${value} not between TIMESTAMP_NTZ '0001-01-01 00:00:00' and ` +
    `TIMESTAMP_NTZ '9999-12-31 23:59:59.999999'`,
};

function cast(value: string, type: string, name: string): string {
  return `cast(${value} as ${sparkType(type)}) as ${quoteName(name)}`;
}

function sparkType(type: string): string {
  return SPARK_TYPE[type] ?? type;
}
