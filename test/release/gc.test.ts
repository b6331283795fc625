import { utimes } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { writeBundles } from '../../src/release/bundle.js';
import { readRelease, writeCommit } from '../../src/release/commit.js';
import type { DeltaTools } from '../../src/release/delta/checkpoint.js';
import { findGarbage, removeGarbage } from '../../src/release/gc.js';
import { ManifestWriter } from '../../src/release/manifest.js';
import { objectsOf } from '../../src/release/partition.js';
import type { Commit, Partition } from '../../src/release/schema.js';
import type { Store } from '../../src/store/store.js';
import { keysOf, partition, releaseOf, useStore, WatchedStore } from './partitions.js';

const store = useStore();

const NOW = new Date('2026-11-22T00:00:00Z');
const LONG_AGO = new Date('2026-11-01T00:00:00Z');
const GRACE = new Date('2026-11-20T00:00:00Z');

/** Publishes a release of these partitions, whose objects are made. */
async function publish(number: number, ...partitions: Partition[]): Promise<void> {
  for (const { key } of partitions.flatMap(objectsOf)) {
    if ((await store().read(key)) === undefined) await store().write(key, Buffer.from(key));
  }
  const release = releaseOf(number, partitions);
  const writer = new ManifestWriter(store(), release);
  const manifests = await writer.writeManifests({});
  const listings = await writer.writeListings(new Map([['u.csv', `version ${number}`]]), {});
  const keys = [manifests, listings];
  const bundles = await writeBundles(store(), keys, (key) => writer.body(key), {
    keys: [],
    bundles: {},
  });
  await writeCommit(store(), {
    format: 1,
    envelope: {
      write_id: 'a',
      run: 'a',
      created_at: '2026-11-21',
      program: 'test',
      listings,
      bundles,
    },
    release: { number, time_zone: 'UTC', manifests, ledger: [], checks: [] },
  } satisfies Commit);
}

/** Sets the time at which everything was written. */
async function age(to: Date, ...prefixes: string[]): Promise<void> {
  for (const prefix of prefixes)
    for (const key of await keysOf(store(), prefix)) await utimes(store().locate(key), to, to);
}

/** No release of these tests has a Delta log, so that no engine is asked for a checkpoint. */
function withoutLogs(on: Store): DeltaTools {
  return { store: on, scratch: '', keep: 1, session: undefined as never };
}

async function collect(keep: number, on: Store = store()): Promise<void> {
  await removeGarbage(withoutLogs(on), await findGarbage(on, keep, GRACE));
}

/** Whether all that a release names is there. */
async function isWhole(number: number): Promise<boolean> {
  const { release } = await readRelease(store(), String(number));
  const keys = [...release.partitions()].flatMap(objectsOf).map(({ key }) => key);
  const bodies = await Promise.all(keys.map((key) => store().read(key)));
  return bodies.every((body) => body !== undefined);
}

const september = partition('daily/day', '2026-09-30', 'september');
const day = (content: string) => partition('daily/day', '2026-11-01', content);
const users = (content: string) =>
  partition('staged/users', 'u.csv', content, {
    date: '2026-11-01',
    quarantine: { key: `objects/refused ${content}`, bytes: 1, sha256: content, rows: 1 },
    artifacts: { csv: { key: `objects/csv ${content}`, bytes: 1, sha256: content } },
  });

/** Three releases, each with another November; September is the same in all of them. */
async function threeReleases(): Promise<void> {
  for (const number of [1, 2, 3])
    await publish(number, september, day(`day ${number}`), users(`users ${number}`));
  await age(LONG_AGO, 'objects/', 'manifests/');
}

