import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDuckdb } from '../../src/engine/duckdb/open.js';
import type { Engine } from '../../src/engine/engine.js';
import { quotePath, quotePaths } from '../../src/engine/paths.js';
import { StoreError } from '../../src/errors.js';

/** Each of these, taken for a pattern, matches another one or none. */
const NAMES = [
  ...[
    'a',
    'a1',
    'ab',
    'a[1]',
    'a[ab]',
    'a[!1]',
    'a[[]',
    'a]',
    'a*',
    'a?',
    '*',
    '**',
    '[*]',
    '[[]]',
    '?',
  ],
  ...['a{1,b}', 'a+', 'a%31', '~', '.a', "it's", '"a"', 'a#b', '$HOME', 'a\nb', 'k=v', 'ü😀'],
];

let root = '';
let engine: Engine;
const files: string[] = [];

beforeAll(async () => {
  root = path.join(mkdtempSync(path.join(tmpdir(), 'dayfold-paths-')), 'base [x] * ?');
  for (const folder of NAMES) {
    mkdirSync(path.join(root, folder), { recursive: true });
    for (const name of NAMES) files.push(path.join(root, folder, `${name}.csv`));
  }
  for (const file of files) writeFileSync(file, path.relative(root, file).replaceAll('\n', ' '));
  engine = await openDuckdb({ threads: 1, memoryLimit: '256MB', scratch: root, readable: [] });
});
afterAll(() => {
  engine.close();
  rmSync(path.dirname(root), { recursive: true, force: true });
});

async function read(list: string): Promise<unknown[]> {
  const rows = await engine.sessions[0]?.rows(
    `select t from read_csv(${list}, auto_detect = false, header = false, columns = {'t': 'VARCHAR'}, delim = chr(31), quote = '', hive_partitioning = false)`,
  );
  return (rows ?? []).map(({ t }) => t);
}

describe('a path names one file', () => {
  test('whatever it and the folders before it are called', async () => {
    for (const file of files) {
      const found = await read(quotePath(file)).catch((error) => [`${file}: ${error.message}`]);
      expect(found).toEqual([path.relative(root, file).replaceAll('\n', ' ')]);
    }
  });

  test('also in a list', async () => {
    const some = files.filter((_, i) => i % 7 === 0);
    expect(await read(quotePaths(some))).toHaveLength(some.length);
  });

  test('also where it is written', async () => {
    for (const name of NAMES) {
      const file = path.join(root, `out ${name}.parquet`);
      await engine.sessions[0]?.run(
        `copy (select '${name.length}' as t) to '${file.replaceAll("'", "''")}'`,
      );
      const rows = await engine.sessions[0]?.rows(`select t from read_parquet(${quotePath(file)})`);
      expect(rows).toEqual([{ t: String(name.length) }]);
    }
  });
});

test('a backslash is a character as any other, but not beside a pattern', () => {
  expect(quotePath('/a/b\\c.csv')).toBe("'/a/b\\c.csv'");
  expect(() => quotePath('/a*/b\\c.csv')).toThrow(StoreError);
});
