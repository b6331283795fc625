import { expect, test } from 'vitest';
import { StoreError } from '../../../src/errors.js';
import {
  createVersion,
  listVersions,
  newestUpTo,
  versionKey,
} from '../../../src/release/delta/log.js';
import { WrappedStore } from '../../../src/store/wrapped.js';
import { keysOf, useStore } from '../partitions.js';

const store = useStore();
const of = (release: number, content = '') => ({
  release,
  body: Buffer.from(
    `{"commitInfo":{}}\n{"txn":{"appId":"dayfold","version":${release}}}\n${content}`,
  ),
});
const foreign = Buffer.from('{"commitInfo":{"operation":"VACUUM END"}}\n');

test('a version takes the next number', async () => {
  expect(await createVersion(store(), 'daily/day', 0, of(1))).toBe(0);
  expect(await createVersion(store(), 'daily/day', 1, of(4))).toBe(1);
  expect(await keysOf(store(), 'objects/')).toEqual([
    versionKey('daily/day', 0),
    versionKey('daily/day', 1),
  ]);
});

test('a version that is there is left as it is', async () => {
  await createVersion(store(), 'daily/day', 0, of(1, 'first'));
  expect(await createVersion(store(), 'daily/day', 0, of(1, 'second'))).toBe(0);
  expect(String(await store().read(versionKey('daily/day', 0)))).toContain('first');
});

test('versions of other programs, and of releases before, are passed over', async () => {
  await createVersion(store(), 'daily/day', 0, of(1));
  await store().write(versionKey('daily/day', 1), foreign);
  expect(await createVersion(store(), 'daily/day', 0, of(2))).toBe(2);
});

test('a version whose answer was lost is there once', async () => {
  class Losing extends WrappedStore {
    override async create(key: string, content: Buffer): Promise<boolean> {
      await this.store.create(key, content);
      throw new StoreError('the answer was lost', { unsure: true });
    }
  }
  expect(await createVersion(new Losing(store()), 'daily/day', 0, of(1))).toBe(0);
  expect(await keysOf(store(), 'objects/')).toHaveLength(1);
});

test('a version that may yet be written is an error', async () => {
  class Lost extends WrappedStore {
    override async create(): Promise<boolean> {
      throw new StoreError('the answer was lost', { unsure: true });
    }
  }
  await expect(createVersion(new Lost(store()), 'daily/day', 0, of(1))).rejects.toThrow(
    'the answer was lost',
  );
});

test('the version of a release is the newest one of that release or one before', async () => {
  for (const [version, release] of [1, 3, 6].entries())
    await createVersion(store(), 'daily/day', version, of(release));
  await store().write(versionKey('daily/day', 3), foreign);
  const keys = (await listVersions(store())).get('daily/day') ?? [];
  expect(await newestUpTo(store(), keys, 9)).toEqual({ version: 2, release: 6 });
  expect(await newestUpTo(store(), keys, 5)).toEqual({ version: 1, release: 3 });
  expect(await newestUpTo(store(), keys, 0)).toBeUndefined();
});
