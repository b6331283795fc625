import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { SPELLINGS } from '../../../src/engine/duckdb/spellings.js';
import { VOCABULARY } from '../../../src/engine/duckdb/vocabulary.js';

type Order = 'day_first' | 'month_first' | null;

let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`set TimeZone = 'Asia/Tokyo'`);
  await connection.run(VOCABULARY);
  await connection.run(SPELLINGS);
});

/** What each text is read as, first as it is and then in a usual spelling, as exports are. */
async function read(order: Order, texts: readonly string[]): Promise<(string | null)[]> {
  const rows = texts.map((text, i) => `(${i}, '${text.replaceAll("'", "''")}')`);
  const set = order === null ? 'NULL::VARCHAR' : `'${order}'`;
  const parse = (text: string) => `parse_timestamp(${text}, ${set}, 'UTC', 'UTC')`;
  const result = await connection.runAndReadAll(
    `select cast(coalesce(found, ${parse('usual')}) as varchar)
     from (select i, ${parse('s')} as found, usual_time(s, ${set}) as usual from (values ${rows.join(', ')}) as texts (i, s)) order by i`,
  );
  return result.getRows().map(([value]) => value as string | null);
}

async function expectEach(
  order: Order,
  table: readonly (readonly [text: string, value: string | null])[],
) {
  const found = await read(
    order,
    table.map(([text]) => text),
  );
  expect(table.map(([text], i) => [text, found[i]])).toEqual(table);
}

