import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { S3Store } from '../../src/store/s3.js';
import { useDeployments } from '../pipeline/nights.js';
import { deliverUpTo } from '../pipeline/two_days.js';
import { freshPlace, QUICK } from '../store/s3_server.js';
import { build, checkLive, killed, killsOf, published, trace } from './kill.js';

const { deploy } = useDeployments();
beforeAll(build);

test('a night that is killed at any kind of call on a server is put right by the next', async () => {
  const deployment = await deploy();
  await deliverUpTo('2026-11-20', (key, content) => deployment.deliver(key, content));
  const child = { config: path.join(deployment.folder, 'dayfold.yaml'), asOf: '2026-11-20' };
  const undisturbed = await freshPlace();
  const kills = killsOf(await trace({ ...child, place: undisturbed }, deployment.folder));
  const expected = await published(new S3Store(undisturbed, { patience: QUICK }));
  expect(kills.length).toBeGreaterThan(15);
  for (const [name, kill] of kills) {
    const place = await freshPlace();
    const store = new S3Store(place, { patience: QUICK });
    await killed({ ...child, place }, kill);
    expect([0, 1], name).toContain(await checkLive(store));
    const { published: isBuilt } = await deployment.night('2026-11-20', { output: store });
    expect(await checkLive(store), name).toBe(1);
    expect(await published(store), name).toEqual(expected);
    const keys: string[] = [];
    for await (const { key } of store.list(['_lease', '_probe'])) keys.push(key);
    if (isBuilt) expect(keys, name).toEqual([]);
  }
}, 1_800_000);
