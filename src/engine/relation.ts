import { StoreError } from '../errors.js';
import { identifier, quote } from './engine.js';
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
 */
export function parquetRelation(
  objects: readonly { readonly key: string }[],
  files: readonly string[],
  isHive: boolean,
): string {
  const folder = files
    .map((file, i) => file.slice(0, -(objects[i]?.key.length ?? 0)))
    .find((each) => each.includes('='));
  if (isHive && folder !== undefined) {
    throw new StoreError(
      `Expected a folder for the output without = in its path, found ${folder}: choose ` +
        'another one, because the engine takes name=value for a column',
    );
  }
  return `read_parquet(${quotePaths(files)}, hive_partitioning = ${isHive})`;
}

/** SQL of the list of dates on which a row is an event; a list of one NULL when there is none. */
export function eventDates(columns: readonly string[], timeZone: string): string {
  const dates = columns
    .map((column) => `business_date(${identifier(column)}, ${quote(timeZone)})`)
    .join(', ');
  return `case when len(list_filter([${dates}], lambda d: d is not null)) = 0 then [NULL::DATE]
    else list_distinct(list_filter([${dates}], lambda d: d is not null)) end`;
}
