import { describe, expect, test } from 'vitest';
import { CSV, type Reading, useScratch } from './scratch.js';

const scratch = useScratch();
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
  );
/** UTF-16 with its byte order mark, the low byte first or last. */
const utf16 = (text: string, isLittle: boolean) => {
  const content = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isLittle ? content : content.swap16();
};
const valuesOf = ({ rows }: Reading) => rows.map(([, ...values]) => values);

test.each([true, false])(
  'UTF-16 is known by its byte order mark (low byte first: %s)',
  async (isLittle) => {
    for (const chunk of [1, 3, 64]) {
      const read = await scratch.read(utf16('a,b\n\nnaïve,😀\n日本,\u0a0a\n', isLittle), CSV, {
        chunk,
      });
      expect(valuesOf(read)).toEqual([
        ['naïve', '😀'],
        ['日本', '\u0a0a'],
      ]);
      expect(read.prepared.reading).toEqual([`encoding utf-16${isLittle ? 'le' : 'be'}, found`]);
    }
  },
);

test.each<[string, number[], string]>([
  ['windows-1252', [0x80, 0xe9, 0x9f], '€éŸ'],
  ['iso-8859-15', [0xa4], '€'],
  ['shift_jis', [0x93, 0xfa, 0x96, 0x7b], '日本'],
  ['iso-2022-jp', [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x1b, 0x28, 0x42], '日'],
  ['gb18030', [0x81, 0x30, 0x81, 0x30, 0xc4, 0xe3], '\u0080你'],
  ['euc-kr', [0xc7, 0xd1], '한'],
  ['koi8-r', [0xc1], 'а'],
])('%s by name', async (encoding, text, expected) => {
  for (const chunk of [1, 2, 64]) {
    const read = await scratch.read(
      bytes('a,b\n\n1,', text, '\n'),
      { ...CSV, encoding },
      { chunk },
    );
    expect(valuesOf(read)).toEqual([['1', expected]]);
  }
});

describe('invalid bytes quarantine their record, with their place in the export', () => {
  test.each<[string, Buffer, string]>([
    [
      'shift_jis',
      bytes('a,b\n1,2\n日'.slice(0, 8), [0x93, 0xfa, 0x2c, 0x83, 0x0a], '3,4\n'),
      'byte 11 (0x83)',
    ],
    ['windows-1253', bytes('a,b\n1,2\n', [0xe1, 0x2c, 0xd2, 0x0a], '3,4\n'), 'byte 10 (0xd2)'],
    [
      'utf-16le',
      bytes(
        [...Buffer.from('a,b\n1,2\nx,', 'utf16le')],
        [0x00, 0xd8],
        [...Buffer.from('\n3,4\n', 'utf16le')],
      ),
      'byte 20 (0x00)',
    ],
  ])('%s', async (encoding, content, place) => {
    for (const chunk of [1, 3, 64]) {
      const read = await scratch.read(content, { ...CSV, encoding }, { chunk });
      expect(read.refused.map(([line, rule, value]) => [line, rule, value])).toEqual([
        ['3', 'invalid_bytes', place],
      ]);
      expect(valuesOf(read)).toEqual([
        ['1', '2'],
        ['3', '4'],
      ]);
    }
  });

  test('a replacement character of the export itself is text', async () => {
    expect(valuesOf(await scratch.read(utf16('a\n\n\ufffd\n', true)))).toEqual([['\ufffd']]);
  });
});

test('a byte order mark counts for more than the configuration, and that is said', async () => {
  const { prepared } = await scratch.read(bytes([0xef, 0xbb, 0xbf], 'a\né\n'), {
    ...CSV,
    encoding: 'windows-1252',
  });
  expect(prepared.records).toBe(1);
  expect(prepared.reading).toEqual([
    'encoding utf-8, as its byte order mark says, not windows-1252',
  ]);
});

test('a file that is nowhere text of its encoding is refused', async () => {
  const content = bytes(
    'a\n',
    Array.from({ length: 300_000 }, () => 0xff),
  );
  await expect(scratch.read(content, { ...CSV, encoding: 'shift_jis' })).rejects.toThrow(
    /expected shift_jis text, found bytes that are none in 100000 places. Set "encoding"/,
  );
});
