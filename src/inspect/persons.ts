import { readParquet } from '../build/objects.js';
import type { Source } from '../config/source.js';
import { identifier, quote } from '../engine/engine.js';
import { ConfigError } from '../errors.js';
import type { Release } from '../release/release.js';
import type { Partition } from '../release/schema.js';
import { namesErased, PERSON } from '../release/tombstones.js';
import type { Reading } from './session.js';

/**
 * An id as tables have it: without blanks around it and, where the configuration says that ids are
 * whole numbers, without zeros before it or decimals.
 * @throws ConfigError when there is nothing in it
 */
export function idAsRead(sources: readonly Source[], id: string): string {
  const trimmed = id.trim();
  if (trimmed === '') throw new ConfigError('expected the id of a person, found an empty one');
  const columns = sources.flatMap((source) => source.columns.filter(({ name }) => name === PERSON));
  const isNumber = columns.some(({ type }) => type === 'integer');
  const [, digits] = /^([+-]?\d+)(?:[.]0*)?$/.exec(trimmed) ?? [];
  return isNumber && digits !== undefined ? String(BigInt(digits.replace(/^[+]/, ''))) : trimmed;
}

/**
 * The exports whose staged rows or refused records are of a person, among them those that are gone.
 */
export async function exportsWith(
  reading: Reading,
  release: Release,
  sources: readonly Source[],
  id: string,
): Promise<Partition[]> {
  const found: Partition[] = [];
  for (const { table, columns, derivation } of sources) {
    if (derivation !== null || !columns.some(({ name }) => name === PERSON)) continue;
    for (const partition of release.exportsOf(table))
      if (await holds(reading, partition, id)) found.push(partition);
  }
  return found;
}

async function holds(
  reading: Reading,
  { objects, carried, quarantine }: Partition,
  id: string,
): Promise<boolean> {
  const { session } = reading;
  for (const object of [...objects, ...(carried ? [carried] : [])]) {
    // one by one: the main file and the strays have other columns
    const rows = await readParquet(reading, [object], { isHive: false });
    const [row] = await session.rows(
      `select count(*) as rows from ${rows} where cast(${identifier(PERSON)} as varchar) = ` +
        `${quote(id)}`,
    );
    if (Number(row?.rows) > 0) return true;
  }
  if (quarantine === undefined) return false;
  const is = { has: (field: string) => field === id };
  const refused = await session.rows(
    `select raw from ${await readParquet(reading, [quarantine], { isHive: false })}`,
  );
  return refused.some(({ raw }) => namesErased(String(raw), is));
}
