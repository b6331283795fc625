import * as fs from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { planNightly } from '../../src/night/plan.js';
import { INTERPRETED, useSpark } from '../engine/spark/cluster.js';
import { useDeployments } from './nights.js';
import { expectSameNights, OWN_MODELS } from './same_nights.js';
import { published } from './same_release.js';
import { deliverUpTo } from './two_days.js';

vi.setConfig({ testTimeout: 900_000 });

const { spark } = useSpark(INTERPRETED);
const { deploy } = useDeployments();

const onSpark = () => ({ engine: { kind: 'spark', remote: spark().remote } });

test('nights on Spark publish what DuckDB publishes: at first, with late rows and a corrected export, and with a changed model', async () => {
  const cluster = await deploy({ ...OWN_MODELS, ...onSpark() });
  const here = await deploy(OWN_MODELS);
  await expectSameNights(cluster, here);
  const [theirs, ours] = [cluster.output.folder, here.output.folder];
  expect(await fs.readdir(theirs)).toEqual(await fs.readdir(ours));
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
