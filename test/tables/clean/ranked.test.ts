import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Source } from '../../../src/config/source.js';
import { openDuckdb } from '../../../src/engine/duckdb/open.js';
import type { Engine, Session } from '../../../src/engine/engine.js';
import { rankedSql } from '../../../src/tables/clean/ranked.js';

const scratch = mkdtempSync(path.join(tmpdir(), 'dayfold-ranked-'));
let engine: Engine;
let session: Session;

beforeAll(async () => {
  engine = await openDuckdb({ threads: 1, memoryLimit: '256MB', scratch, readable: [] });
  session = engine.sessions[0] as Session;
});
afterAll(async () => {
  await engine.close();
  rmSync(scratch, { recursive: true, force: true });
});
beforeEach(() =>
  session.run(
    'create or replace table staged._moved_0 (event_date DATE, id BIGINT, moved_to DATE)',
  ),
);

const DATED = {
  ...{ partition: 'event_date', delivery: 'append', derivation: null, event_time: 'seen_at' },
  key: [['id'], ['name', 'seen_at']],
} as unknown as Source;
const WHOLE = { ...DATED, partition: 'all' } as Source;

/** Rows as [id, name, export, row, main, date]; each is of one minute. */
type Found = readonly [
  id: number | null,
  name: string | null,
  place: number,
  row: number,
  main?: boolean,
  date?: string,
];

/** What is said of each row, by its export and row. */
async function rank(source: Source, rows: readonly Found[], what: string) {
  const values = rows.map(
    ([id, name, place, row, main = false, date = '2026-03-01']) =>
      `(${id}::bigint, ${name === null ? null : `'${name}'`}::varchar, TIMESTAMP '2026-03-01 10:00:00', ${place}, ${row}, ${main}, DATE '${date}')`,
  );
  const dated = source.partition === 'event_date' ? ', _main, event_date' : '';
  const sql = `select id, name, seen_at, _export, _row${dated} from (values ${values.join(', ')}) as v(id, name, seen_at, _export, _row, _main, event_date)`;
  const ranked = rankedSql({ source, names: ['id', 'name', 'seen_at'], sql });
  const found = await session.rows(
    `select _export || '.' || _row as place, ${what} as said from (${ranked}) as r order by _export, _row`,
  );
  return Object.fromEntries(found.map(({ place, said }) => [place, said]));
}

test('the row of the latest export counts, and one that differs from it says so', async () => {
  const rows: Found[] = [
    [1, 'a', 0, 0],
    [1, 'b', 1, 0],
    [1, 'b', 1, 1],
  ];
  for (const source of [DATED, WHOLE])
    expect(await rank(source, rows, `_nth || ' ' || _differs`)).toEqual({
      '0.0': '3 true',
      '1.0': '2 false',
      '1.1': '1 false',
    });
});

test('of a derived table the first row counts, and with latest_by the one with the latest value', async () => {
  const rows: Found[] = [
    [1, 'z', 0, 0],
    [1, null, 1, 0],
  ];
  const derived = { ...WHOLE, derivation: 'select' } as Source;
  expect(await rank(derived, rows, '_nth')).toEqual({ '0.0': 1n, '1.0': 2n });
  const latest = { ...WHOLE, latest_by: 'name' } as Source;
  expect(await rank(latest, rows, '_nth')).toEqual({ '0.0': 1n, '1.0': 2n });
  expect(await rank(WHOLE, rows, '_nth')).toEqual({ '0.0': 2n, '1.0': 1n });
});

test('a row has the first key of which it has all columns, or no key', async () => {
  const rows: Found[] = [
    [1, 'a', 0, 0],
    [null, 'a', 0, 1],
    [null, 'a', 1, 0],
    [null, null, 1, 1],
    [null, null, 1, 2],
  ];
  for (const source of [DATED, WHOLE])
    expect(await rank(source, rows, '_nth')).toEqual({
      '0.0': 1n,
      '0.1': 2n,
      '1.0': 1n,
      '1.1': 1n,
      '1.2': 1n,
    });
});

test('rows of counters are never the same', async () => {
  const rows: Found[] = [
    [1, 'a', 0, 0],
    [1, 'a', 1, 0],
  ];
  const counter = { ...DATED, delivery: 'counter' } as Source;
  expect(await rank(counter, rows, '_nth')).toEqual({ '0.0': 1n, '1.0': 1n });
});

test('rows of other dates are not compared', async () => {
  const rows: Found[] = [
    [1, 'a', 0, 0],
    [1, 'b', 1, 0, false, '2026-03-02'],
  ];
  expect(await rank(DATED, rows, '_nth')).toEqual({ '0.0': 1n, '1.0': 1n });
});

test('a main file is replaced where a later row differs, and where two main files have a key', async () => {
  const equal: Found[] = [
    [1, 'a', 0, 0, true],
    [1, 'a', 1, 0],
  ];
  expect(await rank(DATED, equal, '_breaks')).toEqual({ '0.0': false, '1.0': false });
  expect(await rank(DATED, equal, '_mains')).toEqual({ '0.0': 1n, '1.0': 1n });
  const later: Found[] = [
    [1, 'a', 0, 0, true],
    [1, 'b', 1, 0],
  ];
  expect(await rank(DATED, later, '_breaks')).toEqual({ '0.0': true, '1.0': false });
  const earlier: Found[] = [
    [1, 'b', 0, 0],
    [1, 'a', 1, 0, true],
  ];
  expect(await rank(DATED, earlier, '_breaks')).toEqual({ '0.0': false, '1.0': false });
  const two: Found[] = [
    [1, 'a', 0, 0, true],
    [1, 'a', 1, 0, true],
  ];
  expect(await rank(DATED, two, '_breaks')).toEqual({ '0.0': true, '1.0': true });
});

test('a row whose key has a later one on another date has moved, and its main file is replaced', async () => {
  await session.run(
    "insert into staged._moved_0 values (DATE '2026-03-01', 1, DATE '2026-03-02'), (DATE '2026-03-02', 1, DATE '2026-03-02')",
  );
  const rows: Found[] = [
    [1, 'a', 0, 0, true],
    [2, 'a', 0, 1, true],
    [1, 'a', 1, 0, true, '2026-03-02'],
  ];
  expect(await rank(DATED, rows, `_moved || ' ' || _breaks`)).toEqual({
    '0.0': 'true true',
    '0.1': 'false false',
    '1.0': 'false false',
  });
});
