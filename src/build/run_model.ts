import type { Source } from '../config/contracts.js';
import { identifier, QueryError, quote, type Session } from '../engine/engine.js';
import type { Written } from '../engine/second_reader.js';
import { ConfigError, DataError } from '../errors.js';
import { datesOf } from '../ingest/sql/dates.js';
import type { DataObject } from '../release/release.js';
import type { Input } from './inputs.js';
import { type PreparedModel, relationColumns } from './models.js';
import type { Night } from './night.js';
import { type Columns, placeParquet, readParquet, writeScratch } from './objects.js';

/** The objects that were written for one partition; none when it has no rows. */
export interface Made {
  readonly objects: readonly DataObject[];
  readonly rows: number;
}

/** The as-of date that stands in the settings of a session. */
const asOfDates = new WeakMap<Session, string>();

/** Files that were written for partitions, to be placed in the store; which takes no session. */
export type Unplaced = () => Promise<Made[]>;

/**
 * Runs a model once for some dates, or for its one partition `all`, and writes what its SELECT makes of the relations
 * that the session has. A date is the last part of the path of its objects, and not among their columns.
 * @param names ascending
 * @returns what places the files, in their order
 * @throws DataError where a number of it needs more than 64 bits
 */
export async function buildModel(
  night: Night,
  session: Session,
  model: PreparedModel,
  names: readonly string[],
): Promise<Unplaced> {
  try {
    return await runModel(night, session, model, names);
  } catch (error) {
    if (
      !(error instanceof QueryError) ||
      !/^(Conversion|Out of Range) Error.*(out of range|overflow)/i.test(error.message)
    )
      throw error;
    throw new DataError(
      `${model.table} of ${names.join(', ')}: expected numbers that 64 bits hold, found a larger one: ${error.message.split('\n')[0]}. Set a max for the column it is summed from (tables.<table>.columns), so that its rows are quarantined with their export and line. Nothing was published`,
      { cause: error },
    );
  }
}

async function runModel(
  night: Night,
  session: Session,
  model: PreparedModel,
  names: readonly string[],
): Promise<Unplaced> {
  const { partitionColumn: column, table } = model;
  const { layer, sql } = model.model;
  const [first = ''] = names;
  if (column === 'as_of_date' && asOfDates.get(session) !== first) {
    await session.run(`update settings set as_of_date = DATE ${quote(first)}`);
    asOfDates.set(session, first);
  }
  // A range, not a list: the list would become a join, which does not keep the order of the rows.
  const where =
    column === undefined ? '' : `where ${column} between DATE ${quote(first)} and DATE ${quote(names.at(-1) ?? first)}`;
  const all = `select * from (${sql}) ${where}`;
  const parts = names.length === 1 ? new Map([[first, all]]) : await partsOf(session, all, column ?? '');
  const { files, check } = await writeScratch(
    night,
    session,
    [...parts.values()].map((select) => ({ select })),
    model.columns,
  );
  if (names.length > 1) await session.run('drop table made');
  const written = new Map([...parts.keys()].map((name, i) => [name, files[i] as Written]));
  return async () => {
    await check();
    return Promise.all(
      names.map(async (name): Promise<Made> => {
        const file = written.get(name);
        // a report without rows still has its files, for its readers; other tables without rows have none
        if (file === undefined || (file.rows === 0 && layer !== 'report')) return { objects: [], rows: 0 };
        const folder = `objects/${table}/${column === undefined ? 'all' : `${column}=${name}`}`;
        return { objects: [await placeParquet(night, file, folder)], rows: file.rows };
      }),
    );
  };
}

/** Makes the table `made` of the rows of some dates. @returns by date, those that have rows, the SELECT of its rows */
async function partsOf(session: Session, all: string, column: string): Promise<Map<string, string>> {
  await session.run(`create or replace temp table made as ${all}`);
  const found = await session.rows(`select distinct ${column} as name from made order by name`);
  const select = (name: string) => `select * from made where ${column} = DATE ${quote(name)}`;
  return new Map(found.map(({ name }) => [String(name), select(String(name))]));
}

/** Gives the session views that hold just what a model reads for the dates, or for its one partition `all`. */
export async function bindInputs(
  night: Night,
  session: Session,
  inputs: readonly (readonly Input[])[],
  dates: readonly string[],
  models: readonly PreparedModel[],
): Promise<void> {
  // Looked up all at once: while other tables are brought up to date, the newest as-of that they all have may change.
  const found = (inputs[0] ?? []).map((_, i) => new Set(inputs.flatMap((each) => each[i]?.partitions ?? [])));
  for (const [i, { read }] of (inputs[0] ?? []).entries()) {
    const objects = [...(found[i] ?? [])].flatMap((partition) => partition.objects);
    const table = `${read.schema === 'previous' ? 'rolling' : read.schema}/${read.table}`;
    const made = models.find((each) => each.table === table);
    if (made === undefined) throw new ConfigError(`expected a model ${table}, which another one reads`);
    const columns = relationColumns(made);
    const name = `${read.schema}.${read.table}`;
    if (objects.length === 0) {
      await session.run(emptyRelation(name, columns));
      continue;
    }
    const source = night.sources.find((each) => table === `clean/${each.table}` && each.partition === 'all');
    const where =
      source === undefined || dates[0] === 'all'
        ? ''
        : `where ${rowsOfDates(source, night.config.time_zone, read.reach === 'until', dates)}`;
    await session.run(
      `create or replace view ${name} as select ${[...columns.keys()].map(identifier).join(', ')} from ${await readParquet(night, objects)} ${where}`,
    );
  }
}

/** SQL that is true for the rows of an undated table that are an event on one of the dates, or up to it, or on none at all. */
function rowsOfDates(source: Source, timeZone: string, until: boolean, dates: readonly string[]): string {
  const list = datesOf(source, timeZone);
  const compared = dates.map((date) => `d ${until ? '<=' : '='} DATE ${quote(date)}`).join(' or ');
  const found = `len(list_filter(${list}, lambda d: ${compared})) > 0`;
  return until ? `(${found} or ${list} = [NULL::DATE])` : found;
}

/** The statement that makes a view of these columns without a row. */
export function emptyRelation(name: string, columns: Columns): string {
  const nothing = [...columns].map(([column, type]) => `NULL::${type} as ${identifier(column)}`);
  return `create or replace view ${name} as select ${nothing.join(', ')} where false`;
}
