import { expect, test } from 'vitest';
import { Turns, withSession, withUrgency } from '../../src/build/pool.js';

/** Work that ends when `end` is called. */
function pending() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { end, ended };
}

test('no more work is under way than is allowed', async () => {
  const turns = new Turns(2);
  const works = Array.from({ length: 5 }, pending);
  const begun: number[] = [];
  const all = works.map(({ ended }, i) =>
    turns.take(i, () => {
      begun.push(i);
      return ended;
    }),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  for (const [i, { end }] of works.entries()) {
    end();
    await all[i];
  }
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test('of what waits the first in order is next, and equals in the order in which they came', async () => {
  const turns = new Turns(1);
  const first = pending();
  const begun: string[] = [];
  const taken = [turns.take(0, () => first.ended)];
  for (const [name, order] of [
    ['a', 3],
    ['b', 1],
    ['c', 3],
    ['d', 2],
  ] as const)
    taken.push(turns.take(order, async () => void begun.push(name)));
  first.end();
  await Promise.all(taken);
  expect(begun).toEqual(['b', 'd', 'a', 'c']);
});

test('work that fails gives its turn to the next', async () => {
  const turns = new Turns(1);
  const failed = turns.take(0, () => Promise.reject(new Error('no')));
  const next = turns.take(1, async () => 'done');
  await expect(failed).rejects.toThrow('no');
  expect(await next).toBe('done');
});

test('a session that becomes free is for the most urgent work that waits, then for what waited longest', async () => {
  const sessions = ['the only one'];
  const begun: string[] = [];
  const work = (name: string) =>
    withSession(sessions, async () => {
      begun.push(name);
      await new Promise((resolve) => setTimeout(resolve, 1));
    });
  await Promise.all([
    work('first'),
    work('no urgency'),
    withUrgency(1, () => work('some')),
    withUrgency(2, () => work('most')),
    withUrgency(2, () => work('as much, later')),
  ]);
  expect(begun).toEqual(['first', 'most', 'as much, later', 'some', 'no urgency']);
});
