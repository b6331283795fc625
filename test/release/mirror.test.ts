import { beforeEach, describe, expect, test } from 'vitest';
import { mirrorOf, refreshMirror } from '../../src/release/mirror.js';
import type { Partition, Release } from '../../src/release/release.js';
import { keysOf, partition, releaseOf, useStore, WatchedStore } from './partitions.js';

const store = useStore();
const artifact = (content: string) => ({ key: `objects/${content}`, bytes: 1, sha256: content });

beforeEach(async () => {
  for (const content of ['old', 'new', 'other', 'third']) {
    await store().write(`objects/${content}`, Buffer.from(content));
  }
});

const day = (date: string, content: string) => partition('daily/day', date, content);

/** What stands in latest/, but for the marker: file to content. */
async function standing(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const key of await keysOf(store(), 'latest/')) {
    if (!key.endsWith('_mirror.json')) found[key.replace(/^latest\//, '')] = String(await store().read(key));
  }
  return found;
}

/** The changes that a refresh makes, in order. */
async function changes(release: Release): Promise<string[]> {
  const made: string[] = [];
  await refreshMirror(new WatchedStore(store(), (change, key) => made.push(`${change} ${key}`)), release);
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
    ['an as-of', partition('rolling/w', '2026-11-20', 'x'), ['rolling/w/as_of_date=2026-11-20/data.parquet']],
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
      partition('index/schemas', 'all', 'x', { objects: [], artifacts: { 'daily/day': artifact('y') } }),
      ['schemas/daily/day.arrow'],
    ],
    [
      'what an export had refused',
      partition('staged/users', 'in/users.csv', 'x', { date: '2026-11-20', quarantine: object }),
      ['quarantine/users/export_date=2026-11-20/in--users.csv.parquet'],
    ],
    ['an export that had nothing refused', partition('staged/users', 'users.csv', 'x', { date: '2026-11-20' }), []],
    ['an empty partition', partition('daily/day', '2026-11-20', 'x', { objects: [] }), []],
  ])('%s', (_, each, names) => {
    expect([...mirrorOf(releaseOf(1, [each])).keys()]).toEqual(names.map((name) => `latest/${name}`));
  });
});

describe('refreshing the mirror', () => {
  test('copies what is new', async () => {
    expect(await refreshMirror(store(), releaseOf(1, [day('2026-11-20', 'new')]))).toBe(1);
    expect(await standing()).toEqual({ 'daily/day/event_date=2026-11-20/data.parquet': 'new' });
  });

  test('copies only what is new or changed', async () => {
    await refreshMirror(store(), releaseOf(1, [day('2026-11-18', 'other'), day('2026-11-19', 'old')]));
    const next = releaseOf(2, [day('2026-11-18', 'other'), day('2026-11-19', 'new'), day('2026-11-20', 'third')]);
    expect((await changes(next)).filter((change) => change.startsWith('copy'))).toEqual([
      'copy latest/daily/day/event_date=2026-11-19/data.parquet',
      'copy latest/daily/day/event_date=2026-11-20/data.parquet',
    ]);
    expect(Object.values(await standing())).toEqual(['other', 'new', 'third']);
  });

  test('removes what the release has no longer', async () => {
    await refreshMirror(store(), releaseOf(1, [day('2026-11-19', 'old'), day('2026-11-20', 'new')]));
    expect(await refreshMirror(store(), releaseOf(2, [day('2026-11-20', 'new')]))).toBe(1);
    expect(await standing()).toEqual({ 'daily/day/event_date=2026-11-20/data.parquet': 'new' });
  });

  test('removes what someone else put there', async () => {
    await store().write('latest/mine.txt', Buffer.from('mine'));
    await refreshMirror(store(), releaseOf(1, [day('2026-11-20', 'new')]));
    expect(Object.values(await standing())).toEqual(['new']);
  });

  test('brings back a file that was deleted', async () => {
    const release = releaseOf(1, [day('2026-11-19', 'old'), day('2026-11-20', 'new')]);
    await refreshMirror(store(), release);
    const before = await standing();
    await store().remove('latest/daily/day/event_date=2026-11-19/data.parquet');
    expect(await refreshMirror(store(), release)).toBe(1);
    expect(await standing()).toEqual(before);
  });

  test('does nothing when all is in line', async () => {
    const release = releaseOf(1, [day('2026-11-20', 'new')]);
    await refreshMirror(store(), release);
    expect(await changes(release)).toEqual([]);
  });

  test.each(['', '{"latest/x', 'null', '[1]'])('copies anew when the marker was torn to %j', async (body) => {
    const release = releaseOf(1, [day('2026-11-20', 'new')]);
    await refreshMirror(store(), release);
    await store().write('latest/_mirror.json', Buffer.from(body));
    expect(await refreshMirror(store(), release)).toBe(1);
    expect(await changes(release)).toEqual([]);
  });

  test('goes on after a crash at any point, also to another release', async () => {
    const first = releaseOf(1, [day('2026-11-18', 'old'), day('2026-11-19', 'old'), day('2026-11-20', 'other')]);
    const second = releaseOf(2, [day('2026-11-18', 'new'), day('2026-11-19', 'third'), day('2026-11-21', 'new')]);
    const wanted = async (release: Release) => {
      await refreshMirror(store(), release);
      const contents = [...mirrorOf(release)].map(([file, key]) => [file.slice('latest/'.length), key.slice(8)]);
      expect(await standing()).toEqual(Object.fromEntries(contents));
    };
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
        await wanted(next);
      }
    }
  });
});
