import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source, SourceColumn } from '../../src/config/source.js';
import { openDuckdb } from '../../src/engine/duckdb/open.js';
import type { Engine, Row } from '../../src/engine/engine.js';
import { quote } from '../../src/engine/engine.js';
import { cureOf, describeCure } from '../../src/ingest/cures.js';
import { mayBePlain } from '../../src/ingest/plain/plain.js';
import { carefulTables, parseStatement } from '../../src/ingest/sql/parse.js';
import { EARLIEST, EXPORT_DATE, requireSame } from './plain.js';
import { CSV } from './scratch.js';

const MISSING = ['', 'null', 'N/A', '-'];

let folder = '';
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dayfold-staging-'));
  engine = await openDuckdb({ threads: 1, memoryLimit: '256MB', scratch: folder, readable: [] });
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

type Change = Partial<Omit<SourceColumn, 'name'>>;

const at: SourceColumn = column('at', { type: 'timestamp', required: true });

function column(name: string, change: Change): SourceColumn {
  return {
    name,
    type: 'text',
    description: name,
    from: [name],
    required: false,
    missing: MISSING,
    ...change,
  };
}

function sourceOf(columns: readonly SourceColumn[], change: Partial<Source> = {}): Source {
  return {
    table: 't',
    description: 't',
    delivery: 'append',
    partition: 'event_date',
    event_time: 'at',
    dates: ['at'],
    key: [['at']],
    files: '{date}.csv',
    max_age_days: 1,
    unique_within_days: 62,
    ...CSV,
    header: null,
    columns,
    required: false,
    missing_exports: 'keep',
    max_quarantine: { share: null, count: null },
    max_conflicts: 0.01,
    allow_empty: false,
    drift: 'lenient',
    rows: null,
    derivation: null,
    date_order: 'month_first',
    times_in: 'UTC',
    decimal: '.',
    thousands: null,
    ...change,
  };
}

/** Parses records whose texts are in the order of the columns; null for a field that is empty. */
async function parse(
  source: Source,
  records: readonly (string | null)[][],
  timeZone = 'UTC',
): Promise<Row[]> {
  const [session] = engine.sessions;
  if (session === undefined) throw new Error('expected a session');
  const texts = new Map(source.columns.map(({ name }, i) => [name, `c${i}`]));
  const raw = {
    read: '',
    width: texts.size,
    relation: (from: string) => from,
    record: '',
    texts,
    broken: 'NULL',
    unused: [],
    isSelected: false,
  };
  const { careful } = session;
  await session.run(carefulTables(source, texts.size, careful));
  const order = source.date_order === null ? 'NULL' : quote(source.date_order);
  for (const [line, record] of records.entries()) {
    const fields = record.map((field) => (field === null ? 'NULL' : quote(field))).join(', ');
    await session.run(
      `insert into ${careful}.raw values (${line + 2}, ${fields}, DATE '${EXPORT_DATE}', 0, ${order})`,
    );
  }
  const input = { source, raw, earliest: EARLIEST, timeZone };
  await session.run(parseStatement(input, `${careful}.raw`, `${careful}.careful`));
  const rows = await session.rows(`select * from ${careful}.careful`);
  plainRows = mayBePlain(source) ? await requireSame(folder, session, input, records, rows) : 0;
  return rows;
}

/** How many of the records parsed last are plain. */
let plainRows = 0;

async function countPlain(
  source: Source,
  records: readonly (string | null)[][],
  timeZone: string,
): Promise<number> {
  await parse(source, records, timeZone);
  return plainRows;
}

/** What becomes of a text in the column `x`: the value, or why it is refused. */
async function stage(change: Change, text: string | null): Promise<unknown> {
  const [row] = await parse(sourceOf([column('x', change), at]), [[text, '2026-11-20 00:00:00']]);
  return row?.rule ?? row?.x;
}

/** The same of a text in the column of the event time. */
async function stageTime(
  text: string,
  change: Partial<Source> = {},
  timeZone?: string,
): Promise<unknown> {
  const [row] = await parse(sourceOf([at], change), [[text]], timeZone);
  return row?.rule ?? row?.at;
}

