import { beforeAll, describe, expect, test } from 'vitest';
import { loadSources } from '../../src/config/contracts.js';
import { withoutExports } from '../../src/night/corrections/forget.js';
import { readLive } from '../../src/release/commit.js';
import { filesOf, objectsOf } from '../../src/release/partition.js';
import type { Release } from '../../src/release/release.js';
import type { Partition } from '../../src/release/schema.js';
import { type Deployment, query, useDeployments } from './nights.js';

const { deploy } = useDeployments();

const keyOf = (date: string) => `activity_log/activity_log_${date}.csv`;
const csv = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;
const tickets = (...records: string[]) =>
  `${['ticket_id,user_id,status,created_at,resolved_at', ...records].join('\n')}\n`;

const by = (partition_by: 'date' | 'month' | 'year') => ({
  parquet: { compression: 'snappy', partition_by },
});

/** What a release says of its partitions, but for where their rows are. */
function contents(release: Release): unknown[] {
  return [...release.partitions()]
    .filter(({ table }) => table !== 'index/schemas')
    .map(({ objects, ...partition }: Partition) => ({
      ...partition,
      objects: objects.map(({ rows, sha256 }) => ({ rows, sha256 })),
    }));
}

const DATED = /^(clean\/(?!support_tickets|users)|daily|weekly|monthly)/;

/** The rows of each dated table of `latest/`, in order. */
async function rowsOf({ output }: Deployment): Promise<Record<string, string>> {
  const files = new Map<string, string[]>();
  for await (const key of output.keys('latest/')) {
    const table = key.split('/').slice(1, 3).join('/');
    if (key.endsWith('.parquet') && DATED.test(table))
      files.set(table, [...(files.get(table) ?? []), output.locate(key)]);
  }
  const found: Record<string, string> = {};
  for (const [table, paths] of files) {
    const [{ names } = { names: '' }] = await query(
      `select string_agg('"' || column_name || '"', ', ' order by column_name) as names from
        (describe select * exclude (file_row_number) from read_parquet(${JSON.stringify(paths).replaceAll('"', "'")},
          hive_partitioning = true, file_row_number = true)) where column_name not in ('event_month', 'event_year')`,
    );
    const rows = await query(
      `select ${names} from read_parquet(${JSON.stringify(paths).replaceAll('"', "'")},
        hive_partitioning = true) order by all`,
    );
    found[table] = JSON.stringify(rows);
  }
  return found;
}

/** The files that dated tables and exports are in, with the objects that each of them holds. */
function sharedBy(release: Release): Map<string, Set<string>> {
  const files = new Map<string, Set<string>>();
  for (const { objects, expired } of release.partitions())
    for (const { key, within } of expired ? [] : objects)
      if (within !== undefined)
        files.set(within.key, (files.get(within.key) ?? new Set()).add(key));
  return files;
}

const isThere = async ({ output }: Deployment, key: string) =>
  (await output.read(key)) !== undefined;

