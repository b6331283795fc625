import { identifier, quote, type Session } from '../engine.js';
import {
  type Events,
  type Job,
  type JobFiles,
  type MadeFile,
  NUMBERS,
  type Relation,
} from '../job.js';
import { exportsSelects } from '../lists.js';
import { emptyRelation, parquetRelation, runsOf } from '../relation.js';

/** The as-of date that is in the settings of a session. */
const asOfDates = new WeakMap<Session, string>();

/**
 * Makes the partitions of a job: a view for each relation, one statement for the rows, one file for
 * each partition.
 */
export async function makeParts(session: Session, job: Job, files: JobFiles): Promise<MadeFile[]> {
  const { partitionColumn: column, names } = job;
  const [first = ''] = names;
  const before = await Promise.all(job.reads.map((relation) => viewOf(relation, files)));
  const isOtherAsOf = column === 'as_of_date' && asOfDates.get(session) !== first;
  if (isOtherAsOf) before.push(`update settings set as_of_date = DATE ${quote(first)}`);
  if (job.exports !== undefined)
    for (const [name, select] of exportsSelects(job.exports))
      before.push(`create or replace table ${name} as ${select}`);
  if (before.length > 0) await session.run(before.join(';\n'));
  if (isOtherAsOf) asOfDates.set(session, first);
  // A range, not a list: the list would become a join, which does not keep the order of the rows.
  const where =
    column === undefined
      ? ''
      : `where ${column} between DATE ${quote(first)} and DATE ${quote(names.at(-1) ?? first)}`;
  const all = `select * from (${job.sql}) ${where}`;
  if (names.length > 1) return makeDates(session, all, job, files);
  const file = files.fresh('.parquet');
  return [
    { name: first, file, rows: await session.writeParquet(all, job.columns, { file, ...files }) },
  ];
}

/** Makes those of several dates that have rows. @param all SQL of their rows */
async function makeDates(
  session: Session,
  all: string,
  { partitionColumn: column = '', columns }: Job,
  files: JobFiles,
): Promise<MadeFile[]> {
  try {
    const found = await session.rows(
      `create or replace temp table made as ${all};
       select cast(${column} as varchar) as name, count(*) as rows from made group by ${column}
         order by name`,
    );
    const made = found.map(({ name, rows }) => ({
      name: String(name),
      file: files.fresh('.parquet'),
      rows: Number(rows),
    }));
    const selects = made.map(({ name, file }): [string, string] => [
      file,
      `select * from made where ${column} = DATE ${quote(name)}`,
    ]);
    await session.writeParquetFiles(new Map(selects), columns, files.compression);
    return made;
  } finally {
    await session.run('drop table if exists made');
  }
}

/** The statement that makes the view that a model reads under the name of a relation. */
async function viewOf(
  { schema, table, columns, objects, events, isNumbered, select }: Relation,
  files: JobFiles,
): Promise<string> {
  const name = `${schema}.${table}`;
  if (select !== undefined) return `create or replace view ${name} as ${select}`;
  const all = isNumbered ? new Map([...columns, ...NUMBERS]) : columns;
  if (objects.length === 0) return emptyRelation(name, all);
  if (isNumbered) {
    const local = await Promise.all(objects.map((object) => files.fetch(object)));
    const names = [...columns.keys()].map(identifier).join(', ');
    return `create or replace view ${name} as
      select ${names}, file_index as _file, file_row_number as _row
      from ${parquetRelation(objects, local, false)}`;
  }
  const isHive = objects.every(({ key }) => key.includes('='));
  const runs = await runsOf(objects, (object) => files.fetch(object), isHive);
  const list = [...columns.keys()].map(identifier).join(', ');
  const selects = runs.map(({ from, where }) => {
    const conditions = [where, events && isEvent(events)].filter((each) => each !== undefined);
    const those = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
    return `select ${list} from ${from} ${those}`;
  });
  return `create or replace view ${name} as ${selects.join(' union all ')}`;
}

function isEvent({ columns, timeZone, dates, isUntil }: Events): string {
  const found = columns.map((column) => `business_date(${identifier(column)}, ${quote(timeZone)})`);
  const list = dates.map((date) => `DATE ${quote(date)}`).join(', ');
  const isIt = found
    .map((date) => (isUntil ? `${date} <= greatest(${list})` : `${date} in (${list})`))
    .join(' or ');
  return isUntil ? `(${isIt} or ${found.map((date) => `${date} is null`).join(' and ')})` : isIt;
}
