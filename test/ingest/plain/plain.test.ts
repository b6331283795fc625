import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source, SourceColumn } from '../../../src/config/source.js';
import { openDuckdb } from '../../../src/engine/duckdb/open.js';
import type { Engine, Row, Session } from '../../../src/engine/engine.js';
import { PlainReader } from '../../../src/ingest/plain/plain.js';

let folder = '';
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dayfold-plain-'));
  engine = await openDuckdb({ threads: 1, memoryLimit: '256MB', scratch: folder, readable: [] });
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

const column = (name: string, change: Partial<SourceColumn> = {}): SourceColumn => ({
  ...{ name, type: 'text', description: '', from: [name], required: false, missing: [''] },
  ...change,
});

interface Wanted {
  readonly key?: readonly (readonly string[])[];
  readonly ranges?: ReadonlyMap<string, number>;
  readonly hasMain?: boolean;
  /** records that are said to be in the text */
  readonly records?: number;
}

/** Reads a text with a header; the rows of both files are given together, in their order. */
async function read(columns: readonly SourceColumn[], text: string, wanted: Wanted = {}) {
  const { key = [], ranges = new Map(), hasMain = false } = wanted;
  const source = { columns, key, event_time: 'at', delivery: 'append', rows: null };
  const rules = { earliest: '2026-01-01', business: undefined, local: undefined };
  const reader = new PlainReader(
    { source: source as unknown as Source, ...rules },
    async (_, spellings) => spellings.map((spelling) => (spelling === '' ? null : spelling)),
  );
  const file = path.join(folder, 'records.csv');
  await writeFile(file, text);
  const csv = { delimiter: ',', quote: '"', escape: 'doubled' } as const;
  const readable = wanted.records ?? text.trimEnd().split('\n').length - 1;
  const found = await reader.read({
    ...{ name: 'x', date: '2026-11-20', scratch: folder, hasMain, ranges },
    prepared: {
      ...{ path: file, rewritten: false, header: columns.map(({ name }) => name), csv },
      ...{ firstLine: 2, readable, longest: 1 << 24 },
    },
  });
  if (found === undefined) return undefined;
  const [session] = engine.sessions as [Session];
  const rows: Row[] = [];
  for (const typed of [found.main, found.beside])
    if (typed !== undefined) rows.push(...(await session.rows(`from '${typed.path}'`)));
  return { ...found, rows: rows.sort((a, b) => Number(a.line) - Number(b.line)) };
}

/** The values of a column by line. */
const valuesOf = (found: Awaited<ReturnType<typeof read>>, name: string) =>
  found?.rows.map((row) => row[name]);

describe('fields', () => {
  test('may be in quotes, next to some that are not, and lines may end in \\r\\n', async () => {
    const found = await read(
      [column('a'), column('b'), column('c')],
      'a,b,c\r\n"x,1",y,"z"\r\nx,"y",z\r\n,"",\r\n',
    );
    expect(found?.rows).toEqual([
      { a: 'x,1', b: 'y', c: 'z', line: 2, _repeated: 0 },
      { a: 'x', b: 'y', c: 'z', line: 3, _repeated: 0 },
      { a: null, b: null, c: null, line: 4, _repeated: 0 },
    ]);
  });

  test('with quotes in quotes are for the engine, as they are', async () => {
    const usual = 'x,y\n'.repeat(9);
    const found = await read([column('a'), column('b')], `a,b\n${usual}"say ""hi""",y\n`);
    expect(found?.rows).toHaveLength(9);
    expect([...(found?.raws ?? [])]).toEqual([[11, '"say ""hi""",y']]);
  });

  test('of any length are found, wherever the text is cut to look at it', async () => {
    const field = fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 0, max: 130 }) },
      fc.integer({ min: 32_000, max: 33_500 }),
      fc.integer({ min: 65_000, max: 140_000 }),
    );
    const record = fc.tuple(field, field, fc.boolean(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 200 }), async (records) => {
        const texts = records.map(([a, b]) =>
          [a, b].map((length) => `x${'é'.padStart(length, 'x')}`),
        );
        const lines = texts.map(([a, b], i) =>
          [records[i]?.[2] ? `"${a}"` : a, records[i]?.[3] ? `"${b},"` : b].join(','),
        );
        const found = await read([column('a'), column('b')], `a,b\n${lines.join('\n')}`);
        expect(valuesOf(found, 'a')).toEqual(texts.map(([a]) => a));
        expect(valuesOf(found, 'b')).toEqual(
          texts.map(([, b], i) => (records[i]?.[3] ? `${b},` : b)),
        );
      }),
      { numRuns: 25 },
    );
  });

  test.each([
    ['too few fields', 'a,b\nx,y\nx\n', undefined],
    ['too many', 'a,b\nx,y,z\n', undefined],
    ['a quote that is not closed', 'a,b\nx,y\nx,"y\n', undefined],
    ['text after a quote', 'a,b\n"x"x,y\n', undefined],
    ['more records than were counted', 'a,b\nx,y\nx,y\n', 1],
    ['fewer', 'a,b\nx,y\nx,y\n', 3],
  ])('are all for the engine where there are %s', async (_, text, records) => {
    const wanted = records === undefined ? {} : { records };
    expect(await read([column('a'), column('b')], text, wanted)).toBeUndefined();
  });
});

