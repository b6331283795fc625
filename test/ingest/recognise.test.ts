import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { type CSV, type Reading, useScratch, withColumns } from './scratch.js';

const scratch = useScratch();
const TABLE = withColumns('user_id', 'at');
const valuesOf = ({ rows }: Reading) => rows.map(([, ...values]) => values);

describe('found out', () => {
  test.each([
    [',', []],
    [';', ['delimiter semicolon, found']],
    ['\t', ['delimiter tab, found']],
    ['|', ['delimiter bar, found']],
  ])('the delimiter %s, by the names in the header', async (delimiter, reading) => {
    const content = 'user_id,note,at\n1,x;y|z,2026-01-01\n'.replaceAll(',', delimiter);
    const { prepared } = await scratch.read(content.replace('x;y|z', 'x'), TABLE);
    expect(prepared).toMatchObject({
      rewritten: false,
      header: ['user_id', 'note', 'at'],
      records: 1,
      reading,
    });
  });

  test('the delimiter of a table that needs no column: the one that gives the header the most fields', async () => {
    expect((await scratch.read('a;b;c,d\n1;2;3\n')).prepared.header).toEqual(['a', 'b', 'c,d']);
  });

  test('apostrophes as quotes', async () => {
    const read = await scratch.read("'user_id','at'\n\n'1','it''s, \"so\"'\n", TABLE);
    expect(valuesOf(read)).toEqual([['1', 'it\'s, "so"']]);
    expect(read.prepared.reading).toEqual(["quote ', found"]);
    const simple = await scratch.read("'user_id','at'\n'1','it''s'\n", TABLE);
    expect(simple.prepared).toMatchObject({ rewritten: false, csv: { quote: "'" } });
  });

  test('no apostrophes where the header is not quoted with them: a malformed header is said to be one', async () => {
    await expect(scratch.read('user_id,"no"te,at\n1,"x","y"\n', TABLE)).rejects.toThrow(
      /on line 1, found stray_quote/,
    );
    await expect(scratch.read('user_id,"no\n1,"x","y"\n', withColumns('user_id'))).rejects.toThrow(
      /stray_quote/,
    );
  });

  test('lines before the header', async () => {
    const read = await scratch.read('Report of 2026\n"made by" us\n\nuser_id,at\n1,x\n', TABLE);
    expect(read.rows).toEqual([['5', '1', 'x']]);
    expect(read.prepared).toMatchObject({ records: 1, refused: 0 });
    expect(read.prepared.reading).toEqual(['the first 2 lines left out, before the header']);
  });

  test('a backslash before quotes, where fewer records are refused so', async () => {
    const read = await scratch.read('user_id,at\n1,"say \\"hi\\", c:\\\\x \\n"\n2,"x"\n', TABLE);
    expect(valuesOf(read)).toEqual([
      ['1', 'say "hi", c:\\x \\n'],
      ['2', 'x'],
    ]);
    expect(read.prepared.reading).toEqual(['escape backslash, found']);
  });

  test('no backslash before quotes, where that does not explain all of the file; it is said', async () => {
    const read = await scratch.read(
      'user_id,at\n1,"say \\"hi\\""\n2,"x\n3,"say \\"so\\""\n',
      TABLE,
    );
    expect(read.refused.map(([line]) => line)).toEqual(['2', '3', '4']);
    expect(read.prepared.reading).toEqual([
      'escape doubled, because the other one does not explain all records, though with the other one fewer records would be refused',
    ]);
  });

  test('a backslash at the end of a field is text where quotes are doubled', async () => {
    const { prepared } = await scratch.read('user_id,at\n1,"c:\\"\n', TABLE);
    expect(prepared).toMatchObject({ rewritten: false, records: 1, reading: [] });
  });

  describe('a delimiter at the end of each line', () => {
    test('with one in the header: a column without a name', async () => {
      const { prepared } = await scratch.read('user_id,at,\n1,x,\n', TABLE);
      expect(prepared).toMatchObject({
        rewritten: false,
        header: ['user_id', 'at', ''],
        records: 1,
      });
    });

    test('of the header alone: no column', async () => {
      const read = await scratch.read('user_id,at,\n1,x\n2,y\n', TABLE);
      expect(read.prepared.header).toEqual(['user_id', 'at']);
      expect(valuesOf(read)).toEqual([
        ['1', 'x'],
        ['2', 'y'],
      ]);
    });

    test('without a header in the file: a column without a name, where it is always empty', async () => {
      const asked = { ...TABLE, header: ['user_id', 'at'] };
      const read = await scratch.read('1,x,\n2,y,""\n', asked);
      expect(read.prepared.reading).toEqual(['a delimiter at the end of each line']);
      expect(valuesOf(read)).toEqual([
        ['1', 'x', null],
        ['2', 'y', null],
      ]);
      await expect(scratch.read('1,x,\n2,y,LOST\n', asked)).rejects.toThrow(DataError);
    });
  });

  test.each([
    ['in one more field', 'user_id,at\n1,x,\n2,y,LOST\n', 3],
    [
      'in one more field that is empty: the names may be those of others',
      'ab,user_id,at\n1,2,3,\n5,6,7,\n',
      4,
    ],
    ['in several more', 'user_id,at\n1,x,y,z\n2,x,y,z\n', 4],
    ['in fewer', 'user_id,at\n1;x\n2;y\n', 1],
  ])(
    'records that all end %s than the header has names refuse the file',
    async (_, content, found) => {
      await expect(scratch.read(content, TABLE)).rejects.toThrow(
        new RegExp(
          `expected ${content.indexOf('ab,') === 0 ? 3 : 2} fields in each record.*found ${found} in all of them`,
        ),
      );
    },
  );

  test('a delimiter at the end of some lines is a field too many', async () => {
    const read = await scratch.read('user_id,at\n1,x,\n2,y\n', TABLE);
    expect(read.refused.map(([line, rule]) => [line, rule])).toEqual([['2', 'field_count']]);
  });
});

