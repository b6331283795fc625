import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Live } from '../../src/release/commit.js';
import { isDerived } from '../../src/release/derived.js';
import { mirrorOf, refreshMirror } from '../../src/release/mirror.js';
import type { Release } from '../../src/release/release.js';
import type { Partition } from '../../src/release/schema.js';
import { FileStore } from '../../src/store/folder.js';
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
const artifact = (content: string) => ({ key: `objects/${content}`, bytes: 1, sha256: content });

beforeEach(async () => {
  for (const content of ['old', 'new', 'other', 'third']) {
    await store().write(`objects/${content}`, Buffer.from(content));
  }
});

const day = (date: string, content: string) => partition('daily/day', date, content);

/** What is in latest/, except the marker: file to content. */
async function standing(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const key of await keysOf(store(), 'latest/')) {
    if (!key.endsWith('_mirror.json'))
      found[key.replace(/^latest\//, '')] = String(await store().read(key));
  }
  return found;
}

/**
 * Publishes a release, and brings the mirror in line with it. @returns how many files were written
 * or removed
 */
async function show(release: Release): Promise<number> {
  await publishRelease(store(), release);
  return refreshMirror(store(), release);
}

/** The changes that a refresh makes, in order. */
async function changes(release: Release, base?: Live): Promise<string[]> {
  const made: string[] = [];
  await refreshMirror(
    new WatchedStore(store(), (change, key) => made.push(`${change} ${key}`)),
    release,
    base,
  );
  return made;
}

describe('the names of a release', () => {
  const object = { key: 'objects/x', bytes: 1, sha256: 'x', rows: 1 };

  test.each<[string, Partition, string[]]>([
    [
      'a clean date',
      partition('clean/sessions', '2026-11-20', 'x'),
      ['clean/sessions/event_date=2026-11-20/data.parquet'],
    ],
    ['an undated table', partition('clean/users', 'all', 'x'), ['clean/users/data.parquet']],
    ['a daily date', day('2026-11-20', 'x'), ['daily/day/event_date=2026-11-20/data.parquet']],
    [
      'an as-of',
      partition('rolling/w', '2026-11-20', 'x'),
      ['rolling/w/as_of_date=2026-11-20/data.parquet'],
    ],
    [
      'a report',
      partition('report/trend', '2026-11-20', 'x', { artifacts: { csv: artifact('y') } }),
      ['reports/2026-11-20/trend.csv', 'reports/2026-11-20/trend.parquet'],
    ],
    [
      'the index',
      partition('index/reports', 'all', 'x', { objects: [], artifacts: { html: artifact('y') } }),
      ['reports/index.html'],
    ],
    [
      'the schemas',
      partition('index/schemas', 'all', 'x', {
        objects: [],
        artifacts: { 'daily/day': artifact('y') },
      }),
      ['schemas/daily/day.arrow'],
    ],
    [
      'what an export had refused',
      partition('staged/users', 'in/users.csv', 'x', { date: '2026-11-20', quarantine: object }),
      ['quarantine/users/export_date=2026-11-20/in--users.csv.parquet'],
    ],
    [
      'an export that had nothing refused',
      partition('staged/users', 'users.csv', 'x', { date: '2026-11-20' }),
      [],
    ],
    ['an empty partition', partition('daily/day', '2026-11-20', 'x', { objects: [] }), []],
  ])('%s', (_, each, names) => {
    expect([...mirrorOf(releaseOf(1, [each])).keys()]).toEqual(
      names.map((name) => `latest/${name}`),
    );
  });
});

describe('refreshing the mirror', () => {
  const [monday, tuesday, wednesday] = ['2026-11-16', '2026-11-17', '2026-11-18'] as const;
  const file = (date: string) => `daily/day/event_date=${date}/data.parquet`;

  test('copies what is new', async () => {
    expect(await show(releaseOf(1, [day(monday, 'new')]))).toBe(1);
    expect(await standing()).toEqual({ [file(monday)]: 'new' });
  });

  test('copies only what is new or changed since the release that it shows', async () => {
    await show(releaseOf(1, [day(monday, 'other'), day(tuesday, 'old')]));
    const next = releaseOf(2, [day(monday, 'other'), day(tuesday, 'new'), day(wednesday, 'third')]);
    expect((await changes(next)).filter((change) => change.startsWith('copy'))).toEqual([
      `copy latest/${file(tuesday)}`,
      `copy latest/${file(wednesday)}`,
    ]);
    expect(Object.values(await standing())).toEqual(['other', 'new', 'third']);
  });

  test('reads nothing of the release that it shows when that is what the run built on', async () => {
    const shown = releaseOf(1, [day(monday, 'other'), day(tuesday, 'old')]);
    await refreshMirror(store(), shown);
    const next = releaseOf(2, [...shown.of('daily/day').slice(0, 1), day(tuesday, 'new')]);
    const made = await changes(next, { release: shown, commit: commitOf(1, 'a') });
    expect(made.filter((change) => change.startsWith('copy'))).toEqual([
      `copy latest/${file(tuesday)}`,
    ]);
  });

  test('copies everything when the release that it shows cannot be read any more', async () => {
    await refreshMirror(store(), releaseOf(1, [day(monday, 'other'), day(tuesday, 'old')]));
    expect(await refreshMirror(store(), releaseOf(2, [day(monday, 'other')]))).toBe(2);
    expect(await standing()).toEqual({ [file(monday)]: 'other' });
  });

  test('removes what the release has no longer', async () => {
    await show(releaseOf(1, [day(monday, 'old'), day(tuesday, 'new')]));
    expect(await show(releaseOf(2, [day(tuesday, 'new')]))).toBe(1);
    expect(await standing()).toEqual({ [file(tuesday)]: 'new' });
  });

  test('removes what someone else put there before the first', async () => {
    await store().write('latest/mine.txt', Buffer.from('mine'));
    await show(releaseOf(1, [day(monday, 'new')]));
    expect(Object.values(await standing())).toEqual(['new']);
  });

  test('lists nothing, and does nothing when all is in line', async () => {
    const release = releaseOf(1, [day(monday, 'new')]);
    await show(release);
    const listed = vi.spyOn(FileStore.prototype, 'keys');
    expect(await changes(release)).toEqual([]);
    expect(listed).not.toHaveBeenCalled();
    listed.mockRestore();
  });

  test('goes over to the release that is live when it shows an equal one', async () => {
    await show(releaseOf(1, [day(monday, 'new')]));
    await publishRelease(store(), releaseOf(2, [day(monday, 'new')]));
    expect(await isDerived(store(), 2, false)).toBe(false);
    expect(
      await refreshMirror(store(), releaseOf(3, [day(monday, 'new')]), undefined, { live: 2 }),
    ).toBe(0);
    expect(await isDerived(store(), 2, false)).toBe(true);
  });

  test.each(['', '{"latest/x', 'null', '[1]'])(
    'copies again when the marker was torn to %j',
    async (body) => {
      const release = releaseOf(1, [day(monday, 'new')]);
      await show(release);
      await store().write('latest/_mirror.json', Buffer.from(body));
      expect(await refreshMirror(store(), release)).toBe(1);
      expect(await changes(release)).toEqual([]);
    },
  );

  test('goes on after a crash at any point, also to another release', async () => {
    const first = releaseOf(1, [day(monday, 'old'), day(tuesday, 'old'), day(wednesday, 'other')]);
    const second = releaseOf(2, [
      day(monday, 'new'),
      day(tuesday, 'third'),
      day('2026-11-19', 'new'),
    ]);
    const wanted = async (release: Release) => {
      await refreshMirror(store(), release);
      const contents = [...mirrorOf(release)].map(([file, key]) => [
        file.slice('latest/'.length),
        key.slice(8),
      ]);
      expect(await standing()).toEqual(Object.fromEntries(contents));
      expect(await isDerived(store(), release.number, false)).toBe(true);
    };
    for (const release of [first, second]) await publishRelease(store(), release);
    await wanted(first);
    const steps = (await changes(second)).length;
    expect(steps).toBe(6);
    for (const next of [second, first]) {
      for (let crash = 0; crash < steps; crash++) {
        await wanted(first);
        let step = 0;
        const crashing = new WatchedStore(store(), () => {
          if (step++ === crash) throw new Error('crash');
        });
        await expect(refreshMirror(crashing, second)).rejects.toThrow('crash');
        expect(await isDerived(store(), 1, false)).toBe(crash === 0);
        expect(await isDerived(store(), 2, false)).toBe(false);
        await wanted(next);
      }
    }
  });
});
