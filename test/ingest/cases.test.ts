import { describe, expect, test } from 'vitest';
import { CSV, JSONL, type Reading, useScratch, withColumns } from './scratch.js';

const scratch = useScratch();
const ABC = withColumns('a', 'b', 'c');
const valuesOf = ({ rows }: Reading) => rows.map(([, ...values]) => values);
const rulesOf = ({ refused }: Reading) => refused.map(([line, rule]) => [line, rule]);

describe('a delimiter that is missing before a quoted text refuses the record', () => {
  test.each([
    ['after a value', 'a,b,c\n1"Smith, John",x\n2,p,q\n', 'stray_quote'],
    ['after a value with a blank', 'a,b,c\n1 "Smith, John",x\n2,p,q\n', 'stray_quote'],
    ['further on', 'a,b,c\n0,1"Smith, John"\n2,p,q\n', 'stray_quote'],
    ['where the text is the field before', 'a,b,c\n1, "Smith, John"\n2,p,q\n', 'field_count'],
  ])('%s', async (_, content, rule) => {
    for (const chunk of [1, 5, 64]) {
      const read = await scratch.read(content, ABC, { chunk });
      expect(rulesOf(read)).toEqual([['2', rule]]);
      expect(valuesOf(read)).toEqual([['2', 'p', 'q']]);
    }
  });

  test('but a quote in a text may be one of inches', async () => {
    const read = await scratch.read('a,b,c\n5" disk,6" disk,7"\n"x","y","z"\n', ABC);
    expect(read.prepared.refused).toBe(1); // nobody can tell
    expect(valuesOf(await scratch.read('a,b,c\n5",6",7"\n5" x,y"",z\n', ABC))).toEqual([
      ['5"', '6"', '7"'],
      ['5" x', 'y""', 'z'],
    ]);
  });
});

describe('a header inside the data is refused, and no row', () => {
  test.each([
    ['as it is', 'a,b,c\n1,2,3\na,b,c\n4,5,6\n'],
    ['in another case', 'a,b,c\n1,2,3\nA,B,C\n4,5,6\n'],
    ['in quotes alone', 'a,b,c\n1,2,3\n"a","b","c"\n4,5,6\n'],
    ['without its quotes', '"a","b","c"\n1,2,3\na,b,c\n4,5,6\n'],
    ['in quotes', 'a,b,c\n1,2,3\n"a", "b" ,c\n4,5,6\n'],
    ['after a byte order mark', 'a,b,c\n1,2,3\n\ufeffa,b,c\n4,5,6\n'],
    ['in quotes after a byte order mark', '"a","b","c"\n1,2,3\n\ufeff"a","b","c"\n4,5,6\n'],
    ['with carriage returns', 'a,b,c\r\n1,2,3\r\na,b,c\r\n4,5,6'],
    ['in a file that is not simple', 'a,b,c\n\n2,2,3\na,b,c\n4,5,6\n'],
  ])('%s', async (_, content) => {
    for (const chunk of [1, 4, 7, 4096]) {
      const read = await scratch.read(content, ABC, { chunk });
      expect(read.refused.map(([, rule, value]) => [rule, value])).toEqual([
        ['repeated_header', 'the header again'],
      ]);
      expect(valuesOf(read).map(([first]) => first)).toEqual([
        content.includes('\n\n') ? '2' : '1',
        '4',
      ]);
    }
  });

  test.each([
    ['as it is', 'a,b,c\n1,2,3\nb,a,c\n5,4,6\n'],
    ['in quotes, after a byte order mark', 'a,b,c\r\n1,2,3\r\n\ufeff"b","a","c"\r\n5,4,6\r\n'],
    ['in another case, in a file that is not simple', 'a,b,c\n\n1,2,3\nB,a,C\n5,4,6\n'],
  ])('but in another order it refuses the file: %s', async (_, content) => {
    for (const chunk of [1, 4, 7, 4096]) {
      await expect(scratch.read(content, ABC, { chunk })).rejects.toThrow(
        /expected one header, a, b, c, found its names in another order on line [34]: b, a, c/i,
      );
    }
  });

  test('of several records it is refused with all of them', async () => {
    const content = 'a,b,c\nunit,unit,unit\n1,2,3\na,b,c\nunit,unit,unit\n4,5,6\n';
    const read = await scratch.read(content, { ...ABC, header_rows: 2 });
    expect(rulesOf(read)).toEqual([
      ['4', 'repeated_header'],
      ['5', 'repeated_header'],
    ]);
    expect(valuesOf(read).map(([first]) => first)).toEqual(['1', '4']);
  });

  test('a quoted value after a byte order mark has no quotes', async () => {
    for (const chunk of [1, 4, 7, 4096]) {
      const read = await scratch.read('a,b,c\n1,2,3\n\ufeff"4,x",5,6\n\ufeff\n', ABC, { chunk });
      expect(valuesOf(read)).toEqual([
        ['1', '2', '3'],
        ['4,x', '5', '6'],
      ]);
      expect(rulesOf(read)).toEqual([['4', 'field_count']]);
    }
  });

  test('of one column it is not, where its case is another', async () => {
    expect(valuesOf(await scratch.read('a\n1\nA\n', withColumns('a')))).toEqual([['1'], ['A']]);
  });

  test('at the end of a file without a line end, and of one column', async () => {
    expect(rulesOf(await scratch.read('a\n1\na', withColumns('a')))).toEqual([
      ['3', 'repeated_header'],
    ]);
  });

  test('a record that is as long as the header leaves a file simple', async () => {
    for (const chunk of [1, 4, 7, 4096]) {
      const { prepared } = await scratch.read('a,b,c\n1,2,3\n4,5,6\na,b,d\n', ABC, { chunk });
      expect(prepared).toMatchObject({ rewritten: false, records: 3 });
    }
  });
});

