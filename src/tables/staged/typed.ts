import type { Source } from '../../config/source.js';
import { identifier, quote } from '../../engine/engine.js';
import { quotePath } from '../../engine/paths.js';
import type { MainRows } from '../../ingest/plain/plain.js';

/** What is in the column `rule` of rows whose key comes again further down in their export. */
export const REPEATED = 'repeated';

/**
 * A SELECT of the rows beside the main rows of an export, as `parsed` holds them. @param i the
 * place of the export
 */
export function besideSelect(
  source: Source,
  timeZone: string,
  { path }: { readonly path: string },
  i: number,
): string {
  const names = source.columns.map(({ name }) => identifier(name)).join(', ');
  return (
    `select ${names}, ${eventDate(source, timeZone)} as event_date, ${i} as export, line, case ` +
    `when _repeated = 1 then ${quote(REPEATED)} end as rule from ${readTyped(path)}`
  );
}

function eventDate(source: Source, timeZone: string): string {
  if (source.partition !== 'event_date') return 'NULL::DATE';
  return `business_date(${identifier(source.event_time)}, ${quote(timeZone)})`;
}

/** SQL that reads a typed file. */
export function readTyped(path: string): string {
  return `read_parquet(${quotePath(path)}, hive_partitioning = false)`;
}

/**
 * A SELECT of the main rows of an export, as `parsed` holds them. @param i the place of the export
 */
export function mainSelect(source: Source, { path, date }: MainRows, i: number): string {
  const names = source.columns.map(({ name }) => identifier(name)).join(', ');
  return `select ${names}, DATE ${quote(date)}, ${i}, line, NULL from ${readTyped(path)}`;
}