describe('a rule refuses a record', () => {
  const cases: [string, Change, string | null][] = [
    ['x_missing', { required: true }, null],
    ['x_missing', { required: true, type: 'integer' }, ' N/A '],
    ['x_not_an_integer', { type: 'integer' }, '12a'],
    ['x_not_a_double', { type: 'double' }, 'much'],
    ['x_not_a_boolean', { type: 'boolean' }, 'maybe'],
    ['x_not_a_timestamp', { type: 'timestamp' }, '2026-02-30'],
    ['x_out_of_range', { type: 'timestamp' }, '2025-12-31'],
    ['x_below_0', { type: 'integer', min: 0 }, '-1'],
    ['x_above_1000000000000', { type: 'integer', max: 1e12 }, '9223372036854775807'],
    ['x_above_60', { type: 'duration', max: 60 }, '1:01'],
    ['x_not_accepted', { type: 'category', accepted: ['open', 'closed'] }, 'Lost'],
    ['x_before_at', { type: 'timestamp', not_before: 'at' }, '2026-11-19 23:59:59'],
  ];
  test.each(cases)('%s', async (rule, change, text) => {
    expect(await stage(change, text)).toBe(rule);
  });

  test('with the column and the text that broke it, as the export has it but for blanks', async () => {
    const [row] = await parse(sourceOf([column('x', { type: 'integer' }), at]), [
      [' 12a ', '2026-11-20'],
    ]);
    expect(row).toMatchObject({
      rule: 'x_not_an_integer',
      _bad_column: 'x',
      _bad_text: '12a',
      line: 2n,
    });
  });

  test('and the first one tried is reported', async () => {
    const source = sourceOf([
      column('x', { type: 'integer' }),
      column('y', { required: true }),
      at,
    ]);
    expect(await parse(source, [['a', null, 'b']])).toMatchObject([{ rule: 'x_not_an_integer' }]);
  });

  test('and only that record, in the order of the file', async () => {
    const rows = await parse(sourceOf([column('x', { type: 'integer' }), at]), [
      ['1', '2026-11-20'],
      ['a', '2026-11-20'],
      ['3', '2026-11-20'],
    ]);
    expect(rows.map(({ x, rule, line }) => [x, rule, line])).toEqual([
      [1n, null, 2n],
      [null, 'x_not_an_integer', 3n],
      [3n, null, 4n],
    ]);
  });
});

describe('a time', () => {
  test('may be from the earliest date on', async () => {
    expect(await stageTime('2026-01-01 00:00:00')).toBe('2026-01-01 00:00:00');
    expect(await stageTime('2025-12-31 23:59:59')).toBe('at_out_of_range');
  });

  test('may be up to the day after that of the export', async () => {
    expect(await stageTime('2026-11-21 23:59:59')).toBe('2026-11-21 23:59:59');
    expect(await stageTime('2026-11-22 00:00:00')).toBe('at_out_of_range');
  });

  test('has its date, and its range, in the zone of business dates', async () => {
    expect(await stageTime('2026-11-22 00:00:00', {}, 'America/New_York')).toBe(
      '2026-11-22 00:00:00',
    );
    expect(await stageTime('2026-01-01 00:00:00', {}, 'America/New_York')).toBe('at_out_of_range');
    expect(
      await parse(sourceOf([at]), [['2026-11-20 03:00:00']], 'America/New_York'),
    ).toMatchObject([{ event_date: '2026-11-19' }]);
  });

  test.each(['America/New_York', 'Asia/Tokyo', 'UTC'])(
    'left out, a date is that business date in %s',
    async (zone) => {
      for (const text of [
        '2026-11-20',
        '11/20/2026',
        '20-Nov-2026',
        '20261120',
        '46346',
        'Nov 20, 2026',
      ]) {
        const [row] = await parse(
          sourceOf([at], { times_in: 'America/Los_Angeles' }),
          [[text]],
          zone,
        );
        expect([text, row?.rule, row?.event_date]).toEqual([text, null, '2026-11-20']);
      }
    },
  );

  test('without an offset is local to the zone of the export', async () => {
    expect(await stageTime('2026-07-01 12:00', { times_in: 'Europe/Berlin' })).toBe(
      '2026-07-01 10:00:00',
    );
  });

  test.each([
    ['month_first', '2026-03-04 00:00:00'],
    ['day_first', '2026-04-03 00:00:00'],
  ] as const)('is read %s where both orders make sense', async (date_order, expected) => {
    expect(await stageTime('03/04/2026', { date_order })).toBe(expected);
  });

  test('of an undated table makes no event date', async () => {
    expect(await parse(sourceOf([at], { partition: 'all' }), [['2026-11-20']])).toMatchObject([
      { event_date: null, rule: null },
    ]);
  });

  test('may be equal to the one it must not precede, or be alone', async () => {
    const until = { type: 'timestamp', not_before: 'at' } as const;
    expect(await stage(until, '2026-11-20')).toBe('2026-11-20 00:00:00');
    const source = sourceOf([column('x', until), column('at', { type: 'timestamp' })], {
      partition: 'all',
    });
    expect(await parse(source, [['2026-11-20', null]])).toMatchObject([{ rule: null }]);
  });
});

