import { expect, test, vi } from 'vitest';
import { planNightly } from '../../src/night/plan.js';
import { useSpark } from '../engine/spark/cluster.js';
import { query, useDeployments } from './nights.js';
import { published } from './same_release.js';
import { deliverUpTo } from './two_days.js';

vi.setConfig({ testTimeout: 900_000 });
vi.mock('../../src/engine/spark/open.js', async (load) => ({
  ...(await load<typeof import('../../src/engine/spark/open.js')>()),
  ROWS_A_FILE: 1,
}));

const { spark } = useSpark();
const { deploy } = useDeployments();

test('tables in several files have the rows of those in one, and so has what is made from them', async () => {
  const cluster = await deploy({ engine: { kind: 'spark', remote: spark().remote } });
  const here = await deploy();
  for (const each of [cluster, here]) {
    await deliverUpTo('2026-11-20', (key, content) => each.deliver(key, content));
    await each.night('2026-11-20');
  }
  expect(await published(cluster.output)).toEqual(await published(here.output));
  for (const table of ['daily/user_day', 'rolling/user_window', 'rolling/user_feature_window']) {
    const rowsOf = async (folder: string) =>
      (
        await query(
          `select * from read_parquet('${folder}/latest/${table}/*/*.parquet', hive_partitioning = true)`,
        )
      )
        .map((row) => JSON.stringify(row))
        .sort();
    expect(await rowsOf(cluster.output.folder)).toEqual(await rowsOf(here.output.folder));
  }
  const release = await cluster.release();
  expect(release.get('daily/user_day', '2026-11-19')?.objects).toHaveLength(2);
  expect(release.get('rolling/user_window', '2026-11-20')?.objects.length).toBeGreaterThan(1);
  expect((await planNightly(cluster.runOptions(['2026-11-20']))).builds).toEqual([]);
  expect(await cluster.night('2026-11-20')).toMatchObject({ published: false });
});
