import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { VOCABULARY } from '../../../src/engine/duckdb/vocabulary.js';
import { instantOf, wallClock } from './wall-clock.js';

let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
  // A session zone of its own shows that no word depends on it.
  await connection.run(`set TimeZone = 'Asia/Tokyo'`);
  await connection.run(VOCABULARY);
});

async function values(
  expression: string,
  inputs: readonly (string | null)[],
): Promise<(string | null)[]> {
  const rows = inputs.map(
    (input, i) => `(${i}, ${input === null ? 'null' : `'${input.replaceAll("'", "''")}'`})`,
  );
  const result = await connection.runAndReadAll(
    `select cast(${expression} as varchar) as value from (values ${rows.join(', ')}) as inputs (i, s) order by i`,
  );
  return result.getRows().map((row) => row[0] as string | null);
}

const value = async (expression: string) => (await values(expression, ['']))[0];

async function expectEach(
  expression: string,
  table: readonly (readonly [string | null, string | null])[],
) {
  const found = await values(
    expression,
    table.map(([input]) => input),
  );
  expect(table.map(([input], i) => [input, found[i]])).toEqual(table);
}

describe('parse_timestamp', () => {
  const monthFirst = `parse_timestamp(s, 'month_first', 'UTC', 'UTC')`;

  test('reads ISO text without an offset', () =>
    expectEach(monthFirst, [
      ['2026-10-05', '2026-10-05 00:00:00'],
      ['2026-10-05 07:08', '2026-10-05 07:08:00'],
      ['2026-10-05 07:08:09', '2026-10-05 07:08:09'],
      ['2026-10-05T07:08:09', '2026-10-05 07:08:09'],
      ['2026-10-05T07:08:09.5', '2026-10-05 07:08:09.5'],
      ['2026-10-05 07:08:09.123456789', '2026-10-05 07:08:09.123456'],
      ['2026-10-05 24:00:00', '2026-10-06 00:00:00'],
      ['2024-02-29', '2024-02-29 00:00:00'],
      ['1000-01-01', '1000-01-01 00:00:00'],
    ]));

  test('honours offsets', () =>
    expectEach(monthFirst, [
      ['2026-10-05T07:08:09Z', '2026-10-05 07:08:09'],
      ['2026-10-05 07:08Z', '2026-10-05 07:08:00'],
      ['2026-10-05T07:08:09.250Z', '2026-10-05 07:08:09.25'],
      ['2026-10-05T07:08:09+02:00', '2026-10-05 05:08:09'],
      ['2026-10-05 07:08:09-09:30', '2026-10-05 16:38:09'],
      ['2026-10-05T07:08:09-05:00', '2026-10-05 12:08:09'],
      ['2026-10-05T07:08:09+0545', '2026-10-05 01:23:09'],
      ['2026-10-05T07:08:09.75+02', '2026-10-05 05:08:09.75'],
      ['2026-10-05T07:08+02:00', '2026-10-05 05:08:00'],
      ['2026-10-05 07:08+02', '2026-10-05 05:08:00'],
      ['2026-01-01T00:30:00+14:00', '2025-12-31 10:30:00'],
      ['2026-01-01T00:30:00+15:00', null],
      ['2026-01-01T00:30:00-13:00', null],
      ['2026-01-01T00:30:00+02:75', null],
      ['2026-01-01T00:30:00+0275', null],
    ]));

  test('reads numbers month first where told so', () =>
    expectEach(monthFirst, [
      ['10/05/2026', '2026-10-05 00:00:00'],
      ['10/05/2026 07:08', '2026-10-05 07:08:00'],
      ['10/05/2026 07:08:09', '2026-10-05 07:08:09'],
      ['1/2/2026 3:04:05', '2026-01-02 03:04:05'],
      ['10-05-2026', '2026-10-05 00:00:00'],
      ['1-12-2026 07:08', '2026-01-12 07:08:00'],
      ['27/07/2023', null],
      ['27-07-2023 03:00', null],
    ]));

  test('reads numbers day first where told so', () =>
    expectEach(`parse_timestamp(s, 'day_first', 'UTC', 'UTC')`, [
      ['10/05/2026', '2026-05-10 00:00:00'],
      ['27-07-2023', '2023-07-27 00:00:00'],
      ['28-07-2023 03:00', '2023-07-28 03:00:00'],
      ['28/07/2023 03:00:01', '2023-07-28 03:00:01'],
      ['1/2/2026', '2026-02-01 00:00:00'],
      ['07/28/2023', null],
    ]));

  test('takes the order from a column too', () =>
    expectEach(`parse_timestamp('10/05/2026', s, 'UTC', 'UTC')`, [
      ['month_first', '2026-10-05 00:00:00'],
      ['day_first', '2026-05-10 00:00:00'],
    ]));

  test('reads dotted dates and month names day first', () =>
    expectEach(monthFirst, [
      ['05.10.2026', '2026-10-05 00:00:00'],
      ['5.1.2026 7:08', '2026-01-05 07:08:00'],
      ['31.12.2026 23:59:59', '2026-12-31 23:59:59'],
      ['12.31.2026', null],
      ['05-Oct-2026', '2026-10-05 00:00:00'],
      ['05-OCT-2026 07:08', '2026-10-05 07:08:00'],
      ['5-mar-2026 07:08:09', '2026-03-05 07:08:09'],
      ['05-Okt-2026', null],
    ]));

  test('tells the unit of an epoch by its magnitude', () =>
    expectEach(monthFirst, [
      ['1790709223', '2026-09-29 19:13:43'],
      ['1790709223250', '2026-09-29 19:13:43.25'],
      ['1790709223000001', '2026-09-29 19:13:43.000001'],
      ['999999999', '2001-09-09 01:46:39'],
      ['20241005', null],
      ['202410051030', null],
      ['917352000000', '1999-01-26 12:00:00'],
      ['17907092231', null],
      ['-1790709223', null],
      ['179070922e3', null],
    ]));

  test('makes nothing of anything else', () =>
    expectEach(
      monthFirst,
      [
        ...[
          null,
          '',
          'yesterday',
          '2024',
          '2024-02',
          '2024-2-3',
          '2026-02-30',
          '2026-13-01',
          '2026-10-05 25:00:00',
        ],
        ...[
          '2026-10-05 10:61:00',
          '2026-10-05 10:00:60',
          '02/29/2026',
          '00/10/2026',
          '10/05/26',
          '10/05/0026',
        ],
        ...[
          '0999-12-31',
          '0999-12-31 00:00:00',
          '0999-12-31T00:00:00Z',
          '0999-12-31T00:00:00+02:00',
          '10/05/0999',
        ],
        ...[
          '31-Dec-0999',
          '31.12.0999',
          '2026-10-05 10:00:00 UTC',
          '2026-10-05 10:00:00 Europe/Berlin',
          ' 2026-10-05',
        ],
        ...[
          '2026-10-05_10:00:00',
          '2026/10/05',
          '10/05-2026',
          'infinity',
          'epoch',
          '٢٠٢٦-١٠-٠٥',
          '1e9',
          '1790709223.5',
        ],
        ...[
          '2026-10-05 10:00:00+',
          '2026-10-05T10:00:00ZZ',
          '20261005T100000',
          '10/05/2026 10',
          '99999-01-01',
          '12026-01-01',
        ],
      ].map((text) => [text, null] as const),
    ));

  test('takes times without an offset as local to the zone, and only those', () =>
    expectEach(`parse_timestamp(s, 'day_first', 'America/New_York', 'UTC')`, [
      ['2026-07-01 12:00:00', '2026-07-01 16:00:00'],
      ['2026-01-01T12:00:00.5', '2026-01-01 17:00:00.5'],
      ['01/07/2026 12:00', '2026-07-01 16:00:00'],
      ['01-Jul-2026 12:00:00', '2026-07-01 16:00:00'],
      ['2026-07-01T12:00:00Z', '2026-07-01 12:00:00'],
      ['2026-07-01T12:00:00+02:00', '2026-07-01 10:00:00'],
      ['1790709223', '2026-09-29 19:13:43'],
    ]));

  test.each(['America/New_York', 'Pacific/Auckland', 'Africa/Cairo', 'America/Sao_Paulo', 'UTC'])(
    'takes a date without a time as that date in %s, wherever its times are local to',
    async (zone) => {
      const dates = [
        '2026-03-01',
        '2018-11-04',
        '2026-04-24',
        '01/03/2026',
        '24.04.2026',
        '04-Nov-2018',
      ];
      for (const timesIn of ['UTC', 'Asia/Tokyo', 'America/Los_Angeles', zone]) {
        const read = `parse_timestamp(s, 'day_first', '${timesIn}', '${zone}')`;
        expect(await values(`business_date(${read}, '${zone}')`, dates)).toEqual([
          ...dates.slice(0, 3),
          ...['2026-03-01', '2026-04-24', '2018-11-04'],
        ]);
      }
    },
  );
});