describe('blanks around a value do not count', () => {
  const blanks = [' ', '\t', '\n', '\v', '\f', '\r', '\u00a0', '\ufeff', ' \t\u00a0 '];
  test.each(blanks.map((blank) => [JSON.stringify(blank), blank] as const))(
    '%s',
    async (_, blank) => {
      expect(await stage({}, `${blank}a b${blank}`)).toBe('a b');
      expect(await stage({ type: 'integer' }, `${blank}7${blank}`)).toBe(7n);
      expect(await stage({ type: 'timestamp' }, `2026-11-20${blank}`)).toBe('2026-11-20 00:00:00');
      expect(await stage({}, `${blank}N/A`)).toBe(null);
      expect(await stage({}, blank)).toBe(null);
    },
  );

  test('those within stay', async () => {
    expect(await stage({}, ' a \t b ')).toBe('a \t b');
  });

  test('text beyond ASCII is trimmed as well', async () => {
    expect(await stage({}, '\u00a0日本 ü\ufeff')).toBe('日本 ü');
  });
});

describe('a word for missing', () => {
  test('means that there is no value', async () => {
    for (const word of MISSING) expect(await stage({}, word)).toBe(null);
  });

  test('is compared whole, and with its case', async () => {
    expect(await stage({}, 'NULL')).toBe('NULL');
    expect(await stage({}, 'null and void')).toBe('null and void');
  });

  test.each([
    ['0', ['0'], null],
    [' -1 ', ['-1'], null],
    ['00', ['0'], 0n],
    ['10', ['0'], 10n],
    ['0', ['-1'], 0n],
  ] as const)('may be a number: %s where %s is one', async (text, missing, expected) => {
    expect(await stage({ type: 'integer', missing }, text)).toBe(expected);
  });

  test('may be a time', async () => {
    expect(await stage({ type: 'timestamp', missing: ['1970-01-01'] }, '1970-01-01')).toBe(null);
  });

  test('may be true or false', async () => {
    expect(await stage({ type: 'boolean', missing: ['n'] }, 'n')).toBe(null);
  });

  test('need not be any', async () => {
    expect(await stage({ missing: [] }, '')).toBe('');
    expect(await stage({ missing: [] }, null)).toBe(null);
  });

  test('may hold a quote', async () => {
    expect(await stage({ missing: ["it's gone"] }, "it's gone")).toBe(null);
  });
});

describe('a default', () => {
  test.each<[string, Change, unknown]>([
    ['of text', { default: 'unknown' }, 'unknown'],
    ['of a number', { type: 'integer', default: 1 }, 1n],
    ['of a number written as text', { type: 'integer', default: '1' }, 1n],
    ['of a required column', { type: 'integer', default: 1, required: true }, 1n],
    ['of true or false', { type: 'boolean', default: 'true' }, true],
  ])('%s stands in for what is missing', async (_, change, expected) => {
    expect(await stage(change, 'N/A')).toBe(expected);
    expect(await stage(change, null)).toBe(expected);
  });

  test.each(['America/New_York', 'Asia/Tokyo'])(
    'of a date is that business date in %s',
    async (zone) => {
      const source = sourceOf([column('at', { type: 'timestamp', default: '2026-11-20' })]);
      expect(await parse(source, [['']], zone)).toMatchObject([
        { event_date: '2026-11-20', rule: null },
      ]);
    },
  );

  test('does not stand in for what cannot be read', async () => {
    expect(await stage({ type: 'integer', default: 1 }, 'many')).toBe('x_not_an_integer');
  });

  test('is used where the export has no such column', async () => {
    const source = sourceOf([at, column('x', { default: 'unknown' })]);
    const [session] = engine.sessions;
    const careful = session?.careful ?? '';
    await session?.run(carefulTables(source, 1, careful));
    await session?.run(
      `insert into ${careful}.raw values (2, '2026-11-20', DATE '${EXPORT_DATE}', 0, NULL)`,
    );
    const texts = new Map([['at', 'c0']]);
    const raw = {
      read: '',
      width: 1,
      relation: (from: string) => from,
      record: '',
      texts,
      unused: [],
      isSelected: false,
    };
    const input = { source, raw: { ...raw, broken: 'NULL' }, earliest: EARLIEST, timeZone: 'UTC' };
    await session?.run(parseStatement(input, `${careful}.raw`, `${careful}.careful`));
    expect(await session?.rows(`select x, rule from ${careful}.careful`)).toEqual([
      { x: 'unknown', rule: null },
    ]);
  });
});

