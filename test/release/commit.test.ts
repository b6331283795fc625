import { describe, expect, test } from 'vitest';
import { ConfigError, ConflictError, DataError, StoreError } from '../../src/errors.js';
import { readLive, readRelease, writeCommit } from '../../src/release/commit.js';
import { ManifestWriter } from '../../src/release/manifest.js';
import type { Release } from '../../src/release/release.js';
import type { Store } from '../../src/store/store.js';
import {
  commitOf,
  keysOf,
  partition,
  publishRelease,
  releaseOf,
  useStore,
  WatchedStore,
} from './partitions.js';

const store = useStore();
const FIRST = '_commits/000000000001.json';

const day = partition('daily/day', '2026-11-20', 'day');
const staged = partition('staged/users', 'users_20261120.csv', 'staged', { date: '2026-11-20' });

const publish = (release: Release, versions?: ReadonlyMap<string, string>) =>
  publishRelease(store(), release, versions);

describe('the live release', () => {
  test('of an empty store is number 0, without partitions', async () => {
    const { release, commit } = await readLive(store());
    expect([release.number, [...release.partitions()], commit]).toEqual([0, [], undefined]);
  });

  test('is not mistaken for what somebody left beside it', async () => {
    await publish(releaseOf(1, [day]));
    await store().write('_commits/000000000001.json.bak', Buffer.from('{}'));
    await store().write('_commits/notes.txt', Buffer.from('mine'));
    expect((await readLive(store())).release.number).toBe(1);
  });

  test('is read as it was published', async () => {
    await publish(releaseOf(1, [day, staged]));
    const { release, commit } = await readLive(store());
    expect(release.number).toBe(1);
    expect([...release.partitions()]).toEqual([day, staged]);
    expect(commit?.envelope.write_id).toBe('a');
  });

  test('knows what the listing said of each export', async () => {
    await publish(releaseOf(1, [day, staged]), new Map([['users_20261120.csv', 'version 7']]));
    expect([...(await readLive(store())).release.listing]).toEqual([
      ['users_20261120.csv', 'version 7'],
    ]);
  });

  test('is the newest, past the tenth too', async () => {
    for (let number = 1; number <= 11; number++) {
      await publish(releaseOf(number, [partition('daily/day', '2026-11-20', `day ${number}`)]));
    }
    const { release } = await readLive(store());
    expect(release.number).toBe(11);
    expect(release.get('daily/day', '2026-11-20')?.digest).toBe('digest of day 11');
  });

  test('does not see manifests without a commit', async () => {
    await publish(releaseOf(1, [day]));
    await new ManifestWriter(store(), releaseOf(2, [day, staged])).writeManifests({});
    expect([...(await readLive(store())).release.partitions()]).toEqual([day]);
  });

  test.each<[string, (body: string) => string]>([
    ['torn', (body) => body.slice(0, 100)],
    ['emptied', () => ''],
    ['changed to another number', (body) => body.replace('"number": 1', '"number": 2')],
    ['changed to another format', (body) => body.replace('"format": 1', '"format": 2')],
    ['changed to something else', () => '[]'],
  ])('whose commit was %s is a DataError that names it', async (_, change) => {
    await publish(releaseOf(1, [day]));
    await store().write(FIRST, Buffer.from(change(String(await store().read(FIRST)))));
    await expect(readLive(store())).rejects.toThrow(DataError);
    await expect(readLive(store())).rejects.toThrow(
      `${store().locate(FIRST)}: expected a commit of this program`,
    );
  });

  test('whose manifest is gone is a DataError that names it', async () => {
    await publish(releaseOf(1, [day]));
    const [key = ''] = await keysOf(store(), 'manifests/');
    await store().remove(key);
    const { release } = await readLive(store());
    expect(() => release.get('daily/day', '2026-11-20')).toThrow(DataError);
    expect(() => release.get('daily/day', '2026-11-20')).toThrow(store().locate(key));
  });
});

describe('a release by its number', () => {
  const publishTwo = async () => {
    await publish(releaseOf(1, [day]));
    await publish(releaseOf(2, [partition('daily/day', '2026-11-20', 'another day')]));
  };

  test('is read as it was, when a newer one is live', async () => {
    await publishTwo();
    expect([...(await readRelease(store(), '1')).release.partitions()]).toEqual([day]);
  });

  test('is the newest by the name latest', async () => {
    await publishTwo();
    expect((await readRelease(store(), 'latest')).release.number).toBe(2);
  });

  test('that was never published is a ConfigError that says which there are', async () => {
    await publishTwo();
    const read = readRelease(store(), '7');
    await expect(read).rejects.toThrow(ConfigError);
    await expect(read).rejects.toThrow(
      /release 7: expected latest, or a number of those in .*, found 1 to 2/,
    );
  });

  test('that is no longer kept is a DataError that says so', async () => {
    await publish(releaseOf(1, [day]));
    const [manifest = ''] = await keysOf(store(), 'manifests/daily/');
    await publish(releaseOf(2, [partition('daily/day', '2026-11-20', 'another day')]));
    await store().remove(manifest);
    const read = readRelease(store(), '1');
    await expect(read).rejects.toThrow(DataError);
    await expect(read).rejects.toThrow(
      `release 1: expected a release that is kept, found one whose objects run-job gc removed (${manifest})`,
    );
  });
});

