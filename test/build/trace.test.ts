import { beforeAll, describe, expect, test } from 'vitest';
import { type Trace, traceOf } from '../../src/build/trace.js';
import { jobFolders, loadSources } from '../../src/config/contracts.js';
import { ConfigError } from '../../src/errors.js';
import { type Key, type SourceRows, sourceRows } from '../../src/inspect/rows.js';
import { withReading } from '../../src/inspect/session.js';
import { loadModels } from '../../src/model/load.js';
import { type Deployment, useDeployments } from '../night/nights.js';

const { deploy } = useDeployments('all');

const keyOf = (date: string) => `activity_log/activity_log_${date}.csv`;
const csv = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy();
  await deployment.deliver(
    keyOf('2026-03-01'),
    csv('1,7,view,2026-03-01 09:00:00', 'x,7,view,2026-03-01 10:00:00'),
  );
  // a late row of March 1, and a row that is delivered again
  await deployment.deliver(
    keyOf('2026-03-02'),
    csv(
      '2,8,view,2026-03-02 09:00:00',
      '3,7,edit,2026-03-01 23:00:00',
      '1,7,view,2026-03-01 09:00:00',
    ),
  );
  await deployment.deliver(keyOf('2026-03-03'), csv('4,9,view,2026-03-03 09:00:00'));
  await deployment.deliver(
    'support_tickets/support_tickets_2026-03-03.csv',
    'ticket_id,user_id,status,created_at,resolved_at\n1,7,closed,2026-03-01 09:00:00,2026-03-03 09:00:00\n2,7,open,2026-03-02 09:00:00,\n',
  );
  await deployment.night(['2026-03-02', '2026-03-03']);
});

async function trace(table: string, date: string, of = deployment): Promise<Trace> {
  const { config } = of;
  const [release, sources, models] = [
    await of.release(),
    await loadSources(config),
    await loadModels(jobFolders(config)),
  ];
  const partition = release.get(table, date);
  if (partition === undefined) throw new Error(`there is no ${table} ${date}`);
  const reaches = { window: config.settings.long_window_days };
  return traceOf(partition, release, { models, sources, reaches });
}

const through = ({ through }: Trace, before = false) =>
  Object.fromEntries(
    through
      .filter((each) => each.before === before)
      .map(({ table, partitions }) => [table, partitions]),
  );
const exportsOf = ({ sources }: Trace, table: string) =>
  sources.find((each) => each.table === table)?.exports.map((each) => each.export);

describe('a partition is followed back', () => {
  test('through the tables between, to the exports that hold rows of its dates, late ones too', async () => {
    const found = await trace('daily/day', '2026-03-01');
    expect(through(found)).toEqual({
      'clean/activity_log': ['2026-03-01'],
      'clean/support_tickets': ['all'],
      'daily/user_day': ['2026-03-01'],
    });
    expect(exportsOf(found, 'activity_log')).toEqual([keyOf('2026-03-01'), keyOf('2026-03-02')]);
  });

  test('with what was refused of each export', async () => {
    const found = await trace('clean/activity_log', '2026-03-01');
    expect(found.sources).toEqual([
      {
        table: 'activity_log',
        first: '2026-03-01',
        last: '2026-03-01',
        exports: [
          {
            export: keyOf('2026-03-01'),
            records: 2,
            staged: 1,
            quarantined: { activity_id_not_an_integer: 1 },
          },
          { export: keyOf('2026-03-02'), records: 3, staged: 3, quarantined: {} },
        ],
      },
    ]);
  });

  test('of a window to all dates in it', async () => {
    const found = await trace('rolling/user_window', '2026-03-03');
    expect(through(found)['daily/user_day']).toEqual(['2026-03-01', '2026-03-02', '2026-03-03']);
  });

  test('of a lifetime table to the as-of date before and the days since, and no further', async () => {
    const found = await trace('rolling/user_lifetime', '2026-03-03');
    expect(through(found, true)).toEqual({ 'rolling/user_lifetime': ['2026-03-02'] });
    expect(through(found)['daily/user_day']).toEqual(['2026-03-03']);
    expect(exportsOf(found, 'activity_log')).toEqual([keyOf('2026-03-03')]);
  });

  test('of an undated table to all its exports', async () => {
    const found = await trace('clean/support_tickets', 'all');
    expect(found.sources).toMatchObject([{ table: 'support_tickets', first: null, last: null }]);
    expect(exportsOf(found, 'support_tickets')).toEqual([
      'support_tickets/support_tickets_2026-03-03.csv',
    ]);
  });
});

