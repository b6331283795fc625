import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { S3Store } from '../../src/store/s3/store.js';
import type { StoreSettings } from '../../src/store/settings.js';
import { type Deployment, useDeployments } from '../night/nights.js';
import { deliverUpTo } from '../night/two_days.js';
import { freshPlace, QUICK } from '../store/s3_server.js';
import { build, checkLive, killed, killsOf, paused, published, trace } from './kill.js';

const { deploy } = useDeployments();
let deployment: Deployment;
let expected: Record<string, string>;
let calls: string[];
const open = (place: StoreSettings) => new S3Store(place, { patience: QUICK });
const child = () => ({
  config: path.join(deployment.folder, 'dayfold.yaml'),
  asOf: '2026-11-20',
  jobs: deployment.jobs,
});

beforeAll(async () => {
  await build();
  deployment = await deploy();
  await deliverUpTo('2026-11-20', (key, content) => deployment.deliver(key, content));
  const undisturbed = await freshPlace();
  calls = await trace({ ...child(), place: undisturbed }, deployment.folder);
  expected = await published(open(undisturbed));
});

test('a night that is killed at any kind of call on a server is put right by the next', async () => {
  const kills = killsOf(calls);
  expect(kills.length).toBeGreaterThan(15);
  for (const [name, kill] of kills) {
    const place = await freshPlace();
    const store = open(place);
    await killed({ ...child(), place }, kill);
    expect([0, 1], name).toContain(await checkLive(store));
    const { published: isBuilt } = await deployment.night('2026-11-20', { output: store });
    expect(await checkLive(store), name).toBe(1);
    expect(await published(store), name).toEqual(expected);
    const keys: string[] = [];
    for await (const { key } of store.list(['_lease', '_probe'])) keys.push(key);
    if (isBuilt) expect(keys, name).toEqual([]);
  }
}, 1_800_000);

test.skipIf(process.platform !== 'linux')(
  'a zombie on a server, paused before its commit, publishes nothing',
  async () => {
    const place = await freshPlace();
    const store = open(place);
    const { night, ended } = await paused({ ...child(), place }, calls.indexOf('create _commits'));
    await expect(deployment.night('2026-11-20', { output: open(place) })).rejects.toThrow(
      /another run .* is at work/,
    );
    const outcome = await deployment.night('2026-11-20', {
      output: open(place),
      onRival: 'takeover',
    });
    expect(outcome).toMatchObject({ published: true, release: 1 });
    night.kill('SIGCONT');
    expect(await ended).toMatch(
      /^1 [\s\S]*Another run .* published release 1 first: nothing of this run is live/,
    );
    expect(await checkLive(store)).toBe(1);
    expect(await published(store)).toEqual(expected);
  },
);
