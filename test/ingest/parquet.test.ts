import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import type { Dialect } from '../../src/ingest/csv/dialect.js';
import { rawLines } from '../../src/ingest/csv/raw_text.js';
import { query } from '../night/nights.js';
import { CSV, useScratch } from './scratch.js';

const scratch = useScratch();
const PARQUET: Dialect = { ...CSV, format: 'parquet' };
const column = (name: string, type: Dialect['columns'][number]['type'], required = true) => ({
  ...PARQUET,
  columns: [{ name, type, from: [name, `other_${name}`], required }],
});
let count = 0;

async function parquetOf(select: string, options = ''): Promise<Buffer> {
  const file = `${scratch.folder()}/made-${count++}.parquet`;
  await query(`copy (${select}) to '${file}' (format parquet${options})`);
  return readFileSync(file);
}

test('rows are records, with every digit of their values', async () => {
  const content = await parquetOf(
    `select 9007199254740993 as id, 1.10::decimal(9, 2) as d, timestamp '2026-10-05 10:00:00.123456' as at,
       timestamptz '2026-10-05 10:00:00+02' as tz, 'nan'::double as x, {'plan': 'a "b"'} as properties, null::varchar as n
     union all select 2, 2, null, null, 0.1, null, 'é'`,
    ', compression zstd',
  );
  const { prepared } = await scratch.read(content, { ...PARQUET, rows: 'select * from raw' });
  expect(prepared).toMatchObject({
    rewritten: false,
    records: 2,
    readable: 2,
    bytes: content.length,
  });
  const lines: string[] = [];
  for await (const [, text] of rawLines(prepared, [1, 2])) lines.push(text);
  expect(lines).toEqual([
    '{"id":9007199254740993,"d":"1.10","at":"2026-10-05 10:00:00.123456","tz":"2026-10-05 08:00:00+00","x":"nan","properties":{"plan":"a \\"b\\""},"n":null}',
    '{"id":2,"d":"2","at":null,"tz":null,"x":"0.1","properties":null,"n":"é"}',
  ]);
});

test('types that a column cannot be read from are refused, with what was expected and found', async () => {
  const content = await parquetOf(
    "select [1] as user_id, timestamp '2026-01-01' as at, true as flag",
  );
  await expect(scratch.read(content, column('user_id', 'integer'))).rejects.toThrow(
    /expected a column user_id that user_id, of type integer, can be read from, found INTEGER\[\]/,
  );
  await expect(scratch.read(content, column('flag', 'timestamp'))).rejects.toThrow(
    /of type timestamp.*found BOOLEAN/,
  );
  await expect(scratch.read(content, column('who', 'integer'))).rejects.toThrow(
    /expected a column for who named who or other_who, found user_id, at, flag/,
  );
  const optional = [
    ...column('who', 'integer', false).columns,
    ...column('flag', 'boolean').columns,
  ];
  expect((await scratch.read(content, { ...PARQUET, columns: optional })).prepared.records).toBe(1);
  await expect(scratch.read(content, column('who', 'integer', false))).rejects.toThrow(
    /expected a column of the table, such as who or other_who, found user_id, at, flag/,
  );
  expect((await scratch.read(content, column('at', 'timestamp'))).prepared.records).toBe(1);
});

test('decimals of more than 38 digits are refused where they are read', async () => {
  const content = fixture('long_decimals');
  await expect(recordsOf(content, named('amount'))).rejects.toThrow(
    /a column amount of decimals with at most 38 digits, found one with up to 39/,
  );
  await expect(recordsOf(content, named('inner.price'))).rejects.toThrow(
    /a column inner of decimals with at most 38 digits, found one with up to 76/,
  );
  expect(await recordsOf(content, named('id'))).toEqual([{ id: 7 }]);
  expect(await recordsOf(content, column('longest', 'double').columns)).toEqual([
    { longest: '1.50' },
  ]);
  const read = (rows: string) => scratch.read(content, { ...PARQUET, rows });
  expect((await read("select line, record ->> '$.id' as id from raw")).prepared.records).toBe(1);
  await expect(read("select line, record ->> '$.amount' as id from raw")).rejects.toThrow(
    /a column amount of decimals/,
  );
});

test('what is no sound Parquet file is refused', async () => {
  const content = await parquetOf('select i from range(1000) t(i)');
  for (const wrong of [
    Buffer.from('a,b\n1,2\n'),
    Buffer.alloc(0),
    content.subarray(0, -1),
    content.subarray(0, 60),
  ]) {
    await expect(scratch.read(wrong, PARQUET)).rejects.toThrow(DataError);
    await expect(scratch.read(wrong, PARQUET)).rejects.toThrow(
      /cannot read the export the export: expected a/,
    );
  }
});

test('rows that a small file unpacks to are limited', async () => {
  const content = await parquetOf('select 1 as a from range(1000000)');
  await expect(
    scratch.read(content, { ...PARQUET, rows: 'select * from raw' }, { unpacked: 5_000_000 }),
  ).rejects.toThrow(/expected at most .*limits\.unpacked\), found more/);
});

const fixture = (name: string) =>
  readFileSync(path.join(import.meta.dirname, `../fixtures/parquet/${name}.parquet`));

