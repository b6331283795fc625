import { beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { openLog } from '../../src/log.js';
import { waitForExports } from '../../src/night/wait.js';
import { type Deployment, useDeployments } from './nights.js';
import { deliverUpTo } from './two_days.js';

const { deploy } = useDeployments();

let now: number;
let rests: number[];
beforeEach(() => {
  now = Date.parse('2026-11-21T03:00:00Z');
  rests = [];
});

/**
 * Waits for the as-of date in virtual time; `arrives` is called after each pause with the minutes
 * that have passed.
 */
async function wait(
  deployment: Deployment,
  arrives: (minutes: number) => Promise<void> = async () => {},
) {
  const begun = now;
  await waitForExports({
    config: deployment.config,
    asked: ['2026-11-20'],
    clock: () => new Date(now),
    log: openLog('silent'),
    rest: async (ms) => {
      rests.push(ms / 1000);
      now += ms;
      await arrives((now - begun) / 60_000);
    },
  });
  return (now - begun) / 60_000;
}

function deployWaiting(wait_for: Partial<Config['wait_for']>): Promise<Deployment> {
  return deploy({ wait_for });
}

test('without anything to wait for it begins at once', async () => {
  expect(await wait(await deployWaiting({}))).toBe(0);
});

test('it waits until the exports of the date are there, looking less and less often', async () => {
  const deployment = await deployWaiting({ tables: ['sessions', 'activity_log'] });
  await deployment.deliver(
    'sessions/sessions_2026-11-19.csv',
    'session_id,user_id,login_at,logout_at\n',
  );
  const waited = await wait(deployment, async (minutes) => {
    if (minutes > 12) await deployment.deliver('sessions/sessions_2026-11-20.csv', 'session_id\n');
    if (minutes > 20)
      await deployment.deliver('activity_log/activity_log_2026-11-20.csv', 'user_id\n');
  });
  expect(rests.slice(0, 7)).toEqual([10, 20, 40, 80, 160, 300, 300]);
  expect(waited).toBeGreaterThan(20);
  expect(waited).toBeLessThan(26);
});

test('it waits for a marker', async () => {
  const deployment = await deployWaiting({ marker: '{date}/_SUCCESS' });
  await deployment.deliver('2026-11-19/_SUCCESS', '');
  const waited = await wait(deployment, async (minutes) => {
    if (minutes > 5) await deployment.deliver('2026-11-20/_SUCCESS', '');
  });
  expect(waited).toBeGreaterThan(5);
});

describe('when they are not there in time', () => {
  test('it runs without them', async () => {
    const deployment = await deployWaiting({ tables: ['sessions'], until: '04:30' });
    expect(await wait(deployment)).toBe(90);
  });

  test('it fails, by setting, and says what is missing', async () => {
    const deployment = await deployWaiting({
      tables: ['sessions', 'users'],
      until: '04:30',
      otherwise: 'fail',
    });
    await deployment.deliver('users/users_2026-11-20.csv', 'user_id\n');
    await expect(wait(deployment)).rejects.toThrow(
      `${deployment.exports.url}: expected an export of sessions (sessions/sessions_{date}.csv) for 2026-11-20 by 04:30 (UTC), found none: nothing was read.`,
    );
    expect(now).toBe(Date.parse('2026-11-21T04:30:00Z'));
  });

  test('a date whose time is over is looked for once', async () => {
    now = Date.parse('2026-11-25T12:00:00Z');
    const deployment = await deployWaiting({ tables: ['sessions'], otherwise: 'fail' });
    await expect(wait(deployment)).rejects.toThrow('expected an export of sessions');
    expect(rests).toEqual([]);
  });
});

test('a date that is not over yet is not waited for', async () => {
  now = Date.parse('2026-11-20T12:00:00Z');
  expect(await wait(await deployWaiting({ tables: ['sessions'], otherwise: 'fail' }))).toBe(0);
});

test('the time is by the clocks of the time zone', async () => {
  const deployment = await deploy({
    time_zone: 'Europe/Berlin',
    wait_for: { tables: ['sessions'], until: '04:30' },
  });
  expect(await wait(deployment)).toBe(30);
});

test('a report tells that its delivery is not marked as complete, until it or a later one is', async () => {
  const deployment = await deployWaiting({ marker: '{date}/_SUCCESS' });
  await deliverUpTo('2026-11-20', (key, content) => deployment.deliver(key, content));
  const notesOf = async (): Promise<string[]> =>
    JSON.parse(String(await deployment.output.read('latest/reports/2026-11-20/report.json'))).notes;
  const note =
    'The delivery of 2026-11-20 is not marked as complete: there is no 2026-11-20/_SUCCESS.';
  expect((await deployment.night('2026-11-20')).notes).toContain(note);
  expect(await notesOf()).toContain(note);
  await deployment.deliver('2026-11-21/_SUCCESS', '');
  const { notes, published } = await deployment.night('2026-11-20');
  expect([published, notes.includes(note)]).toEqual([true, false]);
  expect(await notesOf()).not.toContain(note);
});
