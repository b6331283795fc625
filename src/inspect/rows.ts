import { readParquet } from '../build/objects.js';
import type { SourceTrace } from '../build/trace.js';
import type { Source } from '../config/source.js';
import { identifier, quote, type Row, type Value } from '../engine/engine.js';
import { ConfigError } from '../errors.js';
import { datesOf } from '../ingest/sql/dates.js';
import { SQL_TYPE } from '../ingest/sql/values.js';
import type { Release } from '../release/release.js';
import type { Partition } from '../release/schema.js';
import { stagedRows } from '../tables/staged/lines.js';
import type { Reading } from './session.js';

/** At most this many rows of each table are shown. */
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

/** The release that was traced, and what its exports were read by. */
interface Traced {
  readonly release: Release;
  readonly sources: readonly Source[];
  readonly timeZone: string;
}

/**
 * Finds the rows with this key in the staged exports of a trace, as they were read: before
 * duplicates were taken out.
 * @throws ConfigError when no table of the trace has the column, or the value cannot be one of it
 */
export async function sourceRows(
  reading: Reading,
  { release, sources, timeZone }: Traced,
  traces: readonly SourceTrace[],
  { column, value }: Key,
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
    where.push(...within(source, trace, timeZone));
    const staged = stagedOf(release, trace);
    found.push({ table: source.table, ...(await rowsOf(reading, source, staged, where)) });
  }
  if (found.length === 0 && columns.size > 0) {
    throw new ConfigError(
      `--key: expected a column of its exports (${[...columns].sort().join(', ')}), found ` +
        `${column}`,
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

/** The exports of a trace that have rows, oldest first. */
function stagedOf(release: Release, { table, exports }: SourceTrace): Partition[] {
  return exports.flatMap((each) => {
    const partition = release.get(`staged/${table}`, each.export);
    return partition === undefined || partition.objects.length === 0 ? [] : [partition];
  });
}

async function rowsOf(
  reading: Reading,
  source: Source,
  staged: readonly Partition[],
  where: readonly string[],
): Promise<Omit<SourceRows, 'table'>> {
  const names = source.columns.map(({ name }) => name);
  const parts: string[] = [];
  for (const [i, partition] of staged.entries()) {
    const read =
      source.partition === 'event_date'
        ? await stagedRows(reading, partition, names)
        : `select * from ${await readParquet(reading, partition.objects)}`;
    const values = [...names.map(identifier), 'line'];
    parts.push(
      `select ${i} as export, ${values.join(', ')} from (${read}) where ${where.join(' and ')}`,
    );
  }
  if (parts.length === 0) return { found: 0, rows: [] };
  const rows = await reading.session.rows(
    `select *, count(*) over () as _found from (${parts.join(' union all ')}) order by ` +
      `export, line limit ${ROWS_TOLD}`,
  );
  return {
    found: Number(rows[0]?._found ?? 0),
    rows: rows.map(({ export: place, line, _found: _, ...values }) => ({
      export: staged[Number(place)]?.name ?? '',
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
