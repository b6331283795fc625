import { readParquet } from '../build/objects.js';
import type { SourceTrace } from '../build/trace.js';
import type { Source } from '../config/contracts.js';
import { identifier, quote, type Row, type Value } from '../engine/engine.js';
import { ConfigError } from '../errors.js';
import { datesOf } from '../ingest/sql/dates.js';
import { SQL_TYPE } from '../ingest/sql/parse.js';
import type { Release } from '../release/release.js';
import { stagedRows } from '../tables/staged/lines.js';
import type { Reading } from './session.js';

/** At most this many rows of each table are told. */
const ROWS_TOLD = 1000;

/** Rows of the exports of one table that have a value in a column. */
export interface SourceRows {
  readonly table: string;
  /** all there are */
  readonly found: number;
  /** the first of them, oldest export first */
  readonly rows: readonly {
    readonly export: string;
    readonly line: number;
    readonly values: Row;
  }[];
}

/** A column and the value it should have. */
export interface Key {
  readonly column: string;
  readonly value: string;
}

/**
 * Finds the rows with this key in the staged exports of a trace, as they were read: before
 * duplicates were taken out.
 * @throws ConfigError when no table has the column, or the value cannot be one of it
 */
export async function sourceRows(
  reading: Reading,
  release: Release,
  traces: readonly SourceTrace[],
  sources: readonly Source[],
  { column, value }: Key,
  timeZone: string,
): Promise<SourceRows[]> {
  const found: SourceRows[] = [];
  const columns = new Set<string>();
  for (const trace of traces) {
    const source = sources.find(({ table }) => table === trace.table);
    const type = source?.columns.find(({ name }) => name === column)?.type;
    for (const { name } of source?.columns ?? []) columns.add(name);
    if (source === undefined || type === undefined) continue;
    const where = [
      `${identifier(column)} = ${await typed(reading, column, value, SQL_TYPE[type])}`,
    ];
    found.push(
      await rowsOf(reading, release, trace, source, [...where, ...within(source, trace, timeZone)]),
    );
  }
  if (found.length === 0) {
    throw new ConfigError(
      `--key: expected a column of its exports (${[...columns].sort().join(', ')}), found ${column}`,
    );
  }
  return found;
}

async function typed(
  reading: Reading,
  column: string,
  value: string,
  type: string,
): Promise<string> {
  const [row] = await reading.session.rows(
    `select try_cast(${quote(value)} as ${type}) is null as is_none`,
  );
  if (row?.is_none === true)
    throw new ConfigError(`--key: ${column}: expected a value of type ${type}, found ${value}`);
  return `cast(${quote(value)} as ${type})`;
}

/** SQL conditions on the dates that were read. */
function within(source: Source, { first, last }: SourceTrace, timeZone: string): string[] {
  const limits = [
    ...(first === null ? [] : [['>=', first]]),
    ...(last === null ? [] : [['<=', last]]),
  ] as [string, string][];
  if (limits.length === 0) return [];
  const isWithin = (date: string) =>
    limits.map(([sign, limit]) => `${date} ${sign} DATE ${quote(limit)}`).join(' and ');
  if (source.partition === 'event_date') return [isWithin('event_date')];
  const dates = datesOf(source, timeZone);
  const found = `len(list_filter(${dates}, lambda d: ${isWithin('d')})) > 0`;
  return [first === null ? `(${found} or ${dates} = [NULL::DATE])` : found];
}

async function rowsOf(
  reading: Reading,
  release: Release,
  { table, exports }: SourceTrace,
  source: Source,
  where: readonly string[],
): Promise<SourceRows> {
  const names = source.columns.map(({ name }) => name);
  const parts: string[] = [];
  for (const [i, { export: name }] of exports.entries()) {
    const partition = release.get(`staged/${table}`, name);
    if (partition === undefined || partition.objects.length === 0) continue;
    const read =
      source.partition === 'event_date'
        ? await stagedRows(reading, partition, names)
        : `select * from ${await readParquet(reading, partition.objects)}`;
    const values = [...names.map(identifier), 'line'];
    parts.push(
      `select ${i} as export, ${values.join(', ')} from (${read}) where ${where.join(' and ')}`,
    );
  }
  if (parts.length === 0) return { table, found: 0, rows: [] };
  const rows = await reading.session.rows(
    `select *, count(*) over () as found from (${parts.join(' union all ')}) order by export, line limit ${ROWS_TOLD}`,
  );
  return {
    table,
    found: Number(rows[0]?.found ?? 0),
    rows: rows.map(({ export: place, line, found: _, ...values }) => ({
      export: exports[Number(place)]?.export ?? '',
      line: Number(line),
      values: plain(values),
    })),
  };
}

/** Whole numbers as JSON has them; those beyond it as text. */
function plain(row: Row): Row {
  const entries = Object.entries(row).map(([name, value]): [string, Value] => {
    if (typeof value !== 'bigint') return [name, value];
    return [name, Number.isSafeInteger(Number(value)) ? Number(value) : String(value)];
  });
  return Object.fromEntries(entries);
}
