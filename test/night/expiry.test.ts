import { beforeAll, describe, expect, test } from 'vitest';
import { objectsOf } from '../../src/release/partition.js';
import { type Deployment, query, useDeployments } from './nights.js';

const { deploy } = useDeployments();

const keyOf = (date: string) => `activity_log/activity_log_${date}.csv`;
const csv = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;
const SMALL_WINDOWS = { short_window_days: 1, long_window_days: 2 };

/** A row on each of March 1, 2, 9 and 10, as of March 2 and then 10. */
async function published(retention: object, parquet: object = {}): Promise<Deployment> {
  const deployment = await deploy({ settings: SMALL_WINDOWS, retention, parquet });
  const deliver = (day: string) =>
    deployment.deliver(keyOf(`2026-03-${day}`), csv(`${day},7,view,2026-03-${day} 09:00:00`));
  await deliver('01');
  await deliver('02');
  await deployment.night('2026-03-02');
  await deliver('09');
  await deliver('10');
  await deployment.night('2026-03-10');
  return deployment;
}

/** Removes all that the live release does not need, however young. */
async function collect(deployment: Deployment): Promise<void> {
  await deployment.collect(1);
}

const isThere = async ({ output }: Deployment, key: string) =>
  (await output.read(key)) !== undefined;

async function digests(deployment: Deployment): Promise<string[]> {
  return [...(await deployment.release()).partitions()].map(
    ({ table, name, digest }) => `${table} ${name} ${digest}`,
  );
}

describe('clean and daily rows dated before keep_days', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await published({ keep_days: 4 });
  });

  test('are marked in the release', async () => {
    const release = await deployment.release();
    const expired = [...release.partitions()]
      .filter((each) => each.expired)
      .map(({ table, name }) => `${table} ${name}`);
    expect(expired).toEqual(
      ['clean/activity_log', 'daily/day', 'daily/unknown_day', 'daily/user_day'].flatMap(
        (table) => [`${table} 2026-03-01`, `${table} 2026-03-02`],
      ),
    );
  });

  test('leave latest/', async () => {
    const mirrored = [...(await deployment.files()).keys()].filter((file) =>
      file.startsWith('latest/daily/day/'),
    );
    expect(mirrored).toEqual([
      'latest/daily/day/event_date=2026-03-09/data.parquet',
      'latest/daily/day/event_date=2026-03-10/data.parquet',
    ]);
  });

  test('make nothing stale, also when they are removed', async () => {
    await collect(deployment);
    const release = await deployment.release();
    const [expired] = release.get('daily/day', '2026-03-01')?.objects ?? [];
    expect(await isThere(deployment, expired?.key ?? '')).toBe(false);
    for (const { key } of [...release.partitions()].flatMap(objectsOf))
      expect(await isThere(deployment, key)).toBe(true);
    expect(await deployment.night('2026-03-10')).toMatchObject({ published: false, built: [] });
  });
});

test('dates that expire leave the file of their month', async () => {
  const { folder } = await published({ keep_days: 4 }, { partition_by: 'month' });
  const files = `${folder}/output/latest/daily/day/event_month=2026-03/*.parquet`;
  expect(
    await query(
      `select cast(event_date as varchar) as date from read_parquet('${files}') order by date`,
    ),
  ).toEqual([{ date: '2026-03-09' }, { date: '2026-03-10' }]);
});

test('rows that have expired are built again where a late row needs them, to what they were', async () => {
  const [short, long] = [await published({ keep_days: 4 }), await published({})];
  await collect(short);
  for (const deployment of [short, long]) {
    await deployment.deliver(
      keyOf('2026-03-11'),
      csv('11,8,view,2026-03-02 12:00:00', '12,8,view,2026-03-11 09:00:00'),
    );
    await deployment.night('2026-03-11');
  }
  expect(await digests(short)).toEqual(await digests(long));
  const { expired } = (await short.release()).get('daily/day', '2026-03-02') ?? {};
  expect(expired).toBe(true);
});

describe('when more than a third of the dates of a table would expire in one night', () => {
  const DATES = Array.from({ length: 16 }, (_, i) => `2026-03-${String(i + 1).padStart(2, '0')}`);
  const expired = async (deployment: Deployment) =>
    (await deployment.release()).of('clean/activity_log').filter((each) => each.expired).length;
  const keeping = ({ config }: Deployment, keep_days: number | null) => ({
    config: { ...config, retention: { ...config.retention, keep_days } },
  });
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy({ settings: SMALL_WINDOWS });
    const rows = DATES.map((date, i) => `${i},7,view,${date} 09:00:00`);
    await deployment.deliver(keyOf('2026-03-16'), csv(...rows));
    await deployment.night('2026-03-16');
  });

  test('they stay, and each night says so', async () => {
    const note = expect.stringMatching(
      /^retention\.keep_days: .*, found 12 of 16 of clean\/activity_log.*now 4, or .*--force$/,
    );
    expect((await deployment.night('2026-03-16', keeping(deployment, 4))).notes).toContainEqual(
      note,
    );
    await deployment.deliver(keyOf('2026-03-17'), csv('17,7,view,2026-03-16 10:00:00'));
    for (const _ of ['new rows', 'nothing new'])
      expect((await deployment.night('2026-03-16', keeping(deployment, 4))).notes).toContainEqual(
        note,
      );
    expect(await expired(deployment)).toBe(0);
  });

  test('they expire by force, and are built again when the setting keeps them', async () => {
    await deployment.night('2026-03-16', { ...keeping(deployment, 4), force: true });
    expect(await expired(deployment)).toBe(12);
    await collect(deployment);
    await deployment.night('2026-03-16', keeping(deployment, null));
    expect(await expired(deployment)).toBe(0);
    expect(await deployment.rows('clean/activity_log', 'activity_id')).toHaveLength(17);
  });
});
