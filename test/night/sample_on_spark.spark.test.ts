import * as fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { planNightly } from '../../src/night/plan.js';
import { SAMPLE_CONFIG } from '../../src/sample/config.js';
import { writeSample } from '../../src/sample/write.js';
import { useSpark } from '../engine/spark/cluster.js';
import { type Deployment, useDeployments } from './nights.js';
import { expectSame } from './same_release.js';

vi.setConfig({ testTimeout: 1_800_000 });

const { spark } = useSpark();
const { deploy } = useDeployments('all');

/** With all exports of the sample. */
async function deployed(engine: object): Promise<Deployment> {
  const deployment = await deploy(stringify({ ...parse(SAMPLE_CONFIG), ...engine }));
  await writeSample(path.join(deployment.folder, 'sample'));
  const exports = path.join(deployment.folder, 'sample', 'exports');
  await fs.cp(exports, deployment.exports.folder, { recursive: true });
  return deployment;
}

test('a night over the sample on Spark publishes what DuckDB publishes', async () => {
  const cluster = await deployed({ engine: { kind: 'spark', remote: spark().remote } });
  const here = await deployed({});
  const [found, expected] = [await cluster.night('2026-11-20'), await here.night('2026-11-20')];
  expect(found.checks).toEqual(expected.checks);
  expect(found.ledger).toEqual(expected.ledger);
  await expectSame(cluster.output, here.output);
  expect((await planNightly(cluster.runOptions(['2026-11-20']))).builds).toEqual([]);
});
