import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import type { Partition } from '../../../src/release/schema.js';
import { SAMPLE_CONFIG } from '../../../src/sample/config.js';
import { writeSample } from '../../../src/sample/write.js';
import { useSpark } from '../../engine/spark/cluster.js';
import { type Deployment, useDeployments } from '../../night/nights.js';
import { ofSample } from '../../night/sample.js';

vi.setConfig({ testTimeout: 900_000 });

const { spark } = useSpark();
const { deploy } = useDeployments('all');
const TABLES = ['activity_log', 'sessions', 'feature_usage', 'support_tickets', 'users'];
let exports = '';

beforeAll(async () => {
  exports = await mkdtemp(path.join(tmpdir(), 'dayfold-sample-'));
  await writeSample(exports, { days: 12, users: 80 });
});
afterAll(() => rm(exports, { recursive: true, force: true }));

/** The clean tables of a deployment: what is said of each partition, with its rows in their order. */
async function cleanTables(settings: object, deliver: (to: Deployment) => Promise<void>) {
  const deployment = await deploy(ofSample(settings));
  await cp(path.join(exports, 'exports'), deployment.exports.folder, { recursive: true });
  await deliver(deployment);
  const { release, ledger } = await deployment.upToClean('2026-10-03');
  const said = async ({ name, counts, slices, objects }: Partition) => ({
    ...{ name, counts, slices, files: objects.length },
    rows: await deployment.read(
      objects.map(({ key }) => key),
      '*',
      'order by file_index, file_row_number',
    ),
  });
  const tables: Record<string, Awaited<ReturnType<typeof said>>[]> = {};
  for (const table of TABLES)
    tables[table] = await Promise.all(release.of(`clean/${table}`).map(said));
  return { tables, ledger };
}

/** On a cluster, and on DuckDB. */
async function both(settings: object, deliver: (to: Deployment) => Promise<void>) {
  const engine = { kind: 'spark', remote: spark().remote };
  return [
    await cleanTables({ ...settings, engine }, deliver),
    await cleanTables(settings, deliver),
  ] as const;
}

test('clean tables of exports with strays, corrections and rows that come again are those of DuckDB', async () => {
  const [theirs, ours] = await both({}, async () => {});
  const lost = ours.ledger.map(({ table, duplicates, conflicts }) => [
    table,
    duplicates > 0,
    conflicts > 0,
  ]);
  expect(Object.fromEntries(lost.map(([table, ...found]) => [table, found]))).toMatchObject({
    activity_log: [true, false],
    sessions: [true, true],
    support_tickets: [true, true],
  });
  expect(theirs).toEqual(ours);
});

test('so are they where a date has two exports, and where a later one moves or changes a row', async () => {
  const activity = (rows: string) => `activity_id,user_id,activity_type,activity_time\n${rows}`;
  const [theirs, ours] = await both(
    { tables: { ...parse(SAMPLE_CONFIG).tables, activity_log: { max_conflicts: 1 } } },
    async (to) => {
      await rm(to.exports.folder, { recursive: true });
      const days = {
        '2026-10-01':
          '1,7,view,2026-10-01 10:00:00\n2,7,view,2026-10-01 11:00:00\n3,7,view,2026-10-01 12:00:00\n,7,view,2026-10-01 13:00:00\n',
        // the first comes again, the second is another one, the third is on another date, and one is new
        '2026-10-02':
          '4,8,edit,2026-10-02 10:00:00\n5,8,edit,2026-10-02 11:00:00\n6,8,edit,2026-10-02 12:00:00\n7,8,edit,2026-10-02 12:30:00\n1,7,view,2026-10-01 10:00:00\n2,7,share,2026-10-01 11:00:00\n3,7,view,2026-10-02 12:00:00\n9,9,view,2026-10-01 14:00:00\n',
        // strays that are in no main file, and one that is
        '2026-10-03':
          '8,8,edit,2026-10-03 10:00:00\n10,8,edit,2026-10-03 11:00:00\n11,8,edit,2026-10-03 12:00:00\n4,8,edit,2026-10-02 10:00:00\n12,8,edit,2026-10-02 10:00:00\n',
      };
      for (const [date, rows] of Object.entries(days))
        await to.deliver(`activity_log/activity_log_${date}.csv`, activity(rows));
    },
  );
  const counts = ours.tables.activity_log?.map(({ name, counts, files }) => [
    name,
    files,
    counts?.duplicates,
    counts?.conflicts,
  ]);
  expect(counts).toEqual([
    ['2026-10-01', 1, 3, 2],
    ['2026-10-02', 2, 1, 0],
    ['2026-10-03', 1, 0, 0],
  ]);
  expect(theirs).toEqual(ours);
});
