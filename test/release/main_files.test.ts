import { beforeEach, expect, test } from 'vitest';
import { placeMainFiles } from '../../src/release/main_files.js';
import { Release } from '../../src/release/release.js';
import { partition, releaseOf, useStore } from './partitions.js';

const store = useStore();
const DATE = '2026-11-20';
const inClean = `objects/clean/sessions/event_date=${DATE}/m.parquet`;
const inStaged = `objects/staged/sessions/event_date=${DATE}/m.parquet`;
const object = (key: string, sha256 = 'm') => ({ key, bytes: 1, sha256, rows: 1 });
const staged = (key: string) =>
  partition('staged/sessions', 'a.csv', 'm', {
    date: DATE,
    objects: [object(key)],
    slices: [{ date: DATE, rows: 1, digest: 'm', main: 'm' }],
  });
const clean = (key: string, sha256 = 'm') =>
  partition('clean/sessions', DATE, 'm', { objects: [object(key, sha256)] });
const keyOf = (release: Release, table: string) => release.of(table)[0]?.objects[0]?.key;

beforeEach(async () => {
  await store().write(inClean, Buffer.from('m'));
});

test('a main file that is part of its date stays where it is', async () => {
  const next = releaseOf(1, [staged(inClean), clean(inClean)]);
  await placeMainFiles(store(), next, new Release(0));
  expect([keyOf(next, 'staged/sessions'), keyOf(next, 'clean/sessions')]).toEqual([
    inClean,
    inClean,
  ]);
  expect(await store().read(inStaged)).toBeUndefined();
});

test.each([
  ['is written again', clean('objects/clean/sessions/other.parquet', 'other')],
  ['has expired', { ...clean(inClean), expired: true as const }],
])('one whose date %s is below objects/staged, where no VACUUM finds it', async (_, written) => {
  const next = releaseOf(1, [staged(inClean), written]);
  await placeMainFiles(store(), next, new Release(0));
  expect(keyOf(next, 'staged/sessions')).toBe(inStaged);
  expect(String(await store().read(inStaged))).toBe('m');
});

test('one that is part of its date again comes back', async () => {
  await store().copy(inClean, inStaged);
  await store().remove(inClean);
  const next = releaseOf(1, [staged(inStaged), clean(inStaged)]);
  await placeMainFiles(store(), next, new Release(0));
  expect([keyOf(next, 'staged/sessions'), keyOf(next, 'clean/sessions')]).toEqual([
    inClean,
    inClean,
  ]);
  expect(String(await store().read(inClean))).toBe('m');
});

test('what the release before has, too, is not looked at', async () => {
  const both = [staged(inClean), clean('objects/clean/sessions/other.parquet', 'other')];
  const next = releaseOf(2, both);
  await placeMainFiles(store(), next, releaseOf(1, both));
  expect(keyOf(next, 'staged/sessions')).toBe(inClean);
});
