import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ArrowFile, arrowSchema, schemaFile } from '../../src/report/arrow.js';
import type { ReportTable, Value } from '../../src/report/report.js';
import { EMPTY, everyType, FULL, textTable, toArrow } from './tables.js';

test('a value of each type reads back, and so do nulls', () => {
  expect(readBack(everyType([FULL, EMPTY, FULL]))).toEqual({
    user_id: [1001n, null, 1001n],
    sessions: [1_234_567n, null, 1_234_567n],
    average_seconds: [3912.25, null, 3912.25],
    feature_name: ['csv_export', null, 'csv_export'],
    event_date: [Date.UTC(2026, 10, 20), null, Date.UTC(2026, 10, 20)],
    last_login_at: [Date.UTC(2026, 10, 20, 16, 1, 59), null, Date.UTC(2026, 10, 20, 16, 1, 59)],
    is_active: [true, null, true],
  });
});

test('the schema has the types, and the units and descriptions as metadata', () => {
  const table = everyType([FULL]);
  const fields = tableFromIPC(toArrow(table)).schema.fields;
  expect(fields.map((field) => `${field.name} ${field.type}`)).toEqual([
    'user_id Int64',
    'sessions Int64',
    'average_seconds Float64',
    'feature_name Utf8',
    'event_date Date32<DAY>',
    'last_login_at Timestamp<MICROSECOND>',
    'is_active Bool',
  ]);
  expect(fields.map((field) => `${field}`)).toEqual(
    arrowSchema(table.columns).fields.map((field) => `${field}`),
  );
  expect(fields.every((field) => field.nullable)).toBe(true);
  expect(Object.fromEntries(fields[2]?.metadata ?? [])).toEqual({
    description: 'how long, on average',
    unit: 'seconds',
  });
});

test('a schema is in a file of its own, without rows', () => {
  const { columns } = everyType([]);
  const read = tableFromIPC(schemaFile(columns));
  expect(read.numRows).toBe(0);
  expect(read.schema.fields.map(String)).toEqual(arrowSchema(columns).fields.map(String));
  expect(read.schema.fields[2]?.metadata.get('unit')).toBe('seconds');
});

test('an empty table has its schema and no rows', () => {
  const read = tableFromIPC(toArrow(everyType([])));
  expect(read.numRows).toBe(0);
  expect(read.schema.fields).toHaveLength(7);
});

test('microseconds and 64-bit integers keep every digit', () => {
  const table = everyType([
    { ...EMPTY, sessions: 2n ** 63n - 1n, last_login_at: '2026-11-20T16:01:59.123456Z' },
  ]);
  const read = tableFromIPC(toArrow(table));
  expect(read.getChild('sessions')?.get(0)).toBe(9_223_372_036_854_775_807n);
  expect(read.getChild('last_login_at')?.data[0]?.values[0]).toBe(1_795_190_519_123_456n);
});

test('times before 1970 are not a second off', () => {
  const read = tableFromIPC(
    toArrow(everyType([{ ...EMPTY, last_login_at: '1969-12-31T23:59:59.5Z' }])),
  );
  expect(read.getChild('last_login_at')?.data[0]?.values[0]).toBe(-500_000n);
});

test('the same rows give the same bytes', () => {
  expect(toArrow(everyType([FULL, EMPTY]))).toEqual(
    toArrow(everyType([{ ...FULL }, { ...EMPTY }])),
  );
});

test('any text comes back unchanged, whatever the number of rows', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.string({ unit: 'binary' }))), (texts) => {
      expect(readBack(textTable(texts)).text).toEqual(texts);
    }),
  );
});

function readBack(table: ReportTable): Record<string, Value[]> {
  const read = tableFromIPC(toArrow(table));
  return Object.fromEntries(
    table.columns.map(({ name }) => [
      name,
      Array.from({ length: read.numRows }, (_, row) => read.getChild(name)?.get(row)),
    ]),
  );
}

test('a file written in batches reads back as one table', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'dayfold-arrow-'));
  try {
    const { columns } = textTable([]);
    const file = new ArrowFile(path.join(folder, 'texts.arrow'), columns);
    file.add([[1], ['one']]);
    file.add([[2], [null]]);
    await file.close();
    const read = tableFromIPC(await readFile(file.path));
    expect(read.toArray().map((row) => row.toJSON())).toEqual([
      { row: 1n, text: 'one' },
      { row: 2n, text: null },
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