describe('a category', () => {
  test.each([
    ['Log In', 'log_in'],
    ['  log-in!', 'log_in'],
    ['log_in', 'log_in'],
    ['Größe 2', 'größe_2'],
  ])('%s is %s', async (text, expected) => {
    expect(await stage({ type: 'category' }, text)).toBe(expected);
  });

  test('of text without a letter or digit has the default', async () => {
    expect(await stage({ type: 'category', default: 'unknown' }, '?!')).toBe('unknown');
  });

  test('is accepted as it is after that', async () => {
    expect(await stage({ type: 'category', accepted: ['in_progress'] }, 'In Progress')).toBe(
      'in_progress',
    );
  });

  test('that is missing is accepted', async () => {
    expect(await stage({ type: 'category', accepted: ['open'] }, '')).toBe(null);
  });
});

describe('an integer', () => {
  test.each([
    ['1.0', 1n],
    ['-12.00', -12n],
    ['12.0000', 12n],
    ['1234.000', 1234n],
    ['0.000', 0n],
    ['+7', 7n],
    ['007', 7n],
    ['9223372036854775807', 9223372036854775807n],
    ['9223372036854775807.0', 9223372036854775807n],
    ['-0', 0n],
  ])('may be written %s', async (text, expected) => {
    expect(await stage({ type: 'integer' }, text)).toBe(expected);
  });

  test.each([
    '1.000',
    '12.000',
    '-999.000',
    '1.5',
    '1.',
    '.0',
    '1e3',
    '1_000',
    '1,000',
    '0x10',
    '9223372036854775808',
    '1 000',
    '½',
    '١',
  ])('may not be written %s', async (text) => {
    expect(await stage({ type: 'integer' }, text)).toBe('x_not_an_integer');
  });
});

describe('a double', () => {
  test.each([
    ['1.5', 1.5],
    ['-2', -2],
    ['1e3', 1000],
    [' 0.25 ', 0.25],
  ])('may be written %s', async (text, expected) => {
    expect(await stage({ type: 'double' }, text)).toBe(expected);
  });

  test.each(['NaN', 'inf', '-Infinity', '1e999', '1,5', '1_000', ' nan '])(
    'may not be %s',
    async (text) => {
      expect(await stage({ type: 'double' }, text)).toBe('x_not_a_double');
    },
  );

  test('has its limit too', async () => {
    expect(await stage({ type: 'double', min: 0.5 }, '0.4')).toBe('x_below_0.5');
    expect(await stage({ type: 'double', min: 0.5 }, '0.5')).toBe(0.5);
  });
});

describe('a boolean', () => {
  test.each([
    ['true', true],
    ['Y', true],
    [' 1 ', true],
    ['No', false],
    ['F', false],
    ['0', false],
  ])('may be written %s', async (text, expected) => {
    expect(await stage({ type: 'boolean' }, text)).toBe(expected);
  });

  test.each(['2', 'NaN', 'inf', 'on'])('may not be %s', async (text) => {
    expect(await stage({ type: 'boolean' }, text)).toBe('x_not_a_boolean');
  });
});