describe('time zones', () => {
  // Zones whose clocks change by an hour, by half an hour, at midnight, or not at all, and days on
  // which they do.
  const changes: readonly (readonly [zone: string, ...days: string[]])[] = [
    ['Europe/Berlin', '2026-03-29', '2026-10-25', '2026-07-01'],
    ['America/New_York', '2026-03-08', '2026-11-01', '2026-12-31'],
    ['Asia/Kolkata', '2026-03-29', '1945-10-15'],
    ['Asia/Kathmandu', '2026-10-25', '1986-01-01'],
    ['Australia/Lord_Howe', '2026-04-05', '2026-10-04'],
    ['America/Sao_Paulo', '2018-02-18', '2018-11-04', '2026-02-15'],
    ['Africa/Cairo', '2026-04-24', '2026-10-30'],
    ['Asia/Beirut', '2026-03-29', '2026-10-25'],
    ['Pacific/Apia', '2011-12-30', '2012-04-01'],
    ['America/St_Johns', '2006-04-02', '2006-10-29'],
    ['UTC', '2026-03-29'],
  ];
  const zones = changes.map(([zone, ...days]) => ({ zone, days }));

  const minutesAround = (day: string, step: number) => {
    const midnight = Date.parse(`${day}T00:00:00Z`);
    const steps = Math.floor((3 * 1440) / step);
    return Array.from({ length: steps }, (_, i) => new Date(midnight + (i * step - 1440) * 60_000));
  };
  const text = (date: Date) => date.toISOString().slice(0, 19).replace('T', ' ');

  test.each(zones)('business_date gives the wall calendar of $zone', async ({ zone, days }) => {
    const instants = days.flatMap((day) => minutesAround(day, 15));
    const found = await values(
      `business_date(cast(s as timestamp), '${zone}')`,
      instants.map(text),
    );
    expect(found).toEqual(instants.map((instant) => wallClock(instant, zone).slice(0, 10)));
  });

  test.each(zones)('utc_from_local inverts the wall clock of $zone', async ({ zone, days }) => {
    const locals = days.flatMap((day) => minutesAround(day, 15)).map(text);
    const found = await values(`utc_from_local(cast(s as timestamp), '${zone}')`, locals);
    expect(found).toEqual(locals.map((local) => text(instantOf(local, zone))));
  });

  test('a local time that occurs twice is the earlier instant, one skipped counts on from before', () =>
    expectEach(`utc_from_local(cast(s as timestamp), 'Europe/Berlin')`, [
      ['2026-10-25 02:30:00.123456', '2026-10-25 00:30:00.123456'],
      ['2026-03-29 02:30:00', '2026-03-29 01:30:00'],
      [null, null],
    ]));

  test('a day of 23 hours and one of 25 are one business date each', async () => {
    const hours = async (day: string) =>
      value(`(select count(*) from range(-48, 48) as t(i)
        where business_date(timestamp '${day} 12:00:00' + to_hours(cast(i as integer)), 'Europe/Berlin') = date '${day}')`);
    expect([
      await hours('2026-03-29'),
      await hours('2026-03-30'),
      await hours('2026-10-25'),
    ]).toEqual(['23', '24', '25']);
  });
});

