import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { QuarantineFile } from '../../src/ingest/quarantine.js';
import { parseCanonical, useScratch } from './scratch.js';

const scratch = useScratch();

test('entries are canonical CSV, nulls are empty without quotes, and rules are counted', () => {
  const file = new QuarantineFile(join(scratch.folder(), 'entries.csv'));
  file.add({ line: 7, rule: 'not_a_number', column: 'user_id', value: '', raw: 'x,"y"\nz' });
  file.add({ line: 9, rule: 'field_count', column: null, value: null, raw: '' });
  file.add({ line: 12, rule: 'field_count', column: null, value: '2 expected, 1 found', raw: 'é' });
  file.close();
  expect(readFileSync(file.path, 'utf8')).toBe(
    '"7","not_a_number","user_id","","x,""y""\nz"\n"9","field_count",,,""\n"12","field_count",,"2 expected, 1 found","é"\n',
  );
  expect(Object.fromEntries(file.counts)).toEqual({ not_a_number: 1, field_count: 2 });
});

test('more than its buffer holds, and one entry larger than that', () => {
  const file = new QuarantineFile(join(scratch.folder(), 'many.csv'));
  const raws = [
    ...Array.from({ length: 300 }, (_, at) => `${at}"`.repeat(2000)),
    '"'.repeat(1_500_000),
    'end',
  ];
  raws.forEach((raw, at) => {
    file.add({ line: at, rule: 'r', column: null, value: null, raw });
  });
  file.close();
  const text = readFileSync(file.path, 'utf8');
  expect(parseCanonical(text.slice(0, text.indexOf('"300"'))).map((row) => row[4])).toEqual(
    raws.slice(0, 300),
  );
  expect(text.endsWith(`"300","r",,,"${'"'.repeat(3_000_000)}"\n"301","r",,,"end"\n`)).toBe(true);
});
