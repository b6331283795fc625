import { beforeEach, describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { writeBundles } from '../../src/release/bundle.js';
import { readLive, writeCommit } from '../../src/release/commit.js';
import { ManifestWriter, MissingManifest } from '../../src/release/manifest.js';
import type { Release } from '../../src/release/release.js';
import type { Commit } from '../../src/release/schema.js';
import { MemoryStore } from '../rivals/schedule.js';
import { keysOf, partition, releaseOf } from './partitions.js';

/** Object storage that keeps the keys of what was read. */
class CountingStore extends MemoryStore {
  readonly reads: string[] = [];

  override async read(key: string): Promise<Buffer | undefined> {
    this.reads.push(key);
    return super.read(key);
  }
}

let store: CountingStore;
beforeEach(() => {
  store = new CountingStore();
});

const october = partition('daily/day', '2026-10-31', 'october');
const november = partition('daily/day', '2026-11-01', 'november');
const staged = partition('staged/users', 'u.csv', 'staged', { date: '2026-11-01' });

async function publish(release: Release, last?: Commit): Promise<Commit> {
  const writer = new ManifestWriter(store, release);
  const before = [last?.release.manifests ?? {}, last?.envelope.listings ?? {}] as const;
  const manifests = await writer.writeManifests(before[0]);
  const listings = await writer.writeListings(new Map([['u.csv', 'version 7']]), before[1]);
  const bundles = await writeBundles(store, [manifests, listings], (key) => writer.body(key), {
    keys: before,
    bundles: last?.envelope.bundles ?? {},
  });
  const commit: Commit = {
    format: 1,
    envelope: {
      write_id: 'a',
      run: 'a',
      created_at: '2026-11-21',
      program: 'test',
      listings,
      bundles,
    },
    release: { number: release.number, time_zone: 'UTC', manifests, ledger: [], checks: [] },
  };
  await writeCommit(store, commit);
  store.reads.length = 0;
  return commit;
}

describe('a release on object storage', () => {
  test('is read by a request for each month, and not one for each table of it', async () => {
    await publish(releaseOf(1, [october, november, staged]));
    const { release } = await readLive(store);
    expect([...release.partitions()]).toEqual([october, november, staged]);
    expect([...release.listing]).toEqual([['u.csv', 'version 7']]);
    expect(
      store.reads.filter((key) => !key.startsWith('_commits/')).map((key) => key.split('/', 2)),
    ).toEqual([
      ['bundles', '2026-10'],
      ['bundles', '2026-11'],
    ]);
  });

  test('shares the bundles of months that are as they were', async () => {
    const first = await publish(releaseOf(1, [october, november]));
    const second = await publish(releaseOf(2, [october, { ...november, digest: 'other' }]), first);
    const [one, other] = [first.envelope.bundles ?? {}, second.envelope.bundles ?? {}];
    expect(other['2026-10']).toBe(one['2026-10']);
    expect(other['2026-11']).not.toBe(one['2026-11']);
    expect(await keysOf(store, 'bundles/')).toHaveLength(3);
  });

  test.each<[string, (body: Buffer | undefined) => Buffer | undefined]>([
    ['gone', () => undefined],
    ['torn', (body) => body?.subarray(0, 40)],
    ['about other manifests', () => Buffer.from('{"manifests/a/b/c.json":"[]"}')],
    [
      'other than its manifests',
      (body) => Buffer.from(String(body).replaceAll('november', 'septembe')),
    ],
  ])('is read from its manifests where a bundle is %s', async (_, change) => {
    const { envelope } = await publish(releaseOf(1, [november]));
    const key = envelope.bundles?.['2026-11'] ?? '';
    const changed = change(await store.read(key));
    await (changed === undefined ? store.remove(key) : store.write(key, changed));
    expect([...(await readLive(store)).release.partitions()]).toEqual([november]);
  });

  test('is not read where a manifest is gone, or cut short, though a bundle has it', async () => {
    const { release } = await publish(releaseOf(1, [october, november]));
    const key = release.manifests['daily/day']?.['2026-10'] ?? '';
    const body = (await store.read(key)) ?? Buffer.from('');
    await store.write(key, body.subarray(1));
    await expect(readLive(store)).rejects.toThrow(DataError);
    await store.remove(key);
    await expect(readLive(store)).rejects.toThrow(MissingManifest);
  });
});
