import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { S3Store } from '../../src/store/s3/store.js';
import { useSpark } from '../engine/spark/cluster.js';
import { freshPlace, QUICK } from '../store/s3_server.js';
import { TlsProxy } from '../tls.js';
import { useDeployments } from './nights.js';
import { expectSameNights, OWN_MODELS } from './same_nights.js';

vi.setConfig({ testTimeout: 1_800_000 });

const ENDPOINT = process.env.AWS_ENDPOINT_URL_S3 ?? '';
/** The jars of hadoop-aws; .ci/run fetches them. */
const JARS = process.env.DAYFOLD_S3A_JARS ?? '';
if (ENDPOINT === '' || JARS === '')
  console.info(
    'Skipped: Spark on S3; set DAYFOLD_S3A_JARS to a folder with the jars of hadoop-aws, and AWS_ENDPOINT_URL_S3',
  );

describe.skipIf(ENDPOINT === '' || JARS === '')('an output on S3', () => {
  let proxy: TlsProxy | undefined;
  // over TLS, without which Spark uploads in a form that Ceph 16 refuses
  const { spark } = useSpark(async () => {
    proxy = new TlsProxy(Number(new URL(ENDPOINT).port));
    const port = await proxy.start();
    const { file, password } = proxy.trustStore();
    const settings = {
      'spark.jars': readdirSync(JARS)
        .map((jar) => path.join(JARS, jar))
        .join(','),
      'spark.hadoop.fs.s3a.endpoint': `https://127.0.0.1:${port}`,
      'spark.hadoop.fs.s3a.endpoint.region': process.env.AWS_REGION ?? 'us-east-1',
      'spark.hadoop.fs.s3a.path.style.access': 'true',
      'spark.driver.extraJavaOptions': `-Djavax.net.ssl.trustStore=${file} -Djavax.net.ssl.trustStorePassword=${password}`,
    };
    return Object.entries(settings).flatMap(([name, value]) => ['--conf', `${name}=${value}`]);
  });
  afterAll(() => proxy?.stop());
  const { deploy } = useDeployments('all');

  test('nights publish there what DuckDB publishes in a folder, and leave no attempt', async () => {
    const cluster = await deploy({
      ...OWN_MODELS,
      engine: { kind: 'spark', remote: spark().remote },
    });
    const output = new S3Store(await freshPlace(), { patience: QUICK });
    await expectSameNights(cluster, await deploy(OWN_MODELS), output);
    const left: string[] = [];
    for await (const key of output.keys('attempts/')) left.push(key);
    expect(left).toEqual([]);
  });
});
