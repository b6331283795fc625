import { dirname } from 'node:path';
import { counted } from '../../counts.js';
import { openDuckdb } from '../../engine/duckdb/open.js';
import { identifier, quote, type Row, type Session } from '../../engine/engine.js';
import { quotePath } from '../../engine/paths.js';
import { DataError, messageOf, StoreError } from '../../errors.js';
import type { ColumnType } from '../../model/contract.js';
import { type Dialect, namedColumns, neededColumns, pathsOf } from '../csv/dialect.js';
import { mentions, placeOf } from '../csv/names.js';
import { ScratchFile } from '../csv/scratch_file.js';
import { openingBytes, sizeOf } from '../export_file.js';
import type { Limits } from '../limits.js';
import { Budget } from '../packing/budget.js';
import type { PlainExport } from '../packing/unpack.js';
import type { Text } from '../text/decode.js';

/** Columns that a message names. */
const NAMES_SHOWN = 20;

/**
 * Of the engine that reads one export. A sound file needs less, unless its pages are very large.
 */
const MEMORY = '256MB';

/** Of a decimal that the engine reads; it takes a longer one for a double, with another value. */
const DECIMAL_DIGITS = 38;

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
 * Writes the rows of a Parquet file as JSON Lines, each on the line of its number, so that all that
 * comes after reads them like any other records. An engine of its own reads it: what a damaged file
 * does to that does nothing to the run.
 *
 * @returns the rows as text
 * @throws DataError when it is damaged, a page has another checksum, its footer counts other rows
 * than it holds, or a
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
    throw refused(
      name,
      'a Parquet file',
      mark === '' ? 'an empty file' : 'another first four bytes',
    );
  const { findChangedPage } = await import('./pages.js'); // exports in other formats do without
  const changed = await findChangedPage(path, name);
  if (changed !== undefined)
    throw refused(name, 'pages that have their checksums and sizes', `another in ${changed}`);
  const readable = [dirname(path)];
  const engine = await openDuckdb({
    threads: 1,
    memoryLimit: MEMORY,
    scratch: dirname(target),
    readable,
  });
  const out = new ScratchFile(target);
  let keys: string[] = [];
  try {
    const [session] = engine.sessions as [Session];
    const options = 'binary_as_string = true, hive_partitioning = false';
    const read = `read_parquet(${quotePath(path)}, ${options})`;
    const [footer] = await session.rows(
      `select num_rows from parquet_file_metadata(${quotePath(path)})`,
    );
    const schema = await session.rows(
      `select name, type, num_children, type in ('BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY')
         and converted_type is null and logical_type is null as is_binary,
         case when precision > ${DECIMAL_DIGITS} then precision end as digits
       from parquet_schema(${quotePath(path)})`,
    );
    const columns = columnsOf(schema, await session.rows(`describe select * from ${read}`));
    checkTypes(name, dialect, columns);
    const paths = pathsOf(dialect).filter((each) => hasPath(schema, 0, each.split('.')));
    keys = [...columns.map((column) => column.name), ...paths];
    const values = valuesOf(columns, dialect);
    if (values.size === 0 && dialect.columns.length > 0) throw noneOf(name, dialect, columns);
    checkDigits(name, [...values.values()]);
    const record = [...values].flatMap(([key, { sql }]) => [quote(key), sql]).join(', ');
    const budget = new Budget(name, sizeOf(path, name), limits);
    let rows = 0;
    for await (const batch of session.batches(
      `select cast(json_object(${record}) as varchar) as record from ${read}`,
    )) {
      const text = Buffer.from(asJson(batch.map(({ record }) => `${record}\n`).join('')));
      budget.spend(text.length);
      out.write(text);
      rows += batch.length;
    }
    if (rows !== Number(footer?.num_rows))
      throw refused(
        name,
        `${counted(Number(footer?.num_rows), 'row')}, as in its footer`,
        `${rows}`,
      );
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    if (cause instanceof StoreError && /needs more memory/.test(cause.message))
      throw refused(name, `pages that fit in ${MEMORY}`, 'larger ones', cause);
    if (cause instanceof StoreError && !/is damaged/.test(cause.message)) throw cause;
    throw refused(name, 'a sound Parquet file', `"${messageOf(cause).slice(0, 300)}"`, cause);
  } finally {
    out.close();
    engine.close();
  }
  return { path: target, name, start: 0, encoding: 'utf-8', invalid: [], keys };
}

