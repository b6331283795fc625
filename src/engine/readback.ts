import type parquet from 'parquetjs-lite';
import { DataError, messageOf } from '../errors.js';
import { quote, type Session, type Value } from './engine.js';

/** Up to so many rows the first and last are compared too: parquetjs-lite decodes whole row groups, 0.4 s for 122,880 rows. */
const ROWS_COMPARED = 2_000;

/** What each of our SQL types is in Parquet: physical and converted type. */
const PARQUET_TYPE: Record<string, string> = {
  BIGINT: 'INT64 INT_64',
  DOUBLE: 'DOUBLE',
  VARCHAR: 'BYTE_ARRAY UTF8',
  DATE: 'INT32 DATE',
  TIMESTAMP: 'INT64 TIMESTAMP_MICROS',
  BOOLEAN: 'BOOLEAN',
};

/**
 * Reads a Parquet file with a second implementation, parquetjs-lite, before it is published: footer, column names and
 * types, the number of rows, and for files of up to 2,000 rows the first and the last row.
 * @param columns SQL type by column name, in order
 * @throws DataError when it does not hold what the engine says it wrote
 */
export async function readBack(
  session: Session,
  file: string,
  columns: ReadonlyMap<string, string>,
  rows: number,
): Promise<void> {
  const fail = (what: string, cause?: unknown): never => {
    throw new DataError(
      `${file}: a second Parquet reader disagrees with the engine on what was written: ${what}. Nothing was published; run again, and report it if it stays`,
      { cause },
    );
  };
  const { default: reading } = await import('parquetjs-lite'); // a night with nothing new does without
  const reader = await reading.ParquetReader.openFile(file).catch((error) => fail(messageOf(error), error));
  try {
    const schema = Object.entries(reader.getSchema().fields).map(
      ([name, { primitiveType, originalType }]) => `${name} ${[primitiveType, originalType].filter(Boolean).join(' ')}`,
    );
    const expected = [...columns].map(([name, type]) => `${name} ${PARQUET_TYPE[type] ?? type}`);
    if (schema.join() !== expected.join()) fail(`expected columns ${expected.join(', ')}, found ${schema.join(', ')}`);
    if (Number(reader.getRowCount()) !== rows) fail(`expected ${rows} rows, found ${Number(reader.getRowCount())}`);
    if (rows > 0 && rows <= ROWS_COMPARED) {
      const written = await session.rows(
        `select * exclude (file_row_number) from read_parquet(${quote(file)}, file_row_number = true, hive_partitioning = false)
         where file_row_number in (0, ${rows - 1}) order by file_row_number`,
      );
      const ends = await firstAndLast(reader);
      for (const [i, row] of written.entries()) {
        for (const [name, type] of columns) {
          const [ours, theirs] = [comparable(row[name] ?? null, type), comparable(ends[i]?.[name] ?? null, type)];
          if (ours !== theirs)
            fail(`expected ${name} = ${ours} in the ${i === 0 ? 'first' : 'last'} row, found ${theirs}`);
        }
      }
    }
  } finally {
    await reader.close();
  }
}

/** By whole row groups: a cursor's `next` takes each row off the front of an array, which grows with the square of it. */
async function firstAndLast(reader: InstanceType<typeof parquet.ParquetReader>): Promise<Record<string, unknown>[]> {
  const cursor = reader.getCursor();
  const ends: Record<string, unknown>[] = [];
  for (let group = await cursor.nextRowGroup(); group !== null; group = await cursor.nextRowGroup()) {
    ends.push(...group.slice(0, 1), ...group.slice(-1));
  }
  return [ends[0] ?? {}, ends.at(-1) ?? {}];
}

/** One form for a value of either reader. parquetjs-lite gives dates and timestamps as Date, in whole milliseconds. */
function comparable(value: Value | unknown, type: string): string {
  if (value === null) return 'NULL';
  if (type === 'DATE') return value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
  if (type === 'TIMESTAMP')
    return new Date(value instanceof Date ? value : `${String(value).replace(' ', 'T').slice(0, 23)}Z`).toISOString();
  return String(value);
}