describe('with files of a month', () => {
  let plain: Deployment;
  let months: Deployment;
  const both = async (work: (deployment: Deployment) => Promise<unknown>) => {
    await work(plain);
    await work(months);
  };

  beforeAll(async () => {
    [plain, months] = [await deploy(by('date')), await deploy(by('month'))];
    await both(async (deployment) => {
      for (const date of ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']) {
        const id = date.slice(5).replace('-', '');
        await deployment.deliver(
          keyOf(date),
          csv(`${id}1,7,view,${date} 09:00:00`, `${id}2,8,Page View,${date} 10:00:00`),
        );
        await deployment.deliver(
          `support_tickets/support_tickets_${date}.csv`,
          tickets(
            `${id},7,open,${date} 09:00:00,`,
            `${id}9,8,solved,${date} 09:00:00,${date} 11:00:00`,
          ),
        );
      }
      await deployment.night('2026-03-02');
    });
  });

  /** Everything but the place of the rows is as with a file for each date. */
  const expectTheSame = async () => {
    const [expected, found] = [await plain.release(), await months.release()];
    expect(contents(found)).toEqual(contents(expected));
    expect(await rowsOf(months)).toEqual(await rowsOf(plain));
    for (const { key } of [...found.partitions()].flatMap(objectsOf))
      expect(await isThere(months, key), key).toBe(true);
  };

  test('a release holds what it holds with a file for each date', expectTheSame);

  test('a file of a dated table has the rows of its month, with their dates', async () => {
    const clean = (await months.release()).of('clean/activity_log');
    expect(
      filesOf(clean.flatMap(({ objects }) => objects)).map(({ key, rows }) => [key, rows]),
    ).toEqual([
      [expect.stringContaining('objects/clean/activity_log/event_month=2026-02/'), 4],
      [expect.stringContaining('objects/clean/activity_log/event_month=2026-03/'), 4],
    ]);
    const [file] = filesOf(clean[2]?.objects ?? []);
    expect(
      await query(
        `select cast(event_date as varchar) as event_date, count(*) as rows
          from read_parquet('${months.output.locate(file?.key ?? '')}', hive_partitioning = false)
         group by all order by all`,
      ),
    ).toEqual([
      { event_date: '2026-03-01', rows: 2 },
      { event_date: '2026-03-02', rows: 2 },
    ]);
  });

  test('exports share a file, too', async () => {
    const staged = (await months.release()).of('staged/support_tickets');
    expect(
      filesOf(staged.flatMap(({ objects }) => objects)).map(({ key, rows }) => [key, rows]),
    ).toEqual([
      [expect.stringContaining('objects/staged/support_tickets/event_month=2026-02/'), 4],
      [expect.stringContaining('objects/staged/support_tickets/event_month=2026-03/'), 4],
    ]);
  });

  test('a night with nothing new writes nothing', async () => {
    const before = await months.files();
    expect(await months.night('2026-03-02')).toMatchObject({ published: false, built: [] });
    expect(await months.files()).toEqual(before);
  });

  test('a night with a new export writes the files of its month alone', async () => {
    const before = sharedBy(await months.release());
    await both(async (deployment) => {
      await deployment.deliver(keyOf('2026-03-03'), csv('3031,9,view,2026-03-03 09:00:00'));
      await deployment.night('2026-03-03');
    });
    await expectTheSame();
    const added = [...sharedBy(await months.release()).keys()].filter((key) => !before.has(key));
    const ofOthers = added.filter((key) => !/event_month=2026-03/.test(key));
    // the week of that night's date is over
    expect(ofOthers.filter((key) => !key.startsWith('objects/weekly/'))).toEqual([]);
    expect(added).toContainEqual(
      expect.stringContaining('objects/clean/activity_log/event_month=2026-03/'),
    );
  });

  test('late rows and a corrected export change the months that they are of', async () => {
    await both(async (deployment) => {
      await deployment.deliver(
        keyOf('2026-03-04'),
        csv('3041,9,view,2026-03-04 09:00:00', '3042,9,view,2026-02-27 12:00:00'),
      );
      await deployment.deliver(
        keyOf('2026-02-28'),
        csv('2281,7,view,2026-02-28 09:00:00', '2282,8,buy,2026-02-28 10:00:00'),
      );
      await deployment.night('2026-03-04');
    });
    await expectTheSame();
  });

  test('a main file that is no part of its date any more is with the rows of exports', async () => {
    await both(async (deployment) => {
      // a later row of a key that the main file of March 1 has
      await deployment.deliver(keyOf('2026-03-05'), csv('3011,7,share,2026-03-01 09:00:00'));
      await deployment.night('2026-03-05');
    });
    await expectTheSame();
    const staged = (await months.release()).get('staged/activity_log', keyOf('2026-03-01'));
    expect(staged?.objects[0]?.within?.key).toMatch(
      /^objects\/staged\/activity_log\/event_month=2026-03\//,
    );
    const file = months.output.locate(staged?.objects[0]?.within?.key ?? '');
    const columns = `describe select * from read_parquet('${file}', hive_partitioning = false)`;
    expect((await query(columns)).map(({ column_name }) => column_name)).not.toContain(
      'event_date',
    );
  });

  test('it is part of its date again once the later row is gone', async () => {
    await both(async (deployment) => {
      await deployment.deliver(keyOf('2026-03-05'), csv('3051,7,share,2026-03-05 09:00:00'));
      await deployment.night('2026-03-05');
    });
    await expectTheSame();
    const staged = (await months.release()).get('staged/activity_log', keyOf('2026-03-01'));
    expect(staged?.objects[0]?.within?.key).toMatch(
      /^objects\/clean\/activity_log\/event_month=2026-03\//,
    );
  });

  test('rows are read again where an export that is gone is replayed', async () => {
    await both(async (deployment) => {
      await deployment.exports.remove(keyOf('2026-02-28'));
      await deployment.night('2026-03-05', { replays: true });
    });
    await expectTheSame();
  });

  test('an export that is forgotten leaves the files', async () => {
    await both(async (deployment) => {
      const { config, exports, output } = deployment;
      await exports.remove(keyOf('2026-02-27'));
      const sources = await loadSources(config);
      const forgotten = [keyOf('2026-02-27')];
      const live = await readLive(output);
      await deployment.night([], await withoutExports(forgotten, live, sources, exports));
    });
    await expectTheSame();
  });

  test('what no kept release needs is removed, and nothing else', async () => {
    await months.collect(1);
    const release = await months.release();
    const needed = new Set([...release.partitions()].flatMap(objectsOf).map(({ key }) => key));
    const left: string[] = [];
    for await (const key of months.output.keys('objects/'))
      if (key.endsWith('.parquet') && !key.includes('/_delta_log/')) left.push(key);
    expect(left.filter((key) => !needed.has(key))).toEqual([]);
    expect(await months.night('2026-03-06')).toMatchObject({ published: true });
  });
});