/**
 * The engine writes NaN and Infinity as such within objects and lists, where JSON has neither. NaN
 * becomes a missing value, Infinity a text, which is no number.
 */
function asJson(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text;
  return text.replace(/"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)/g, (token) => {
    if (token.startsWith('"')) return token;
    return token.endsWith('NaN') ? 'null' : `"${token}"`;
  });
}

/** A column of a Parquet file. */
interface Column {
  /** as the file has it */
  readonly name: string;
  /** as the engine calls it: no two of its names differ only in case */
  readonly called: string;
  readonly type: string;
  /** INT96, which has no other meaning than an instant */
  readonly isInstant: boolean;
  /** it is not said to be text, or something in it is not: it may hold any bytes */
  readonly isBinary: boolean;
  /** of a decimal in it that the engine does not read */
  readonly digits: number | undefined;
}

/** @param schema each element, and after it all that is within it */
function columnsOf(schema: readonly Row[], described: readonly Row[]): Column[] {
  const names: Omit<Column, 'called' | 'isInstant'>[] = [];
  for (let at = 1; at < schema.length; at = subtreeEnd(schema, at)) {
    const within = schema.slice(at, subtreeEnd(schema, at));
    const long = within.find(({ digits }) => digits !== null);
    names.push({
      name: String(schema[at]?.name),
      type: String(schema[at]?.type),
      isBinary: within.some(({ is_binary }) => is_binary === true),
      digits: long && Number(long.digits),
    });
  }
  return described.map(({ column_name, column_type }, i) => ({
    name: names[i]?.name ?? String(column_name),
    called: String(column_name),
    type: String(column_type),
    isInstant: names[i]?.type === 'INT96',
    isBinary: names[i]?.isBinary ?? false,
    digits: names[i]?.digits,
  }));
}

/** Whether a path from an element of the schema, through those within it, has an end. */
function hasPath(schema: readonly Row[], at: number, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true;
  let child = at + 1;
  for (let i = 0; i < Number(schema[at]?.num_children ?? 0); i++) {
    if (schema[child]?.name === first) return hasPath(schema, child, rest);
    child = subtreeEnd(schema, child);
  }
  return false;
}

/** Where the schema goes on after an element and all that is within it. */
function subtreeEnd(schema: readonly Row[], at: number): number {
  let end = at + 1;
  for (let child = 0; child < Number(schema[at]?.num_children ?? 0); child++)
    end = subtreeEnd(schema, end);
  return end;
}

/** What of a column is a value of a record. */
interface Value {
  readonly column: Column;
  readonly sql: string;
}

/**
 * The values of a record by their keys: of the columns that are read alone, unless SQL may read any
 * of them, but no bytes and no long decimals that it does not name.
 */
function valuesOf(columns: readonly Column[], dialect: Dialect): Map<string, Value> {
  const statements = [dialect.rows, ...dialect.columns.map(({ sql }) => sql)].flatMap(
    (sql) => sql ?? [],
  );
  const isOpen = dialect.decodesAll || statements.length > 0;
  const names = columns.map(({ name }) => name);
  const values = new Map<string, Value>();
  for (const { from, type } of namedColumns(dialect)) {
    for (const each of [...from, ...from.map(firstOf)]) {
      const at = placeOf(names, [each]);
      if (at === undefined) continue;
      // another of its names is there as it is
      if (names[at] !== each && from.some((name) => names.includes(name))) continue;
      const column = columns[at] as Column;
      values.set(each, { column, sql: readAs(column, type) });
    }
  }
  if (isOpen)
    for (const column of columns) {
      const isNamed = statements.some((sql) => mentions(sql, column.name));
      if ((column.isBinary || column.digits !== undefined) && !isNamed) continue;
      if (!values.has(column.name)) values.set(column.name, { column, sql: exactly(column) });
    }
  return values;
}

