import { expect, test } from 'vitest';
import { rawLines } from '../../src/ingest/csv/raw_text.js';
import type { Prepared } from '../../src/ingest/prepared.js';
import { CSV, JSONL, useScratch } from './scratch.js';

const scratch = useScratch();

async function collect(prepared: Prepared, lines: readonly number[]) {
  const found: (readonly [number, string])[] = [];
  for await (const pair of rawLines(prepared, lines)) found.push(pair);
  return found;
}

const lines = Array.from({ length: 5000 }, (_, at) =>
  `${at + 1},${'é'.repeat(at % 7)}"x`.replace('"', at % 2 ? '' : ''),
);

test('the exact text of lines of a simple file', async () => {
  for (const newline of ['\n', '\r\n']) {
    const { prepared } = await scratch.read(lines.join(newline));
    expect(prepared.rewritten).toBe(false);
    const wanted = [1, 2, 1023, 1024, 1025, 1026, 2049, 3000, 3001, 5000];
    expect(await collect(prepared, wanted)).toEqual(wanted.map((line) => [line, lines[line - 1]]));
  }
});

test('all lines in one go', async () => {
  const { prepared } = await scratch.read(lines.join('\n'));
  expect(
    (
      await collect(
        prepared,
        lines.map((_, at) => at + 1),
      )
    ).map(([, raw]) => raw),
  ).toEqual(lines);
});

test('whole records of a rewritten file, good and bad ones', async () => {
  const parts = [
    'a,b',
    ...Array.from({ length: 3000 }, (_, at) => (at % 10 === 0 ? `${at},"x\ny"` : `${at},z`)),
    '1,2,3',
  ];
  const { prepared } = await scratch.read(parts.join('\n'));
  expect(prepared.rewritten).toBe(true);
  let line = 1;
  const places = parts.map((part) => {
    const place = [line, part] as const;
    line += part.split('\n').length;
    return place;
  });
  const wanted = places.filter((_, at) => at > 0 && (at % 97 === 0 || at > 2990));
  expect(
    await collect(
      prepared,
      wanted.map(([at]) => at),
    ),
  ).toEqual(wanted);
});

test('after a byte order mark, and in JSON Lines', async () => {
  const { prepared } = await scratch.read('\ufeffa,b\n1,2\n', CSV);
  expect(await collect(prepared, [1, 2])).toEqual([
    [1, 'a,b'],
    [2, '1,2'],
  ]);
  const json = await scratch.read('{"a":"1"}\n{"a":"2"}\n', JSONL);
  expect(await collect(json.prepared, [2])).toEqual([[2, '{"a":"2"}']]);
});

test('a line on which no record begins is a defect of the caller', async () => {
  const { prepared } = await scratch.read('a,b\n"1\n1",2\n');
  await expect(collect(prepared, [3])).rejects.toThrow(RangeError);
});
