import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import {
  compilePattern,
  listAllExports,
  listExports,
  requireAny,
} from '../../src/ingest/exports.js';
import { FileStore } from '../../src/store/folder.js';

describe('a pattern', () => {
  test.each<[string, string, string, string]>([
    ['takes a date with dashes', 's/s_{date}.csv', 's/s_2026-11-20.csv', '2026-11-20'],
    ['takes a date of digits', 's/s_{date}.csv', 's/s_20261120.csv', '2026-11-20'],
    [
      'takes a date from a folder',
      's/dt={date}/part.csv',
      's/dt=2026-11-20/part.csv',
      '2026-11-20',
    ],
    [
      'takes anything but a slash for a star',
      's/{date}/*.csv',
      's/2026-11-20/part-0 (1).csv',
      '2026-11-20',
    ],
    ['takes nothing for a star', 's_{date}*.csv', 's_2026-11-20.csv', '2026-11-20'],
    ['takes several stars', '*/*_{date}.csv', 'a/b_20261120.csv', '2026-11-20'],
    ['takes a leap day', '{date}', '2024-02-29', '2024-02-29'],
    ['takes signs as they are', 'a+b (c) [d] $^|.{date}', 'a+b (c) [d] $^|.20261120', '2026-11-20'],
    ['takes a backslash and braces as they are', '\\d{2}{date}', '\\d{2}20261120', '2026-11-20'],
    ['takes any script', '日本 ü/{date}.csv', '日本 ü/20261120.csv', '2026-11-20'],
  ])('%s', (_, files, key, date) => {
    expect(compilePattern(files).match(key)).toBe(date);
  });

  test.each<[string, string, string]>([
    ['a slash for a star', 's/*_{date}.csv', 's/a/b_20261120.csv'],
    ['what comes before', 's_{date}.csv', 'old/s_20261120.csv'],
    ['what comes after', 's_{date}.csv', 's_20261120.csv.gz'],
    ['another sign for a dot', 's_{date}.csv', 's_20261120xcsv'],
    ['another case', 's_{date}.csv', 'S_20261120.csv'],
    ['a date that is none', '{date}', '2026-02-30'],
    ['digits that are no date', '{date}', '20261320'],
    ['half a date', '{date}', '2026-11'],
    ['a date with some dashes', '{date}', '2026-1120'],
    ['more digits', 's_{date}.csv', 's_202611201.csv'],
  ])('does not take %s', (_, files, key) => {
    expect(compilePattern(files).match(key)).toBeUndefined();
  });

  test.each([
    ['s/s_{date}.csv', 's/s_'],
    ['s/*/{date}.csv', 's/'],
    ['{date}.csv', ''],
  ])('%s is listed by the prefix "%s"', (files, prefix) => {
    expect(compilePattern(files).prefix).toBe(prefix);
  });
});

