import { expect, test } from 'vitest';
import { versionKey } from '../../../src/release/delta/log.js';
import { removedUpTo } from '../../../src/release/delta/removed.js';
import { useStore } from '../partitions.js';

const store = useStore();
const DAY_MS = 86_400_000;
const NOW = Date.now();

const add = (path: string) => ({ add: { path, size: 1 } });
const remove = (path: string, daysAgo = 1) => ({
  remove: { path, deletionTimestamp: NOW - daysAgo * DAY_MS },
});

async function write(version: number, ...actions: object[]): Promise<void> {
  const body = Buffer.from(`${actions.map((action) => JSON.stringify(action)).join('\n')}\n`);
  await store().write(versionKey('daily/day', version), body);
}

const removed = async (version: number) =>
  (await removedUpTo(store(), 'daily/day', version, NOW)).map(
    ({ remove }) => (remove as { path: string }).path,
  );

test('what a version up to the checkpoint removed has a tombstone', async () => {
  await write(0, add('a'), add('b'));
  await write(1, remove('a'), add('c'));
  await write(2, { commitInfo: { operation: 'VACUUM START' } });
  await write(3, remove('b'));
  await write(4, remove('c'));
  expect(await removed(3)).toEqual(['a', 'b']);
});

test('what was added again has none', async () => {
  await write(0, add('a'));
  await write(1, remove('a'), add('b'));
  await write(2, remove('b'), add('a'));
  expect(await removed(2)).toEqual(['b']);
});

test('what was removed longer ago than a VACUUM waits has none', async () => {
  await write(0, add('a'), add('b'));
  await write(1, remove('a', 31), remove('b', 29));
  expect(await removed(1)).toEqual(['b']);
});