describe('listings', () => {
  test('that are as before keep their key and are not written again', async () => {
    const release = releaseOf(1, [staged]);
    const versions = new Map([['users_20261120.csv', '7']]);
    const keys = await new ManifestWriter(store(), release).writeListings(versions, {});
    const written: string[] = [];
    const watched = new WatchedStore(store(), (_, key) => written.push(key));
    expect(await new ManifestWriter(watched, release).writeListings(versions, keys)).toEqual(keys);
    expect(written).toEqual([]);
  });
});

describe('two writers of one number', () => {
  test('one is live, the other gets a ConflictError that names the first', async () => {
    await writeCommit(store(), commitOf(1, 'a'));
    const second = writeCommit(store(), commitOf(1, 'b'));
    await expect(second).rejects.toThrow(ConflictError);
    await expect(second).rejects.toThrow('Another run (run of a) published release 1 first');
    expect((await readLive(store())).commit?.envelope.write_id).toBe('a');
  });

  test('at once: exactly one wins, and it is the one that is live', async () => {
    const writers = ['a', 'b', 'c', 'd', 'e'];
    const results = await Promise.allSettled(
      writers.map((writer) => writeCommit(store(), commitOf(1, writer))),
    );
    const won = writers.filter((_, i) => results[i]?.status === 'fulfilled');
    expect(won).toEqual([(await readLive(store())).commit?.envelope.write_id]);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ConflictError);
  });
});

describe('a create whose answer is lost', () => {
  const LOST = new StoreError('the answer was lost');
  /** Its create may do something, and then fails; reads fail too when asked. */
  class Unsure extends WatchedStore {
    readonly #create: () => Promise<unknown>;
    readonly #isReadable: boolean;

    constructor(inner: Store, create: () => Promise<unknown>, isReadable = true) {
      super(inner, () => undefined);
      this.#create = create;
      this.#isReadable = isReadable;
    }

    override async create(): Promise<boolean> {
      await this.#create();
      throw LOST;
    }

    override async read(key: string): Promise<Buffer | undefined> {
      if (!this.#isReadable) throw new StoreError('no answer');
      return super.read(key);
    }
  }

  test('is settled as won when its own commit is there', async () => {
    const unsure = new Unsure(store(), () => writeCommit(store(), commitOf(1, 'a')));
    await writeCommit(unsure, commitOf(1, 'a'));
    expect((await readLive(store())).commit?.envelope.write_id).toBe('a');
  });

  test("is a ConflictError when another's is there", async () => {
    const unsure = new Unsure(store(), () => writeCommit(store(), commitOf(1, 'b')));
    await expect(writeCommit(unsure, commitOf(1, 'a'))).rejects.toThrow(ConflictError);
  });

  test('is the error of the store when there is none', async () => {
    await expect(
      writeCommit(new Unsure(store(), async () => undefined), commitOf(1, 'a')),
    ).rejects.toBe(LOST);
  });

  test('is unknown when there is none yet, and the store may still be at it', async () => {
    const late = new (class extends Unsure {
      override async create(): Promise<boolean> {
        throw new StoreError('no answer in time', { unsure: true });
      }
    })(store(), async () => undefined);
    await expect(writeCommit(late, commitOf(1, 'a'))).rejects.toThrow(
      `${store().locate(FIRST)}: unknown whether this release was published (no answer in time)`,
    );
  });

  test('is unknown when what is there cannot be read', async () => {
    const unsure = new Unsure(store(), () => writeCommit(store(), commitOf(1, 'a')), false);
    const written = writeCommit(unsure, commitOf(1, 'a'));
    await expect(written).rejects.toThrow(StoreError);
    await expect(written).rejects.toThrow(
      `${store().locate(FIRST)}: unknown whether this release was published (the answer was lost)`,
    );
  });

  test('is unknown when what is there is torn', async () => {
    const unsure = new Unsure(store(), () => store().write(FIRST, Buffer.from('{"format": 1')));
    await expect(writeCommit(unsure, commitOf(1, 'a'))).rejects.toThrow(
      /unknown whether this release was published/,
    );
  });
});

test('a commit that the store says is taken, but that cannot be found, is a StoreError', async () => {
  const taken = new (class extends WatchedStore {
    override async create(): Promise<boolean> {
      return false;
    }
  })(store(), () => undefined);
  await expect(writeCommit(taken, commitOf(1, 'a'))).rejects.toThrow(
    /the store says that it exists, found none/,
  );
});
