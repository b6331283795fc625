import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Source, SourceColumn } from '../../src/config/source.js';
import { openDuckdb } from '../../src/engine/duckdb/open.js';
import type { Engine, Session } from '../../src/engine/engine.js';
import { PlainReader } from '../../src/ingest/plain/plain.js';

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
const TYPES = ['integer', 'double', 'timestamp', 'text', 'category'] as const;

/** Reads records that all are plain, into one file. */
async function readPlain(records: readonly string[]): Promise<string | undefined> {
  const about = { description: '', required: false, missing: [''] };
  const columns = TYPES.map((type): SourceColumn => ({ name: type, type, from: [type], ...about }));
  const source = { columns, key: [], event_time: 'timestamp', delivery: 'append', rows: null };
  const rules = { earliest: '2026-01-01', business: undefined, local: undefined };
  const reader = new PlainReader(
    { source: source as unknown as Source, ...rules },
    async (_, spellings) => spellings.map((spelling) => (spelling === '' ? null : spelling)),
  );
  const file = path.join(folder, 'records.csv');
  await writeFile(file, [TYPES.join(','), ...records, ''].join('\n'));
  const csv = { delimiter: ',', quote: '"', escape: 'doubled' } as const;
  const found = await reader.read({
    ...{ name: 'x', date: '2026-11-20', scratch: folder, hasMain: false, ranges: new Map() },
    prepared: {
      ...{ path: file, rewritten: false, header: TYPES, csv, firstLine: 2 },
      ...{ readable: records.length, longest: 1 << 20 },
    },
  });
  expect(found?.others).toBeUndefined();
  return found?.beside?.path;
}

test('the engine reads each value of a typed file, and which rows have none', async () => {
  const when = (row: number) =>
    new Date(Date.UTC(2026, 0, 1) + 1000 * row).toISOString().slice(0, 19).replace('T', ' ');
  const texts = (row: number) => [
    String(row % 2 === 0 ? row - 100 : 100_000_000_000_000_000n + BigInt(row)),
    `${row}.5`,
    when(row),
    `name ${row}`,
    `kind_${row % 300}`,
  ];
  const file = await readPlain(
    Array.from({ length: ROWS }, (_, row) =>
      texts(row)
        .map((text, i) => (row % 7 === i ? '' : text))
        .join(','),
    ),
  );

  const missing = (i: number, sql: string) => `case when line % 7 <> ${i} then ${sql} end`;
  const expected = `select ${[
    `${missing(0, 'case when line % 2 = 0 then line - 100 else 100000000000000000 + line end')} as "integer"`,
    `${missing(1, "cast(line || '.5' as double)")} as "double"`,
    `${missing(2, "TIMESTAMP '2026-01-01' + to_seconds(line)")} as "timestamp"`,
    `${missing(3, "'name ' || line")} as "text"`,
    `${missing(4, "'kind_' || (line % 300)")} as "category"`,
    'cast(line + 2 as integer) as line',
    '0::integer as repeated',
  ].join(', ')} from range(${ROWS}) as lines(line)`;
  const [session] = engine.sessions as [Session];
  const [found] = await session.rows(
    `select (select count(*) from '${file}') as rows, (select count(*) from (from '${file}' except all (${expected}))) as wrong`,
  );
  expect(found).toEqual({ rows: BigInt(ROWS), wrong: 0n });
});
