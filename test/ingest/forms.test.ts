import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { encodingOf } from '../../src/config/encodings.js';
import { DataError } from '../../src/errors.js';
import { zipOf } from './packing.js';
import { CSV, JSON_ARRAY, type Reading, useScratch, withColumns } from './scratch.js';

const scratch = useScratch();
const ABC = withColumns('a', 'b', 'c');
const TYPED = {
  ...ABC,
  columns: ABC.columns.map((column) => ({
    ...column,
    type: column.name === 'a' ? ('integer' as const) : column.type,
  })),
};
const valuesOf = ({ rows }: Reading) => rows.map(([, ...values]) => values);

describe('a delimiter of several characters', () => {
  test.each([
    [', ', 'a, b, c\n1, x,y, "p, q"\n', [['1', 'x,y', 'p, q']]],
    ['||', 'a||b||c\n1||x|y||"p||q"\n', [['1', 'x|y', 'p||q']]],
    ['::', '"a"::b::c\n1::x:::z\n', [['1', 'x', ':z']]],
    ['\t|\t', 'a\t|\tb\t|\tc\n1\t|\tx\ty\t|\t\n', [['1', 'x\ty', null]]],
  ])('%j', async (delimiter, content, values) => {
    for (const chunk of [1, 2, 3, 64]) {
      const read = await scratch.read(content, { ...ABC, delimiter }, { chunk });
      expect(read.refused).toEqual([]);
      expect(valuesOf(read)).toEqual(values);
    }
  });

  test('missing before quotes refuses the record', async () => {
    const read = await scratch.read('a||b||c\n1||"x"|"y"||z\n2||3||4\n', {
      ...ABC,
      delimiter: '||',
    });
    expect(read.refused.map(([line, rule]) => [line, rule])).toEqual([['2', 'stray_quote']]);
  });
});

describe('header_rows', () => {
  test.each([
    ['units below the names', 'a,b,c\n(m),(kg),(s)\n1,2,3\n', 2],
    [
      'lines before the names, and two below',
      'A report\na,b,c\n(m),(kg),(s)\n"all\nof it",,\n1,2,3\n',
      3,
    ],
  ])('%s', async (_, content, header_rows) => {
    const read = await scratch.read(content, { ...ABC, header_rows });
    expect(read.prepared).toMatchObject({ header: ['a', 'b', 'c'], records: 1, refused: 0 });
    expect(valuesOf(read)).toEqual([['1', '2', '3']]);
  });

  test('hold for each file of an archive', async () => {
    const content = zipOf({ 'x.csv': 'a,b,c\n(m),,\n1,2,3\n', 'y.csv': 'a,b,c\n(m),,\n4,5,6' });
    const read = await scratch.read(content, { ...ABC, header_rows: 2 });
    expect(valuesOf(read).map(([a]) => a)).toEqual(['1', '4']);
  });
});

