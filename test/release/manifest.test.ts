import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import {
  bodyOf,
  type ManifestKeys,
  ManifestWriter,
  MissingManifest,
  readArrays,
  readManifests,
  writeOnce,
} from '../../src/release/manifest.js';
import { Release } from '../../src/release/release.js';
import type { Store } from '../../src/store/store.js';
import { keysOf, partition, releaseOf, useStore, WatchedStore } from './partitions.js';

const store = useStore();

const october = partition('daily/day', '2026-10-31', 'october');
const november = [
  partition('daily/day', '2026-11-01', 'first'),
  partition('daily/day', '2026-11-02', 'second', {
    slices: [{ date: null, rows: 2, digest: 'd' }],
  }),
];
const users = partition('clean/users', 'all', 'users', {
  counts: { kept: 3, quarantined: { x_missing: 1 } },
});

function writeManifests(
  to: Store,
  release: Release,
  existing: ManifestKeys,
  last?: Release,
): Promise<ManifestKeys> {
  return new ManifestWriter(to, release).writeManifests(existing, last);
}

describe('manifests', () => {
  test('hold the partitions of a release, whole', async () => {
    const keys = await writeManifests(store(), releaseOf(1, [october, ...november, users]), {});
    const again = new Release(1);
    await readManifests(store(), keys, again);
    expect([...again.partitions()]).toEqual([users, october, ...november]);
  });

  test('are one for each table and month, and one for undated tables', async () => {
    const keys = await writeManifests(store(), releaseOf(1, [october, ...november, users]), {});
    expect(Object.entries(keys).map(([table, months]) => [table, Object.keys(months)])).toEqual([
      ['clean/users', ['all']],
      ['daily/day', ['2026-10', '2026-11']],
    ]);
    expect(await keysOf(store())).toHaveLength(3);
  });

  test('do not depend on the order in which partitions were added', async () => {
    const keys = await writeManifests(store(), releaseOf(1, [october, ...november]), {});
    expect(
      await writeManifests(store(), releaseOf(1, [...november.toReversed(), october]), {}),
    ).toEqual(keys);
  });

  test('of unchanged months keep their key and are not written again', async () => {
    const before = await writeManifests(store(), releaseOf(1, [october, ...november, users]), {});
    const written: string[] = [];
    const watched = new WatchedStore(store(), (_, key) => written.push(key));
    const next = releaseOf(2, [
      october,
      ...november,
      partition('daily/day', '2026-11-03', 'third'),
      users,
    ]);
    const after = await writeManifests(watched, next, before);
    expect(written).toEqual([after['daily/day']?.['2026-11']]);
    expect(after).toMatchObject({
      'clean/users': before['clean/users'],
      'daily/day': { '2026-10': before['daily/day']?.['2026-10'] },
    });
  });

  test('of months that were taken over from the last release are known without being made', async () => {
    const existing = {
      'daily/day': { '2026-10': 'the key of October', '2026-11': 'the key of November' },
    };
    const last = releaseOf(1, [october, ...november]);
    const next = releaseOf(2, [
      october,
      ...november,
      partition('daily/day', '2026-11-03', 'third'),
    ]);
    const keys = await writeManifests(store(), next, existing, last);
    expect(keys['daily/day']?.['2026-10']).toBe('the key of October');
    expect(keys['daily/day']?.['2026-11']).toMatch(/^manifests\/daily\/day\/2026-11\//);
  });

  test('of months that lost a partition are made again', async () => {
    const existing = { 'daily/day': { '2026-11': 'the key of November' } };
    const keys = await writeManifests(
      store(),
      releaseOf(2, november.slice(1)),
      existing,
      releaseOf(1, november),
    );
    expect(keys['daily/day']?.['2026-11']).toMatch(/^manifests\/daily\/day\/2026-11\//);
  });

  test('of a folder are read when their month is asked for', async () => {
    const keys = await writeManifests(store(), releaseOf(1, [october, ...november]), {});
    await store().remove(keys['daily/day']?.['2026-10'] ?? '');
    const again = new Release(1);
    await readManifests(store(), keys, again);
    expect(again.get('daily/day', '2026-11-01')).toEqual(november[0]);
    expect(() => again.get('daily/day', '2026-10-31')).toThrow(MissingManifest);
  });

  test('of a store that does not answer at once are read together', async () => {
    const remote = new WatchedStore(store(), () => {});
    const keys = await writeManifests(remote, releaseOf(1, [october, ...november]), {});
    const again = new Release(1);
    await readManifests(remote, keys, again);
    await store().remove(keys['daily/day']?.['2026-10'] ?? '');
    expect([...again.partitions()]).toEqual([october, ...november]);
    await expect(readManifests(remote, keys, new Release(1))).rejects.toThrow(MissingManifest);
  });

  test('of earlier releases stay', async () => {
    const before = await writeManifests(store(), releaseOf(1, [october]), {});
    await writeManifests(store(), releaseOf(2, [{ ...october, digest: 'other' }]), before);
    const again = new Release(1);
    await readManifests(store(), before, again);
    expect([...again.partitions()]).toEqual([october]);
  });
});

describe('an array that is named by its content', () => {
  const write = () => writeOnce(store(), 'manifests/t', bodyOf(['["a",1]', '["b",2]']), undefined);
  const readArray = async (store: Store, key: string) => (await readArrays(store, [key]))[0];

  test('reads as it was written', async () => {
    expect(await readArray(store(), await write())).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  test('is one of many, which come in the order of their keys', async () => {
    const keys: string[] = [];
    for (let i = 0; i < 100; i++)
      keys.push(await writeOnce(store(), 'manifests/t', bodyOf([String(i)]), undefined));
    expect(await readArrays(store(), keys)).toEqual(keys.map((_, i) => [i]));
  });

  test('may be empty', async () => {
    expect(
      await readArray(store(), await writeOnce(store(), 'manifests/t', bodyOf([]), undefined)),
    ).toEqual([]);
  });

  test.each<[string, (body: string) => string]>([
    ['torn', (body) => body.slice(0, 9)],
    ['emptied', () => ''],
    ['changed by hand', (body) => body.replace('1', '7')],
  ])('that was %s is a DataError that names it', async (_, change) => {
    const key = await write();
    const body = await store().read(key);
    await store().write(key, Buffer.from(change(String(body))));
    await expect(readArray(store(), key)).rejects.toThrow(DataError);
    await expect(readArray(store(), key)).rejects.toThrow(
      `${store().locate(key)}: expected the content its name is`,
    );
  });

  test('that is gone is a DataError that names it', async () => {
    const key = await write();
    await store().remove(key);
    await expect(readArray(store(), key)).rejects.toThrow(DataError);
    await expect(readArray(store(), key)).rejects.toThrow(
      `${store().locate(key)}: the release names this manifest`,
    );
  });
});