describe('what no kept release names', () => {
  beforeEach(threeReleases);

  test('is removed; what one of them names is not, and neither are commits', async () => {
    await collect(2);
    expect(await keysOf(store(), 'objects/')).toEqual([
      'objects/csv users 2',
      'objects/csv users 3',
      'objects/day 2',
      'objects/day 3',
      'objects/refused users 2',
      'objects/refused users 3',
      'objects/september',
      'objects/users 2',
      'objects/users 3',
    ]);
    expect(await keysOf(store(), '_commits/')).toHaveLength(3);
    expect([await isWhole(2), await isWhole(3)]).toEqual([true, true]);
    await expect(readRelease(store(), '1')).rejects.toThrow(
      'release 1: expected a release that is kept',
    );
  });

  test('is all found before anything is removed', async () => {
    const before = await keysOf(store());
    const { kept, manifests, objects } = await findGarbage(store(), 1, GRACE);
    expect(kept).toEqual([3]);
    expect(objects.map(({ key }) => key)).toEqual(
      ['csv users', 'day', 'refused users', 'users'].flatMap((name) =>
        [1, 2].map((n) => `objects/${name} ${n}`),
      ),
    );
    expect(manifests).toHaveLength(6); // of two releases: days, exports and what the listing said of them
    expect(await keysOf(store())).toEqual(before);
  });

  test('a damaged commit of an older release does not keep it, one of the newest does', async () => {
    const commit = (number: number) => `_commits/00000000000${number}.json`;
    await store().write(commit(2), Buffer.from('{"release":'));
    const { kept, oldest, objects } = await findGarbage(store(), 3, GRACE);
    expect([kept, oldest]).toEqual([[1, 2, 3], 3]);
    expect(objects.map(({ key }) => key)).toContain('objects/day 2');
    expect(objects.map(({ key }) => key)).not.toContain('objects/day 1');
    await store().write(commit(3), Buffer.from('{"release":'));
    await expect(findGarbage(store(), 3, GRACE)).rejects.toThrow(
      /expected a commit of this program/,
    );
  });

  test('is nothing when all releases are kept', async () => {
    expect(await findGarbage(store(), 30, GRACE)).toMatchObject({
      kept: [1, 2, 3],
      manifests: [],
      objects: [],
    });
  });
});

describe('what is young stays', () => {
  test('an object that a run under way has written', async () => {
    await threeReleases();
    await store().write('objects/of a run', Buffer.from('x'));
    await age(NOW, 'objects/of a run');
    await collect(1);
    expect(await keysOf(store(), 'objects/of')).toEqual(['objects/of a run']);
  });

  test('an old object that a manifest without a commit names, for a run has taken it up again', async () => {
    await threeReleases();
    await new ManifestWriter(store(), releaseOf(4, [day('day 1')])).writeManifests({});
    await collect(1);
    expect(await keysOf(store(), 'objects/day')).toEqual(['objects/day 1', 'objects/day 3']);
  });

  test('an object that was written again after it was found', async () => {
    await threeReleases();
    const garbage = await findGarbage(store(), 1, GRACE);
    await store().write('objects/day 1', Buffer.from('objects/day 1'));
    await removeGarbage(withoutLogs(store()), garbage);
    expect(await keysOf(store(), 'objects/day')).toEqual(['objects/day 1', 'objects/day 3']);
  });
});

test('more releases than before can be kept after some have expired', async () => {
  await threeReleases();
  await collect(1);
  await collect(3);
  expect(await isWhole(3)).toBe(true);
});

test('nothing is removed when the live release is not whole', async () => {
  await threeReleases();
  const [listing = ''] = await keysOf(store(), 'manifests/daily/day/2026-09');
  await store().remove(listing);
  const before = await keysOf(store());
  await expect(collect(1)).rejects.toThrow(DataError);
  expect(await keysOf(store())).toEqual(before);
});

test('a crash at any step leaves the kept releases whole, and the next time ends where one without a crash ends', async () => {
  /** Fails at one of its calls, whatever it is. */
  class Crashing extends WatchedStore {
    calls = 0;

    constructor(private readonly at: number) {
      super(store(), () => this.#step());
    }

    #step(): void {
      this.calls += 1;
      if (this.calls === this.at) throw new Error('crash');
    }

    override list(prefix: string) {
      this.#step();
      return super.list(prefix);
    }

    override async read(key: string) {
      this.#step();
      return super.read(key);
    }
  }

  await threeReleases();
  const uninterrupted = new Crashing(0);
  const content = new Map<string, Buffer>();
  for (const key of await keysOf(store()))
    content.set(key, (await store().read(key)) ?? Buffer.alloc(0));
  await collect(2, uninterrupted);
  const left = await keysOf(store());
  expect(uninterrupted.calls).toBeGreaterThan(20);
  for (let at = 1; at <= uninterrupted.calls; at++) {
    for (const [key, body] of content) await store().write(key, body);
    await age(LONG_AGO, 'objects/', 'manifests/');
    await expect(collect(2, new Crashing(at))).rejects.toThrow('crash');
    expect([await isWhole(2), await isWhole(3)], `after a crash at call ${at}`).toEqual([
      true,
      true,
    ]);
    // the release that expires is either whole or known to be expired
    const expired = await isWhole(1).catch((error: Error) => error.message);
    expect(
      expired === true || /release 1: expected a release that is kept/.test(String(expired)),
      `${at}: ${expired}`,
    ).toBe(true);
    await collect(2);
    expect(await keysOf(store())).toEqual(left);
  }
});