describe('comment lines after the data', () => {
  test.each([
    ['one', '# 2 rows\n'],
    ['several, with delimiters and quotes', '# done, at "10:00"\n#\n# by us, for, you, all\n'],
  ])('%s', async (_, comments) => {
    const read = await scratch.read(`a,b,c\n1,2,3\n4,5,6\n${comments}`, ABC);
    expect(read.prepared).toMatchObject({ records: 2, refused: 0 });
    expect(read.prepared.reading).toEqual([expect.stringMatching(/after the data left out: # /)]);
  });

  test('are data where they have the fields of a record, and no comments before the last record', async () => {
    const read = await scratch.read('a,b,c\n#1,2,3\n# no\n#4,5,6\n', ABC);
    expect(valuesOf(read).map(([a]) => a)).toEqual(['#1', '#4']);
    expect(read.refused.map(([line]) => line)).toEqual(['3']);
  });
});

describe('encodings by their common names', () => {
  test.each([
    ['CP949', [0xb0, 0xa1], '가'],
    ['ms932', [0x82, 0xa0], 'あ'],
    ['cp1252', [0x80], '€'],
    ['latin_1', [0xe9], 'é'],
    ['iso8859-15', [0xa4], '€'],
    ['utf-8-sig', [0xc3, 0xa9], 'é'],
    ['ANSI', [0x80], '€'],
    ['1250', [0x9c], 'ś'],
    ['Windows 1251', [0xe9], 'й'],
    ['ISO_8859_15', [0xa4], '€'],
    ['cp866', [0xa9], 'й'],
    ['KOI8R', [0xca], 'й'],
    ['koi8_u', [0xa4], 'є'],
    ['macroman', [0x8e], 'é'],
    ['Mac Cyrillic', [0xe9], 'й'],
    ['cp874', [0xa1], 'ก'],
    ['EUCKR', [0xb0, 0xa1], '가'],
    ['eucjp', [0xa4, 0xa2], 'あ'],
    ['Shift-JIS', [0x82, 0xa0], 'あ'],
    ['cp936', [0xb0, 0xa1], '啊'],
    ['UTF8', [0xc3, 0xa9], 'é'],
  ])('%s', async (encoding, bytes, text) => {
    const content = Buffer.concat([
      Buffer.from('a,b,c\n\n1,2,'),
      Buffer.from(bytes),
      Buffer.from('\n'),
    ]);
    expect(valuesOf(await scratch.read(content, { ...ABC, encoding }))).toEqual([['1', '2', text]]);
  });

  test.each(['cp850', 'cp437', 'utf-7', 'ebcdic', '12', ''])('%j is none', (name) => {
    expect(encodingOf(name)).toBeUndefined();
  });
});

describe('a file of another kind is named as such', () => {
  const xlsx = zipOf({
    '[Content_Types].xml': '<?xml version="1.0"?><Types/>',
    'xl/workbook.xml': '<workbook/>',
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ['an Excel workbook', xlsx, /expected .*, found an Excel workbook \(\.xlsx\)\. Save it as CSV/],
    ['an old one', Buffer.from('d0cf11e0a1b11ae100', 'hex'), /found an Excel workbook \(\.xls\)/],
    [
      'a page',
      '\n<!DOCTYPE html>\n<html><title>Log in</title></html>',
      /found an HTML page\. Look whether it is an error/,
    ],
    ['XML', '\ufeff<?xml version="1.0"?><rows/>', /found an XML document/],
    [
      'XML in UTF-16',
      Buffer.from('\ufeff<?xml version="1.0"?><rows/>', 'utf16le'),
      /found an XML document/,
    ],
    ['XML without a declaration', '<rows>\r\n  <row a="1"/>\r\n</rows>', /found an XML document/],
    ['XML on one line', '<r xmlns="a,b"><row><a>1</a></row></r>', /found an XML document/],
    ['XML after a comment', '<!-- of today -->\n<rows><row/></rows>', /found an XML document/],
    ['PDF', '%PDF-1.7\n', /found a PDF document/],
    ['a database', 'SQLite format 3\0\x10\0', /found an SQLite database\. Deliver the table/],
    ['Avro', Buffer.from('Obj\x01\x04\x16avro.schema', 'latin1'), /found an Avro file/],
    ['Arrow', 'ARROW1\0\0', /found an Arrow file/],
    [
      'bzip2',
      Buffer.from('425a6839314159265359', 'hex'),
      /found a bzip2 file\. Deliver it unpacked/,
    ],
    ['xz', Buffer.from('fd377a585a000004', 'hex'), /found an xz file/],
    ['7z', Buffer.from('377abcaf271c0004', 'hex'), /found a 7z archive/],
    ['RAR', Buffer.from('526172211a0700', 'hex'), /found a RAR archive/],
    ['tar', gzipSync(`a.csv${'\0'.repeat(252)}ustar\0`), /found a tar archive/],
  ])('%s', async (_, content, message) => {
    for (const dialect of [CSV, ABC, JSON_ARRAY, { ...CSV, format: 'parquet' as const }]) {
      await expect(scratch.read(content, dialect)).rejects.toThrow(DataError);
      await expect(scratch.read(content, dialect)).rejects.toThrow(message);
    }
  });

  test('text that has the same characters further on is text', async () => {
    expect((await scratch.read('a,b,c\n<html>,%PDF-,3\n', ABC)).prepared.records).toBe(1);
  });

  test.each([
    ['names in angle brackets', '<a>,<b>,<c>\n1,2,3\n', ['<a>', '<b>', '<c>'], null],
    ['the same between tabs', '<a>\t<b>\t<c>\n1\t2\t3\n', ['<a>', '<b>', '<c>'], null],
    ['markup in the first field', '<p><b>1</b></p>,2,3\n', ['a', 'b', 'c'], ['a', 'b', 'c']],
  ])('%s are text', async (_, content, names, header) => {
    const read = await scratch.read(content, { ...withColumns(...names), header });
    expect(read.prepared).toMatchObject({ records: 1, header: names });
  });

  test('a Parquet file in place of text, and of a table of Parquet anything else', async () => {
    await expect(scratch.read('PAR1\x15\x04', ABC)).rejects.toThrow(
      /expected CSV, found a Parquet file\. Set "format" of its table to parquet/,
    );
    await expect(scratch.read('a,b\n', { ...CSV, format: 'parquet' })).rejects.toThrow(
      /expected a Parquet file, found another first four bytes/,
    );
  });

  test('beside the data in an archive does nothing', async () => {
    const content = zipOf({ 'a.csv': 'a,b,c\n1,2,3\n', 'manual.pdf': '%PDF-1.7\n' });
    expect((await scratch.read(content, ABC)).prepared).toMatchObject({
      records: 1,
      reading: ['a file of the archive left out: manual.pdf'],
    });
  });
});

describe('the files of an archive that are no data', () => {
  test('are left out, and said', async () => {
    const files = {
      'data.csv': 'a,b,c\n1,2,3\n',
      'readme.txt': 'An export',
      'manifest.json': '{}',
    };
    const { prepared } = await scratch.read(zipOf(files), ABC);
    expect(prepared).toMatchObject({ header: ['a', 'b', 'c'], records: 1 });
    expect(prepared.reading).toEqual([
      '2 files of the archive left out: readme.txt, manifest.json',
    ]);
  });

  test('are not told by their names where none is called as data', async () => {
    const { prepared } = await scratch.read(
      zipOf({ x: 'a,b,c\n1,2,3\n', 'y.txt': 'a,b,c\n4,5,6\n' }),
      ABC,
    );
    expect(prepared).toMatchObject({ records: 2, reading: [] });
  });
});

describe('a header after records that look like data is refused', () => {
  test.each([
    [
      'several',
      '1,x,y\n2,x,y\na,b,c\n3,x,y\n',
      /found it on line 3 \(a, b, c\) after 2 records of data/,
    ],
    [
      'one',
      'A report\n1,x,y\na,b,c\n3,x,y\n',
      /found it on line 3 \(a, b, c\) after 1 record of data/,
    ],
    [
      'those whose numbers and times do not begin with a digit',
      "'1,x,y\nno. 2,x,y\na,b,c\n3,x,y\n",
      /found it on line 3 \(a, b, c\) after 2 records of data/,
    ],
    [
      'those that lack a field',
      '1,x\n2,x\na,b,c\n3,x,y\n',
      /found it on line 3 \(a, b, c\) after 2 records of data/,
    ],
  ])('%s', async (_, content, message) => {
    await expect(scratch.read(content, TYPED)).rejects.toThrow(message);
  });

  test('those of a table without numbers and times', async () => {
    await expect(scratch.read('x,y,z\na,b,c\nx,y,z\n', ABC)).rejects.toThrow(
      /found it on line 2 \(a, b, c\) after 1 record of data/,
    );
  });

  test.each([
    'Report,of,2026\na,b,c\n1,x,y\n',
    'Report of 2026,,\na,b,c\n1,x,y\n',
    '2026\na,b,c\n1,x,y\n',
  ])('but not after other lines: %j', async (content) => {
    expect((await scratch.read(content, TYPED)).prepared.records).toBe(1);
  });
});

describe('rows_at', () => {
  const at = (rows_at: string) => ({ ...JSON_ARRAY, rows_at });

  test.each([
    ['items', '{"items":[{"a":1},{"a":2}]}'],
    [
      'data.items',
      '{"next":null,"data":{"count":2,"x":{"items":[9]},"items":[{"a":1},\n{"a":2}],"y":"]"},"z":[[1]]}\n',
    ],
    [
      'data.items',
      '{"items":[7],"a":["data",{"items":[8]}],"d\\u0061ta":{"items":[{"a":1},{"a":2}]}}',
    ],
  ])('%s', async (way, content) => {
    for (const chunk of [1, 7, 4096]) {
      const { prepared } = await scratch.read(content, at(way), { chunk });
      expect(prepared).toMatchObject({ records: 2, refused: 0 });
    }
  });

  test.each<[string, string, RegExp]>([
    [
      'leads nowhere',
      '{"data":{"item":[1]}}',
      /expected a JSON array at data.items on line 1 .*found "}"/,
    ],
    [
      'leads to no array',
      '{"data":{"items":{"a":1}}}',
      /expected a JSON array at data.items.*found "{"/,
    ],
    ['is for an object', '[{"a":1}]', /expected a JSON array at data.items.*found "\["/],
    [
      'leads into a file that is cut',
      '{"data":{"items":[{"a":1}]',
      /expected the end of the object around the array/,
    ],
    ['leads to an array that is cut', '{"data":{"items":[{"a":1}', /expected the end of the array/],
    [
      'leads to two arrays',
      '{"data":{"items":[{"a":1}],"items":[{"a":2}]}}',
      /expected one array at data.items/,
    ],
    [
      'leads to two objects',
      '{"data":{"items":[{"a":1}],"x":{"items":[]}},"d\\u0061ta":{}}',
      /one array at data.items/,
    ],
    ['leads to more than one text', '{"data":{"items":[]}} {}', /expected nothing after the array/],
  ])('%s: refused', async (_, content, message) => {
    await expect(scratch.read(content, at('data.items'))).rejects.toThrow(DataError);
    await expect(scratch.read(content, at('data.items'))).rejects.toThrow(message);
  });
});
