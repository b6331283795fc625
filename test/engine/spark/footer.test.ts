import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { settleFooter } from '../../../src/engine/spark/footer.js';
import { query } from '../../night/nights.js';

const folder = mkdtempSync(path.join(tmpdir(), 'dayfold-footer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'some.parquet');

/** A file whose metadata has seven rows, and one column with these encodings. */
function withEncodings(...encodings: number[]): Buffer {
  const zigzag = encodings.map((each) => each * 2);
  const column = [
    0x15,
    0x02,
    0x19,
    (encodings.length << 4) | 5,
    ...zigzag,
    0x18,
    0x02,
    0x03,
    0x01,
    0x00,
  ];
  const metadata = [
    0x15,
    0x02,
    0x26,
    0x0e,
    0x19,
    0x1c,
    0x19,
    0x1c,
    0x3c,
    ...column,
    0x00,
    0x00,
    0x00,
  ];
  const length = Buffer.alloc(4);
  length.writeUInt32LE(metadata.length);
  return Buffer.concat([
    Buffer.from('PAR1\x03\x00\x02'),
    Buffer.from(metadata),
    length,
    Buffer.from('PAR1'),
  ]);
}

test('encodings of a column are put in ascending order, and nothing else is touched', async () => {
  await writeFile(file, withEncodings(4, 0, 3));
  expect(await settleFooter(file)).toBe(7);
  expect(await readFile(file)).toEqual(withEncodings(0, 3, 4));
});

test('a file of another writer is read as before, and its rows are known', async () => {
  await query(
    `copy (select i, i::varchar as text, i % 2 = 0 as even, i / 3 as third, DATE '2026-03-01' + i::int as date from range(130000) as t(i)) to '${file}'`,
  );
  const rows = () =>
    query(
      `select count(*) as n, sum(hash(i, text, even, third, date))::varchar as h from '${file}'`,
    );
  const before = await rows();
  expect(await settleFooter(file)).toBe(130_000);
  expect(await rows()).toEqual(before);
});

test.each([
  ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 3)],
  ['empty', () => Buffer.alloc(0)],
  [
    'with a length beyond its size',
    (bytes: Buffer) =>
      Buffer.concat([bytes.subarray(0, -8), Buffer.from('\xff\xff\xff\x00PAR1', 'latin1')]),
  ],
  [
    'with torn metadata',
    (bytes: Buffer) =>
      Buffer.concat([bytes.subarray(0, 8), Buffer.from('\x01\x00\x00\x00PAR1', 'latin1')]),
  ],
])('a file %s is refused', async (_, damage) => {
  await writeFile(file, damage(withEncodings(0, 3)));
  await expect(settleFooter(file)).rejects.toThrow(/run again$/);
});
