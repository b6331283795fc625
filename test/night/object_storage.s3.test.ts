import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { S3Store } from '../../src/store/s3/store.js';
import type { Store } from '../../src/store/store.js';
import { freshPlace, freshStore, QUICK } from '../store/s3_server.js';
import { useDeployments } from './nights.js';
import { deliverUpTo } from './two_days.js';

const { deploy } = useDeployments('all');

/** What a store holds but for what differs from run to run: key to hash. */
async function contentOf(store: Store): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { key } of store.list(['latest/', 'manifests/', 'objects/'])) {
    if (key.startsWith('manifests/listing/')) continue; // the versions of the exports
    const content = (await store.read(key)) ?? Buffer.alloc(0);
    found[key] = createHash('sha256').update(content).digest('hex');
  }
  return found;
}

test.each(['date', 'month'])(
  'a bucket holds the same bytes as a folder, with files of a %s',
  async (partition_by) => {
    const parquet = { partition_by };
    const [onDisk, remote] = [
      await deploy({ parquet }),
      await deploy({ parquet, engine: { scratch: '.' } }),
    ];
    const [exports, output] = [await freshStore(), await freshStore()];
    for (const asOf of ['2026-11-19', '2026-11-20']) {
      await deliverUpTo(asOf, (key, content) => onDisk.deliver(key, content));
      await deliverUpTo(asOf, (key, content) => exports.write(key, Buffer.from(content)));
      await onDisk.night(asOf);
      expect(await remote.night(asOf, { exports, output })).toMatchObject({ published: true });
    }
    const expected = await contentOf(onDisk.output);
    expect(Object.keys(expected).length).toBeGreaterThan(100);
    expect(await contentOf(output)).toEqual(expected);
    expect(await readdir(remote.folder)).toEqual(['dayfold.yaml', 'exports']);
  },
);

test('a night with nothing new sends at most six requests', async () => {
  const deployment = await deploy();
  const place = [await freshPlace(), await freshPlace()] as const;
  const open = () => ({
    exports: new S3Store(place[0], { patience: QUICK }),
    output: new S3Store(place[1], { patience: QUICK }),
  });
  const { exports } = open();
  await deliverUpTo('2026-11-20', (key, content) => exports.write(key, Buffer.from(content)));
  const first = await deployment.night('2026-11-20', open());
  expect(first).toMatchObject({ published: true });
  const second = await deployment.night('2026-11-20', open());
  expect(second).toMatchObject({ published: false, release: 1, built: [], ledger: first.ledger });
  expect(second.requests).toMatchObject({ exports: { LIST: 1 }, output: { LIST: 1, GET: 2 } });
});

test('a run that fails leaves no local copies', async () => {
  const deployment = await deploy({ engine: { scratch: 'scratch' } });
  const [exports, output] = [await freshStore(), await freshStore()];
  await deliverUpTo('2026-11-20', (key, content) => exports.write(key, Buffer.from(content)));
  const write = output.write.bind(output);
  let left = 10;
  output.write = async (key, content) => {
    if (left-- === 0) throw new Error('the server fails');
    return write(key, content);
  };
  await expect(deployment.night('2026-11-20', { exports, output })).rejects.toThrow(
    'the server fails',
  );
  expect(await readdir(path.join(deployment.folder, 'scratch'))).toEqual([]);
});
