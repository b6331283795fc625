import { expect, test } from 'vitest';
import { honoursCreation, requireCreation } from '../../../src/release/lease/probe.js';
import { keysOf, useStore, WatchedStore } from '../partitions.js';

const store = useStore();

/** As some servers do: every creation succeeds. */
class Overwriting extends WatchedStore {
  override async create(key: string, content: Buffer): Promise<boolean> {
    await this.write(key, content);
    return true;
  }
}
/** Refuses a key that is taken, but of several at once lets all win. */
class Racy extends WatchedStore {
  override async create(key: string, content: Buffer): Promise<boolean> {
    const isFree = (await this.read(key)) === undefined;
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (isFree) await this.write(key, content);
    return isFree;
  }
}

test('a store that honours creation is known, and nothing stays behind', async () => {
  expect(await honoursCreation(store())).toBe(true);
  await requireCreation(store(), false);
  expect(await keysOf(store())).toEqual([]);
});

test.each([
  ['overwrites', Overwriting],
  ['lets several win that come at once', Racy],
])('one that %s is refused, unless there is one writer only', async (_, Kind) => {
  const bad = new Kind(store(), () => undefined);
  expect(await honoursCreation(bad)).toBe(false);
  await expect(requireCreation(bad, false)).rejects.toThrow(
    /two runs at once could lose a release.*single_writer/,
  );
  await requireCreation(bad, true);
  expect(await keysOf(store())).toEqual([]);
});
