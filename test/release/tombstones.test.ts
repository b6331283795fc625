import { expect, test } from 'vitest';
import { Release } from '../../src/release/release.js';
import { namesErased, Tombstones } from '../../src/release/tombstones.js';

const SAID = { at: '2026-11-20T00:00:00.000Z', reason: 'asked for it' };

/** What a release that keeps these tombstones has of them. */
function kept(tombstones: Tombstones): Tombstones {
  const release = new Release(1);
  const { partition } = tombstones;
  if (partition !== undefined) release.add(partition);
  return Tombstones.of(release);
}

test('a release without erased people has none', () => {
  const none = Tombstones.of(new Release(1));
  expect([none.hashes, none.partition, none.has('7')]).toEqual([[], undefined, false]);
});

test('a release knows who was erased, when and why, and does not hold the id', () => {
  const erased = kept(Tombstones.of(new Release(1)).with('person-7', SAID, 'salt'));
  expect([erased.has('person-7'), erased.has('person-8')]).toEqual([true, false]);
  expect(erased.list).toMatchObject([SAID]);
  expect(JSON.stringify(erased.partition)).not.toContain('person-7');
});

test('all people of an output have one salt', () => {
  const erased = kept(
    kept(Tombstones.of(new Release(1)).with('7', SAID, 'first')).with('8', SAID, 'second'),
  );
  expect(erased.salt).toBe('first');
  expect([erased.has('7'), erased.has('8')]).toEqual([true, true]);
});

test('the order in which people were erased makes no difference', () => {
  const none = Tombstones.of(new Release(1));
  const [one, other] = [
    none.with('7', SAID, 's').with('8', SAID, 's'),
    none.with('8', SAID, 's').with('7', SAID, 's'),
  ];
  expect(one.partition).toEqual(other.partition);
});

test('who is lifted is no longer erased', () => {
  const erased = kept(
    Tombstones.of(new Release(1)).with('7', SAID, 's').with('8', SAID, 's'),
  ).without('7');
  expect([kept(erased).has('7'), kept(erased).has('8')]).toEqual([false, true]);
});

test.each([
  ['7,view', true],
  ['view;"7";x', true],
  ['{"user_id": 7, "x": 1}', true],
  ["{'user_id':'7'}", true],
  ['77,view', false],
  ['view,a7', false],
])('a record that was not split names a person where a field is the id: %s', (raw, expected) => {
  expect(namesErased(raw, { has: (id) => id === '7' })).toBe(expected);
});
