import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { JsonCheck } from '../../src/ingest/json/check.js';
import { JSON_ARRAY, JSONL, useScratch } from './scratch.js';

const scratch = useScratch();
const ruleOf = (text: string, depth = 64) => {
  const check = new JsonCheck(depth);
  const bytes = Buffer.from(text);
  return check.check(bytes, 0, bytes.length) ? undefined : [check.rule, check.faultAt];
};

describe('a record is a JSON object', () => {
  test.each<[string, ReturnType<typeof ruleOf>]>([
    ['{"a":1,"b":[true,null,-0.5e+3],"":{}}', undefined],
    [' {"\\ud83d\\ude00\\n":"é"} ', undefined],
    ['{"a":1,}', ['invalid_json', 7]],
    ['{"a":NaN}', ['invalid_json', 5]],
    ['{"a":01}', ['invalid_json', 7]],
    ['{"a":"\t"}', ['invalid_json', 6]],
    ['{"a":"\\ud800"}', ['invalid_json', 6]],
    ['{"a":[1}', ['invalid_json', 7]],
    ['{"a":1', ['invalid_json', 6]],
    ['{} {}', ['invalid_json', 3]],
    ['[1]', ['not_a_json_object', 0]],
    ['"a"', ['not_a_json_object', 0]],
  ])('%s', (text, expected) => {
    expect(ruleOf(text)).toEqual(expected);
  });

  test('nested no deeper than allowed', () => {
    expect(ruleOf('{"a":[[1]]}', 3)).toBeUndefined();
    expect(ruleOf('{"a":[[1]]}', 2)).toEqual(['json_too_deep', 6]);
    expect(ruleOf(`{"a":${'['.repeat(500_000)}`)?.[0]).toBe('json_too_deep');
  });

  test('whatever JSON.parse takes for one is one, and nothing else', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '1',
      '-',
      '.5',
      'e',
      'true',
      'nul',
      ' ',
      '\\',
      'u0041',
      '\n',
    );
    const soup = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 }))
      .map(([text, at, insert]) => {
        const place = at % (text.length + 1);
        return `{"x":${text.slice(0, place)}${insert}${text.slice(place + 1)}}`;
      });
    fc.assert(
      fc.property(
        fc.oneof(
          soup,
          broken,
          fc.json(),
          soup.map((text) => `{"a":${text}}`),
        ),
        (text) => {
          let isObject = false;
          try {
            const value: unknown = JSON.parse(text);
            isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
          } catch {}
          // JSON.parse takes halves of surrogate pairs, which are no text
          if (/\\u[dD][89a-fA-F]/.test(text)) return;
          const found = ruleOf(text);
          if (found?.[0] === 'json_key_twice') return; // it takes the last
          expect(found === undefined, text).toBe(isObject);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('an array of records', () => {
  test('each element is a record on the line of its number, however it is laid out', async () => {
    for (const chunk of [1, 5, 64]) {
      const { prepared } = await scratch.read(
        '\n[ {"a": 1},{"b":"],\\"["},\r\n {"c":\n [1, {}]} ]\n',
        JSON_ARRAY,
        {
          chunk,
        },
      );
      expect(prepared).toMatchObject({ rewritten: false, records: 3, refused: 0 });
    }
  });

  test('a bad element is quarantined alone', async () => {
    const read = await scratch.read('[{"a":1}, 7, {"a":tru}, {"a":"x\ny"}, {"b":2}]', JSON_ARRAY);
    expect(read.refused.map(([line, rule]) => [line, rule])).toEqual([
      ['2', 'not_a_json_object'],
      ['3', 'invalid_json'],
      ['4', 'invalid_json'],
    ]);
    expect(read.rows).toEqual([
      ['1', '{"a":1}'],
      ['5', '{"b":2}'],
    ]);
  });

  test('no elements, and no bytes', async () => {
    for (const content of ['[]', ' [ ] ', '']) {
      expect((await scratch.read(content, JSON_ARRAY)).prepared).toMatchObject({
        records: 0,
        refused: 0,
      });
    }
  });

  test.each<[string, string, RegExp]>([
    ['that is not closed', '[{"a":1}\n,{"a":2}', /expected the end of the array on line 2/],
    ['with a comma too many', '[{"a":1},]', /expected an element on line 1 .byte 9., found \]/],
    ['with two commas', '[{"a":1},,{}]', /expected an element.*found ,/],
    [
      'with something after it',
      '[{}]\n[{}]',
      /expected nothing after the array on line 2 .byte 5., found "\["/,
    ],
    [
      'that is none',
      '{"a":1}',
      /expected a JSON array on line 1 .byte 0., found "\{".*set "rows_at" of its table/,
    ],
    [
      'that is a value',
      '7',
      /expected a JSON array on line 1 .byte 0., found "7".*set "format" of its table/,
    ],
  ])('%s is refused', async (_, content, message) => {
    await expect(scratch.read(content, JSON_ARRAY)).rejects.toThrow(DataError);
    await expect(scratch.read(content, JSON_ARRAY)).rejects.toThrow(message);
  });

  test('a record too long, and one too deep, are quarantined alone', async () => {
    const content = `[{"a":"${'x'.repeat(100)}"},{"a":[[[1]]]},{"a":1}]`;
    const read = await scratch.read(content, JSON_ARRAY, { record: 64, depth: 3, chunk: 16 });
    expect(read.refused.map(([line, rule, value]) => [line, rule, value])).toEqual([
      ['1', 'record_too_long', 'more than 64 bytes'],
      ['2', 'json_too_deep', 'more than 3 levels'],
    ]);
    expect(read.rows).toEqual([['3', '{"a":1}']]);
  });
});

test('JSON Lines that end in different ways, or begin with a byte order mark', async () => {
  const read = await scratch.read('\ufeff{"a":1}\r\n{"a":2}\n{"a":3}', JSONL);
  expect(read.rows.map(([line]) => line)).toEqual(['1', '2', '3']);
});

describe('paths through objects that records have', () => {
  const seen = (paths: string[], ...records: string[]) => {
    const check = new JsonCheck(64, paths);
    for (const text of records) check.check(Buffer.from(text), 0, Buffer.byteLength(text));
    return check.seenPaths?.names;
  };
  const PATHS = ['a.b', 'a.b.c', 'a.d', 'b.c', 'é.x'];

  test.each([
    ['{"a":{"b":1}}', ['a.b']],
    ['{"a":{"b":{"c":null}}}', ['a.b', 'a.b.c']],
    ['{"a":{"x":{"b":1}},"b":2,"c":3}', []],
    ['{"a":[{"b":1}],"b":[["c"]]}', []],
    ['{"a":{"x":[{}],"b":1}}', ['a.b']],
    ['{"a":{"x":{"y":1},"d":[]},"b":{"c":"a.b"}}', ['a.d', 'b.c']],
    ['{"\\u00e9":{"x":1}}', ['é.x']],
    ['{"a.b":1}', []],
  ])('%s', (text, expected) => {
    expect(seen(PATHS, text)).toEqual(expected);
  });

  test('are kept from one record to the next', () => {
    expect(seen(PATHS, '{"a":{"d":1}}', '{"a":{}}', '{"a":{"d":1,"b":2}}')).toEqual(['a.d', 'a.b']);
  });
});

describe('an export of which no record is an object', () => {
  test.each([
    [
      'CSV',
      'user_id,at\n1,2026-03-01\n',
      JSONL,
      /expected a JSON object on each line, found none in 2 records.*json is one array/,
    ],
    ['an array on a line', '[{"a":1}]\n', JSONL, /on each line, found none in 1 record\./],
    ['an array in any layout', '[\n  {\n    "a": 1\n  }\n]\n', JSONL, /found none in 5 records/],
    [
      'an array of numbers',
      '[1, 2]',
      JSON_ARRAY,
      /expected a JSON object in the array, found none in 2 records/,
    ],
  ])('is refused: %s', async (_, content, dialect, message) => {
    await expect(scratch.read(content, dialect)).rejects.toThrow(message);
  });

  test('is read where one is, or where it has no record', async () => {
    expect((await scratch.read('[1]\n{"a":1}\n', JSONL)).prepared).toMatchObject({
      refused: 1,
      readable: 1,
    });
    expect((await scratch.read('[]', JSON_ARRAY)).prepared.records).toBe(0);
    expect((await scratch.read('{"a":1,"a":2}', JSONL)).prepared.refused).toBe(1);
  });
});
