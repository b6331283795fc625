import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { query } from '../night/nights.js';
import { zipOf, zstdOf } from './packing.js';
import { CSV, JSONL, useScratch } from './scratch.js';

const scratch = useScratch();
const LINES = 'a,b\n1,2\n3,4\n';
const flip = (bytes: Buffer, at: number) => {
  const flipped = Buffer.from(bytes);
  const place = at < 0 ? bytes.length + at : at;
  flipped[place] = (flipped[place] as number) ^ 1;
  return flipped;
};

describe('zstd', () => {
  test('of several frames, and frames to skip', async () => {
    const skip = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
    const content = Buffer.concat([await zstdOf('a,b\n1,'), skip, await zstdOf('2\n3,4\n')]);
    expect((await scratch.read(content)).prepared).toMatchObject({
      rewritten: false,
      header: ['a', 'b'],
      records: 2,
    });
  });

  test('as another program compresses it', async () => {
    const file = `${scratch.folder()}/packed.zst`;
    await query(
      `copy (select i as a, 'text ' || i % 7 as b from range(20000) t(i)) to '${file}' (format csv, compression zstd)`,
    );
    const { prepared } = await scratch.read(readFileSync(file));
    expect(prepared).toMatchObject({ rewritten: false, header: ['a', 'b'], records: 20000 });
  });

  test('damaged, cut short or followed by other bytes is refused', async () => {
    const packed = await zstdOf(LINES.repeat(100));
    const wrong = [
      flip(packed, -1),
      flip(packed, 40),
      packed.subarray(0, -3),
      packed.subarray(0, 100),
    ];
    for (const content of [...wrong, Buffer.concat([packed, Buffer.from('a,b\n')])]) {
      await expect(scratch.read(content)).rejects.toThrow(
        /expected a complete zstd file.*deliver it again/,
      );
    }
  });
});

describe('zip', () => {
  test('of several files is one text: each header after the first is none of the records', async () => {
    const read = await scratch.read(
      zipOf({ 'a.csv': LINES, 'b.csv': 'a,b\n5,6', 'c.csv': '', 'd.csv': 'a,b\n7,8\n' }),
    );
    expect(read.prepared).toMatchObject({ records: 4, readable: 4, header: ['a', 'b'] });
    expect(read.rows).toEqual([
      ['2', '1', '2'],
      ['3', '3', '4'],
      ['5', '5', '6'],
      ['7', '7', '8'],
    ]);
  });

  test('of JSON Lines has no headers', async () => {
    const { prepared } = await scratch.read(
      zipOf({ 'a.jsonl': '{"a":1}', 'b.jsonl': '{"a":2}\n' }),
      JSONL,
    );
    expect(prepared).toMatchObject({ rewritten: false, records: 2 });
  });

  test('of one file is that file; folders and what macOS adds are none', async () => {
    const { prepared } = await scratch.read(
      zipOf({ '__MACOSX/._a.csv': 'x', 'in/': '', 'in/a.csv': LINES }),
    );
    expect(prepared).toMatchObject({ rewritten: false, records: 2 });
  });

  test.each<[string, Buffer, RegExp]>([
    [
      'files of different columns',
      zipOf({ 'a.csv': LINES, 'b.csv': 'b,a\n5,6\n' }),
      /one header, "a,b", found "b,a"/,
    ],
    [
      'an encrypted file',
      zipOf({ 'a.csv': LINES }, (about) => about.writeUInt16LE(1, 2)),
      /a.csv encrypted/,
    ],
    [
      'a wrong checksum',
      zipOf({ 'a.csv': LINES }, (about) => about.writeUInt32LE(1, 10)),
      /a wrong checksum of a.csv/,
    ],
    [
      'a size that lies',
      zipOf({ 'a.csv': LINES }, (about) => about.writeUInt32LE(3, 18)),
      /expected a complete zip file/,
    ],
    ['no file', zipOf({}), /with a file, found none/],
    ['a cut directory', zipOf({ 'a.csv': LINES }).subarray(0, -30), /expected a complete zip file/],
  ])('%s: refused', async (_, content, message) => {
    await expect(scratch.read(content)).rejects.toThrow(DataError);
    await expect(scratch.read(content)).rejects.toThrow(message);
  });
});

describe('a bomb is refused before it fills the disk', () => {
  test('by its ratio', async () => {
    await expect(scratch.read(gzipSync(Buffer.alloc(70 << 20)))).rejects.toThrow(
      /expected at most 250 times its size .limits.ratio., found more/,
    );
  });

  test('by what it unpacks to', async () => {
    for (const content of [gzipSync(LINES), await zstdOf(LINES), zipOf({ a: 'a,b\n', b: LINES })]) {
      await expect(scratch.read(content, CSV, { unpacked: 11 })).rejects.toThrow(
        /expected at most 11 bytes .limits.unpacked., found more/,
      );
      expect((await scratch.read(gzipSync(LINES), CSV, { unpacked: 12 })).prepared.records).toBe(2);
    }
  });

  test('by the number of files in an archive', async () => {
    const content = zipOf({ a: LINES, b: LINES, c: LINES });
    await expect(scratch.read(content, CSV, { members: 2 })).rejects.toThrow(
      /at most 2 files .limits.members.*found 3/,
    );
    expect((await scratch.read(content, CSV, { members: 3 })).prepared.records).toBe(6);
  });

  test('by being packed twice', async () => {
    for (const content of [
      gzipSync(gzipSync(LINES)),
      zipOf({ a: gzipSync(LINES) }),
      gzipSync(zipOf({ a: LINES })),
    ]) {
      await expect(scratch.read(content)).rejects.toThrow(/packed once, found (gzip|zip) in it/);
    }
  });
});
