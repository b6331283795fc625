import { totalRows } from '../counts.js';
import { QueryError, type Session } from '../engine/engine.js';
import type { JobFiles, JobSession, MadeFile, Relation } from '../engine/job.js';
import type { Exports } from '../engine/lists.js';
import { readBack } from '../engine/second_reader.js';
import { ConfigError, DataError } from '../errors.js';
import type { DataObject } from '../release/schema.js';
import type { Input } from './inputs.js';
import { type PreparedModel, relationColumns } from './models.js';
import type { Night } from './night.js';
import { fetchObject, isKept, placeParquet, scratchFile } from './objects.js';
import { withSession } from './pool.js';

/** The objects that were written for one partition; none when it has no rows. */
export interface Made {
  readonly objects: readonly DataObject[];
  readonly rows: number;
}

/** Files that were written for partitions, to be placed in the store; which takes no session. */
export type Unplaced = () => Promise<Made[]>;

/**
 * Partitions of a model to make: ascending names, and what it reads for them beside what the
 * session has.
 */
export interface Wanted {
  readonly names: readonly string[];
  readonly reads: readonly Relation[];
  /** what the model finds in `absences` and `deliveries` */
  readonly exports?: Exports | undefined;
}

/**
 * Runs a model once for some dates, or for its one partition `all`. A date is the last part of the
 * path of its objects, and not among their columns.
 * @returns what places the files, in the order of the names
 * @throws DataError where a number of it needs more than 64 bits
 */
export async function buildModel(
  night: Night,
  session: JobSession,
  model: PreparedModel,
  { names, reads, exports }: Wanted,
): Promise<Unplaced> {
  const { partitionColumn, table, columns } = model;
  const { layer, sql, grain } = model.model;
  const given = exports === undefined ? {} : { exports };
  const isDivisible = layer === 'daily' || layer === 'rolling';
  const job = { table, sql, grain, columns, partitionColumn, names, reads, isDivisible, ...given };
  const written = await session.make(job, jobFiles(night)).catch((error: unknown) => {
    throw isTooLarge(error) ? tooLarge(table, names, error) : error;
  });
  const check = await readAgain(night, session, model, written);
  return async () => {
    await check();
    return Promise.all(
      names.map(async (name): Promise<Made> => {
        // a report without rows still has its files, for its readers; other tables without rows
        // have none
        const files = written.filter(
          (file) => file.name === name && (file.rows > 0 || layer === 'report'),
        );
        const part = partitionColumn === undefined ? 'all' : `${partitionColumn}=${name}`;
        const folder = `objects/${table}/${part}`;
        const objects = await Promise.all(files.map((file) => placeParquet(night, file, folder)));
        return { objects, rows: totalRows(files) };
      }),
    );
  };
}

/** Where a job finds what it reads in this night, and leaves what it writes. */
export function jobFiles(night: Night): JobFiles {
  return {
    fetch: (object) => fetchObject(night, object),
    fresh: (extension) => scratchFile(night, extension),
    compression: night.config.parquet.compression,
  };
}

/**
 * Reads what a job wrote with two readers: embedded DuckDB, and parquetjs-lite, which needs no
 * session.
 */
async function readAgain(
  night: Night,
  session: JobSession,
  { table, columns, partitionColumn }: PreparedModel,
  written: readonly MadeFile[],
): Promise<() => Promise<void>> {
  if (isKept(night, `objects/${table}/${partitionColumn}=`)) return async () => {};
  const read = (reader: Session) =>
    readBack(reader, written, columns, night.config.parquet.compression);
  const own = night.engine.sessions.find((each) => each === session);
  return own === undefined ? withSession(night.engine.sessions, read) : read(own);
}

function isTooLarge(error: unknown): error is QueryError {
  if (!(error instanceof QueryError)) return false;
  return /^(Conversion|Out of Range) Error.*(out of range|overflow)|^\[\w*OVERFLOW/i.test(
    error.message,
  );
}

function tooLarge(table: string, names: readonly string[], error: QueryError): DataError {
  return new DataError(
    `${table} of ${names.join(', ')}: expected numbers that 64 bits hold, found a larger ` +
      `one: ${error.message.split('\n')[0]}. Set a max for the column it is summed from ` +
      '(tables.<table>.columns), so that its rows are quarantined with their export and line. ' +
      'Nothing was published',
    { cause: error },
  );
}

/**
 * What a model reads for the dates, or for its one partition `all`: just the partitions that its
 * header asks for.
 */
export function relationsOf(
  night: Night,
  inputs: readonly (readonly Input[])[],
  dates: readonly string[],
  models: readonly PreparedModel[],
): Relation[] {
  // Looked up all at once: while other tables are brought up to date, the newest as-of that they
  // all have may change.
  return (inputs[0] ?? []).map(({ read }, i): Relation => {
    const partitions = new Set(inputs.flatMap((each) => each[i]?.partitions ?? []));
    const objects = [...partitions].flatMap((partition) => partition.objects);
    const table = `${read.schema === 'previous' ? 'rolling' : read.schema}/${read.table}`;
    const made = models.find((each) => each.table === table);
    if (made === undefined)
      throw new ConfigError(`expected a model ${table}, which another one reads`);
    const relation = {
      schema: read.schema,
      table: read.table,
      columns: relationColumns(made),
      objects,
    };
    const source = night.sources.find(
      (each) => table === `clean/${each.table}` && each.partition === 'all',
    );
    if (source === undefined || dates[0] === 'all') return relation;
    const events = { columns: source.dates, timeZone: night.config.time_zone, dates };
    return { ...relation, events: { ...events, isUntil: read.reach === 'until' } };
  });
}
