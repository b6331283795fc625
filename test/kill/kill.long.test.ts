import { readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { FileStore } from '../../src/store/folder.js';
import { type Deployment, useDeployments } from '../night/nights.js';
import { deliverUpTo } from '../night/two_days.js';
import { build, checkLive, type Kill, killed, killsOf, paused, published, trace } from './kill.js';

const { deploy } = useDeployments();
let before: Deployment;
let expected: Record<string, string>;
let kills: [string, Kill][];
let commit: number;

const child = ({ folder, jobs }: Deployment) => ({
  config: path.join(folder, 'dayfold.yaml'),
  asOf: '2026-11-20',
  jobs,
});

beforeAll(async () => {
  await build();
  before = await deploy();
  await deliverUpTo('2026-11-19', (key, content) => before.deliver(key, content));
  await before.night('2026-11-19');
  await deliverUpTo('2026-11-20', (key, content) => before.deliver(key, content));
  const undisturbed = await before.copy();
  const calls = await trace(child(undisturbed), undisturbed.folder);
  kills = killsOf(calls);
  commit = calls.indexOf('link _commits');
  expected = await published(undisturbed.output);
});

test.skipIf(process.platform !== 'linux')(
  'a zombie, paused past its lease before its commit, publishes nothing',
  async () => {
    const deployment = await before.copy();
    const { night, ended } = await paused(child(deployment), commit);
    await expect(deployment.night('2026-11-20')).rejects.toThrow(/another run .* is at work/);
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(deployment.output.locate('_lease.json'), longAgo, longAgo);
    expect(await deployment.night('2026-11-20')).toMatchObject({ published: true, release: 2 });
    night.kill('SIGCONT');
    expect(await ended).toMatch(
      /^1 [\s\S]*Another run .* published release 2 first: nothing of this run is live/,
    );
    expect(await checkLive(deployment.output)).toBe(2);
    expect(await published(deployment.output)).toEqual(expected);
  },
);

test('a night that is killed at any call on files is put right by the next, and shows no reader a mixture', async () => {
  expect(kills.length).toBeGreaterThan(25);
  console.info(`${kills.length} kills`);
  for (const [name, kill] of kills) {
    const deployment = await before.copy();
    const store = new FileStore(path.join(deployment.folder, 'output'));
    await killed(child(deployment), kill);
    expect([1, 2], name).toContain(await checkLive(store));
    const { published: isBuilt } = await deployment.night('2026-11-20');
    expect(await checkLive(store), name).toBe(2);
    expect(await published(store), name).toEqual(expected);
    if (!isBuilt) continue; // a night with nothing new leaves what the dead one held to the next
    // nothing but what gc removes: no lease, no probe, no scratch, no half-written file
    expect((await readdir(store.folder)).sort(), name).toEqual(
      ['.dayfold-writing', '_commits', 'latest', 'manifests', 'objects', 'runs'].sort(),
    );
    expect(await readdir(path.join(store.folder, '.dayfold-writing')), name).toEqual([]);
  }
}, 7_200_000);
