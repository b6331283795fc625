import * as fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { rollBack } from '../../../src/night/corrections/rollback.js';
import { readLive } from '../../../src/release/commit.js';
import { compareMirror } from '../../../src/release/mirror.js';
import { WrappedStore } from '../../../src/store/wrapped.js';
import { useDeployments } from '../nights.js';
import { deliverUpTo } from '../two_days.js';

const { deploy } = useDeployments();

/** A folder as if it were remote: releases have bundles. */
class Remote extends WrappedStore {
  override get folder(): undefined {
    return undefined;
  }

  /** A copy of its own, as of any remote object. */
  override async fetch(key: string, folder: string): Promise<string> {
    const copy = path.join(folder, path.basename(key));
    await fs.copyFile(await super.fetch(key, folder), copy);
    return copy;
  }
}

test('a remote store is rolled back though the bundles of the earlier release are gone, and nights go on', async () => {
  const deployment = await deploy();
  const output = new Remote(deployment.output);
  await deliverUpTo('2026-11-19', (key, content) => deployment.deliver(key, content));
  await deployment.night('2026-11-19', { output });
  const { commit } = await readLive(output);
  await deliverUpTo('2026-11-20', (key, content) => deployment.deliver(key, content));
  await deployment.night('2026-11-20', { output });
  const before = [...(await deployment.release()).partitions()];
  for (const key of Object.values(commit?.envelope.bundles ?? {})) await output.remove(key);
  expect(await rollBack({ ...deployment.runOptions([]), output }, '1')).toMatchObject({
    release: 3,
    built: [],
  });
  const live = await readLive(output);
  expect([live.commit?.envelope.again, live.commit?.envelope.bundles]).toEqual([1, {}]);
  expect(await compareMirror(output, live.release, true)).toEqual([]);
  expect(await deployment.night('2026-11-20', { output })).toMatchObject({
    release: 4,
    published: true,
  });
  expect([...(await deployment.release()).partitions()]).toEqual(before);
});

test('a release whose objects are gone is not made live again', async () => {
  const deployment = await deploy();
  await deliverUpTo('2026-11-20', (key, content) => deployment.deliver(key, content));
  await deployment.night('2026-11-19');
  const [page] = (await deployment.release()).of('report/report');
  await deployment.night('2026-11-20');
  await deployment.output.remove(page?.artifacts?.html?.key ?? '');
  await expect(rollBack(deployment.runOptions([]), '1')).rejects.toThrow(
    /expected the object that release 1 names, found none/,
  );
  expect((await deployment.release()).number).toBe(2);
});