describe('a time in an unusual spelling', () => {
  test('may have its zone after a blank, in small letters, or named beside its offset', () =>
    expectEach(null, [
      ['2026-03-01 10:00:00 UTC', '2026-03-01 10:00:00'],
      ['2026-03-01 10:00:00.123 UTC', '2026-03-01 10:00:00.123'],
      ['2026-03-01 10:00:00 +0000', '2026-03-01 10:00:00'],
      ['2026-03-01 10:00:00.000 -0700', '2026-03-01 17:00:00'],
      ['2026-03-01T10:00:00z', '2026-03-01 10:00:00'],
      ['2026-03-01t10:00:00z', '2026-03-01 10:00:00'],
      ['2026-03-01t10:00:00.5+02:00', '2026-03-01 08:00:00.5'],
      ['20260301t100000z', '2026-03-01 10:00:00'],
      ['2026-03-01 10:00 GMT', '2026-03-01 10:00:00'],
      ['2026-03-01T10:00:00+02:00[Europe/Berlin]', '2026-03-01 08:00:00'],
      ['2026-03-01T10:00:00Z[Etc/UTC]', '2026-03-01 10:00:00'],
      ['2024-03-05T10:00:00[UTC]', '2024-03-05 10:00:00'],
    ]));

  test('may have other separators, none, or no zeros before', () =>
    expectEach(null, [
      ['2026/03/01 10:00', '2026-03-01 10:00:00'],
      ['2024.03.05 10:00:00', '2024-03-05 10:00:00'],
      ['2026-3-1 9:05:00', '2026-03-01 09:05:00'],
      ['2026/3/1', '2026-03-01 00:00:00'],
      ['2026-03-01  10:00:00', '2026-03-01 10:00:00'],
      ['20260301', '2026-03-01 00:00:00'],
      ['20260301T100000Z', '2026-03-01 10:00:00'],
      ['20260301T1000', '2026-03-01 10:00:00'],
      ['20260301 10:00:30', '2026-03-01 10:00:30'],
      ['20260301100000', '2026-03-01 10:00:00'],
      ['20260301T100000.5+0200', '2026-03-01 08:00:00.5'],
      ['5.3.2024 10.30.00', '2024-03-05 10:30:00'],
    ]));

  test('may have a comma before its fraction, and any number of decimals', () =>
    expectEach(null, [
      ['2026-03-01 10:00:00,123', '2026-03-01 10:00:00.123'],
      ['2024-03-05T10:00:00,123Z', '2024-03-05 10:00:00.123'],
      ['2026-03-01 10:00:00.1234567891', '2026-03-01 10:00:00.123456'],
      ['1772359200000.0', '2026-03-01 10:00:00'],
      ['1772359200000.25', '2026-03-01 10:00:00.00025'],
      ['1772359200000001.9', '2026-03-01 10:00:00.000001'],
      ['1772359200.5', '2026-03-01 10:00:00.5'],
    ]));

  test('may have the English name of its month', () =>
    expectEach(null, [
      ['Mar 5, 2024 10:00 AM', '2024-03-05 10:00:00'],
      ['March 5, 2024, 10:00 PM', '2024-03-05 22:00:00'],
      ['Sept. 5th, 2024', '2024-09-05 00:00:00'],
      ['5 March 2024', '2024-03-05 00:00:00'],
      ['5 Mar 2024 10:00', '2024-03-05 10:00:00'],
      ['05-March-2024', '2024-03-05 00:00:00'],
      ['2024-Mar-05', '2024-03-05 00:00:00'],
      ['05/Mar/2024:10:00:00 +0000', '2024-03-05 10:00:00'],
      ['Sun, 01 Mar 2026 10:00:00 GMT', '2026-03-01 10:00:00'],
      ['Sun, 1 Mar 2026 10:00:00 -0500', '2026-03-01 15:00:00'],
      ['Tue Mar 05 10:00:00 2024', '2024-03-05 10:00:00'],
      ['Tue Mar  5 10:00:00 UTC 2024', '2024-03-05 10:00:00'],
      ['Sun Mar 01 2026 10:00:00 GMT+0100 (Central European Standard Time)', '2026-03-01 09:00:00'],
      ['05-MAR-24 10.00.00.000000 AM', '2024-03-05 10:00:00'],
      ['1-Mar-26 9:05:03 p.m.', '2026-03-01 21:05:03'],
    ]));

  test('may be of numbers with the year last, in the order of the table', async () => {
    await expectEach('month_first', [
      ['3/1/2026, 3:04:05\u202fPM', '2026-03-01 15:04:05'],
      ['12/31/2026 12:30 AM', '2026-12-31 00:30:00'],
      ['3/1/2026 3:04:05.250 +0100', '2026-03-01 02:04:05.25'],
      ['3/1/26', '2026-03-01 00:00:00'],
      ['13/02/2026 3:04:05 PM', null],
    ]);
    await expectEach('day_first', [
      ['3/1/2026, 15:04:05', '2026-01-03 15:04:05'],
      ['01.03.26 10:00', '2026-03-01 10:00:00'],
      ['31-12-99', '1999-12-31 00:00:00'],
    ]);
    await expectEach(null, [
      ['3/1/2026, 15:04:05', null],
      ['01.03.26 10:00', null],
    ]);
  });

  test('is refused where it could be mistaken, or is none', () =>
    expectEach(
      'day_first',
      [
        ...[
          '2026-03-01 10:00:00 Europe/Berlin',
          '2026-03-01 10:00:00 EST',
          '2026-03-01T10:00:00[Europe/Berlin]',
        ],
        ...[
          '2026-03-01 10:00:00+01:00:00',
          '2026-03-01T10:00:00.5+5',
          '2026-03-01T10:00:00+15:00',
          '2026-03-01T10',
        ],
        ...[
          '2026-03-01 00:30 AM',
          '2026-03-01 13:30 PM',
          '2026-03-01 24:00:01',
          '2026-03-01T10:00:60Z',
          '2026-02-29',
        ],
        ...[
          '2026-W09-7',
          '2026-060',
          '2026-03-01Z',
          '1.7723592E9',
          '-1',
          '0',
          '202603011000',
          '99999',
          '0001-01-01',
        ],
        ...[
          '0000-00-00 00:00:00',
          '2024-03',
          '2024',
          'today',
          'infinity',
          'Mar 2024',
          'Mar 5, 24',
          '5 mars 2024',
        ],
        ...[
          'Foo 5, 2024',
          'Mayor 5, 2024',
          '2024-3/5',
          '2024/03-05',
          '5.3/2024',
          '26.03.1',
          '2026-03-01 10:00.50',
        ],
        ...[
          '01032026',
          '20032026',
          '2026-03-01 (BC)',
          '２０２６-03-01 10:00:00',
          '2026-03-01 10:00:00 UTC+1',
          '24/12/31x',
        ],
      ].map((text) => [text, null] as const),
    ));
});

