import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DataError, StoreError } from '../../src/errors.js';
import { prepare } from '../../src/ingest/prepare.js';
import { QuarantineFile } from '../../src/ingest/quarantine.js';
import { CSV, JSON_ARRAY, JSONL, useScratch, withColumns } from './scratch.js';

const scratch = useScratch();
const optional = (name: string) => ({ name, type: 'text' as const, from: [name], required: false });
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
  );

describe('a simple file is left as it is', () => {
  test.each<[string, string | Buffer, number]>([
    ['plain lines', 'a,b\n1,2\n3,4\n', 2],
    ['no end of the last line', 'a,b\n1,2\n3,4', 2],
    ['carriage returns and line feeds', 'a,b\r\n1,2\r\n3,4\r\n', 2],
    ['a last line cut before its carriage return', 'a,b\r\n1,2\r\n3,4', 2],
    ['regular quotes', 'a,b\n"1","x, ""y"""\n"",\n', 2],
    ['a quoted last field at the end of the file', 'a,b\n1,"2"', 1],
    ['quotes and carriage returns', '"a","b"\r\n"1","2"\r\n', 1],
    ['a byte order mark', bytes([0xef, 0xbb, 0xbf], '"a","b"\n1,2\n'), 1],
    ['text beyond ASCII', 'a,b\nnaïve,日本語\n😀,é\n', 2],
    ['one column', 'a\n1\n2\n', 2],
    ['a header only', 'a,b\n', 0],
    ['a header without an end', 'a,b', 0],
  ])('%s', async (_, content, records) => {
    for (const chunk of [1, 3, 4, 64]) {
      const { prepared, refused } = await scratch.read(content, CSV, { chunk });
      expect(prepared).toMatchObject({
        rewritten: false,
        firstLine: 2,
        records,
        readable: records,
        refused: 0,
      });
      expect(refused).toEqual([]);
    }
  });

  test('JSON Lines begin on line 1 and have no header', async () => {
    const { prepared } = await scratch.read('{"a":"x, \\"y\\""}\n{"a":2}\n', JSONL);
    expect(prepared).toMatchObject({
      rewritten: false,
      header: [],
      firstLine: 1,
      records: 2,
      readable: 2,
    });
  });

  test('other delimiters', async () => {
    for (const delimiter of [';', '\t', '|']) {
      const { prepared } = await scratch.read(`a${delimiter}b\n1,${delimiter}2\n`, {
        ...CSV,
        delimiter,
      });
      expect(prepared).toMatchObject({ rewritten: false, header: ['a', 'b'], records: 1 });
    }
  });
});

describe('anything else is rewritten, record by record', () => {
  test.each<[string, string | Buffer, (string | null)[][]]>([
    [
      'mixed newlines',
      'a,b\r\n1,2\n3,4\r\n',
      [
        ['2', '1', '2'],
        ['3', '3', '4'],
      ],
    ],
    [
      'blank lines',
      'a,b\n\n1,2\n\r\n3,4\n\n',
      [
        ['3', '1', '2'],
        ['5', '3', '4'],
      ],
    ],
    ['blank lines before the header', '\n\na,b\n1,2\n', [['4', '1', '2']]],
    [
      'newlines in quotes',
      'a,b\n"x\ny","p\r\nq"\n3,4\n',
      [
        ['2', 'x\ny', 'p\r\nq'],
        ['5', '3', '4'],
      ],
    ],
    ['a quote in an unquoted field', 'a,b\n5" disk,x"y"\n', [['2', '5" disk', 'x"y"']]],
    [
      'a blank before or after quotes',
      'a,b\n1, "2,\n3" \n "4" ,"5"\n',
      [
        ['2', '1', '2,\n3'],
        ['4', '4', '5'],
      ],
    ],
    ['empty fields, quoted or not', 'a,b\n\n"",\n', [['3', null, null]]],
    ['a lone carriage return inside a line', 'a,b\n1\r2,3\n', [['2', '1\r2', '3']]],
    [
      'carriage returns alone',
      'a,b\r1,2\r"x\ry",4\r',
      [
        ['2', '1', '2'],
        ['3', 'x\ry', '4'],
      ],
    ],
    [
      'a byte order mark and a blank line',
      bytes([0xef, 0xbb, 0xbf], 'a,b\n\n1,2\n'),
      [['3', '1', '2']],
    ],
    ['doubled quotes', 'a,b\n"x\n""y""","""z"""\n', [['2', 'x\n"y"', '"z"']]],
  ])('%s', async (_, content, rows) => {
    for (const chunk of [1, 3, 64]) {
      const read = await scratch.read(content, CSV, { chunk });
      expect(read.rows).toEqual(rows);
      expect(read.refused).toEqual([]);
      expect(read.prepared).toMatchObject({
        rewritten: true,
        header: ['a', 'b'],
        records: rows.length,
        readable: rows.length,
        refused: 0,
      });
    }
  });

  test('JSON Lines: one field, quotes are text', async () => {
    const read = await scratch.read('{"a":1}\n\n{"b":"\\u001f"}\r\n', JSONL);
    expect(read.rows).toEqual([
      ['1', '{"a":1}'],
      ['3', '{"b":"\\u001f"}'],
    ]);
  });

  test('every text is quoted and every empty field is not', async () => {
    const { prepared } = await scratch.read('a,b,c\n\n1,,"q""q"\n');
    expect(readFileSync(prepared.path, 'utf8')).toBe('"3","1",,"q""q"\n');
  });
});

