import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDuckdb } from '../../../src/engine/duckdb/open.js';
import { type Engine, quote } from '../../../src/engine/engine.js';
import type { Job, JobEngine, JobSession } from '../../../src/engine/job.js';
import { openSpark } from '../../../src/engine/spark/open.js';
import { FileStore } from '../../../src/store/folder.js';
import { useSpark } from './cluster.js';

vi.setConfig({ testTimeout: 600_000 });

// in one process, and on a master with two workers
describe.each(['local[2]', 'local-cluster[2,1,1024]'])('Spark on %s', (master) => {
  const { spark } = useSpark({}, master);
  const folder = mkdtempSync(path.join(tmpdir(), 'dayfold-words-'));
  const store = new FileStore(path.join(folder, 'output'));
  let duckdb: Engine;
  let cluster: JobEngine;
  let files = 0;
  const fresh = (extension: string) => path.join(folder, `${++files}${extension}`);

  beforeAll(async () => {
    duckdb = await openDuckdb({
      threads: 1,
      memoryLimit: '256MB',
      scratch: folder,
      readable: [store.folder],
    });
    cluster = await openSpark({
      ...{
        remote: spark().remote,
        token: null,
        tls: false,
        seconds: 600,
        parallelJobs: 1,
        store,
        uploaded: async () => {},
        tell: () => {},
        attempts: 'attempts/test',
        rowsAFile: 1_000,
      },
      ...{ settings: { many: 3 }, funnelSteps: [], windows: [30, 60], timeZone: 'UTC' },
    });
  });
  afterAll(async () => {
    await cluster.close();
    await duckdb.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What each expression gives for each value of `s`, by engine; both must say the same of all. */
  async function expectSame(
    values: readonly string[],
    type: string,
    expressions: readonly string[],
  ): Promise<void> {
    const columns = new Map([
      ['i', 'BIGINT'],
      ['s', type],
    ]);
    const file = fresh('.parquet');
    const rows = values.map((value, i) => `(${i}, ${quote(value)})`).join(', ');
    await duckdb.sessions[0]?.writeParquet(`select * from (values ${rows}) as t(i, s)`, columns, {
      file,
      compression: 'snappy',
    });
    const key = `objects/daily/inputs/all/${files}.parquet`;
    await store.write(key, { file });
    const objects = [{ key, bytes: 0, rows: values.length, sha256: '' }];
    const names = expressions.map((_, i) => `v${i}`);
    const job: Job = {
      ...{ table: 'daily/words', grain: ['i'], partitionColumn: undefined, names: ['all'] },
      columns: new Map([['i', 'BIGINT'], ...names.map((name) => [name, 'VARCHAR'] as const)]),
      sql: `select i, ${expressions.map((each, i) => `cast(${each} as string) as v${i}`).join(', ')} from daily.inputs order by i nulls last`,
      reads: [{ schema: 'daily', table: 'inputs', columns, objects }],
    };
    const found = async (session: JobSession | undefined) => {
      const made = await session?.make(job, {
        fetch: (object) => store.fetch(object.key, folder),
        fresh,
        compression: 'snappy',
      });
      const read = await duckdb.sessions[0]?.rows(
        `select * from read_parquet('${made?.[0]?.file}') order by i`,
      );
      return (read ?? []).flatMap((row) =>
        names.map((name, i) => `${values[Number(row.i)]} | ${expressions[i]}: ${row[name]}`),
      );
    };
    const [theirs, ours] = [await found(cluster.sessions[0]), await found(duckdb.sessions[0])];
    expect(ours).toHaveLength(values.length * expressions.length);
    expect(theirs).toEqual(ours);
  }

  const ZONES = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'America/Sao_Paulo',
    'Pacific/Apia',
  ];

  test('parse_timestamp, in each order of day and month and seven zones', () => {
    const times = [
      '2026-10-05',
      '2026-10-05 10:00',
      '2026-10-05 10:00:00',
      '2026-10-05T10:00:00',
      '2026-10-05 10:00:00.5',
      '2026-10-05 10:00:00.123456',
      '2026-10-05 10:00:00.123456789',
      '2026-10-05T10:00Z',
      '2026-10-05T10:00:00Z',
      '2026-10-05T10:00:00+02',
      '2026-10-05T10:00:00+0200',
      '2026-10-05T10:00:00+02:00',
      '2026-10-05T10:00:00-12:00',
      '2026-10-05T10:00:00-13:00',
      '2026-10-05T10:00:00+14:00',
      '2026-10-05T10:00:00+14:30',
      '2026-10-05T10:00:00+15:00',
      '2026-10-05T10:00:00.25+05:30',
      '2026-10-05 10:00+02',
      '10/05/2026',
      '10/05/2026 9:05',
      '10/05/2026 09:05:07',
      '31/12/2026',
      '12/31/2026',
      '1-2-2026',
      '1-2-2026 24:00',
      '05.10.2026',
      '5.1.2026 7:08',
      '05-Oct-2026',
      '5-oct-2026 7:08:09',
      '05-Okt-2026',
      '31.02.2026',
      '2026-02-30',
      '2026-02-29',
      '2024-02-29',
      '2026-10-05 24:00',
      '2026-10-05 24:00:00',
      '2026-10-05 24:00:01',
      '2026-10-05 24:01',
      '2026-10-05 25:00:00',
      '2026-10-05 23:59:60',
      '0999-10-05',
      '1000-01-01',
      '9999-12-30 23:59:59',
      '1790709223',
      '179070922',
      '1790709223123',
      '1790709223123456',
      '1790709223123456789',
      '9999999999999999999',
      '20261005',
      '2026',
      '0790709223',
      '12345678901',
      '',
      ' 2026-10-05',
      '2026-10-05 ',
      '2026-10-05\n',
      '12\n',
      '2026-10-05 10:00:00\n',
      '2026/10/05',
      '2026-1-5',
      '10/5/26',
      'yesterday',
      '２０２６-10-05',
      '2026-10-05T10:00:00z',
      '2026-10-05T10:00:00+2:00',
      '2026-10-05 1:00:00',
      '2026-10-05x10:00:00',
      '99/99/2026',
      '13-13-2026',
      '2026-03-29 02:30:00',
      '2026-10-25 02:30:00',
      '2026-03-08 02:30:00',
      '2026-11-01 01:30:00',
      '2026-10-04 02:15:00',
      '2026-04-05 01:45:00',
      '2026-10-25T02:30:00+01:00',
      '1900-01-01 00:00:00',
      '1916-05-01 00:30:00',
      '2011-12-30 12:00:00',
      '01/Oct/2026',
      '1.1.2026 00:00:60',
      '2026-10-05 10:00:00.1234567890',
      '2026-10-05T10:00:00.',
      '+2026-10-05',
      '-2026-10-05',
      '2026-13-01',
      '2026-00-10',
      '2026-10-00',
      '1970-01-01T00:00:00Z',
      '2026-10-05 10:60',
      '05-10-2026 10:00',
      '5/10/2026 10:00:00',
      '202410051030',
      '179070922312',
      '2026-10-05T10:00:00.25Z',
    ];
    const expressions = ['month_first', 'day_first', ''].flatMap((order) =>
      ZONES.map(
        (zone) =>
          `parse_timestamp(s, ${order === '' ? 'cast(NULL as string)' : `'${order}'`}, '${zone}', 'Asia/Kolkata')`,
      ),
    );
    return expectSame(times, 'VARCHAR', expressions);
  });

  test('local times and business dates, each half hour of days on which clocks change', () => {
    const days = [
      '2026-03-08',
      '2026-03-29',
      '2026-04-05',
      '2026-10-04',
      '2026-10-25',
      '2026-11-01',
      '2018-11-04',
      '2018-02-17',
      '2011-12-29',
      '2011-12-30',
      '2011-12-31',
    ];
    const moments = days.flatMap((day) =>
      Array.from(
        { length: 48 },
        (_, i) => `${day} ${String(i >> 1).padStart(2, '0')}:${i % 2 === 0 ? '00' : '30'}:00`,
      ),
    );
    const words = ZONES.flatMap((zone) => [
      `utc_from_local(s, '${zone}')`,
      `business_date(s, '${zone}')`,
    ]);
    return expectSame(moments, 'TIMESTAMP', words);
  });

  test('moments: seconds and days between, day of the week, as text', () =>
    expectSame(
      [
        '2026-01-01 00:00:00',
        '2026-01-01 00:00:01.5',
        '2027-01-01 10:20:30.12345',
        '1969-12-31 23:59:59.9',
        '2024-02-29 12:00:00',
      ],
      'TIMESTAMP',
      [
        `seconds_between(s, TIMESTAMP '2026-01-01 00:00:00')`,
        `seconds_between(TIMESTAMP '2026-01-01 00:00:00.9', s)`,
        `days_between(cast(s as date), DATE '2026-03-01')`,
        'iso_dow(cast(s as date))',
        's',
      ],
    ));

  test('whole numbers: parse_int', () =>
    expectSame(
      [
        '0',
        '12',
        '-12',
        '+12',
        '007',
        '1.5',
        '1e3',
        '0x1F',
        '',
        ' 12',
        '12 ',
        '12\n',
        '9223372036854775807',
        '9223372036854775808',
        '-9223372036854775808',
        '1_000',
        '１２',
        '--1',
        '+',
        '1,000',
      ],
      'VARCHAR',
      ['parse_int(s)'],
    ));

  test('to_int rounds halves away from zero', () =>
    expectSame(
      [
        '0.5',
        '-0.5',
        '1.5',
        '2.5',
        '2.4999999999',
        '0.49999999999999994',
        '1e18',
        '9.3e18',
        '-9.3e18',
        'NaN',
        'Infinity',
        '4503599627370497.5',
        '1234567.5',
        '-2.5',
      ],
      'DOUBLE',
      ['to_int(s)'],
    ));

  test('int_div rounds towards zero, and knows no division by zero', () =>
    expectSame(['7', '-7', '0', '-9223372036854775807'], 'BIGINT', [
      'int_div(s, 2)',
      'int_div(s, -3)',
      'int_div(s, 0)',
    ]));

  // a dotted capital I and a Sigma at the end of a word are put in lower case in another way by Java
  test('text: snake_case, patterns, replacements and lists', () =>
    expectSame(
      [
        'Page View',
        'pageView',
        'page_view',
        '  a  b ',
        'ÀB c',
        'Straße!',
        '',
        '___',
        '1',
        'naïve-é',
        'a\u0301b',
        '日本 語',
        '_a_',
        'ＦＵＬＬ',
        'ǅx',
        'x²',
        'À\u0300',
        '٣',
        'a\u00a0b',
        'ẞ',
        '👍 ok',
        'auto_x',
        'a$1',
        'ab12',
      ],
      'VARCHAR',
      [
        'snake_case(s)',
        `re_test(s, '^auto_')`,
        `re_test(s, '(?i)A\\z')`,
        `re_replace(s, '([a-z])([0-9 ])', '\\2_\\1')`,
        `re_replace(s, '[a-z]+', '$')`,
      ],
    ));
});
