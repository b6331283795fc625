import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SourceColumn } from '../../src/config/contracts.js';
import { openDuckdb } from '../../src/engine/duckdb/open.js';
import type { Engine, Session } from '../../src/engine/engine.js';
import { Categories } from '../../src/ingest/plain/categories.js';
import type { PlainColumn } from '../../src/ingest/plain/column.js';
import { plainColumn } from '../../src/ingest/plain/columns.js';
import { Days } from '../../src/ingest/plain/days.js';
import { Counts } from '../../src/ingest/plain/numbers.js';
import { writeTyped } from '../../src/ingest/plain/typed_file.js';

let folder = '';
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dayfold-typed-'));
  engine = await openDuckdb({ threads: 1, memoryLimit: '256MB', scratch: folder, readable: [] });
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

/** More than two row groups, so that the last one is not full. */
const ROWS = 250_001;
const TIMES = { local: new Days(undefined), from: 0, to: Number.MAX_SAFE_INTEGER };

function column(type: SourceColumn['type']): PlainColumn {
  const about = { description: '', from: [type], required: false, missing: [''] };
  const made = plainColumn({ name: type, type, ...about }, 'month_first');
  made.begin(ROWS, TIMES);
  return made;
}

test('the engine reads each value of a typed file, and which rows have none', async () => {
  const columns = (['integer', 'double', 'timestamp', 'text', 'category'] as const).map(column);
  const when = (row: number) =>
    new Date(Date.UTC(2026, 0, 1) + 1000 * row).toISOString().slice(0, 19).replace('T', ' ');
  const texts = (row: number) => [
    String(row % 2 === 0 ? row - 100 : 100_000_000_000_000_000n + BigInt(row)),
    `${row}.5`,
    when(row),
    `name ${row}`,
    `kind_${row % 300}`,
  ];
  for (let row = 0; row < ROWS; row++) {
    for (const [i, text] of texts(row).entries()) {
      const bytes = Buffer.from(row % 7 === i ? '' : text);
      if (!columns[i]?.read(bytes, 0, bytes.length, row))
        throw new Error(`expected ${text} to be read`);
    }
  }
  const kinds = columns.find((each): each is Categories => each instanceof Categories);
  kinds?.mean(kinds.spellings.map((spelling) => (spelling === '' ? null : spelling)));
  const rows = Uint32Array.from({ length: ROWS }, (_, row) => row);
  const file = path.join(folder, 'typed.parquet');
  await writeTyped(file, [...columns, new Counts('line', rows)], rows);

  const missing = (i: number, sql: string) => `case when line % 7 <> ${i} then ${sql} end`;
  const expected = `select ${[
    `${missing(0, 'case when line % 2 = 0 then line - 100 else 100000000000000000 + line end')} as "integer"`,
    `${missing(1, "cast(line || '.5' as double)")} as "double"`,
    `${missing(2, "TIMESTAMP '2026-01-01' + to_seconds(line)")} as "timestamp"`,
    `${missing(3, "'name ' || line")} as "text"`,
    `${missing(4, "'kind_' || (line % 300)")} as "category"`,
    'cast(line as integer) as line',
  ].join(', ')} from range(${ROWS}) as lines(line)`;
  const [session] = engine.sessions as [Session];
  const [found] = await session.rows(
    `select (select count(*) from '${file}') as rows, (select count(*) from (from '${file}' except all (${expected}))) as wrong`,
  );
  expect(found).toEqual({ rows: BigInt(ROWS), wrong: 0n });
});
