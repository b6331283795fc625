import { dirname } from 'node:path';
import { openDuckdb } from '../../engine/duckdb/open.js';
import { identifier, quote, type Session } from '../../engine/engine.js';
import { DataError, messageOf, StoreError } from '../../errors.js';
import type { ColumnType } from '../../model/contract.js';
import { type Dialect, namedColumns, neededColumns } from '../csv/dialect.js';
import { ScratchFile } from '../csv/scratch_file.js';
import { openingBytes, sizeOf } from '../export_file.js';
import type { Limits } from '../limits.js';
import { Budget } from '../packing/budget.js';
import type { PlainExport } from '../packing/unpack.js';
import type { Text } from '../text/decode.js';

/** What of Parquet a column of each type may be read from, by DuckDB's names. */
const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|UTINYINT|DECIMAL\(.*\)|FLOAT|DOUBLE)$/;
const TEXT = /^(VARCHAR|ENUM\(.*\)|UUID)$/;
const TIME = /^(TIMESTAMP.*|DATE)$/;
const READ_FROM: Record<ColumnType, readonly RegExp[]> = {
  integer: [NUMBER, TEXT],
  double: [NUMBER, TEXT],
  duration: [NUMBER, TEXT],
  text: [NUMBER, TEXT, TIME, /^BOOLEAN$/],
  category: [NUMBER, TEXT, /^BOOLEAN$/],
  timestamp: [TIME, TEXT, NUMBER],
  boolean: [/^BOOLEAN$/, TEXT, NUMBER],
};

/**
 * Writes the rows of a Parquet file as JSON Lines, each on the line of its number, so that all that comes after reads them
 * like any other records. An engine of its own reads it: what a damaged file does to that does nothing to the run.
 *
 * @returns the rows as text
 * @throws DataError when it is damaged, a page has another checksum, its footer counts other rows than it holds, or a
 *   column has a type that the contract cannot be read from
 */
export async function linesOfParquet(
  file: PlainExport,
  target: string,
  dialect: Dialect,
  limits: Limits,
): Promise<Text> {
  const { path, name } = file;
  const mark = Buffer.from(await openingBytes(path, name, 4)).toString('latin1');
  if (mark !== 'PAR1')
    throw refused(name, 'a Parquet file', mark === '' ? 'an empty file' : 'another first four bytes');
  const { findChangedPage } = await import('./pages.js'); // exports in other formats do without
  const changed = await findChangedPage(path, name);
  if (changed !== undefined) throw refused(name, 'pages that have their checksums', `another in ${changed}`);
  const readable = [dirname(path)];
  const engine = await openDuckdb({ threads: 1, memoryLimit: '256MB', scratch: dirname(target), readable });
  const out = new ScratchFile(target);
  try {
    const [session] = engine.sessions as [Session];
    const read = `read_parquet(${quote(path)}, binary_as_string = true, hive_partitioning = false)`;
    const [footer] = await session.rows(`select num_rows from parquet_file_metadata(${quote(path)})`);
    const columns = await session.rows(`describe select * from ${read}`);
    checkTypes(name, dialect, columns);
    const budget = new Budget(name, await sizeOf(path, name), limits);
    let rows = 0;
    for await (const batch of session.batches(
      `select cast(to_json(r) as varchar) as record from (select ${columns.map(exactly).join(', ')} from ${read}) as r`,
    )) {
      const text = Buffer.from(batch.map(({ record }) => `${record}\n`).join(''));
      budget.spend(text.length);
      out.write(text);
      rows += batch.length;
    }
    if (rows !== Number(footer?.num_rows))
      throw refused(name, `${footer?.num_rows} rows, as its footer says`, `${rows}`);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    if (cause instanceof StoreError && !/is damaged/.test(cause.message)) throw cause;
    throw refused(name, 'a sound Parquet file', `"${messageOf(cause).slice(0, 300)}"`, cause);
  } finally {
    out.close();
    engine.close();
  }
  return { path: target, name, start: 0, encoding: 'utf-8', invalid: [] };
}

/** A column as JSON holds it exactly: it has no NaN, and the places of a decimal say nothing there. */
function exactly({ column_name, column_type }: Record<string, unknown>): string {
  const column = identifier(String(column_name));
  return /^(FLOAT|DOUBLE|DECIMAL)/.test(String(column_type)) ? `cast(${column} as varchar) as ${column}` : column;
}

function checkTypes(name: string, dialect: Dialect, described: readonly Record<string, unknown>[]): void {
  const types = new Map(described.map((row) => [String(row.column_name), String(row.column_type)]));
  const needed = new Set(neededColumns(dialect).map((column) => column.name));
  for (const { name: column, type, from } of namedColumns(dialect)) {
    const found = from.find((each) => types.has(each));
    if (found === undefined) {
      if (!needed.has(column) || from.some((each) => types.has(each.split('.')[0] ?? ''))) continue;
      throw refused(name, `a column for ${column} named ${from.join(' or ')}`, [...types.keys()].join(', '));
    }
    const has = types.get(found) ?? '';
    if (!READ_FROM[type].some((each) => each.test(has))) {
      throw refused(name, `a column ${found} that ${column}, of type ${type}, can be read from`, has);
    }
  }
}

function refused(name: string, expected: string, found: string, cause?: unknown): DataError {
  return new DataError(
    `cannot read the export ${name}: expected ${expected}, found ${found}. Deliver it again, or set "format" and "columns" of its table to what it is.`,
    { cause },
  );
}
