import { expect, test } from 'vitest';
import { addDays, datesBetween } from '../../src/dates.js';
import { Firings } from '../../src/worker/firings.js';
import { Scheduler } from '../../src/worker/scheduler.js';

const [FIRST, LAST] = ['2026-01-01', '2026-12-31'];
const MINUTE = 60_000;

/** Zones whose clocks change in the year, by name: all that this runtime knows. */
const ZONES = Intl.supportedValuesOf('timeZone').filter((zone) => {
  const hour = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hour: 'numeric',
    hourCycle: 'h23',
    minute: 'numeric',
  });
  const days = datesBetween(FIRST, LAST).map((date) => hour.format(new Date(`${date}T12:00:00Z`)));
  return new Set(days).size > 1;
});

/** Numbers from 0 to 1, the same for a seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * The wall clock as a text that sorts; an oracle of its own, for it goes by the offset that Intl
 * names.
 */
function wallClock(zone: string): (instant: number) => string {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  return (instant) => {
    const [, sign, hours = 0, minutes = 0] =
      /GMT(?:([+-])(\d\d):(\d\d))?/.exec(format.format(instant)) ?? [];
    const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1) * MINUTE;
    return new Date(instant + offset).toISOString().slice(0, 19).replace('T', ' ');
  };
}

interface Ran {
  readonly night: string;
  readonly at: number;
  /** what the clock of the machine said, which may be wrong */
  readonly said: number;
}

/**
 * A year of a worker in virtual time: ticks, downtimes, and steps of the clock. @returns each run
 * of a night, in order
 */
async function year(
  zone: string,
  cron: string,
  disturbances: { downtimes: boolean; steps: boolean },
  seed: number,
) {
  const random = randomOf(seed);
  const published = new Set([addDays(FIRST, -2)]);
  const runs: Ran[] = [];
  const { signal } = new AbortController();
  const firings = new Firings(cron, zone);
  let time = Date.parse(`${FIRST}T00:00:00Z`) - 14 * 60 * MINUTE;
  let wrong = 0;
  const clock = () => new Date(time + wrong);
  const runNight = async (night: string) => {
    runs.push({ night, at: time, said: time + wrong });
    published.add(night);
  };
  const start = () =>
    new Scheduler({
      firings,
      catchUp: 30,
      clock,
      published: async () => new Set(published),
      runNight,
      signal,
    });
  let scheduler = start();
  const end = Date.parse(`${LAST}T00:00:00Z`) + 2 * 1440 * MINUTE;
  while (time < end) {
    await scheduler.tick();
    // a tick a minute is what the worker has; where it sleeps the minutes between make no
    // difference
    const next = scheduler.next.at.getTime() - wrong;
    time = next > time ? Math.min(next, time + random() * 1440 * MINUTE) : time + MINUTE;
    if (disturbances.downtimes && random() < 0.02) {
      time += random() * 12 * 1440 * MINUTE;
      scheduler = start();
    }
    // a clock that is wrong by up to two hours, for a while
    if (disturbances.steps && random() < 0.05)
      wrong = wrong === 0 ? (random() - 0.5) * 240 * MINUTE : 0;
  }
  wrong = 0;
  await scheduler.tick(); // whatever was being missed when the year ended
  return { runs, published };
}

const nights = datesBetween(FIRST, addDays(LAST, -1));

test('there are zones whose clocks change', () => {
  expect(ZONES.length).toBeGreaterThan(100);
});

test.each(['30 2 * * *', '0 0 * * *'])(
  'a year of %s in every such zone: each night once, at its time or when the clock jumps over it',
  async (cron) => {
    const [minute, hour] = cron.split(' ').map((field) => field.padStart(2, '0'));
    for (const [seed, zone] of ZONES.entries()) {
      const { runs } = await year(zone, cron, { downtimes: false, steps: false }, seed);
      const found = runs.filter(({ night }) => night >= FIRST && night < LAST);
      expect([zone, found.map(({ night }) => night)]).toEqual([zone, nights]);
      const wall = wallClock(zone);
      for (const { night, at } of found) {
        const wanted = `${addDays(night, 1)} ${hour}:${minute}:00`;
        // it shows the time, for the first time; or has just jumped over it
        const isJump = wall(at) > wanted && wall(at - 1000) < wanted;
        if (wall(at) !== wanted || wall(at - 180 * MINUTE) >= wanted)
          expect([zone, night, isJump]).toEqual([zone, night, true]);
      }
    }
  },
);

test('the same with downtimes: each night once, those that were missed oldest first', async () => {
  for (const [seed, zone] of ZONES.entries()) {
    const { runs } = await year(zone, '30 2 * * *', { downtimes: true, steps: false }, seed);
    const found = runs.map(({ night }) => night).filter((night) => night >= FIRST && night < LAST);
    expect([zone, found]).toEqual([zone, nights]);
  }
});

test('the same with a clock that is set forward and back: none skipped, none run before its day was over by that clock', async () => {
  for (const [seed, zone] of ZONES.entries()) {
    const { runs, published } = await year(
      zone,
      '30 2 * * *',
      { downtimes: true, steps: true },
      seed,
    );
    expect([zone, nights.filter((night) => !published.has(night))]).toEqual([zone, []]);
    // a night that comes again, because the clock showed its time again, finds a release that has
    // it
    const first = [...new Set(runs.map(({ night }) => night))].filter(
      (night) => night >= FIRST && night < LAST,
    );
    expect([zone, first]).toEqual([zone, nights]);
    const wall = wallClock(zone);
    for (const { night, said } of runs)
      expect(wall(said) > `${addDays(night, 1)} 02:29:59`).toBe(true);
  }
});