describe('random instants', () => {
  const MONTHS = [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
  ];
  const NAMES = [...MONTHS, 'November', 'December'];
  const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const two = (n: number) => String(n).padStart(2, '0');

  /** Spellings of the clock of an instant: with an offset in minutes, or as UTC. */
  function clocks(at: Date, offset: string): string[] {
    const [hours, minutes, seconds] = [
      at.getUTCHours(),
      two(at.getUTCMinutes()),
      two(at.getUTCSeconds()),
    ];
    const full = `${two(hours)}:${minutes}:${seconds}`;
    const half = `${hours % 12 === 0 ? 12 : hours % 12}:${minutes}:${seconds} ${hours < 12 ? 'AM' : 'PM'}`;
    const plain = [
      full,
      `${hours}:${minutes}:${seconds}`,
      `${full}.000`,
      `${full},0000000000`,
      half,
      half.toLowerCase(),
    ];
    return offset === '+00:00'
      ? [
          ...plain,
          half.replace(' ', '\u202f'),
          half.replace('AM', 'a.m.').replace('PM', 'p.m.'),
          `${full} UTC`,
          `${full}Z`,
        ]
      : [
          `${full}${offset}`,
          `${full} ${offset.replace(':', '')}`,
          `${half} ${offset}`,
          `${full}.0${offset}[Europe/Berlin]`,
        ];
  }

  /**
   * Spellings of a date that name it in whatever order, then those with the day first, then with
   * the month first.
   */
  function dates(at: Date): { any: string[]; dayFirst: string[]; monthFirst: string[] } {
    const [y, m, d] = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
    const name = NAMES[m - 1] ?? '';
    const names = [name, name.slice(0, 3), name.slice(0, 3).toUpperCase()];
    const any = [
      ...['-', '/', '.'].flatMap((mark) => [[y, two(m), two(d)].join(mark), [y, m, d].join(mark)]),
      ...[`${y}${two(m)}${two(d)}`, `${two(d)}.${two(m)}.${y}`, `${d}.${m}.${y}`],
      ...names.flatMap((each) => [
        `${each} ${d}, ${y}`,
        `${d} ${each} ${y}`,
        `${two(d)}-${each}-${y}`,
        `${d}/${each}/${y}`,
      ]),
      `${WEEKDAYS[at.getUTCDay()]}, ${two(d)} ${names[1]} ${y}`,
    ];
    const numbers = (one: number, other: number) =>
      ['-', '/'].flatMap((mark) => [
        [two(one), two(other), y].join(mark),
        [one, other, y].join(mark),
      ]);
    return { any, dayFirst: numbers(d, m), monthFirst: numbers(m, d) };
  }

  const stampOf = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  const instants = fc.array(
    fc.record({
      second: fc.integer({ min: Date.UTC(1971, 0, 1) / 1000, max: Date.UTC(2099, 11, 31) / 1000 }),
      offset: fc.constantFrom('+00:00', '+02:00', '-03:30', '+05:45', '-11:00', '+14:00'),
    }),
    { minLength: 12, maxLength: 12 },
  );
  const minutesOf = (offset: string) =>
    (offset.startsWith('-') ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4)));

  test('are read right in every spelling, and never as another one', async () => {
    await fc.assert(
      fc.asyncProperty(instants, async (given) => {
        const expected = new Map<string, string | null>();
        const others = {
          day_first: new Map<string, string>(),
          month_first: new Map<string, string>(),
        };
        for (const { second, offset } of given) {
          const local = new Date((second + minutesOf(offset) * 60) * 1000);
          const { any, dayFirst, monthFirst } = dates(local);
          const said = stampOf(second * 1000);
          for (const clock of clocks(local, offset)) {
            for (const date of any) expected.set(`${date} ${clock}`, said);
            for (const date of dayFirst) others.day_first.set(`${date} ${clock}`, said);
            for (const date of monthFirst) others.month_first.set(`${date}, ${clock}`, said);
          }
          if (offset !== '+00:00') continue;
          for (const date of any) expected.set(date, `${said.slice(0, 10)} 00:00:00`);
          if (second > 1e8)
            for (const text of ['', '000', '000000', '000.0', '.0'].map(
              (more) => `${second}${more}`,
            ))
              expected.set(text, /^(19|20)\d{10}$/.test(text) ? null : said); // it may be 2026 03 01 10 00
        }
        for (const order of ['day_first', 'month_first'] as const) {
          await expectEach(order, [...expected, ...others[order]]);
        }
        await expectEach(null, [...expected]);
        const ambiguous = [...others.day_first.keys(), ...others.month_first.keys()];
        await expectEach(
          null,
          ambiguous.map((text) => [text, null]),
        );
      }),
      { numRuns: 8 },
    );
  }, 120_000);
});
