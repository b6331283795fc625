import { expect, test } from 'vitest';
import { JSON_ARRAY, JSONL, useScratch } from './scratch.js';

const scratch = useScratch();
const keysOf = async (text: string, dialect = JSONL, limits = {}) =>
  (await scratch.read(text, dialect, limits)).prepared.keys;

test('the keys of all records are kept, in the order in which they first appear', async () => {
  const lines = '{"b":1,"a":{"inner":2}}\n{"a":[{"x":1}],"c":null}\n{"d":1,"b":2}\n';
  expect(await keysOf(lines)).toEqual(['b', 'a', 'c', 'd']);
  expect(await keysOf(`[${lines.trim().replaceAll('\n', ',')}]`, JSON_ARRAY)).toEqual([
    'b',
    'a',
    'c',
    'd',
  ]);
});

test('a record that is split between two chunks, or refused, changes nothing', async () => {
  const lines = '{"first":1,"second":"é"}\n\n{"second":1,"third":2}\n[]\n';
  for (const chunk of [8, 16, 31, 64])
    expect(await keysOf(lines, JSONL, { chunk })).toEqual(['first', 'second', 'third']);
});

test('a key that is escaped is the same key', async () => {
  expect(await keysOf('{"a b":1}\n{"\\u0061 b":2,"\\"":3}\n')).toEqual(['a b', '"']);
});

test('no more than a thousand keys are kept', async () => {
  const many = Array.from({ length: 1500 }, (_, i) => `"k${i}":${i}`).join(',');
  expect(await keysOf(`{${many}}\n{${many}}\n`)).toHaveLength(1000);
});
