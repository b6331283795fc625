import type { Source } from '../../config/contracts.js';
import { namedColumns } from '../../ingest/csv/dialect.js';
import { placeOf } from '../../ingest/csv/names.js';
import { describeUnused, hasSql, type Raw } from '../../ingest/sql/raw.js';
import type { Loaded } from './load.js';
import type { Repeated } from './repeated.js';

/** Fewer repeated rows than these, or a smaller share of an export, are what exports usually have. */
const ROWS_NEEDED = 10;
const SHARE_NEEDED = 0.01;

/**
 * Says that many rows of an export repeat others in all columns that are read, and that it has columns which are not: they
 * may be what tells the rows apart, and then rows are lost. Undefined where there is nothing to say.
 */
export function leftOutNote(loaded: Loaded, raw: Raw, { rows, conflicts }: Repeated): string | undefined {
  const { source, export: each, prepared } = loaded;
  const { table, delivery } = source;
  const equal = rows - conflicts; // of those that differ, others say enough
  const leftOut = unusedOf(source, prepared.keys ?? [], raw);
  if (delivery !== 'append' || leftOut.length === 0) return undefined;
  if (equal < ROWS_NEEDED || equal <= SHARE_NEEDED * prepared.readable) return undefined;
  return `${each.key}: ${equal} of ${prepared.readable} rows repeat another one in all columns that are read, and count once; columns left out: ${describeUnused(leftOut)}; if one of them tells rows apart, add it to tables.${table}.columns and tables.${table}.key (docs/contracts.md)`;
}

/** The columns of an export that are not read; of JSON its keys. */
function unusedOf(source: Source, keys: readonly string[], { unused }: Raw): readonly string[] {
  if (source.format === 'csv' || hasSql(source)) return unused;
  const steps = namedColumns(source).flatMap(({ from }) => from.map((name) => [name, name.split('.')[0] ?? name]));
  return keys.filter((key) => !steps.some((names) => placeOf([key], names) !== undefined));
}