describe('a number', () => {
  const numbers = (decimal: '.' | ',', thousands: ',' | '.' | ' ' | "'" | null) => ({
    decimal,
    thousands,
  });
  const read = async (type: 'integer' | 'double', text: string, change: Partial<Source>) => {
    const [row] = await parse(sourceOf([column('x', { type }), at], change), [
      [text, '2026-11-20'],
    ]);
    return row?.rule ?? row?.x;
  };

  test.each<[string, ReturnType<typeof numbers>, number | string]>([
    ['1234.5', numbers('.', null), 1234.5],
    ['1,234.5', numbers('.', ','), 1234.5],
    ['1.234,5', numbers(',', '.'), 1234.5],
    ['1.234', numbers(',', '.'), 1234],
    ['1 234,5', numbers(',', ' '), 1234.5],
    ['1\u202f234,5', numbers(',', ' '), 1234.5],
    ["-1'234.5", numbers('.', "'"), -1234.5],
    ['1,234.5', numbers('.', null), 'x_not_a_double'],
    ['1.234', numbers(',', null), 'x_not_a_double'],
    ['12,34.5', numbers('.', ','), 'x_not_a_double'],
    ['1,2345', numbers('.', ','), 'x_not_a_double'],
    ['0,500', numbers('.', ','), 'x_not_a_double'],
    ['-00.500', numbers(',', '.'), 'x_not_a_double'],
    ['+-5', numbers('.', null), 'x_not_a_double'],
    ['+-5', numbers('.', ','), 'x_not_a_double'],
    ['NaN', numbers('.', null), 'x_not_a_double'],
    ['Infinity', numbers(',', '.'), 'x_not_a_double'],
  ])('%s, written with %j', async (text, marks, expected) => {
    expect(await read('double', text, marks)).toBe(expected);
  });

  test.each<[string, ReturnType<typeof numbers>, bigint | string]>([
    ['9007199254740993', numbers('.', null), 9007199254740993n],
    ['9.007.199.254.740.993', numbers(',', '.'), 9007199254740993n],
    ['1.000', numbers(',', '.'), 1000n],
    ['1,000', numbers(',', '.'), 1n],
    ['1,000', numbers('.', null), 'x_not_an_integer'],
    ['1,0', numbers(',', '.'), 1n],
    ['1,000', numbers(',', null), 'x_not_an_integer'],
    ['12,00', numbers(',', null), 12n],
    ['1.000', numbers('.', ','), 1n],
    ['0.500', numbers(',', '.'), 'x_not_an_integer'],
    ['000.001', numbers(',', '.'), 'x_not_an_integer'],
    ['+-5', numbers('.', null), 'x_not_an_integer'],
  ])('%s as an integer, written with %j', async (text, marks, expected) => {
    const value = await read('integer', text, marks);
    expect(value === 'x_not_an_integer' ? value : BigInt(value as bigint)).toBe(expected);
  });

  test.each(['jsonl', 'parquet'] as const)(
    'of %s may have a point before decimals',
    async (format) => {
      const german = { ...numbers(',', '.'), format };
      expect(await read('double', '2.125', german)).toBe('x_not_a_double');
      expect(await read('integer', '-2.000', german)).toBe('x_not_an_integer');
      expect(await read('double', '1.234.567,5', german)).toBe(1234567.5);
      expect(await read('integer', '1.000', { ...numbers('.', null), format })).toBe(
        'x_not_an_integer',
      );
    },
  );

  test.each<[string, ReturnType<typeof numbers>, readonly string[], string]>([
    ['double', numbers(',', '.'), ['2.125', '-0.5'], 'decimal: "."'],
    ['integer', numbers(',', null), ['2.0'], 'decimal: "."'],
    ['duration', numbers(',', '.'), ['1.5', '2.25'], 'decimal: "."'],
    ['duration', numbers(',', '.'), ['1.5', 'soon'], 'sql:'],
    ['double', numbers('.', null), ['2,5'], 'decimal: ","'],
  ])('%s, written with %j, of which %j are refused, has a cure', (type, marks, values, setting) => {
    const x = column('x', { type: type as SourceColumn['type'] });
    const article = type === 'integer' ? 'an' : 'a';
    for (const format of ['csv', 'jsonl'] as const) {
      const source = sourceOf([x, at], { ...marks, format });
      const cure = describeCure(cureOf(`x_not_${article}_${type}`, source, [], values));
      expect(cure).toContain(setting);
      expect(cure.includes('JSON and Parquet')).toBe(
        format === 'jsonl' && setting === 'decimal: "."',
      );
    }
  });

  test('leading zeros of text stay', async () => {
    expect(await stage({}, '007')).toBe('007');
  });

  test('a whole number with decimals is read, and counted', async () => {
    const rows = await parse(sourceOf([column('x', { type: 'integer' }), at]), [
      ['12.0', '2026-11-20'],
      [' 12 ', '2026-11-20'],
    ]);
    expect(rows.map(({ x, _mended }) => [x, _mended])).toEqual([
      [12n, 'x_with_decimals'],
      [12n, null],
    ]);
  });
});

