import type { Night } from '../../build/night.js';
import { readParquet } from '../../build/objects.js';
import type { Session } from '../../engine/engine.js';
import { ConfigError, DataError } from '../../errors.js';
import type { DataObject } from '../../release/release.js';
import type { Loaded } from './load.js';

/** The engine must have read as many records as there are, and each row that a SELECT made of them must name one. */
export async function requireRecords(session: Session, { source, export: each, prepared }: Loaded): Promise<void> {
  const line = prepared.rewritten ? 'line' : `rowid - (select min(rowid) from temp.raw) + ${prepared.firstLine}`;
  const [found] = await session.rows(
    `select (select count(*) from temp.raw) as records, count(*) as strays from parsed
     where line is null or line not in (select ${line} from temp.raw)`,
  );
  if (Number(found?.records) !== prepared.readable) {
    throw new DataError(
      `${each.key}: expected ${prepared.readable} rows from the engine, as many as there are records, found ${found?.records}. Nothing was published; please report this export`,
    );
  }
  if (Number(found?.strays) > 0) {
    throw new ConfigError(
      `${each.key}: expected the line of a record on each row of the SELECT in tables.${source.table}.rows, found ${found?.strays} rows without: select the column line of raw, as it is`,
    );
  }
}

/** How the rows that a SELECT made differ in number from their records; undefined where records are rows. */
export async function difference(
  night: Night,
  session: Session,
  { source, prepared }: Loaded,
  objects: readonly DataObject[],
): Promise<{ added: number; skipped: number } | undefined> {
  if (source.rows === null) return undefined;
  const parts = await Promise.all(
    objects.map(async (object) => `select line from ${await readParquet(night, [object])}`),
  );
  const rows = objects.reduce((sum, object) => sum + object.rows, 0);
  const [found] =
    parts.length === 0
      ? []
      : await session.rows(`select count(distinct line) as lines from (${parts.join(' union all ')})`);
  const lines = Number(found?.lines ?? 0);
  return { added: rows - lines, skipped: prepared.records - lines };
}

/** records + added = staged + quarantined + skipped */
export function requireBalance(
  { export: each, prepared, quarantine }: Loaded,
  object: DataObject | undefined,
  { added, skipped } = { added: 0, skipped: 0 },
): void {
  const staged = object?.rows ?? 0;
  const refused = [...quarantine.counts.values()].reduce((sum, count) => sum + count, 0);
  if (prepared.records + added !== staged + refused + skipped || skipped < 0) {
    throw new DataError(
      `${each.key}: ${prepared.records} records were read, but ${staged} staged and ${refused} quarantined: rows were lost or made on the way. Nothing was published; please report this export`,
    );
  }
}
