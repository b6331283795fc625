import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDuckdb } from '../../src/engine/duckdb/open.js';
import type { Engine, Session } from '../../src/engine/engine.js';
import { readBack as beginReading } from '../../src/engine/second_reader.js';

/** Reads to the end, as the code that places the files does. */
const readBack = async (...files: Parameters<typeof beginReading>) =>
  (await beginReading(...files))();

const folder = mkdtempSync(path.join(os.tmpdir(), 'dayfold-readback-'));
let engine: Engine;
beforeAll(async () => {
  engine = await openDuckdb({ threads: 1, memoryLimit: '128MB', scratch: folder, readable: [] });
});
afterAll(() => {
  engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const COLUMNS = new Map([
  ['id', 'BIGINT'],
  ['name', 'VARCHAR'],
  ['at', 'TIMESTAMP'],
]);
let files = 0;

async function written(rows: number, compression = 'snappy') {
  const file = path.join(folder, `${files++}.parquet`);
  const [session] = engine.sessions as [Session];
  await session.run(
    `copy (select i as id, 'name ' || i as name, TIMESTAMP '2026-11-20 10:00:00' + to_seconds(i) as at from range(${rows}) as r(i))
     to '${file}' (format parquet, compression ${compression}, dictionary_size_limit 0)`,
  );
  return { session, file };
}

test.each([
  ['1960-01-01 00:00:00.0005', '1969-12-31 23:59:59.9995'],
  ['1969-12-31 23:59:59.999999', '1970-01-01 00:00:00.000001'],
  ['1900-01-01 00:00:00.001', '1899-12-31 23:59:59.5'],
  ['1969-12-31 23:59:59.999', '2026-03-01 10:00:00.123456'],
])(
  'times before 1970 are the same to both readers, in any fraction of a second: %s, %s',
  async (first, last) => {
    const file = path.join(folder, `${files++}.parquet`);
    const [session] = engine.sessions as [Session];
    await session.run(
      `copy (select unnest([TIMESTAMP '${first}', TIMESTAMP '${last}']) as at) to '${file}' (format parquet, dictionary_size_limit 0)`,
    );
    await readBack(session, [{ file, rows: 2 }], new Map([['at', 'TIMESTAMP']]), 'snappy');
  },
);

describe.each(['snappy', 'gzip', 'uncompressed', 'zstd'])('%s', (compression) => {
  test('a file that holds what was written passes', async () => {
    const { session, file } = await written(3, compression);
    await readBack(session, [{ file, rows: 3 }], COLUMNS, compression);
  });

  test('one with another number of rows does not', async () => {
    const { session, file } = await written(3, compression);
    const reading = readBack(session, [{ file, rows: 4 }], COLUMNS, compression);
    await expect(reading).rejects.toThrow('expected 4 rows, found 3. Nothing was published');
  });

  test('nor does one with other columns', async () => {
    const { session, file } = await written(3, compression);
    const reading = readBack(
      session,
      [{ file, rows: 3 }],
      new Map([...COLUMNS, ['at', 'BIGINT']]),
      compression,
    );
    await expect(reading).rejects.toThrow(
      'expected columns id INT64, name BYTE_ARRAY UTF8, at INT64',
    );
  });
});

test('a value that the other reader sees otherwise does not pass', async () => {
  const { session, file } = await written(3, 'uncompressed');
  const theirs: Session = Object.create(session, {
    rows: {
      value: async (sql: string) => {
        const [first, ...rest] = await session.rows(sql);
        return [{ ...first, name: 'another' }, ...rest];
      },
    },
  });
  const reading = readBack(theirs, [{ file, rows: 3 }], COLUMNS, 'uncompressed');
  await expect(reading).rejects.toThrow('expected name = another in the first row, found name 0');
});

test('a torn file does not pass, however many rows it has', async () => {
  const { session, file } = await written(5_000);
  const bytes = await readFile(file);
  await writeFile(file, bytes.subarray(0, bytes.length - 10));
  await expect(readBack(session, [{ file, rows: 5_000 }], COLUMNS, 'snappy')).rejects.toThrow(
    'a second Parquet reader disagrees with the engine',
  );
});
