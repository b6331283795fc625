import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { S3Store } from '../../../src/store/s3/store.js';
import { type Deployment, useDeployments } from '../../night/nights.js';
import { deliverUpTo } from '../../night/two_days.js';
import { freshPlace, QUICK } from '../../store/s3_server.js';
import {
  differencesBySpark,
  differencesOf,
  JARS,
  type Options,
  PYTHON,
  S3A_JARS,
  vacuum,
} from './readers.js';

const { deploy } = useDeployments();

describe('Delta tables on a server', () => {
  let deployment: Deployment;
  let store: S3Store;
  /** requests of the second night, by kind and whether they are of a log */
  let created: string[];

  beforeAll(async () => {
    deployment = await deploy();
    const place = await freshPlace();
    store = new S3Store(place, { patience: QUICK });
    await deliverUpTo('2026-11-19', (key, content) => deployment.deliver(key, content));
    await deployment.night('2026-11-19', { output: store });
    await deliverUpTo('2026-11-20', (key, content) => deployment.deliver(key, content));
    created = [];
    const watched = new Proxy(new S3Store(place, { patience: QUICK }), {
      get(target, name) {
        const value = target[name as keyof S3Store] as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (String(args[0]).includes('_delta_log') || String(args[0]).includes('index/schemas'))
            created.push(`${String(name)} ${args[0]}`);
          return value.apply(target, args);
        };
      },
    });
    await deployment.night('2026-11-20', { output: watched });
  }, 120_000);

  test('cost one request for each table that a night changed', async () => {
    const logs: string[] = [];
    for await (const key of store.keys('objects/'))
      if (key.endsWith('00000000000000000001.json')) logs.push(key);
    expect(logs.length).toBeGreaterThan(5);
    expect(created.filter((call) => !call.startsWith('locate ')).sort()).toEqual(
      logs.map((key) => `create ${key}`).sort(),
    );
  });

  describe.skipIf(PYTHON === '')('with delta-rs and Polars', () => {
    const options: Options = {
      AWS_ENDPOINT_URL: process.env.AWS_ENDPOINT_URL_S3 ?? '',
      AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID ?? '',
      AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY ?? '',
      AWS_REGION: process.env.AWS_REGION ?? 'us-east-1',
      AWS_ALLOW_HTTP: 'true',
    };

    test('show each release as its Parquet files are', async () => {
      const scratch = path.join(deployment.folder, 'scratch');
      await mkdir(scratch);
      expect(await differencesOf(store, [1, 2], scratch, options)).toEqual([]);
    }, 120_000);

    test.skipIf(JARS === '' || S3A_JARS === '')(
      'show the same to Spark',
      { timeout: 600_000 },
      async () => {
        const settings = {
          'spark.hadoop.fs.s3a.endpoint': process.env.AWS_ENDPOINT_URL_S3 ?? '',
          'spark.hadoop.fs.s3a.endpoint.region': process.env.AWS_REGION ?? 'us-east-1',
          'spark.hadoop.fs.s3a.path.style.access': 'true',
        };
        const scratch = path.join(deployment.folder, 'scratch');
        expect(await differencesBySpark(store, { releases: [2] }, scratch, settings)).toEqual([]);
      },
    );

    test('stay whole when a reader vacuums them', async () => {
      await vacuum(store, options);
      const outcome = await deployment.night('2026-11-20', { output: store });
      expect(outcome).toMatchObject({ published: false, release: 2 });
      expect(
        await differencesOf(store, [2], path.join(deployment.folder, 'scratch'), options),
      ).toEqual([]);
    }, 120_000);
  });
});
