import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type parquet from 'parquetjs-lite';
import { counted, number } from '../counts.js';
import { DataError, messageOf } from '../errors.js';
import { quote, type Row, type Session, type Value } from './engine.js';
import { type FileStats, statsOf } from './file_stats.js';
import { quotePaths } from './paths.js';

/**
 * Up to this many rows the first and last are compared too: parquetjs-lite decodes whole row
 * groups, 0.4 s for 122,880 rows.
 */
const ROWS_COMPARED = 500;

/**
 * What each of our SQL types is in Parquet: physical and converted type. An INT64 without one is
 * the same; Spark names none.
 */
const PARQUET_TYPE: Record<string, string> = {
  BIGINT: 'INT64',
  DOUBLE: 'DOUBLE',
  VARCHAR: 'BYTE_ARRAY UTF8',
  DATE: 'INT32 DATE',
  TIMESTAMP: 'INT64 TIMESTAMP_MICROS',
  BOOLEAN: 'BOOLEAN',
};

/** Up to this many bytes a file is read once, for the second reader and for its hash. */
const SMALL = 1 << 20;

/** A Parquet file and how many rows the engine says it wrote to it. */
export interface Written {
  readonly file: string;
  readonly rows: number;
  /** what its footer says of its columns; known when it was read back */
  stats?: FileStats;
  /** its size, and the SHA-256 of its bytes; known when it was read back, of small files */
  content?: { readonly bytes: number; readonly sha256: string };
}

/**
 * Reads Parquet files with a second implementation, parquetjs-lite, before they are published:
 * footer, column names and types, the number of rows, and for files of up to 500 rows the first and
 * the last row. Of files compressed with zstd, which it cannot decompress, no rows.
 * @param columns SQL type by column name, in order; the same for all files
 * @returns what reads them, which takes no session; it throws DataError when one does not hold what
 * the engine says it wrote
 */
export async function readBack(
  session: Session,
  files: readonly Written[],
  columns: ReadonlyMap<string, string>,
  compression: string,
): Promise<() => Promise<void>> {
  const most = compression === 'zstd' ? 0 : ROWS_COMPARED;
  const compared = files.filter(({ rows }) => rows > 0 && rows <= most);
  const ends = await endsOf(session, compared);
  return async () => {
    for (const written of files) await readOne(written, columns, ends.get(written.file));
  };
}

/** The first and the last row of each file as the engine reads them. */
async function endsOf(session: Session, files: readonly Written[]): Promise<Map<string, Row[]>> {
  const ends = new Map<string, Row[]>();
  if (files.length === 0) return ends;
  const lastRows = files.map(({ file, rows }) => `(${quote(file)}, ${rows - 1})`).join(', ');
  const paths = quotePaths(files.map(({ file }) => file));
  const rows = await session.rows(
    `select * exclude (file_row_number)
     from read_parquet(${paths}, file_row_number = true, filename = '_file',
       hive_partitioning = false)
     where file_row_number = 0 or (_file, file_row_number) in (values ${lastRows})
       order by _file, file_row_number`,
  );
  for (const row of rows) {
    const file = String(row._file);
    ends.set(file, [...(ends.get(file) ?? []), row]);
  }
  return ends;
}

async function readOne(
  written: Written,
  columns: ReadonlyMap<string, string>,
  ends: readonly Row[] | undefined,
): Promise<void> {
  const { file, rows } = written;
  const fail = (what: string, cause?: unknown): never => {
    throw new DataError(
      `${file}: a second Parquet reader disagrees with the engine: ${what}. Nothing was ` +
        'published; run again, and report it if it happens again',
      { cause },
    );
  };
  // a night with nothing new does without
  const { default: reading } = await import('parquetjs-lite');
  const reader = await open(reading.ParquetReader, written).catch((error) =>
    fail(messageOf(error), error),
  );
  try {
    const schema = Object.entries(reader.getSchema().fields).map(
      ([name, { primitiveType, originalType }]) =>
        `${name} ` +
        `${[primitiveType, originalType].filter((each) => each && each !== 'INT_64').join(' ')}`,
    );
    const expected = [...columns].map(([name, type]) => `${name} ${PARQUET_TYPE[type] ?? type}`);
    if (schema.join() !== expected.join())
      fail(`expected columns ${expected.join(', ')}, found ${schema.join(', ')}`);
    if (Number(reader.getRowCount()) !== rows)
      fail(`expected ${counted(rows, 'row')}, found ${number(Number(reader.getRowCount()))}`);
    written.stats = statsOf(reader.metadata.row_groups, columns);
    if (ends === undefined) return;
    const theirs = await firstAndLast(reader);
    for (const [row, their, which] of [
      [ends[0], theirs[0], 'first'],
      [ends.at(-1), theirs[1], 'last'],
    ] as const) {
      for (const [name, type] of columns) {
        const [expected, found] = [
          comparable(row?.[name] ?? null, type),
          comparable(their?.[name] ?? null, type),
        ];
        if (expected !== found)
          fail(`expected ${name} = ${expected} in the ${which} row, found ${found}`);
      }
    }
  } finally {
    await reader.close();
  }
}

async function open(
  reader: typeof parquet.ParquetReader,
  written: Written,
): Promise<InstanceType<typeof parquet.ParquetReader>> {
  const { file } = written;
  if (statSync(file).size > SMALL) return reader.openFile(file);
  const bytes = readFileSync(file);
  written.content = { bytes: bytes.length, sha256: hash('sha256', bytes, 'hex') };
  return reader.openBuffer(bytes);
}

/**
 * By whole row groups: a cursor's `next` takes each row off the front of an array, which grows with
 * the square of it.
 */
async function firstAndLast(
  reader: InstanceType<typeof parquet.ParquetReader>,
): Promise<Record<string, unknown>[]> {
  const cursor = reader.getCursor();
  const ends: Record<string, unknown>[] = [];
  for (
    let group = await cursor.nextRowGroup();
    group !== null;
    group = await cursor.nextRowGroup()
  ) {
    ends.push(...group.slice(0, 1), ...group.slice(-1));
  }
  return [ends[0] ?? {}, ends.at(-1) ?? {}];
}

/**
 * One form for a value of either reader. parquetjs-lite gives dates and timestamps as Date, in
 * whole milliseconds. The engine's binding to Node takes a byte order mark off the start of a text.
 */
function comparable(value: Value | unknown, type: string): string {
  if (value === null) return 'NULL';
  if (type === 'DATE')
    return value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
  if (type === 'TIMESTAMP')
    return (value instanceof Date ? value : wholeMilliseconds(String(value))).toISOString();
  return String(value).replace(/^\ufeff+/, '');
}

/**
 * The time of a text, without what is less than a millisecond: towards 1970, as parquetjs-lite
 * drops it.
 */
function wholeMilliseconds(text: string): Date {
  const milliseconds = Date.parse(`${text.replace(' ', 'T').slice(0, 23)}Z`);
  const isMore = /[1-9]/.test(text.slice(23));
  return new Date(isMore && milliseconds < 0 ? milliseconds + 1 : milliseconds);
}
