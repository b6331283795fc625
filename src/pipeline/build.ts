import type { Source } from '../config/contracts.js';
import { identifier, quote, type Session } from '../engine/engine.js';
import { ConfigError } from '../errors.js';
import { datesOf } from '../ingest/dates.js';
import type { Input } from '../plan/inputs.js';
import type { DataObject } from '../release/release.js';
import { type PreparedModel, relationColumns } from './models.js';
import type { Night } from './night.js';
import { type Columns, readParquet, writeParquet } from './objects.js';

/** The objects that were written for one partition; none when it has no rows. */
export interface Made {
  readonly objects: readonly DataObject[];
  readonly rows: number;
}

/** The as-of date that stands in the settings of a session. */
const asOfDates = new WeakMap<Session, string>();

/**
 * Runs a model for one date: gives the session views that hold just the inputs, and writes what the SELECT makes of
 * them. A date is the last part of the path of its objects, and not among their columns.
 */
export async function buildModel(
  night: Night,
  session: Session,
  model: PreparedModel,
  date: string,
  inputs: readonly Input[],
  models: readonly PreparedModel[],
): Promise<Made> {
  if (date !== 'all' && asOfDates.get(session) !== date) {
    await session.run(`update settings set as_of_date = DATE ${quote(date)}`);
    asOfDates.set(session, date);
  }
  for (const input of inputs) await session.run(await viewOf(night, input, date, models));
  const { partitionColumn: column } = model;
  const where = column === undefined ? '' : `where ${column} = DATE ${quote(date)}`;
  const folder = `objects/${model.table}/${column === undefined ? 'all' : `${column}=${date}`}`;
  const object = await writeParquet(
    night,
    session,
    `select * from (${model.model.sql}) ${where}`,
    folder,
    model.columns,
  );
  // readers of a report find its files also when it has no rows; elsewhere nothing stands for nothing
  return object.rows === 0 && model.model.layer !== 'report'
    ? { objects: [], rows: 0 }
    : { objects: [object], rows: object.rows };
}

async function viewOf(night: Night, input: Input, date: string, models: readonly PreparedModel[]): Promise<string> {
  const { read, partitions } = input;
  const table = `${read.schema === 'previous' ? 'rolling' : read.schema}/${read.table}`;
  const made = models.find((each) => each.table === table);
  if (made === undefined) throw new ConfigError(`expected a model ${table}, which another one reads`);
  const columns = relationColumns(made);
  const objects = partitions.flatMap((partition) => partition.objects);
  const name = `${read.schema}.${read.table}`;
  if (objects.length === 0) return emptyRelation(name, columns);
  const source = night.sources.find((each) => table === `clean/${each.table}` && each.partition === 'all');
  const where =
    source === undefined
      ? ''
      : `where ${rowsOfDate(source, night.config.time_zone, read.reach === 'until' ? '<=' : '=', date)}`;
  return `create or replace view ${name} as select ${[...columns.keys()].map(identifier).join(', ')} from ${await readParquet(night, objects)} ${where}`;
}

/** SQL that is true for the rows of an undated table that are an event on a date, or up to it, or on none at all. */
function rowsOfDate(source: Source, timeZone: string, comparison: '=' | '<=', date: string): string {
  const dates = datesOf(source, timeZone);
  const found = `len(list_filter(${dates}, lambda d: d ${comparison} DATE ${quote(date)})) > 0`;
  return comparison === '=' ? found : `(${found} or ${dates} = [NULL::DATE])`;
}

/** The statement that makes a view of these columns without a row. */
export function emptyRelation(name: string, columns: Columns): string {
  const nothing = [...columns].map(([column, type]) => `NULL::${type} as ${identifier(column)}`);
  return `create or replace view ${name} as select ${nothing.join(', ')} where false`;
}
