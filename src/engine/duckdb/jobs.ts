import { identifier, quote, type Session } from '../engine.js';
import type { Events, Job, JobFiles, MadeFile, Relation } from '../job.js';
import { absencesSelect } from '../lists.js';
import { emptyRelation, parquetRelation } from '../relation.js';

/** The as-of date that is in the settings of a session. */
const asOfDates = new WeakMap<Session, string>();

/**
 * Makes the partitions of a job: a view for each relation, one statement for the rows, one file for
 * each partition.
 */
export async function makeParts(session: Session, job: Job, files: JobFiles): Promise<MadeFile[]> {
  for (const relation of job.reads) await bind(session, relation, files);
  const { partitionColumn: column, names } = job;
  const [first = ''] = names;
  if (column === 'as_of_date' && asOfDates.get(session) !== first) {
    await session.run(`update settings set as_of_date = DATE ${quote(first)}`);
    asOfDates.set(session, first);
  }
  if (job.absences !== undefined)
    await session.run(`create or replace table absences as ${absencesSelect(job.absences)}`);
  // A range, not a list: the list would become a join, which does not keep the order of the rows.
  const where =
    column === undefined
      ? ''
      : `where ${column} between DATE ${quote(first)} and DATE ${quote(names.at(-1) ?? first)}`;
  const all = `select * from (${job.sql}) ${where}`;
  const parts =
    names.length === 1 ? new Map([[first, all]]) : await partsOf(session, all, column ?? '');
  const made: MadeFile[] = [];
  for (const [name, select] of parts) {
    const file = files.fresh('.parquet');
    made.push({
      name,
      file,
      rows: await session.writeParquet(select, job.columns, { file, ...files }),
    });
  }
  if (names.length > 1) await session.run('drop table made');
  return made;
}

/**
 * Makes the table `made` of the rows of some dates. @returns by date, those that have rows, the
 * SELECT of its rows
 */
async function partsOf(
  session: Session,
  all: string,
  column: string,
): Promise<Map<string, string>> {
  await session.run(`create or replace temp table made as ${all}`);
  const found = await session.rows(`select distinct ${column} as name from made order by name`);
  const select = (name: string) => `select * from made where ${column} = DATE ${quote(name)}`;
  return new Map(found.map(({ name }) => [String(name), select(String(name))]));
}

/** Makes the view that a model reads under the name of a relation. */
async function bind(
  session: Session,
  { schema, table, columns, objects, events }: Relation,
  files: JobFiles,
): Promise<void> {
  const name = `${schema}.${table}`;
  if (objects.length === 0) {
    await session.run(emptyRelation(name, columns));
    return;
  }
  const local = await Promise.all(objects.map((object) => files.fetch(object)));
  const isHive = objects.every(({ key }) => key.includes('='));
  await session.run(
    `create or replace view ${name} as select ${[...columns.keys()].map(identifier).join(', ')} from ${parquetRelation(objects, local, isHive)} ${events === undefined ? '' : `where ${isEvent(events)}`}`,
  );
}

function isEvent({ columns, timeZone, dates, isUntil }: Events): string {
  const found = columns.map((column) => `business_date(${identifier(column)}, ${quote(timeZone)})`);
  const list = dates.map((date) => `DATE ${quote(date)}`).join(', ');
  const isIt = found
    .map((date) => (isUntil ? `${date} <= greatest(${list})` : `${date} in (${list})`))
    .join(' or ');
  return isUntil ? `(${isIt} or ${found.map((date) => `${date} is null`).join(' and ')})` : isIt;
}