describe('numbers and dates', () => {
  test('parse_int takes digits and a sign, to 64 bits', () =>
    expectEach('parse_int(s)', [
      ...(['0', '7', '-7', '9223372036854775807', '-9223372036854775808'] as const).map(
        (n) => [n, n] as const,
      ),
      ['+7', '7'],
      ['007', '7'],
      ['-0', '0'],
      ...[
        null,
        '',
        '-',
        '1.5',
        '1.0',
        '1e3',
        '0x1F',
        '1_000',
        ' 7',
        '7 ',
        '1 000',
        '1,000',
        '--1',
        '٧',
      ].map((s) => [s, null] as const),
      ['9223372036854775808', null],
    ]));

  test('to_int rounds halves away from zero', async () => {
    expect(
      await value(
        '[to_int(2.5::double), to_int(-2.5::double), to_int(2.4::double), to_int(null::double)]',
      ),
    ).toBe('[3, -3, 2, NULL]');
    expect(
      await value(`[to_int(1e30::double), to_int('nan'::double), to_int(2.7::decimal(4, 1))]`),
    ).toBe('[NULL, NULL, 3]');
  });

  test('int_div rounds towards zero and is NULL for a zero divisor', async () => {
    expect(await value('[int_div(7, 2), int_div(-7, 2), int_div(7, -2), int_div(7, 0)]')).toBe(
      '[3, -3, -3, NULL]',
    );
  });

  test('seconds_between counts whole seconds, rounded down', () =>
    expectEach(`seconds_between(timestamp '2026-10-05 10:00:00.5', cast(s as timestamp))`, [
      ['2026-10-05 10:00:00.5', '0'],
      ['2026-10-05 10:00:01.4', '0'],
      ['2026-10-05 10:00:01.5', '1'],
      ['2026-10-05 10:00:00.4', '-1'],
      ['2026-10-05 09:59:59.5', '-1'],
      ['2026-10-06 10:00:00.5', '86400'],
      [null, null],
    ]));

  test('days_between counts from the first date to the second', () =>
    expectEach(`days_between(date '2024-02-28', cast(s as date))`, [
      ['2024-03-01', '2'],
      ['2024-02-28', '0'],
      ['2024-02-27', '-1'],
    ]));

  test('iso_dow runs from Monday, 1, to Sunday, 7', () =>
    expectEach('iso_dow(cast(s as date))', [
      ['2026-11-16', '1'],
      ['2026-11-21', '6'],
      ['2026-11-22', '7'],
    ]));

  test('whole numbers are BIGINT', async () => {
    const types = `[typeof(parse_int('1')), typeof(to_int(1.0)), typeof(int_div(1::bigint, 1::bigint)),
      typeof(seconds_between(timestamp '2026-01-01', timestamp '2026-01-01')),
      typeof(days_between(date '2026-01-01', date '2026-01-01')), typeof(iso_dow(date '2026-01-01'))]`;
    expect(await value(`list_distinct(${types})`)).toBe('[BIGINT]');
  });
});

