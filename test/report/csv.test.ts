import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EMPTY, everyType, FULL, textTable, toCsv } from './tables.js';

test('a value of each type is written in full, and a null as an empty field', () => {
  expect(toCsv(everyType([FULL, EMPTY]))).toBe(
    'user_id,sessions,average_seconds,feature_name,event_date,last_login_at,is_active\n' +
      '1001,1234567,3912.25,csv_export,2026-11-20,2026-11-20T16:01:59Z,true\n' +
      ',,,,,,\n',
  );
});

test('the empty text is told apart from null', () => {
  expect(toCsv(textTable(['', null]))).toBe('row,text\n0,""\n1,\n');
});

test('a bigint keeps every digit', () => {
  expect(toCsv(everyType([{ ...EMPTY, sessions: 2n ** 63n - 1n }]))).toContain('\n,9223372036854775807,');
});

test('an empty table is its header', () => {
  expect(toCsv(textTable([]))).toBe('row,text\n');
});

test('any text comes back unchanged', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.string({ unit: 'binary' }))), (texts) => {
      expect(parse(toCsv(textTable(texts))).map((fields) => fields[1])).toEqual(texts);
    }),
  );
});

/** The records after the header; an unquoted empty field is null. */
function parse(csv: string): (string | null)[][] {
  const records: (string | null)[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^,\n"]*))([,\n])/gy;
  for (let match = field.exec(csv); match !== null; match = field.exec(csv)) {
    const [, inQuotes, bare, end] = match;
    records.at(-1)?.push(inQuotes?.replaceAll('""', '"') ?? (bare || null));
    if (end === '\n') records.push([]);
  }
  return records.slice(1, -1);
}