test('a derived table is followed through its dates to the exports of what it is derived from, the neighbours too', async () => {
  const derived = await deploy({ tables: { sessions: { derived: true } } });
  for (const [i, day] of ['01', '03', '04', '05'].entries())
    await derived.deliver(keyOf(`2026-03-${day}`), csv(`${i + 1},7,view,2026-03-${day} 09:00:00`));
  await derived.night('2026-03-05');
  const found = await trace('clean/sessions', '2026-03-04', derived);
  expect(through(found)).toEqual({ 'staged/sessions': ['2026-03-04'] });
  expect(found.sources).toMatchObject([
    { table: 'activity_log', first: '2026-03-03', last: '2026-03-05' },
  ]);
  expect(exportsOf(found, 'activity_log')).toEqual(
    ['03', '04', '05'].map((day) => keyOf(`2026-03-${day}`)),
  );
});

describe('rows of a key', () => {
  async function rows(table: string, date: string, key: Key): Promise<SourceRows[]> {
    const { config, output } = deployment;
    const [release, sources] = [await deployment.release(), await loadSources(config)];
    const { sources: traces } = await trace(table, date);
    return withReading(config, output, (reading) =>
      sourceRows(reading, { release, sources, timeZone: 'UTC' }, traces, key),
    );
  }

  const lines = (found: SourceRows[], table: string) =>
    found
      .find((each) => each.table === table)
      ?.rows.map(({ export: key, line }) => `${key}:${line}`);

  test('are named with export and line, those delivered twice too', async () => {
    const found = await rows('daily/user_day', '2026-03-01', { column: 'user_id', value: '7' });
    expect(lines(found, 'activity_log')).toEqual([
      `${keyOf('2026-03-01')}:2`,
      `${keyOf('2026-03-02')}:3`,
      `${keyOf('2026-03-02')}:4`,
    ]);
    expect(found.find(({ table }) => table === 'activity_log')?.rows[1]?.values).toMatchObject({
      activity_id: 3,
      activity_type: 'edit',
    });
  });

  test('of an undated table are those that are an event on the date', async () => {
    const of = async (date: string) =>
      lines(
        await rows('daily/user_day', date, { column: 'user_id', value: '7' }),
        'support_tickets',
      );
    const file = 'support_tickets/support_tickets_2026-03-03.csv';
    expect(await of('2026-03-01')).toEqual([`${file}:2`]);
    expect(await of('2026-03-02')).toEqual([`${file}:3`]);
    expect(await of('2026-03-03')).toEqual([`${file}:2`]);
  });

  test('that are not there are none', async () => {
    const found = await rows('clean/activity_log', '2026-03-01', {
      column: 'activity_type',
      value: "it's",
    });
    expect(found).toEqual([{ table: 'activity_log', found: 0, rows: [] }]);
  });

  test.each<[string, Key, string]>([
    [
      'a column that no table has',
      { column: 'nothing', value: '1' },
      '--key: expected a column of its exports (activity_at',
    ],
    [
      'a value of another type',
      { column: 'user_id', value: 'x' },
      '--key: user_id: expected a value of type BIGINT, found x',
    ],
  ])('of %s are a ConfigError', async (_, key, message) => {
    const found = rows('clean/activity_log', '2026-03-01', key);
    await expect(found).rejects.toThrow(ConfigError);
    await expect(found).rejects.toThrow(message);
  });
});
