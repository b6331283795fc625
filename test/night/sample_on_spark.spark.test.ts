import { test, vi } from 'vitest';
import { useSpark } from '../engine/spark/cluster.js';
import { useDeployments } from './nights.js';
import { expectSameSample, ofSample } from './same_nights.js';

vi.setConfig({ testTimeout: 900_000 });

const { spark } = useSpark();
const { deploy } = useDeployments('all');

test('a night over the whole sample on Spark publishes what DuckDB publishes', async () => {
  const cluster = await deploy(ofSample({ engine: { kind: 'spark', remote: spark().remote } }));
  await expectSameSample(cluster, await deploy(ofSample()), 60);
});
