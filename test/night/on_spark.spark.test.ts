import * as fs from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { planNightly } from '../../src/night/plan.js';
import type { Outcome } from '../../src/night/run.js';
import { useSpark } from '../engine/spark/cluster.js';
import { type Deployment, useDeployments } from './nights.js';
import { expectSame, published } from './same_release.js';
import { deliverUpTo } from './two_days.js';

vi.setConfig({ testTimeout: 900_000 });

const { spark } = useSpark();
const { deploy } = useDeployments('all');

const onSpark = () => ({ engine: { kind: 'spark', remote: spark().remote } });

async function expectSameOutput(cluster: Deployment, here: Deployment): Promise<void> {
  await expectSame(cluster.output, here.output);
  expect(await fs.readdir(cluster.output.folder)).toEqual(await fs.readdir(here.output.folder));
}

const both = async () => [await deploy(onSpark()), await deploy()] as const;
test('nights on Spark publish what DuckDB publishes: at first, and with late rows and a corrected export on top', async () => {
  const [cluster, here] = await both();
  const deliver = async (key: string, content: string | Uint8Array) => {
    for (const each of [cluster, here]) await each.deliver(key, content);
  };
  const night = async (asOf: string) => {
    const [theirs, ours] = [await cluster.night(asOf), await here.night(asOf)];
    const built = ({ built }: Outcome) =>
      built.map(({ table, name, reason, rows }) => [table, name, reason, rows]);
    expect(built(theirs).sort()).toEqual(built(ours).sort());
    expect(theirs.checks).toEqual(ours.checks);
    expect(theirs.restated).toEqual(ours.restated);
    await expectSameOutput(cluster, here);
    expect((await planNightly(cluster.runOptions([asOf]))).builds).toEqual([]);
    return theirs;
  };
  await deliverUpTo('2026-11-19', deliver);
  await night('2026-11-19');

  await deliverUpTo('2026-11-20', deliver);
  const late = '98,7,view,2026-11-19 11:00:00\n99,9,edit,2026-11-19 12:00:00\n';
  await deliver(
    'activity_log/activity_log_2026-11-20.csv',
    `activity_id,user_id,activity_type,activity_at\n${late}`,
  );
  const sessions =
    'session_id,user_id,login_at,logout_at\n1,7,2026-11-19 08:59:00,2026-11-19 12:30:00\n';
  await deliver('sessions/sessions_2026-11-19.csv', sessions);
  expect((await night('2026-11-20')).restated.map(({ report }) => report)).toContain(
    'longest_sessions',
  );
});

test('the engine of an output may be changed: all that it builds is stale once, and the plan says so', async () => {
  const deployment = await deploy();
  await deliverUpTo('2026-11-19', (key, content) => deployment.deliver(key, content));
  await deployment.night('2026-11-19');
  const before = await published(deployment.output);
  const { engine } = deployment.config;
  const switched = {
    config: {
      ...deployment.config,
      engine: { ...engine, kind: 'spark' as const, remote: spark().remote },
    },
  };

  const { builds } = await planNightly({ ...deployment.runOptions(['2026-11-19']), ...switched });
  const restaled = builds.filter(({ table }) => /^(clean|daily|rolling|checks)\//.test(table));
  expect(restaled.length).toBeGreaterThan(10);
  for (const { reason } of restaled) expect(reason).toContain('engine');
  expect(restaled.map(({ table, name }) => `${table} ${name}`)).toEqual(
    expect.arrayContaining(['clean/activity_log 2026-11-19', 'clean/support_tickets all']),
  );
  expect(builds.some(({ table }) => table.startsWith('staged/'))).toBe(false);
  await deployment.night('2026-11-19', switched);
  expect(await published(deployment.output)).toEqual(before);
  expect(await deployment.night('2026-11-19', switched)).toMatchObject({ published: false });
  expect(await deployment.night('2026-11-19')).toMatchObject({ published: true });
  expect(await published(deployment.output)).toEqual(before);
});

test('without its server a night ends with what to check, and publishes nothing', async () => {
  const deployment = await deploy({ engine: { kind: 'spark', remote: 'sc://127.0.0.1:1' } });
  await deliverUpTo('2026-11-19', (key, content) => deployment.deliver(key, content));
  await expect(deployment.night('2026-11-19')).rejects.toThrow(
    'Could not reach Spark Connect at 127.0.0.1:1',
  );
  expect((await deployment.release()).number).toBe(0);
});
