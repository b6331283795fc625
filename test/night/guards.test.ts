import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.js';
import { planNightly } from '../../src/night/plan.js';
import { type Deployment, useDeployments } from './nights.js';

const { deploy } = useDeployments();

async function withExports(...dates: string[]): Promise<Deployment> {
  const settings = { short_window_days: 1, long_window_days: 2 };
  const deployment = await deploy({
    time_zone: 'Pacific/Auckland',
    settings,
    retention: { keep_days: 4 },
  });
  for (const date of dates) {
    const row = `${date},7,view,${date} 09:00:00`;
    await deployment.deliver(
      `activity_log/activity_log_${date}.csv`,
      `activity_id,user_id,activity_type,activity_at\n${row}\n`,
    );
  }
  return deployment;
}

/** When it is the 22nd in UTC, and already the 23rd in Auckland. */
const clock = () => new Date('2026-11-22T12:00:00Z');

describe('an as-of date after today and the newest export', () => {
  test('is refused before anything is written', async () => {
    const deployment = await withExports('2026-11-20');
    const night = deployment.night('2062-11-20', { clock });
    await expect(night).rejects.toThrow(ConfigError);
    await expect(night).rejects.toThrow(
      'expected an as-of date up to today (2026-11-23, Pacific/Auckland) or the newest export (2026-11-20), found 2062-11-20',
    );
    await expect(planNightly({ ...deployment.runOptions(['2062-11-20']), clock })).rejects.toThrow(
      ConfigError,
    );
    expect(await deployment.files()).toEqual(new Map());
  });

  test('is published by force, and nothing expires by it', async () => {
    const deployment = await withExports('2026-11-19', '2026-11-20');
    await deployment.night('2026-11-20', { clock });
    expect(await deployment.night('2062-11-20', { clock, force: true })).toMatchObject({
      published: true,
    });
    expect([...(await deployment.release()).partitions()].filter(({ expired }) => expired)).toEqual(
      [],
    );
  });
});

test('today, by the business time zone, and the date of an export may be asked for', async () => {
  const deployment = await withExports('2026-11-20', '2026-11-25');
  for (const date of ['2026-11-23', '2026-11-25']) {
    expect(await deployment.night(date, { clock })).toMatchObject({ published: true });
  }
  await expect(deployment.night('2026-11-26', { clock })).rejects.toThrow(ConfigError);
});