describe('a bad record is quarantined alone', () => {
  const good = ['9', '8'];
  test.each<[string, string | Buffer, (string | null)[][]]>([
    ['too few fields', '1\n', [['2', 'field_count', '2 expected, 1 found', '1']]],
    ['too many fields', '1,2,\r\n', [['2', 'field_count', '2 expected, 3 found', '1,2,']]],
    ['text after a closing quote', '1,"2"x\n', [['2', 'stray_quote', 'byte 8', '1,"2"x']]],
    [
      'invalid UTF-8',
      bytes('1,x', [0xff], '\n'),
      [['2', 'invalid_bytes', 'byte 7 (0xff)', '1,x\ufffd']],
    ],
    [
      'an overlong UTF-8 form',
      bytes('1,', [0xc0, 0xaf], '\n'),
      [['2', 'invalid_bytes', 'byte 6 (0xc0)', '1,\ufffd\ufffd']],
    ],
    [
      'a cut UTF-8 character',
      bytes('1,', [0xe6, 0x97], '\n'),
      [['2', 'invalid_bytes', 'byte 6 (0xe6)', '1,\ufffd']],
    ],
    ['NUL', '1,\0\n', [['2', 'nul_byte', 'byte 6', '1,\0']]],
    ['NUL rather than a field count', '\0\0\n', [['2', 'nul_byte', 'byte 4', '\0\0']]],
    [
      'a record too long',
      `1,${'x'.repeat(63)}\n`,
      [['2', 'record_too_long', 'more than 64 bytes', `1,${'x'.repeat(63)}`]],
    ],
    [
      'a quote closed on a later line, then text',
      '1,"2\n3,4"5\n',
      [
        ['2', 'stray_quote', 'byte 6', '1,"2'],
        ['3', 'stray_quote', 'byte 12', '3,4"5'],
      ],
    ],
    [
      'two lines of too few fields',
      '"1\n2"\n',
      [['2', 'field_count', '2 expected, 1 found', '"1\n2"']],
    ],
    [
      'two lines of too many fields',
      '1,"2\n3",4\n',
      [['2', 'field_count', '2 expected, 3 found', '1,"2\n3",4']],
    ],
  ])('%s', async (name, lines, refused) => {
    for (const chunk of [1, 3, 8, 4096]) {
      const read = await scratch.read(bytes('a,b\n', lines as string, '9,8\n'), CSV, {
        chunk,
        record: 64,
      });
      expect(read.refused, `${name}, chunks of ${chunk}`).toEqual(refused);
      expect(read.rows.at(-1)?.slice(1)).toEqual(good);
      expect(read.prepared.records).toBe(read.prepared.readable + read.prepared.refused);
      expect(read.prepared.refused).toBe(refused.length);
    }
  });

  test('a quote never closed takes only its own line', async () => {
    const read = await scratch.read('a,b\n1,2\n3,"4\n5,6\n7,8');
    expect(read.refused).toEqual([['3', 'stray_quote', 'byte 10', '3,"4']]);
    expect(read.rows).toEqual([
      ['2', '1', '2'],
      ['4', '5', '6'],
      ['5', '7', '8'],
    ]);
  });

  test('a quote that is open for too long takes only its own line', async () => {
    const rest = Array.from({ length: 40 }, (_, at) => `${at},x`);
    const read = await scratch.read(`a,b\n3,"4\n${rest.join('\n')}\n`, CSV, {
      chunk: 16,
      record: 64,
    });
    expect(read.refused).toEqual([['2', 'record_too_long', 'more than 64 bytes', '3,"4']]);
    expect(read.rows.map((row) => row.slice(1).join(','))).toEqual(rest);
  });

  test('a record of exactly the limit is read, in any way its line ends', async () => {
    const text = `1,${'x'.repeat(62)}`;
    for (const content of [
      `a,b\n\n${text}\n`,
      `a,b\n\n${text}\r\n`,
      `a,b\n\n${text}`,
      `a,b\n\n1,"${'x'.repeat(60)}"\r\n`,
    ]) {
      for (const chunk of [1, 16, 128]) {
        const read = await scratch.read(content, CSV, { chunk, record: 64 });
        expect([read.prepared.readable, read.prepared.refused]).toEqual([1, 0]);
      }
    }
  });

  test('a line of many chunks is skipped without being held', async () => {
    const long = `1,${'x'.repeat(20_000)}`;
    const read = await scratch.read(`a,b\n${long}\n9,8\n${long}`, CSV, { chunk: 128, record: 64 });
    expect(read.refused.map(([line, rule]) => [line, rule])).toEqual([
      ['2', 'record_too_long'],
      ['4', 'record_too_long'],
    ]);
    expect(read.rows).toEqual([['3', '9', '8']]);
  });

  test('raw text is kept up to 64 KiB, in whole characters', async () => {
    const read = await scratch.read(`a,b\n${'é'.repeat(40_000)}x\n1,2\n`);
    expect(read.refused[0]?.[3]).toBe('é'.repeat(32_768));
    const odd = await scratch.read(`a,b\nx${'é'.repeat(40_000)}\n1,2\n`);
    expect(odd.refused[0]?.[3]).toBe(`x${'é'.repeat(32_767)}`);
  });

  test('JSON Lines', async () => {
    const read = await scratch.read(bytes('{"a":1}\n{"b":"', [0xff], '"}\n\0\n{"c":"\n'), JSONL);
    expect(read.refused.map(([line, rule]) => [line, rule])).toEqual([
      ['2', 'invalid_bytes'],
      ['3', 'nul_byte'],
      ['4', 'invalid_json'],
    ]);
    expect(read.rows).toEqual([['1', '{"a":1}']]);
  });
});

