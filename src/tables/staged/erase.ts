import type { Source } from '../../config/source.js';
import { identifier, quote, type Session } from '../../engine/engine.js';
import type { PlainExport } from '../../ingest/plain/plain.js';
import { PERSON, type Tombstones } from '../../release/tombstones.js';
import { readTyped } from './typed.js';

/**
 * What is in the column `rule` of rows of a person who was erased. They are written nowhere.
 */
export const ERASED = 'erased';

/**
 * SQL that is true for a row of a person who was erased; undefined where there is none, or a table
 * does not name people.
 */
export function isErased({ columns }: Source, { hashes, salt }: Tombstones): string | undefined {
  if (hashes.length === 0 || !columns.some(({ name }) => name === PERSON)) return undefined;
  return (
    `coalesce(sha256(${quote(salt)} || cast(${identifier(PERSON)} as varchar)) in ` +
    `(${hashes.map(quote).join(', ')}), false)`
  );
}

/**
 * Takes the rows of people who were erased out of `parsed` and `careful`, those that break a rule,
 * too.
 * @param exports how many exports `parsed` holds
 * @returns for each of them, the lines of those records
 */
export async function eraseRows(
  session: Session,
  source: Source,
  tombstones: Tombstones,
  exports: number,
): Promise<number[][]> {
  const lines = Array.from({ length: exports }, (): number[] => []);
  const erased = isErased(source, tombstones);
  if (erased === undefined) return lines;
  const person = identifier(PERSON);
  const careful = `${session.careful}.careful`; // all rows that the engine parsed
  await session.run(
    `create or replace temp table gone as select ${person} from (select distinct ${person} ` +
      `from ${careful}) where ${erased}`,
  );
  const rows = await session.rows(
    `select export, line from ${careful} where ${person} in (from gone) order by export, line`,
  );
  if (rows.length === 0) return lines;
  for (const { export: place, line } of rows) lines[Number(place)]?.push(Number(line));
  await session.run(
    `update parsed set rule = ${quote(ERASED)} where ${person} in (from gone);
     delete from ${careful} where ${person} in (from gone)`,
  );
  return lines;
}

/** Whether rows that were parsed without the engine are of people who were erased. */
export async function holdsErased(
  session: Session,
  source: Source,
  tombstones: Tombstones,
  { main, beside }: PlainExport,
): Promise<boolean> {
  const erased = isErased(source, tombstones);
  if (erased === undefined) return false;
  for (const file of [main, beside]) {
    if (file === undefined) continue;
    const people = `select distinct ${identifier(PERSON)} from ${readTyped(file.path)}`;
    const [found] = await session.rows(
      `select count(*) as people from (${people}) where ${erased}`,
    );
    if (Number(found?.people) > 0) return true;
  }
  return false;
}
