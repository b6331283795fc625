import { test, vi } from 'vitest';
import { INTERPRETED, useSpark } from '../engine/spark/cluster.js';
import { useDeployments } from './nights.js';
import { expectSameSample, OWN_MODELS } from './same_nights.js';
import { ofSample } from './sample.js';

vi.setConfig({ testTimeout: 900_000 });

const { spark } = useSpark(INTERPRETED);
const { deploy } = useDeployments('all');

test('nights over the whole sample on Spark publish what DuckDB publishes', async () => {
  const engine = { kind: 'spark', remote: spark().remote };
  const cluster = await deploy(ofSample({ ...OWN_MODELS, engine }));
  await expectSameSample(cluster, await deploy(ofSample(OWN_MODELS)), 60);
});