describe('another partition_by', () => {
  const settings = (from: Deployment, span: 'date' | 'month' | 'year') => ({
    config: { ...from.config, parquet: by(span).parquet as typeof from.config.parquet },
  });
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy(by('date'));
    for (const date of ['2025-12-31', '2026-01-01'])
      await deployment.deliver(keyOf(date), csv(`${date.slice(8)},7,view,${date} 09:00:00`));
    await deployment.night('2026-01-01');
  });

  test('lays the rows into other files, and builds nothing but what says so', async () => {
    const before = contents(await deployment.release());
    for (const [span, folders] of [
      ['month', ['event_month=2025-12', 'event_month=2026-01']],
      ['year', ['event_year=2025', 'event_year=2026']],
    ] as const) {
      const { built } = await deployment.night('2026-01-01', settings(deployment, span));
      expect([...new Set(built.map(({ table }) => table))]).toEqual(
        span === 'month' ? ['index/schemas'] : [],
      );
      const release = await deployment.release();
      expect(contents(release)).toEqual(before);
      const files = filesOf(release.of('clean/activity_log').flatMap(({ objects }) => objects));
      expect(files.map(({ key }) => key.split('/').at(-2))).toEqual(folders);
    }
  });

  test('is refused where files of a date are asked for again', async () => {
    await expect(deployment.night('2026-01-01', settings(deployment, 'date'))).rejects.toThrow(
      /^parquet.partition_by: expected month or year, because the files of release 3 hold a year, found date/,
    );
  });
});

test('two tables may have objects of the same content on one date: here, the lines of their rows', async () => {
  const deployment = await deploy(by('month'));
  const date = '2026-03-01';
  const records = [`1,7,"view\nall",${date} 09:00:00`, `2,8,view,${date} 10:00:00`];
  await deployment.deliver(keyOf(date), csv(...records));
  await deployment.deliver(
    `feature_usage/feature_usage_${date}.csv`,
    `${['usage_id,user_id,feature_name,used_at', ...records].join('\n')}\n`,
  );
  expect(await deployment.night(date)).toMatchObject({ published: true });
  const release = await deployment.release();
  const lines = ['activity_log', 'feature_usage'].map(
    (table) => release.of(`staged/${table}`)[0]?.lines,
  );
  expect(lines[0]?.sha256).toBeDefined();
  expect(lines[0]?.sha256).toBe(lines[1]?.sha256);
  for (const { key } of [...release.partitions()].flatMap(objectsOf))
    expect(await isThere(deployment, key), key).toBe(true);
});
