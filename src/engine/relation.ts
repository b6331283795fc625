import { StoreError } from '../errors.js';
import { identifier, quote } from './engine.js';
import type { InputObject, SharedFile } from './job.js';
import { quotePaths } from './paths.js';

/** The statement that makes a view of these columns without a row. */
export function emptyRelation(name: string, columns: ReadonlyMap<string, string>): string {
  const nothing = [...columns].map(([column, type]) => `NULL::${type} as ${identifier(column)}`);
  return `create or replace view ${name} as select ${nothing.join(', ')} where false`;
}

/**
 * SQL that reads local copies of Parquet objects. The partition column comes from their path, where
 * it is in that.
 * @param files of the objects, in the same order
 * @param isByName whether their columns may differ: one that a file lacks is missing in its rows
 */
export function parquetRelation(
  objects: readonly { readonly key: string }[],
  files: readonly string[],
  isHive: boolean,
  isByName = false,
): string {
  const folder = files
    .map((file, i) => file.slice(0, -lengthOfPath(file, objects[i]?.key ?? '')))
    .find((each) => each.includes('='));
  if (isHive && folder !== undefined) {
    throw new StoreError(
      `Expected a folder for the output without = in its path, found ${folder}: choose ` +
        'another one, because the engine takes name=value for a column',
    );
  }
  const byName = isByName ? ', union_by_name = true' : '';
  return `read_parquet(${quotePaths(files)}, hive_partitioning = ${isHive}${byName})`;
}

/** Rows of objects that one SELECT reads, in their order. */
export interface Run {
  /** a relation, with the columns `file_index` and `file_row_number` */
  readonly from: string;
  /** which of its rows; all unless set */
  readonly where?: string;
}

/**
 * SQL that reads objects, in their order: neighbours that are files of their own together, and of a
 * file that holds several objects the neighbours in it, with the column of its partitions.
 * @param fetch brings an object, or such a file, here
 */
export async function runsOf(
  objects: readonly InputObject[],
  fetch: (object: InputObject) => Promise<string>,
  isHive: boolean,
  isByName = false,
): Promise<Run[]> {
  return Promise.all(
    neighbours(objects).map(async (own): Promise<Run> => {
      const within = own[0] && fileOf(own[0]);
      if (within === undefined)
        return {
          from: parquetRelation(own, await Promise.all(own.map(fetch)), isHive, isByName),
        };
      const from = parquetRelation([within], [await fetch(within)], false);
      const end = own.reduce((row, { rows }) => row + rows, within.first);
      if (within.first === 0 && end === within.rows) return { from };
      return { from, where: `file_row_number >= ${within.first} and file_row_number < ${end}` };
    }),
  );
}

/** Objects that one relation reads, neighbours together. */
function neighbours(objects: readonly InputObject[]): InputObject[][] {
  const runs: InputObject[][] = [];
  for (const object of objects) {
    const last = runs.at(-1)?.at(-1);
    if (last !== undefined && isNext(last, object)) runs.at(-1)?.push(object);
    else runs.push([object]);
  }
  return runs;
}

function isNext(last: InputObject, object: InputObject): boolean {
  const [before, after] = [fileOf(last), fileOf(object)];
  if (before === undefined || after === undefined) return before === after;
  return before.key === after.key && before.first + last.rows === after.first;
}

/**
 * The file of its table that holds an object; undefined where it is a file of its own, or within a
 * file of another table, which has other columns.
 */
function fileOf({ key, within }: InputObject): SharedFile | undefined {
  const tableOf = (of: string) => of.split('/').slice(0, 3).join('/');
  return within !== undefined && tableOf(within.key) === tableOf(key) ? within : undefined;
}

/**
 * How much of the path of a local file is the object's: its key, or, where the file is kept aside,
 * the folder of its partition and its name.
 */
function lengthOfPath(file: string, key: string): number {
  return file.endsWith(key) ? key.length : file.split('/').slice(-2).join('/').length;
}

/** SQL of the list of dates on which a row is an event; a list of one NULL when there is none. */
export function eventDates(columns: readonly string[], timeZone: string): string {
  const dates = columns
    .map((column) => `business_date(${identifier(column)}, ${quote(timeZone)})`)
    .join(', ');
  return `case when len(list_filter([${dates}], lambda d: d is not null)) = 0 then [NULL::DATE]
    else list_distinct(list_filter([${dates}], lambda d: d is not null)) end`;
}
