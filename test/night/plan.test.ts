import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/night/outcome.js';
import { type Plan, planNightly } from '../../src/night/plan.js';
import { type Deployment, useDeployments } from './nights.js';

const { deploy } = useDeployments('all');

const csv = (header: string, ...records: string[]) => `${[header, ...records].join('\n')}\n`;
const activities = (...records: string[]) =>
  csv('activity_id,user_id,activity_type,activity_at', ...records);
const tickets = (...records: string[]) =>
  csv('ticket_id,user_id,status,created_at,resolved_at', ...records);

async function threeDays(): Promise<Deployment> {
  const deployment = await deploy();
  for (const day of [1, 2, 3]) {
    const date = `2026-03-0${day}`;
    await deployment.deliver(
      `activity_log/activity_log_${date}.csv`,
      activities(`${day},7,view,${date} 09:00:00`),
    );
    await deployment.deliver(
      `support_tickets/support_tickets_${date}.csv`,
      tickets(`${day},7,open,${date} 09:00:00,`),
    );
  }
  await deployment.night(['2026-03-02', '2026-03-03']);
  return deployment;
}

const plan = (deployment: Deployment, asked: readonly string[]): Promise<Plan> =>
  planNightly(deployment.runOptions(asked));

/** What was to be built and why, in one order. */
const told = (builds: Outcome['built'] | Plan['builds']) =>
  builds
    .map(({ table, name, reason, reads }) => `${table} ${name}: ${reason}, ${reads.rows} rows`)
    .sort();

describe('a plan', () => {
  test('of a first night is what the night then builds', async () => {
    const deployment = await deploy();
    await deployment.deliver(
      'activity_log/activity_log_2026-03-01.csv',
      activities('1,7,view,2026-03-01 09:00:00'),
    );
    const planned = await plan(deployment, ['2026-03-01']);
    const outcome = await deployment.night('2026-03-01');
    expect(planned.builds.map(({ table, name }) => `${table} ${name}`).sort()).toEqual(
      outcome.built.map(({ table, name }) => `${table} ${name}`).sort(),
    );
  });

  test('of a late row is what the night then builds, for the same reasons, or what it found to be as before', async () => {
    const deployment = await threeDays();
    await deployment.deliver(
      'activity_log/activity_log_2026-03-04.csv',
      activities('4,7,view,2026-03-04 09:00:00', '5,8,view,2026-03-02 09:00:00'),
    );
    const planned = await plan(deployment, ['2026-03-04']);
    const outcome = await deployment.night('2026-03-04');
    const names = new Set(planned.builds.map(({ table, name }) => `${table} ${name}`));
    for (const { table, name } of outcome.built) expect(names).toContain(`${table} ${name}`);
    const built = new Set(outcome.built.map(({ table, name }) => `${table} ${name}`));
    expect(
      planned.builds
        .filter(({ table }) => /^(staged|clean|daily)/.test(table))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(
      outcome.built
        .filter(({ table }) => /^(staged|clean|daily)/.test(table))
        .map(({ name }) => name)
        .sort(),
    );
    const cut = planned.builds.filter(({ table, name }) => !built.has(`${table} ${name}`));
    expect(cut.every(({ reason }) => reason.endsWith('changed'))).toBe(true); // because an input turned out as before
    const [first] = planned.builds;
    expect(first).toMatchObject({
      name: 'activity_log/activity_log_2026-03-04.csv',
      reason: 'new',
      reads: { rows: 2 },
    });
  });

  test('changes nothing', async () => {
    const deployment = await threeDays();
    await deployment.deliver(
      'activity_log/activity_log_2026-03-04.csv',
      activities('4,7,view,2026-03-04 09:00:00'),
    );
    const before = await deployment.files();
    await plan(deployment, ['2026-03-04']);
    expect(await deployment.files()).toEqual(before);
  });

  test('of a corrected export that brings nothing new is that export alone', async () => {
    const deployment = await threeDays();
    await deployment.deliver(
      'activity_log/activity_log_2026-03-03.csv',
      `${activities('3,7,view,2026-03-03 09:00:00')}\n`,
    );
    expect(told((await plan(deployment, ['2026-03-03'])).builds)).toEqual([
      'staged/activity_log activity_log/activity_log_2026-03-03.csv: export changed, 1 rows',
    ]);
  });

  test('of a night with nothing new is empty', async () => {
    const deployment = await threeDays();
    expect(await plan(deployment, ['2026-03-02', '2026-03-03'])).toMatchObject({
      builds: [],
      release: 1,
    });
  });
});