describe('the exports of a store', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'dayfold-exports-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const deliver = async (...keys: string[]) => {
    for (const key of keys) {
      await mkdir(path.dirname(path.join(folder, key)), { recursive: true });
      await writeFile(path.join(folder, key), key);
    }
  };
  const keys = async (files: string) =>
    (await listExports(new FileStore(folder), files)).map(({ key }) => key);

  test('come oldest first, however their dates are written', async () => {
    await deliver('s_20261121.csv', 's_2026-11-22.csv', 's_2026-11-20.csv');
    expect(await keys('s_{date}.csv')).toEqual([
      's_2026-11-20.csv',
      's_20261121.csv',
      's_2026-11-22.csv',
    ]);
  });

  test('of one date come by key', async () => {
    await deliver('20261120/b.csv', '20261120/a.csv', '20261119/c.csv');
    expect(await keys('{date}/*.csv')).toEqual([
      '20261119/c.csv',
      '20261120/a.csv',
      '20261120/b.csv',
    ]);
  });

  test('of one date come by the numbers in their names, what is called a later form of another after it', async () => {
    const ordered = [
      ...[
        '20261120/part-1.csv',
        '20261120/part-2.csv',
        '20261120/part-10.csv',
        '20261120/part-10 (1).csv',
      ],
      ...[
        '20261120/part-10 (2).csv',
        '20261120/part-10 (10).csv',
        '20261120/part-10-v2.csv.gz',
        '20261120/part-11.csv',
      ],
    ];
    await deliver(...ordered.toReversed());
    expect(await keys('{date}/*')).toEqual(ordered);
  });

  test('come by the numbers in the names of their folders too', async () => {
    const ordered = [
      '9/20261120.csv',
      '10/20261120.csv',
      '10/20261120-v2.csv',
      '10-v2/20261120.csv',
      'a007/20261120.csv',
    ];
    await deliver(...ordered.toReversed());
    expect(await keys('*/{date}*')).toEqual(ordered);
  });

  test('leave out what the pattern does not take', async () => {
    await deliver(
      's/s_20261120.csv',
      's/s_20261120.csv.tmp',
      's/readme',
      's/old/s_20261119.csv',
      't/s_20261120.csv',
    );
    expect(await keys('s/s_{date}.csv')).toEqual(['s/s_20261120.csv']);
  });

  test('say how many objects beside them are not read, and name three', async () => {
    await deliver(
      's/s_20261120.csv',
      's/s_2026_11_20.csv',
      's/S_20261120.csv',
      's/s_20261120.CSV',
      's/old/s_20261119.csv',
    );
    await deliver(
      't/t_20261120.csv',
      't/s_20261120.csv',
      's/_SUCCESS',
      's/.s_20261120.csv',
      'elsewhere/s_20261120.csv',
    );
    const { exports, ignored } = await listAllExports(new FileStore(folder), [
      's/s_{date}.csv',
      't/t_{date}.csv',
    ]);
    expect([...exports.values()].flat()).toHaveLength(2);
    expect(ignored).toEqual([
      'expected exports named s/s_{date}.csv, found 4 objects beside them, such as s/S_20261120.csv, s/old/s_20261119.csv, s/s_20261120.CSV: ignored; rename what should be read, or set "files"',
      'expected exports named t/t_{date}.csv, found 1 object beside them, t/s_20261120.csv: ignored; rename what should be read, or set "files"',
    ]);
  });

  test('of tables that share a folder are not beside each other', async () => {
    await deliver('20261120/a.csv', '20261120/b.csv');
    expect(
      (await listAllExports(new FileStore(folder), ['{date}/a.csv', '{date}/b.csv'])).ignored,
    ).toEqual([]);
    expect(
      (await listAllExports(new FileStore(folder), ['{date}/a.csv', '{date}/c.csv'])).ignored,
    ).toEqual([
      expect.stringMatching(
        /^expected exports named {date}\/a.csv or {date}\/c.csv, found 1 object beside them/,
      ),
    ]);
  });

  test('tell their date, size and version', async () => {
    await deliver('s_20261120.csv');
    expect(await listExports(new FileStore(folder), 's_{date}.csv')).toEqual([
      { key: 's_20261120.csv', date: '2026-11-20', bytes: 14, version: expect.stringMatching(/./) },
    ]);
  });

  test('of a folder that is not there are none', async () => {
    expect(await keys('s/s_{date}.csv')).toEqual([]);
  });

  test('must be one at least, of any table', () => {
    const store = new FileStore(folder);
    requireAny(store, ['a_{date}.csv', 'b_{date}.csv'], 1);
    expect(() => requireAny(store, ['a_{date}.csv', 'b_{date}.csv'], 0)).toThrow(DataError);
    expect(() => requireAny(store, ['a_{date}.csv', 'b_{date}.csv'], 0)).toThrow(
      `${folder}: expected exports named a_{date}.csv, b_{date}.csv, found none`,
    );
  });
});
