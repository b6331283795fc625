import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { readLive } from '../../src/release/commit.js';
import { S3Store } from '../../src/store/s3/store.js';
import type { Store } from '../../src/store/store.js';
import { INTERPRETED, ONE_COMPILER, useSpark } from '../engine/spark/cluster.js';
import { useProgram } from '../program.js';
import { freshPlace, QUICK } from '../store/s3_server.js';
import { TlsProxy } from '../tls.js';
import { useDeployments } from './nights.js';
import { expectSameNights, OWN_MODELS } from './same_nights.js';
import { expectSame } from './same_release.js';
import { deliverUpTo } from './two_days.js';

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
    return {
      ...INTERPRETED,
      'spark.jars': readdirSync(JARS)
        .map((jar) => path.join(JARS, jar))
        .join(','),
      'spark.hadoop.fs.s3a.endpoint': `https://127.0.0.1:${port}`,
      'spark.hadoop.fs.s3a.endpoint.region': process.env.AWS_REGION ?? 'us-east-1',
      'spark.hadoop.fs.s3a.path.style.access': 'true',
      'spark.driver.extraJavaOptions': `${ONE_COMPILER} -Djavax.net.ssl.trustStore=${file} -Djavax.net.ssl.trustStorePassword=${password}`,
    };
  });
  afterAll(() => proxy?.stop());
  const { deploy } = useDeployments();
  const { start } = useProgram();
  const attemptsIn = async (store: Store) => {
    const keys: string[] = [];
    for await (const key of store.keys('attempts/')) keys.push(key);
    return keys;
  };

  test('nights publish there what DuckDB publishes in a folder, and leave no attempt', async () => {
    const cluster = await deploy({
      ...OWN_MODELS,
      engine: { kind: 'spark', remote: spark().remote },
    });
    const output = new S3Store(await freshPlace(), { patience: QUICK });
    await expectSameNights(cluster, await deploy(OWN_MODELS), output);
    expect(await attemptsIn(output)).toEqual([]);
  });

  test('a worker that is stopped while Spark writes leaves nothing there; of one that is killed the next removes what is left', async () => {
    const place = await freshPlace();
    const output = new S3Store(place, { patience: QUICK });
    const engine = { kind: 'spark', remote: spark().remote };
    const [cluster, here] = [
      await deploy({ engine, output: { store: place.store } }),
      await deploy(),
    ];
    for (const each of [cluster, here])
      await deliverUpTo('2026-11-19', (key, content) => each.deliver(key, content));
    const args = ['nightly', '--config', cluster.config.file, '--date', '2026-11-19'];
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGKILL', null],
    ] as const) {
      const worker = start(args);
      await expect
        .poll(() => attemptsIn(output), { timeout: 60_000, interval: 20 })
        .not.toEqual([]);
      worker.child.kill(signal);
      expect(await worker.ended).toMatchObject({ code });
      if (signal === 'SIGTERM') expect(await attemptsIn(output)).toEqual([]);
      expect((await readLive(output)).release.number).toBe(0);
    }
    // what it writes later stays until the run after the next one
    const isWriting = async () => /_temporary/.test(String(await attemptsIn(output)));
    await expect.poll(isWriting, { timeout: 60_000, interval: 500 }).toBe(false);
    expect(await attemptsIn(output)).not.toEqual([]);
    expect(await cluster.night('2026-11-19', { output })).toMatchObject({ published: true });
    await here.night('2026-11-19');
    await expectSame(output, here.output);
    expect(await attemptsIn(output)).toEqual([]);
  });
});