function checkDigits(name: string, values: readonly Value[]): void {
  for (const { column } of values) {
    if (column.digits === undefined) continue;
    throw refused(
      name,
      `a column ${column.name} of decimals with at most ${DECIMAL_DIGITS} digits`,
      `one with up to ${column.digits}`,
    );
  }
}

function noneOf(
  name: string,
  { columns: [wanted] }: Dialect,
  columns: readonly Column[],
): DataError {
  const found = columns.slice(0, NAMES_SHOWN).map((column) => column.name);
  return refused(
    name,
    `a column of the table, such as ${wanted?.from.join(' or ')}`,
    found.join(', '),
  );
}

/** The first step of a path through objects. */
function firstOf(from: string): string {
  return from.split('.')[0] as string;
}

/** A column as one of a type of the table is read from it. NaN is no text, but a missing one. */
function readAs(column: Column, type: ColumnType): string {
  const isText = type === 'text' || type === 'category';
  return isText && /^(FLOAT|DOUBLE)$/.test(column.type)
    ? `case when not isnan(${identifier(column.called)}) then ${asText(column)} end`
    : exactly(column);
}

/**
 * A double that is read as text. A whole number is written without decimals: pandas makes ids
 * doubles where a row lacks one; the id 7 must not become another one, 7.0.
 */
function asText(column: Column): string {
  const number = identifier(column.called);
  return (
    `case when abs(${number}) < 1e38 and ${number} = trunc(${number}) then ` +
    `cast(cast(${number} as hugeint) as varchar) else ${exactly(column)} end`
  );
}

/**
 * A column as JSON holds it exactly: it has no NaN, and the places of a decimal say nothing there.
 * A whole decimal has none, so that 1.000 is not taken for a text that may mean a thousand.
 */
function exactly({ called, type, isInstant }: Column): string {
  const column = identifier(called);
  if (isInstant && type === 'TIMESTAMP') return `cast(${column} as timestamptz)`;
  if (type.startsWith('DECIMAL')) {
    return (
      `case when ${column} = trunc(${column}) then cast(cast(${column} as hugeint) as varchar) ` +
      `else cast(${column} as varchar) end`
    );
  }
  return /^(FLOAT|DOUBLE)/.test(type) ? `cast(${column} as varchar)` : column;
}

function checkTypes(name: string, dialect: Dialect, columns: readonly Column[]): void {
  const names = columns.map((column) => column.name);
  const needed = new Set(neededColumns(dialect).map((column) => column.name));
  for (const { name: column, type, from } of namedColumns(dialect)) {
    const at = placeOf(names, from);
    if (at === undefined) {
      if (!needed.has(column) || placeOf(names, from.map(firstOf)) !== undefined) continue;
      throw refused(name, `a column for ${column} named ${from.join(' or ')}`, names.join(', '));
    }
    const found = columns[at] as Column;
    if (names.indexOf(found.name) !== names.lastIndexOf(found.name)) {
      throw refused(
        name,
        `one column ${found.name}, which ${column} is read from`,
        'more than one',
      );
    }
    if (!READ_FROM[type].some((each) => each.test(found.type))) {
      throw refused(
        name,
        `a column ${found.name} that ${column}, of type ${type}, can be read from`,
        found.type,
      );
    }
  }
}

function refused(name: string, expected: string, found: string, cause?: unknown): DataError {
  return new DataError(
    `cannot read the export ${name}: expected ${expected}, found ${found}. Deliver it again, ` +
      'or set "format" and "columns" of its table to what it is.',
    { cause },
  );
}
