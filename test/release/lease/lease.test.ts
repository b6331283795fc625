import { utimes } from 'node:fs/promises';
import os from 'node:os';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConflictError } from '../../../src/errors.js';
import { openLog } from '../../../src/log.js';
import { Lease, type OnRival } from '../../../src/release/lease/lease.js';
import { keysOf, useStore, WatchedStore } from '../partitions.js';

const store = useStore();
const log = openLog('silent');
const times = { expiry: 60_000, renewal: 10_000, look: 10 };
const take = (run: string, onRival: OnRival = 'refuse') =>
  Lease.take(store(), run, { onRival, log, times });
const holder = async () => JSON.parse(String(await store().read('_lease.json')));
const isThere = async () => (await keysOf(store())).includes('_lease.json');
/**
 * Renewals come when a test says so: one that overlaps a takeover may write the old lease back, and
 * that is allowed.
 */
const renewal = () => vi.advanceTimersByTime(times.renewal);
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** As a run of another machine, or a dead process, left it. */
async function left(change: object): Promise<void> {
  const standing = {
    id: 'other',
    run: 'other run',
    host: 'elsewhere',
    pid: 1,
    since: '2026-11-22T03:00:00Z',
    at: 'clean',
  };
  await store().write('_lease.json', Buffer.from(JSON.stringify({ ...standing, ...change })));
}
/** As if it had been renewed so long ago, by the clock of the file system. */
async function aged(milliseconds: number): Promise<void> {
  const time = new Date(Date.now() - milliseconds);
  await utimes(store().locate('_lease.json'), time, time);
}

test('a lease says who is at work, since when and how far, and is gone at the end', async () => {
  const lease = await take('run 1');
  lease.note('clean');
  renewal();
  await vi.waitFor(async () => expect(await holder()).toMatchObject({ at: 'clean' }));
  expect(await holder()).toMatchObject({
    run: 'run 1',
    host: os.hostname(),
    pid: process.pid,
    at: 'clean',
  });
  await lease.release();
  expect(await isThere()).toBe(false);
});

test('a second run is refused, told who holds it and what to do', async () => {
  const lease = await take('run 1');
  const second = take('run 2');
  await expect(second).rejects.toThrow(ConflictError);
  await expect(second).rejects.toThrow(
    /another run \(run 1, process \d+ on .*\) is at work since .*, now at start/,
  );
  await expect(take('run 2')).rejects.toThrow(/--wait.*--takeover.*its lease ends in \d+ s/);
  await lease.release();
  await (await take('run 2')).release();
});

test('a run that waits goes on when the other has ended', async () => {
  const first = await take('run 1');
  const order: string[] = [];
  const second = take('run 2', 'wait').then((lease) => {
    order.push('second begins');
    return lease;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  order.push('first ends');
  await first.release();
  await (await second).release();
  expect(order).toEqual(['first ends', 'second begins']);
});

test('a run that takes over holds the lease, and the other leaves it alone', async () => {
  const first = await take('run 1');
  const second = await take('run 2', 'takeover');
  expect(second.isTakenOver).toBe(true);
  renewal();
  await first.release();
  expect(await holder()).toMatchObject({ run: 'run 2' });
  await second.release();
  expect(await isThere()).toBe(false);
});

describe('a lease is nobody’s any more', () => {
  test('when it was not renewed in time', async () => {
    await left({});
    await aged(59_000);
    await expect(take('run 2')).rejects.toThrow(ConflictError);
    await aged(61_000);
    const lease = await take('run 2');
    expect(lease.isTakenOver).toBe(false);
    await lease.release();
  });

  test('by the clock of the store, whatever this machine thinks', async () => {
    await left({});
    const late = new (class extends WatchedStore {
      override async time(): Promise<Date> {
        return new Date(Date.now() + 10 * 60_000);
      }
    })(store(), () => undefined);
    await (await Lease.take(late, 'run 2', { onRival: 'refuse', log, times })).release();
  });

  test('when its process is dead', async () => {
    await left({ host: os.hostname(), pid: 2 ** 22 + 1 });
    await (await take('run 2')).release();
  });

  test('when this process has its number and is younger', async () => {
    await left({ host: os.hostname(), pid: process.pid, since: '2020-01-01T00:00:00Z' });
    await (await take('run 2')).release();
  });

  test('when nobody can read it', async () => {
    await store().write('_lease.json', Buffer.from('{"id'));
    await (await take('run 2')).release();
  });
});

test('a creation whose answer was lost is known by its id', async () => {
  const lost = new (class extends WatchedStore {
    override async create(key: string, content: Buffer): Promise<boolean> {
      await super.create(key, content);
      throw new Error('the answer was lost');
    }
  })(store(), () => undefined);
  await (await Lease.take(lost, 'run 1', { onRival: 'refuse', log, times })).release();
  expect(await isThere()).toBe(false);
});

test('a store that fails does not end the run that renews its lease', async () => {
  const failing = new WatchedStore(store(), (change) => {
    if (change === 'write' || change === 'remove') throw new Error('no answer');
  });
  const lease = await Lease.take(failing, 'run 1', { onRival: 'refuse', log, times });
  renewal();
  await lease.release();
  expect(await isThere()).toBe(true);
});