describe('the header', () => {
  test('is trimmed, unquoted and in file order', async () => {
    const { prepared } = await scratch.read(bytes([0xef, 0xbb, 0xbf], ' b ,"a ""x""",c\n1,2,3\n'));
    expect(prepared.header).toEqual(['b', 'a "x"', 'c']);
  });

  test('is missing from a file without a record', async () => {
    for (const content of ['', '\n\r\n', bytes([0xef, 0xbb, 0xbf])]) {
      const { prepared } = await scratch.read(content);
      expect(prepared).toMatchObject({ header: [], records: 0, readable: 0, refused: 0 });
    }
  });

  test('needs no names for columns that nobody reads, nor different ones', async () => {
    const { prepared } = await scratch.read('a, ,b,c,c,\n1,2,3,4,5,6\n', withColumns('a', 'b'));
    expect(prepared).toMatchObject({
      rewritten: false,
      header: ['a', '', 'b', 'c', 'c', ''],
      records: 1,
    });
    await expect(scratch.read('a, ,b,c,c,\n1,2,3,4,5,6\n', withColumns('a', 'c'))).rejects.toThrow(
      /line 1, found more than one column named "c"/,
    );
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['an open quote', 'a,"b\n1,2\n', /line 1, found stray_quote \(byte 2\)/],
    ['bytes that are no text', bytes('a,', [0xff], '\n'), /line 1, found invalid_bytes \(byte 2\)/],
    [
      'a name twice that is read',
      '\na, b,a,b\n',
      /line 2, found more than one column named "a", "b"/,
    ],
  ])('%s: refused', async (_, content, message) => {
    const dialect = { ...CSV, columns: [optional('a'), optional('b')] };
    await expect(scratch.read(content, dialect)).rejects.toThrow(DataError);
    await expect(scratch.read(content, dialect)).rejects.toThrow(message);
  });

  test('may have a name twice by which no column is read', async () => {
    const { prepared } = await scratch.read('a,x,x\n1,2,3\n', { ...CSV, columns: [optional('a')] });
    expect(prepared).toMatchObject({ header: ['a', 'x', 'x'], records: 1 });
  });
});