describe('as configured', () => {
  test('no header', async () => {
    const header = ['user_id', 'at'];
    const simple = await scratch.read('1;x\n2;y\n', { ...TABLE, header });
    expect(simple.prepared).toMatchObject({ rewritten: false, header, firstLine: 1, records: 2 });
    const read = await scratch.read('1;x\n2\n\n3;z\n', { ...TABLE, header });
    expect(read.rows).toEqual([
      ['1', '1', 'x'],
      ['4', '3', 'z'],
    ]);
    expect(read.refused.map(([line, rule]) => [line, rule])).toEqual([['2', 'field_count']]);
  });

  test('records after the data, which are said', async () => {
    const read = await scratch.read('user_id,at\n1,x\n2,y\nTotal,2\n', { ...TABLE, totals: 1 });
    expect(valuesOf(read)).toEqual([
      ['1', 'x'],
      ['2', 'y'],
    ]);
    expect(read.prepared).toMatchObject({ records: 2, refused: 0 });
    expect(read.prepared.reading).toEqual(['record after the data left out: Total,2']);
  });

  test('no quotes', async () => {
    const read = await scratch.read('user_id,at\n1,"x\n\n2,y"\n', { ...TABLE, quote: 'none' });
    expect(valuesOf(read)).toEqual([
      ['1', '"x'],
      ['2', 'y"'],
    ]);
  });

  test('backslashes outside quotes', async () => {
    const read = await scratch.read('user_id,at\n1,x\\,y\\\nz\n2,\\N\n', {
      ...TABLE,
      escape: 'backslash',
    });
    expect(read.rows).toEqual([
      ['2', '1', 'x,y\nz'],
      ['4', '2', '\\N'],
    ]);
  });
});

describe('otherwise than configured', () => {
  test.each<[string, string, Partial<typeof CSV>, RegExp]>([
    [
      'the delimiter',
      'user_id;at\n1;x\n',
      { delimiter: ',' },
      /expected delimiter ",", as configured, found delimiter ";"/,
    ],
    [
      'the quote',
      "'user_id','at'\n",
      { quote: '"' },
      /expected quote "\\"", as configured, found quote "'"/,
    ],
    [
      'a header',
      'user_id,at\n1,x\n',
      { header: ['user_id', 'at'] },
      /expected no header.*found one on line 1: user_id, at/,
    ],
  ])('%s: refused', async (_, content, asked, message) => {
    await expect(scratch.read(content, { ...TABLE, ...asked })).rejects.toThrow(DataError);
    await expect(scratch.read(content, { ...TABLE, ...asked })).rejects.toThrow(message);
  });

  test('the escape: read as configured, and said', async () => {
    const read = await scratch.read('user_id,at\n1,"a \\"b\\" c"\n', {
      ...TABLE,
      escape: 'doubled',
    });
    expect(read.prepared.refused).toBe(1);
    expect(read.prepared.reading).toEqual([
      'escape doubled, as configured, though with the other one fewer records would be refused',
    ]);
  });
});