describe('a length of time', () => {
  test.each<[string, bigint | string]>([
    ['3725', 3725n],
    ['3724.6', 3725n],
    ['62:05', 3725n],
    ['1:02:05', 3725n],
    ['00:00', 0n],
    ['1h 02m 5s', 3725n],
    ['1h 05m', 3900n],
    ['62 min 5 sec', 3725n],
    ['2 hours', 7200n],
    ['PT1H5M', 3900n],
    ['P1DT0.5S', 86401n],
    ['PT', 'x_not_a_duration'],
    ['1:75', 'x_not_a_duration'],
    ['an hour', 'x_not_a_duration'],
    ['1h 5', 'x_not_a_duration'],
  ])('%s', async (text, expected) => {
    expect(await stage({ type: 'duration' }, text)).toBe(expected);
  });

  test.each<[string, Partial<Source>, bigint | string]>([
    ['1.800', { decimal: ',', thousands: '.' }, 1800n],
    ['1.234.567', { decimal: ',', thousands: '.' }, 1234567n],
    ['90,5', { decimal: ',', thousands: '.' }, 91n],
    ['90,4', { decimal: ',' }, 90n],
    ['1,800.4', { thousands: ',' }, 1800n],
    ["1'800", { thousands: "'" }, 1800n],
    ['1 800,5', { decimal: ',', thousands: ' ' }, 1801n],
    ['1:02:05,5', { decimal: ',', thousands: '.' }, 3726n],
    ['1h 2,5s', { decimal: ',', thousands: ' ' }, 3603n],
    ['PT0,5S', { decimal: ',' }, 1n],
    ['1.800', {}, 2n],
    ['1,800', {}, 'x_not_a_duration'],
    ['1.8', { decimal: ',' }, 'x_not_a_duration'],
    ['1.800 s', { decimal: ',', thousands: '.' }, 'x_not_a_duration'],
    ['0.500', { decimal: ',', thousands: '.' }, 'x_not_a_duration'],
    ['0 500', { decimal: ',', thousands: ' ' }, 'x_not_a_duration'],
    ['1,800 s', { thousands: ',' }, 'x_not_a_duration'],
  ])('%s, with the marks %j', async (text, change, expected) => {
    const [row] = await parse(sourceOf([column('x', { type: 'duration' }), at], change), [
      [text, '2026-11-20'],
    ]);
    expect(row?.rule ?? row?.x).toBe(expected);
  });

  test('of minutes, where a number alone counts them', async () => {
    expect(await stage({ type: 'duration', unit: 'minutes' }, '90')).toBe(5400n);
    expect(await stage({ type: 'duration', unit: 'minutes' }, '1.5')).toBe(90n);
    expect(await stage({ type: 'duration', unit: 'minutes' }, '1:30')).toBe(90n);
  });
});