describe('as stored', () => {
  const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

  test('digest and size are those of the file', async () => {
    for (const content of [
      bytes('a,b\n1,2\n'),
      bytes([0xef, 0xbb, 0xbf], 'a,b\n\n1,2\n'),
      gzipSync('a,b\n1,2\n'),
      bytes(''),
    ]) {
      const { prepared } = await scratch.read(content, CSV, { chunk: 4 });
      expect(prepared).toMatchObject({ sha256: sha256(content), bytes: content.length });
    }
  });

  test('gzip of several members is known by its content', async () => {
    const { prepared } = await scratch.read(
      Buffer.concat([gzipSync('a,b\n1,'), gzipSync('2\n3,4\n')]),
    );
    expect(prepared).toMatchObject({ rewritten: false, header: ['a', 'b'], records: 2 });
    expect(readFileSync(prepared.path, 'utf8')).toBe('a,b\n1,2\n3,4\n');
  });

  test('gzip of a file that is not simple', async () => {
    expect((await scratch.read(gzipSync('a,b\n\n1,2\n'))).rows).toEqual([['3', '1', '2']]);
  });

  test('gzip cut short or damaged is refused', async () => {
    const packed = gzipSync('a,b\n1,2\n'.repeat(1000));
    const flipped = Buffer.from(packed);
    flipped[packed.length - 6] = (flipped[packed.length - 6] as number) ^ 1;
    for (const content of [
      packed.subarray(0, -9),
      packed.subarray(0, 2),
      flipped,
      bytes('', [...packed], 'a,b\n'),
    ]) {
      await expect(scratch.read(content)).rejects.toThrow(DataError);
      await expect(scratch.read(content)).rejects.toThrow(
        /the export the export: expected a complete gzip file.*deliver it again/,
      );
    }
  });

  test('a file that cannot be read is a fault of the store', async () => {
    const folder = join(scratch.folder(), 'a-folder');
    mkdirSync(folder);
    const quarantine = new QuarantineFile(join(scratch.folder(), 'q.csv'));
    for (const path of [join(folder, 'missing.csv'), folder]) {
      const workplace = { scratch: scratch.folder(), quarantine };
      const reading = prepare({ path, name: 'x.csv' }, CSV, workplace);
      await expect(reading).rejects.toThrow(StoreError);
      await expect(reading).rejects.toThrow(
        /cannot read the export x.csv \(.*a-folder.*Check that it is a file/,
      );
    }
    quarantine.close();
  });

  test('scratch that cannot be written is a fault of the disk', async () => {
    const file = join(scratch.folder(), 'plain.csv');
    const quarantine = new QuarantineFile(join(scratch.folder(), 'q2.csv'));
    for (const content of ['a,b\n\n1,2\n', gzipSync('a,b\n')]) {
      writeFileSync(file, content);
      const workplace = { scratch: join(scratch.folder(), 'nowhere'), quarantine };
      const reading = prepare({ path: file, name: 'x.csv' }, CSV, workplace);
      await expect(reading).rejects.toThrow(/cannot write .*nowhere.*free space/);
      await expect(reading).rejects.toThrow(StoreError);
    }
    quarantine.close();
  });
});

test.each([
  ['plain', 'a,b\n1,2\n', CSV],
  ['packed', gzipSync('a,b\n1,2\n'), CSV],
  ['irregular', 'a,b\n1,2,3\n', CSV],
  ['JSON Lines', '{"a":1}\n', JSONL],
  ['an array', '[{"a":1}]', JSON_ARRAY],
])(
  'an export that takes longer than it may is refused, with the limit: %s',
  async (_, content, dialect) => {
    const past = performance.now() - 1;
    await expect(scratch.read(content, dialect, { seconds: 7, deadline: past })).rejects.toThrow(
      /^cannot read the export the export: expected at most 7 s, found that it takes longer/,
    );
  },
);
