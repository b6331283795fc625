import { counted } from '../../counts.js';
import { quote, type Session } from '../../engine/engine.js';
import { ConfigError, DataError } from '../../errors.js';
import { ERASED } from './erase.js';
import type { Loaded } from './load.js';
import { REPEATED } from './typed.js';

/**
 * The engine must have read as many records as there are, and each row that a SELECT made of them
 * must name one.
 */
export async function requireRecords(
  session: Session,
  { source, export: each, prepared }: Loaded,
): Promise<void> {
  const [found] = await session.rows(
    `select (select count(*) from temp.raw) as records, count(*) as strays from parsed
     where line is null or line not in (select line from temp.raw)`,
  );
  if (Number(found?.records) !== prepared.readable) {
    throw new DataError(
      `${each.key}: expected ${counted(prepared.readable, 'row')} from the engine, one for ` +
        `each record, found ${found?.records}. Nothing was published; please report this export`,
    );
  }
  if (Number(found?.strays) > 0) {
    throw new ConfigError(
      `${each.key}: expected the line of a record on each row of the SELECT in ` +
        `tables.${source.table}.rows, found ${counted(Number(found?.strays), 'row')} without: ` +
        'select the column line of raw, unchanged',
    );
  }
}

/** How the rows that a SELECT made differ in number from their records. */
export interface Difference {
  /** rows beyond the first of each record */
  readonly added: number;
  /** records without a row */
  readonly skipped: number;
}

/**
 * By export, how the rows of `parsed` differ in number from their records; undefined where records
 * are rows.
 */
export async function differences(
  session: Session,
  exports: readonly Loaded[],
): Promise<(Difference | undefined)[]> {
  const found: (Difference | undefined)[] = [];
  for (const [i, { source, prepared, quarantine, erased = [] }] of exports.entries()) {
    if (source.rows === null) {
      found.push(undefined);
      continue;
    }
    const [row] = await session.rows(
      'select count(*) as rows, count(distinct line) as lines, count_if(rule not in ' +
        `(${quote(REPEATED)}, ${quote(ERASED)})) as refused from parsed where export = ${i}`,
    );
    // records that were refused, or erased, before the engine saw them
    const whole =
      refusedOf(quarantine) - Number(row?.refused) + quarantine.erased.length + erased.length;
    const lines = Number(row?.lines) + whole;
    found.push({ added: Number(row?.rows) + whole - lines, skipped: prepared.records - lines });
  }
  return found;
}

function refusedOf({ counts }: Loaded['quarantine']): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/**
 * Compares records with rows: records + added = staged + repeated + quarantined + erased + skipped.
 * @throws DataError when one is unexplained
 */
export function requireBalance(
  { export: each, prepared, quarantine }: Loaded,
  {
    staged,
    repeated,
    erased,
    added = 0,
    skipped = 0,
  }: { staged: number; repeated: number; erased: number } & Partial<Difference>,
): void {
  const refused = refusedOf(quarantine);
  if (prepared.records + added !== staged + repeated + refused + erased + skipped || skipped < 0) {
    throw new DataError(
      `${each.key}: expected counts that add up, found ${prepared.records} read, but ` +
        `${staged} staged, ${repeated} repeated, ${erased} erased and ${refused} quarantined. ` +
        'Nothing was published; please report this export',
    );
  }
}