describe('line ends of several kinds', () => {
  test.each([
    ['carriage returns, and a line feed at the end', 'a,b,c\r1,2,3\r4,5,6\r7,8,9\n', 3],
    ['carriage returns, and some line feeds', 'a,b,c\r1,2,3\n4,5,6\r7,8,9\r', 3],
    ['carriage returns, and one with a line feed', 'a,b,c\r1,2,3\r4,5,6\r\n7,8,9\r', 3],
    ['carriage returns, and line feeds in quotes', 'a,b,c\r1,"2\n",3\r4,"5\r",6\r7,"8\n\n",9\r', 3],
    ['line feeds, and some with carriage returns', 'a,b,c\n1,2,3\r\n4,5,6\n7,8,9\r\n', 3],
  ])('%s', async (_, content, records) => {
    for (const chunk of [1, 3, 4096]) {
      const read = await scratch.read(content, ABC, { chunk });
      expect(read.prepared).toMatchObject({ records, refused: 0 });
      expect(valuesOf(read).map(([a, b, c]) => [a, b?.trim(), c])).toEqual([
        ['1', '2', '3'],
        ['4', '5', '6'],
        ['7', '8', '9'],
      ]);
    }
  });
});

describe('other line ends than those of the file refuse it', () => {
  test.each([
    ['after the header, as often as line feeds', 'a,b,c\r1,2,3\n4,5,6\r7,8,9\n', /alone, though/],
    ['after the header, in quotes', '"a","b",c\r1,2,3\n4,5,6\n7,8,9\n', /alone, though/],
    ['in all records', 'a,b,c\n1,2,3\r4,5,6\r7,8,9\n', /expected lines .* inside every record/],
    ['in records of several lengths', 'a,b,c\n1,2,3\r4,5,6\n7,8,9\r1,2,3\r4,5,6\n', /every record/],
    ['of Unicode alone', 'a,b,c\u20281,2,3\u20284,5,6\u2028', /found U\+2028 alone/],
    ['of Unicode, as a paragraph', 'a,b,c\u20291,2,3\u20294,5,6', /found U\+2029 alone/],
    ['of a mainframe', 'a,b,c\u00851,2,3\u00854,5,6\u0085', /found U\+0085 alone/],
    ['of Unicode in all records', 'a,b,c\n1,2,3\u20284,5,6\n7,8,9\u20281,2,3\n', /every record/],
  ])('%s', async (_, content, says) => {
    for (const chunk of [1, 3, 4096])
      await expect(scratch.read(content, ABC, { chunk })).rejects.toThrow(says);
  });

  test.each(['\u0085', '\u2028', '\u2029'])('%j below no header', async (end) => {
    const dialect = { ...ABC, header: ['a', 'b', 'c'] };
    await expect(scratch.read(`1,2,3${end}4,5,6${end}`, dialect)).rejects.toThrow(/every record/);
  });

  test('but not a name that was encoded twice, which nobody reads', async () => {
    const read = await scratch.read('a,b,c,\u00c3\u0085r\n1,2,3,4\n', ABC);
    expect(read.prepared).toMatchObject({ records: 1, refused: 0 });
  });

  test('but not in quoted names, nor in some records', async () => {
    const quoted = await scratch.read('"a","b","c\r(EUR)"\n1,2,3\n', withColumns('a', 'b'));
    expect(valuesOf(quoted)).toEqual([['1', '2', '3']]);
    const some = await scratch.read('a,b,c\n1,2,3\r4,5,6\n7,8,9\n', ABC);
    expect(rulesOf(some)).toEqual([['2', 'field_count']]);
    expect(valuesOf(some)).toEqual([['7', '8', '9']]);
  });
});

