import { beforeEach, describe, expect, test } from 'vitest';
import { StoreError } from '../../src/errors.js';
import { Firings } from '../../src/worker/firings.js';
import { Scheduler } from '../../src/worker/scheduler.js';

let now: Date;
let published: Set<string>;
let ran: string[];
let fails: Set<string>;
let stop: AbortController;

beforeEach(() => {
  now = new Date('2026-11-20T12:00:00Z');
  published = new Set(['2026-11-18', '2026-11-19']);
  ran = [];
  fails = new Set();
  stop = new AbortController();
});

function scheduler(
  cron = '0 3 * * *',
  read: () => Promise<ReadonlySet<string>> = async () => published,
): Scheduler {
  return new Scheduler({
    firings: new Firings(cron, 'UTC'),
    catchUp: 7,
    clock: () => now,
    published: read,
    runNight: async (asOf) => {
      ran.push(asOf);
      if (!fails.has(asOf)) published.add(asOf);
    },
    signal: stop.signal,
  });
}

/** Ticks at an instant, and gives the nights that ran. */
async function at(target: Scheduler, instant: string): Promise<string[]> {
  now = new Date(instant);
  ran = [];
  await target.tick();
  return ran;
}

test('a night runs at its firing, and once', async () => {
  const target = scheduler();
  expect(await at(target, '2026-11-20T12:00:00Z')).toEqual([]);
  expect(await at(target, '2026-11-21T02:59:59Z')).toEqual([]);
  expect(await at(target, '2026-11-21T03:00:00Z')).toEqual(['2026-11-20']);
  expect(await at(target, '2026-11-21T03:01:00Z')).toEqual([]);
  expect(target.next.at.toISOString()).toBe('2026-11-22T03:00:00.000Z');
});

test('missing nights are made up when the worker starts, oldest first', async () => {
  expect(await at(scheduler(), '2026-11-22T12:00:00Z')).toEqual(['2026-11-20', '2026-11-21']);
});

test('a night that failed runs again at the next firing, before the newest', async () => {
  const target = scheduler();
  await at(target, '2026-11-20T12:00:00Z');
  fails.add('2026-11-20');
  expect(await at(target, '2026-11-21T03:00:00Z')).toEqual(['2026-11-20']);
  expect(await at(target, '2026-11-21T12:00:00Z')).toEqual([]);
  expect(await at(target, '2026-11-22T03:00:00Z')).toEqual(['2026-11-20', '2026-11-21']);
});

test('a later hour of the same day looks for late rows', async () => {
  const target = scheduler('0 3,6 * * *');
  await at(target, '2026-11-20T12:00:00Z');
  expect(await at(target, '2026-11-21T03:00:00Z')).toEqual(['2026-11-20']);
  expect(await at(target, '2026-11-21T06:00:00Z')).toEqual(['2026-11-20']);
});

test('where the releases cannot be read, the firing is seen to later', async () => {
  let isGone = false;
  const target = scheduler('0 3 * * *', async () => {
    if (isGone) throw new StoreError('gone');
    return published;
  });
  await at(target, '2026-11-20T12:00:00Z');
  isGone = true;
  await expect(at(target, '2026-11-21T03:00:00Z')).rejects.toThrow('gone');
  await expect(at(target, '2026-11-21T03:01:00Z')).rejects.toThrow('gone');
  isGone = false;
  expect(await at(target, '2026-11-21T03:02:00Z')).toEqual(['2026-11-20']);
  expect(await at(target, '2026-11-21T03:03:00Z')).toEqual([]);
});

test('a stop lets the nights that have not begun be', async () => {
  published = new Set(['2026-11-10']);
  const target = new Scheduler({
    firings: new Firings('0 3 * * *', 'UTC'),
    catchUp: 7,
    clock: () => now,
    published: async () => published,
    runNight: async (asOf) => {
      ran.push(asOf);
      stop.abort();
    },
    signal: stop.signal,
  });
  expect(await at(target, '2026-11-15T12:00:00Z')).toEqual(['2026-11-11']);
});

describe('a clock that is set', () => {
  test('back an hour runs no night twice', async () => {
    const target = scheduler();
    await at(target, '2026-11-20T12:00:00Z');
    await at(target, '2026-11-21T03:00:00Z');
    expect(await at(target, '2026-11-21T02:30:00Z')).toEqual([]);
    expect(await at(target, '2026-11-21T03:00:00Z')).toEqual(['2026-11-20']); // finds nothing new
    expect(published.size).toBe(3);
  });

  test('years ahead, and right again, goes on with the nights as they come', async () => {
    const target = scheduler();
    await at(target, '2026-11-20T12:00:00Z');
    expect((await at(target, '2030-01-01T03:00:00Z')).at(-1)).toBe('2029-12-31');
    expect(await at(target, '2026-11-20T12:05:00Z')).toEqual([]);
    expect(await at(target, '2026-11-21T03:00:00Z')).toEqual(['2026-11-20']);
    expect(await at(target, '2026-11-22T03:00:00Z')).toEqual(['2026-11-21']);
  });

  test('ahead over several nights makes them up', async () => {
    const target = scheduler();
    await at(target, '2026-11-20T12:00:00Z');
    expect(await at(target, '2026-11-23T12:00:00Z')).toEqual([
      '2026-11-20',
      '2026-11-21',
      '2026-11-22',
    ]);
  });
});
