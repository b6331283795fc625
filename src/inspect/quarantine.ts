import { readParquet } from '../build/objects.js';
import { quote } from '../engine/engine.js';
import { ConfigError } from '../errors.js';
import type { Release } from '../release/release.js';
import type { Partition } from '../release/schema.js';
import type { Reading } from './session.js';

/** Refused records of one export that broke the same rule. */
export interface Refused {
  readonly table: string;
  readonly export: string;
  readonly rule: string;
  readonly records: number;
}

/** A refused record. */
export interface Entry {
  readonly line: number;
  readonly rule: string;
  readonly column: string | null;
  readonly value: string | null;
  readonly raw: string;
}

/** The refused records of a release by table, export and rule, oldest export first. */
export function refusedIn(release: Release, tables: readonly string[]): Refused[] {
  return tables.flatMap((table) =>
    release.exportsOf(table).flatMap(({ name, counts }) =>
      Object.entries(counts?.quarantined ?? {}).map(([rule, records]) => ({
        table,
        export: name,
        rule,
        records,
      })),
    ),
  );
}

/**
 * The export of this key, as the release has it.
 * @throws ConfigError when it has none
 */
export function exportNamed(release: Release, tables: readonly string[], key: string): Partition {
  const found = tables.flatMap((table) => release.get(`staged/${table}`, key) ?? [])[0];
  if (found !== undefined) return found;
  throw new ConfigError(
    `${key}: expected an export that release ${release.number} has: run-job quarantine list ` +
      'names those with refused records',
  );
}

/** The refused records of an export by line, at most `limit`; of one rule if it is given. */
export async function entriesOf(
  { session, ...stores }: Reading,
  { quarantine }: Partition,
  rule: string | undefined,
  limit: number,
): Promise<Entry[]> {
  if (quarantine === undefined) return [];
  const where = rule === undefined ? '' : `where rule = ${quote(rule)}`;
  const rows = await session.rows(
    `select line, rule, "column", value, raw from ${await readParquet(stores, [quarantine])} ` +
      `${where} order by line, rule limit ${limit}`,
  );
  return rows.map((row) => ({
    line: Number(row.line),
    rule: String(row.rule),
    column: row.column as string | null,
    value: row.value as string | null,
    raw: String(row.raw),
  }));
}