describe('text', () => {
  test('snake_case keeps letters and digits of any script', () =>
    expectEach('snake_case(s)', [
      ['page_view', 'page_view'],
      ['Page View', 'page_view'],
      ['  Download ', 'download'],
      ['SIGN-UP!!now', 'sign_up_now'],
      ['__a__b__', 'a_b'],
      ['Größe ändern', 'größe_ändern'],
      ['ЗАПУСК №2', 'запуск_2'],
      ['हिन्दी शब्द', 'हिन्दी_शब्द'],
      ['a' + '\u00a0' + 'b', 'a_b'],
      ['---', ''],
      ['', ''],
      [null, null],
    ]));

  test('re_replace replaces every match and knows groups', () =>
    expectEach(`re_replace(s, '([a-z])-', '\\1+')`, [['a-b-c', 'a+b+c']]));

  test('re_test looks anywhere in the text', () =>
    expectEach(`re_test(s, '[0-9]')`, [
      ['ab1', 'true'],
      ['ab', 'false'],
    ]));

  test('join_sorted sorts, leaves out what is missing, and is NULL for nothing', async () => {
    expect(await value(`join_sorted(['b', null, 'a', 'B'], ', ')`)).toBe('B, a, b');
    expect(await value(`join_sorted(cast([] as varchar[]), ',')`)).toBeNull();
    expect(await value(`join_sorted(cast(null as varchar[]), ',')`)).toBeNull();
  });
});