describe('a time in an unusual spelling', () => {
  test.each<[string, string]>([
    ['11/05/2026 3:04 PM', '2026-11-05 15:04:00'],
    ['2026-11-05 12:04:05 a.m.', '2026-11-05 00:04:05'],
    ['05-Nov-2026 12:30pm', '2026-11-05 12:30:00'],
    ['11/05/26', '2026-11-05 00:00:00'],
    ['5.11.26 9:30', '2026-11-05 09:30:00'],
    ['05-Nov-26 1:00 AM', '2026-11-05 01:00:00'],
    ['46331', '2026-11-05 00:00:00'],
    ['46331.4166666667', '2026-11-05 10:00:00'],
    ['1793872800', '2026-11-05 10:00:00'],
    ['1793872800.25', '2026-11-05 10:00:00.25'],
    ['1793872800250', '2026-11-05 10:00:00.25'],
    ['1793872800250000', '2026-11-05 10:00:00.25'],
    ['1793872800250000999', '2026-11-05 10:00:00.25'],
    ['11/05/70', 'at_out_of_range'],
    ['11/05/2026 13:04 PM', 'at_not_a_timestamp'],
    ['99999', 'at_not_a_timestamp'],
    ['2026', 'at_not_a_timestamp'],
  ])('%s', async (text, expected) => {
    expect(await stageTime(text)).toBe(expected);
  });

  test('is local like any other', async () => {
    expect(await stageTime('46331.5', { times_in: 'Europe/Berlin' })).toBe('2026-11-05 11:00:00');
  });
});

describe('plain rows, which are parsed without the engine', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 20 });
  const odd = fc.string({
    unit: fc.constantFrom(...'0123456789-+.eE_: /TZaü"\u00a0\t'),
    maxLength: 26,
  });
  const pad = (n: number, width = 2) => String(n).padStart(width, '0');
  const time = fc
    .record({
      ...{
        year: fc.constantFrom(2026, 2026, 2026, 1970, 2100, 999),
        month: fc.integer({ min: 0, max: 13 }),
      },
      ...{
        day: fc.integer({ min: 0, max: 32 }),
        hour: fc.integer({ min: 0, max: 24 }),
        minute: fc.integer({ min: 0, max: 60 }),
      },
      ...{
        second: fc.integer({ min: 0, max: 60 }),
        form: fc.integer({ min: 0, max: 5 }),
        fraction: digits,
      },
      offset: fc.constantFrom(
        '',
        'Z',
        '+02:00',
        '-05:00',
        '+00:30',
        '+09:99',
        '+14:00',
        '+0200',
        ' Z',
      ),
    })
    .map(({ year, month, day, hour, minute, second, form, fraction, offset }) => {
      const date = `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
      const clock = `${pad(hour)}:${pad(minute)}:${pad(second)}`;
      if (form === 0) return `${pad(month)}/${pad(day)}/${pad(year, 4)} ${clock}`;
      if (form === 1) return String(Date.UTC(year, month - 1, day, hour, minute, second));
      if (form === 2) return `${date}T${clock}.${fraction}${offset}`;
      return `${date}${form === 3 ? 'T' : ' '}${clock}${offset}`;
    });
  const texts = fc.oneof(
    digits,
    odd,
    time,
    fc.constantFrom(...MISSING, null, 'a b', 'Open', 'open', '1.0', '-0', '-7', '0'),
  );
  const columns = [
    ...[
      column('whole', { type: 'integer' }),
      column('counted', { type: 'integer', min: 0, max: 1e6, default: 1 }),
    ],
    ...[
      column('real', { type: 'double' }),
      column('text', {}),
      column('named', { default: 'nobody' }),
    ],
    ...[
      column('kind', { type: 'category', default: 'unknown' }),
      column('status', { type: 'category', accepted: ['open'] }),
    ],
    ...[column('until', { type: 'timestamp', not_before: 'at' }), at],
  ];
  test.each([
    ['UTC', 'UTC', 'month_first'],
    ['America/New_York', 'Europe/Berlin', 'day_first'],
    ['Africa/Cairo', 'America/Sao_Paulo', null],
  ] as const)(
    'are as the engine has them, with business dates in %s and times in %s',
    async (zone, times_in, date_order) => {
      let plain = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(texts, texts, time), { minLength: 20, maxLength: 20 }),
          async (cells) => {
            const source = sourceOf(columns, { times_in, date_order });
            // one cell of a record is odd at most, or the whole record would hardly ever be plain
            const records = cells.map(([one, other, when], i) =>
              columns.map(({ type, accepted }, j) => {
                if (i % columns.length === j) return type === 'timestamp' ? when : one;
                if (type === 'timestamp') return '2026-11-20 10:00:00';
                return accepted?.[0] ?? (type === 'text' ? other?.trim() || 'x' : '5');
              }),
            );
            plain += await countPlain(source, records, zone);
          },
        ),
        { numRuns: 15 },
      );
      expect(plain).toBeGreaterThan(50);
    },
  );
});