describe('a record over its limit is one record', () => {
  const long = Array.from({ length: 50 }, () => '2,hello').join('\n');
  const limits = { record: 64 };

  test.each([
    ['in quotes', `1,"${long}",x\n`],
    ['in quotes, with doubled ones', `1,"${long}""${long}""",x\n`],
    ['in quotes, after which its text goes on', `1,"${long}",${'x'.repeat(200)}\n`],
    ['in quotes after a blank', `1, "${long}" ,x\n`],
    ['ending in carriage return and line feed', `1,2,"${long}"\r\n`],
  ])('%s', async (_, record) => {
    for (const chunk of [1, 16, 100, 4096]) {
      const read = await scratch.read(`a,b,c\n${record}3,z,z\n`, ABC, { ...limits, chunk });
      expect(rulesOf(read)).toEqual([['2', 'record_too_long']]);
      const line = 2 + record.split('\n').length - 1;
      expect(read.rows).toEqual([[String(line), '3', 'z', 'z']]);
    }
  });

  test('at the end of a file', async () => {
    const read = await scratch.read(`a,b,c\n3,z,z\n1,"${long}",x`, ABC, { ...limits, chunk: 16 });
    expect(rulesOf(read)).toEqual([['3', 'record_too_long']]);
    expect(read.rows).toHaveLength(1);
  });

  test('whose quotes are not in order takes its first line only', async () => {
    for (const end of ['', '\n3,"x"y,z', '\n3,"x","y']) {
      const read = await scratch.read(`a,b\n1,"${long}${end}\n`, withColumns('a', 'b'), {
        ...limits,
        chunk: 16,
      });
      expect(read.refused[0]?.slice(0, 2)).toEqual(['2', 'record_too_long']);
      expect(read.rows).toHaveLength(49);
    }
  });
});

describe('numbers of JSON keep every digit', () => {
  test.each([
    ['9007199254740993.0', '"9007199254740993.0"'],
    ['0.1234567890123456789', '"0.1234567890123456789"'],
    ['1.10', '"1.10"'],
    ['1e3', '"1000"'],
    ['-1.5E3', '"-1500"'],
    ['1.25e1', '"12.5"'],
    ['125e-4', '"0.0125"'],
    ['1e400', '"1e400"'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['7.0', '7.0'],
    ['-0.25', '-0.25'],
    ['-0', '-0'],
  ])('%s', async (number, text) => {
    const { rows, prepared } = await scratch.read(
      `{"a":${number},"b":[{"c":${number}}]}\n\n`,
      JSONL,
    );
    expect(prepared.refused).toBe(0);
    expect(rows).toEqual([['1', `{"a":${text},"b":[{"c":${text}}]}`]]);
  });

  test('also very many', async () => {
    const digits = '12345678'.repeat(50_000);
    const { rows } = await scratch.read(`{"a":${digits}.5}\n`, JSONL);
    expect(rows).toEqual([['1', `{"a":"${digits}.5"}`]]);
  });

  test('a file whose numbers all do is left as it is', async () => {
    expect((await scratch.read('{"a":7.5}\n{"a":1}\n', JSONL)).prepared.rewritten).toBe(false);
    expect((await scratch.read('{"a":7.5}\n{"a":1.50}\n', JSONL)).prepared.rewritten).toBe(true);
  });
});

describe('a key that an object has twice refuses the record', () => {
  const many = Array.from({ length: 60 }, (_, i) => `"k${i}":${i}`).join(',');

  test.each([
    '{"a":1,"b":2,"a":3}',
    '{"a":1,"\\u0061":3}',
    '{"x":{"é":1,"é":2}}',
    '{"x":[{"a":1},{"a":1,"a":1}]}',
    `{${many},"k7":1}`,
    `{${many},"z":1,"z":1}`,
  ])('%s', async (record) => {
    expect(rulesOf(await scratch.read(`${record}\n{"a":1}\n`, JSONL))).toEqual([
      ['1', 'json_key_twice'],
    ]);
  });

  test('but not two objects that have it once', async () => {
    const record = `{"a":{"a":{"a":1},"b":1},"b":[{"a":1},{"a":1}],"":0,"A":1,${many}}`;
    expect((await scratch.read(`${record}\n${record}\n`, JSONL)).prepared.refused).toBe(0);
  });
});

test('a byte order mark in the quarantine or in a value stays', async () => {
  const read = await scratch.read('a,b,c\n\ufeff3\n"\ufeffx",\ufeff,y\n', CSV);
  expect(read.refused.map(([, , , raw]) => raw)).toEqual(['\ufeff3']);
  expect(valuesOf(read)).toEqual([['\ufeffx', '\ufeff', 'y']]);
});
