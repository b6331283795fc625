import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Dialect } from '../../src/ingest/csv/dialect.js';
import { findChangedPage } from '../../src/ingest/parquet/pages.js';
import { query } from '../night/nights.js';
import { CSV, useScratch } from './scratch.js';

const scratch = useScratch();
const FIXTURE = path.join(import.meta.dirname, '../fixtures/parquet/checksums.parquet');
const whole = readFileSync(FIXTURE);
const PARQUET: Dialect = { ...CSV, format: 'parquet' };
const NAME = 'the export';
let count = 0;

function fileOf(content: Buffer): string {
  const file = `${scratch.folder()}/changed-${count++}.parquet`;
  writeFileSync(file, content);
  return file;
}

/** The fixture with a byte changed. */
function changed(at: number, by = 1): Buffer {
  const content = Buffer.from(whole);
  content[at] = (content[at] ?? 0) ^ by;
  return content;
}

test('a file as it was written has no changed page, with checksums or without', async () => {
  expect(await findChangedPage(FIXTURE, NAME)).toBeUndefined();
  const file = `${scratch.folder()}/without.parquet`;
  await query(`copy (from range(1000)) to '${file}' (format parquet)`);
  expect(await findChangedPage(file, NAME)).toBeUndefined();
});

test('a changed page is named by its column and row group', async () => {
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
  expect(await findChangedPage(fileOf(changed(footer - 1)), NAME)).toMatch(
    /^page \d+ of column plan, row group 2$/,
  );
  expect(await findChangedPage(fileOf(changed(200)), NAME)).toMatch(
    /^page 1 of column user_id, row group 1$/,
  );
});

test('what is no Parquet file is left for the engine', async () => {
  for (const content of [Buffer.from('a,b\n1,2\n'), whole.subarray(0, 500), whole.subarray(0, -1)])
    expect(await findChangedPage(fileOf(content), NAME)).toBeUndefined();
});

test('whatever bit is changed, the export is refused, or gives the rows that were written', async () => {
  const rows = async (content: Buffer) => {
    const { prepared } = await scratch.read(content, PARQUET);
    return readFileSync(prepared.path, 'utf8');
  };
  const expected = await rows(whole);
  let refused = 0;
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
  await fc.assert(
    fc.asyncProperty(fc.nat(footer - 5), fc.nat(7), async (at, bit) => {
      const result = await rows(changed(4 + at, 1 << bit)).catch((error: Error) => error);
      if (result instanceof Error) {
        expect(result.message).toMatch(/^cannot read the export/);
        refused++;
      } else {
        expect(result).toBe(expected);
      }
    }),
    { seed: 7, numRuns: 60 },
  );
  expect(refused).toBeGreaterThan(30);
});