describe('values', () => {
  test('of whole numbers are those of all their digits', async () => {
    const numbers = fc.array(fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }), {
      minLength: 1,
      maxLength: 100,
    });
    await fc.assert(
      fc.asyncProperty(numbers, fc.nat({ max: 17 }), async (given, digits) => {
        const values = [...given, ...given.map((value) => value / 10n ** BigInt(digits))];
        const found = await read([column('x', { type: 'integer' })], `x\n${values.join('\n')}\n`);
        expect(valuesOf(found, 'x')).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  test.each(['+1', '01', '-0', '--1', '1.0', '1e3', ' 1', '1 ', '9'.repeat(19), '1:2', '1/2', 'é'])(
    'of whole numbers are not read from %j',
    async (text) => {
      const found = await read(
        [column('x', { type: 'integer' })],
        `x\n${'1\n'.repeat(9)}${text}\n`,
      );
      expect([found?.rows.length, found?.others?.rows]).toEqual([9, 1]);
    },
  );

  test('of decimals are the nearest doubles', async () => {
    const digits = (min: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: 25 });
    const text = fc
      .tuple(fc.boolean(), digits(1), digits(0))
      .map(([sign, whole, rest]) => `${sign ? '-' : ''}${whole}${rest === '' ? '' : `.${rest}`}`);
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 100 }), async (texts) => {
        const found = await read([column('x', { type: 'double' })], `x\n${texts.join('\n')}\n`);
        expect(valuesOf(found, 'x')).toEqual(texts.map(Number));
      }),
      { numRuns: 50 },
    );
  });

  test('of categories are for the engine where there are more spellings than 65534', async () => {
    const rows = 70_000;
    const lines = Array.from({ length: rows }, (_, row) => `kind_${row}`);
    const found = await read([column('x', { type: 'category' })], `x\n${lines.join('\n')}\n`);
    expect([found?.rows.length, found?.others?.rows]).toEqual([65_534, rows - 65_534]);
    expect(valuesOf(found, 'x')).toEqual(lines.slice(0, 65_534));
  });

  test('that are too small or too large are for the engine', async () => {
    const columns = [
      column('x', { type: 'integer', min: 1.5, max: 9 }),
      column('y', { type: 'double', min: 0.5, max: 1.5 }),
    ];
    const found = await read(
      columns,
      `x,y\n${'9,1\n'.repeat(20)}2,0.5\n1,1\n10,1\n5,0.4\n5,1.6\n9,1.5\n`,
    );
    expect(found?.rows.slice(20).map(({ x, y }) => [x, y])).toEqual([
      [2n, 0.5],
      [9n, 1.5],
    ]);
  });

  test('are one of those that are accepted, and the default where there is none', async () => {
    const columns = [
      column('x', { accepted: ['open', 'closed'], default: 'open' }),
      column('y', { type: 'integer', default: '123456789012345678' }),
    ];
    const found = await read(columns, `x,y\nclosed,1\n,\n${'open,2\n'.repeat(8)}lost,3\n`);
    expect(found?.rows[1]).toMatchObject({ x: 'open', y: 123456789012345678n });
    expect([found?.rows.length, found?.others?.rows]).toEqual([10, 1]);
  });
});

describe('rows', () => {
  const at = column('at', { type: 'timestamp' });

  test('whose key comes again do not count, and conflict where they differ', async () => {
    const found = await read(
      [column('id', { type: 'integer' }), column('other'), column('x')],
      'id,other,x\n1,a,x\n,a,x\n1,b,x\n2,a,x\n,a,y\n2,a,x\n,,z\n,,z\n',
      { key: [['id'], ['other']] },
    );
    expect(valuesOf(found, '_repeated')).toEqual([1, 1, 0, 1, 0, 0, 0, 0]);
    expect(found?.repeated).toEqual({ rows: 3, conflicts: 2 });
  });

  test('are the same by a key of several columns, of any type', async () => {
    const types = ['integer', 'double', 'text', 'category', 'timestamp'] as const;
    const same = ['5,0.0,a,b,2026-11-20 10:00:00', '5,-0,a,b,2026-11-20T10:00:00Z'];
    const others = [
      '4,0,a,b,2026-11-20 10:00:00',
      '5,1,a,b,2026-11-20 10:00:00',
      '5,0,ab,b,2026-11-20 10:00:00',
      '5,0,a,c,2026-11-20 10:00:00',
      '5,0,a,b,2026-11-20 10:00:01',
    ];
    const found = await read(
      types.map((type) => column(type, { type })),
      `${types.join(',')}\n${[...same, ...others].join('\n')}\n`,
      { key: [types] },
    );
    expect(valuesOf(found, '_repeated')).toEqual([1, 0, 0, 0, 0, 0, 0]);
    expect(found?.repeated).toEqual({ rows: 1, conflicts: 0 });
  });

  test('of the date that most have are the main rows, of several the last', async () => {
    const dates = ['2026-11-18', '2026-11-20', '2026-11-19', '2026-11-20', '2026-11-19', ''];
    const lines = dates.map((date) => (date === '' ? '' : `${date} 23:59:59`));
    const found = await read([at, column('x')], `at,x\n${lines.join(',x\n')},x\n`, {
      hasMain: true,
    });
    expect(found?.main).toMatchObject({ date: '2026-11-20', rows: 2 });
    expect(found?.beside?.rows).toBe(4);
  });

  test.each([
    ['integer', ['5', '-3', '12', ''], ['-3', '12']],
    ['double', ['5', '-3.5', '12', ''], ['-3.5', '12']],
    ['text', ['b', 'ab', 'bé', ''], ['ab', 'bé']],
    ['category', ['b', 'ab', 'bé', ''], ['ab', 'bé']],
  ] as const)('have a range of keys of type %s', async (type, texts, range) => {
    const found = await read(
      [column('k', { type }), at],
      `k,at\n${texts.map((text) => `${text},2026-11-20 10:00:00\n`).join('')}`,
      { key: [['k']], ranges: new Map([['k', 0]]), hasMain: true },
    );
    expect(found?.main?.keys).toEqual({ k: range });
  });
});