async function recordsOf(content: Buffer, columns: Dialect['columns']): Promise<unknown[]> {
  const { prepared } = await scratch.read(content, { ...PARQUET, columns });
  const found: unknown[] = [];
  const lines = Array.from({ length: prepared.records }, (_, i) => i + 1);
  for await (const [, text] of rawLines(prepared, lines)) found.push(JSON.parse(text));
  return found;
}
const named = (...names: string[]) => names.flatMap((name) => column(name, 'text').columns);

test('columns that nobody reads are not decoded', async () => {
  const content = await parquetOf(
    String.raw`select 1 as id, '\xFF\xFE\x00'::blob as payload, {'b': '\xFF'::blob} as inner`,
  );
  expect(await recordsOf(content, named('id'))).toEqual([{ id: 1 }]);
  await expect(recordsOf(content, named('payload'))).rejects.toThrow(DataError);
});

test('bytes are not decoded where SQL does not name them', async () => {
  const content = await parquetOf(
    String.raw`select 1 as id, 2 as other, '\xFF\x00'::blob as payload, ['\xFF'::blob] as list`,
  );
  const read = (rows: string) => scratch.read(content, { ...PARQUET, rows });
  const { prepared } = await read("select line, record ->> '$.id' as id from raw");
  const lines: string[] = [];
  for await (const [, text] of rawLines(prepared, [1])) lines.push(text);
  expect(lines).toEqual(['{"id":1,"other":2}']);
  await expect(read("select line, record ->> '$.payload' as id from raw")).rejects.toThrow(
    DataError,
  );
});

test('NaN and Infinity within objects and lists are JSON', async () => {
  const content = await parquetOf(
    `select {'x': [1.5, 'nan'::double, 'inf'::double, '-inf'::double], 'NaN': 'is "NaN", \\'} as s`,
  );
  expect(await recordsOf(content, named('s.x'))).toEqual([
    { s: { x: [1.5, null, 'Infinity', '-Infinity'], NaN: 'is "NaN", \\' } },
  ]);
});

test('a whole double is text without decimals, however large it is', async () => {
  const content = await parquetOf(
    'select unnest([7, 9007199254740992, 1e16, 1.5]::double[]) as id',
  );
  const texts = [
    { id: '7' },
    { id: '9007199254740992' },
    { id: '10000000000000000' },
    { id: '1.5' },
  ];
  expect(await recordsOf(content, named('id'))).toEqual(texts);
  expect(await recordsOf(content, column('id', 'category').columns)).toEqual(texts);
});

test('NaN is no text', async () => {
  const content = await parquetOf("select unnest(['7', 'nan', 'inf']::double[]) as id");
  expect(await recordsOf(content, named('id'))).toEqual([{ id: '7' }, { id: null }, { id: 'inf' }]);
});

test('a column within another one is read with it', async () => {
  const content = await parquetOf("select {'id': 1, 'deep': {'x': 2}} as properties, 3 as other");
  const columns = [
    { name: 'x', type: 'text' as const, from: ['properties.deep.x'], required: true },
  ];
  expect(await recordsOf(content, columns)).toEqual([{ properties: { id: 1, deep: { x: 2 } } }]);
});

test('paths through objects are those of the schema, also where no row has one', async () => {
  const content = await parquetOf('select null::struct(deep struct(x integer)) as properties');
  const { prepared } = await scratch.read(content, {
    ...PARQUET,
    columns: named('properties.deep.x', 'properties.deep.y'),
  });
  expect(prepared.keys).toEqual(['properties', 'properties.deep.x']);
});

test('a thousand columns of which one is read are as one', async () => {
  const content = await parquetOf(
    `select ${Array.from({ length: 1000 }, (_, i) => `${i} as c${i}`).join(', ')}`,
  );
  expect(await recordsOf(content, named('c7'))).toEqual([{ c7: 7 }]);
});

test('a time in INT96 is an instant', async () => {
  expect(await recordsOf(fixture('int96'), named('activity_at'))).toEqual([
    { activity_at: '2026-03-01 10:00:00+00' },
    { activity_at: '2026-03-01 10:00:01+00' },
  ]);
});

test('columns of one name are refused where that name is read', async () => {
  await expect(recordsOf(fixture('names-twice'), named('user_id'))).rejects.toThrow(
    /expected one column user_id, which user_id is read from, found more than one/,
  );
  expect(await recordsOf(fixture('names-twice'), named('activity_id'))).toHaveLength(2);
});

test('names count by their case, and without it where one alone is alike', async () => {
  const byCase = fixture('names-by-case');
  const [first] = (await recordsOf(byCase, named('user_id', 'USER_ID'))) as {
    user_id: number;
    USER_ID: number;
  }[];
  expect(first?.user_id).not.toBe(first?.USER_ID);
  await expect(recordsOf(byCase, named('User_Id'))).rejects.toThrow(
    /found activity_id, USER_ID, user_id, activity_at/,
  );
  expect(await recordsOf(byCase, named('ACTIVITY_ID'))).toEqual([
    { ACTIVITY_ID: 1 },
    { ACTIVITY_ID: 2 },
  ]);
});

test('a page that says it is larger than its column is damage, and does not ask for memory', async () => {
  const content = await parquetOf(
    "select 'text ' || i as t from range(3000) t(i)",
    ', compression uncompressed',
  );
  content.set([0xfe, 0xff, 0x7f], 7); // the size of the first page, after the mark of the file and the type of the page
  await expect(scratch.read(content, PARQUET)).rejects.toThrow(
    /^cannot read the export the export: expected pages that have their checksums and sizes, found another in page 1/,
  );
});
