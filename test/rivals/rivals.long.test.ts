import { expect, test } from 'vitest';
import { checkHistory, type Fate, rival } from './rivals.js';
import { MemoryStore, randomOf, Scheduler } from './schedule.js';

const SCHEDULES = 1_000;
const START = Date.parse('2026-11-22T03:00:00Z');

/**
 * Two to eight runs at once, their clocks minutes apart, twice: the second time on what the first
 * left.
 */
async function play(seed: number, harm: number): Promise<Map<string, Fate>> {
  const store = new MemoryStore();
  const random = randomOf(seed + 1_000_000);
  const fates = new Map<string, Fate>();
  for (const round of ['a', 'b']) {
    const scheduler = new Scheduler(seed, harm);
    const runs = Array.from({ length: 2 + Math.floor(random() * 7) }, (_, i) => `${round}${i}`);
    const played = await scheduler.run(runs, (run) => {
      const clock = () => new Date(START + Math.round((random() - 0.5) * 3_600_000));
      return rival(scheduler.storeOf(run, store), run, clock);
    });
    for (const [run, fate] of played) fates.set(run, fate);
    await checkHistory(store, fates);
  }
  return fates;
}

test('rivals without a lease that holds them off: no release is lost, doubled or torn', async () => {
  const seen = new Map<Fate, number>();
  for (let seed = 0; seed < SCHEDULES; seed++) {
    const fates = [...(await play(seed, 0)).values()];
    for (const fate of fates) seen.set(fate, (seen.get(fate) ?? 0) + 1);
    expect(fates, `seed ${seed}`).toContain('won');
  }
  // the schedules do bring rivals together
  expect(seen.get('lost')).toBeGreaterThan(SCHEDULES);
  expect([seen.get('unknown'), seen.get('failed')]).toEqual([undefined, undefined]);
}, 600_000);

test('nor when answers are lost', async () => {
  const seen = new Set<Fate>();
  for (let seed = 0; seed < SCHEDULES / 4; seed++) {
    for (const fate of (await play(seed, 0.03)).values()) seen.add(fate);
  }
  expect([...seen].sort()).toEqual(['failed', 'lost', 'unknown', 'won']);
}, 600_000);
