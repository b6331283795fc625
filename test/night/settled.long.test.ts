import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { addDays } from '../../src/dates.js';
import { planNightly } from '../../src/night/plan.js';
import { commitKey } from '../../src/release/commit.js';
import { type Deployment, useDeployments } from './nights.js';

const { deploy } = useDeployments('all');

const FIRST = '2026-01-20';
const dateOf = (day: number) => addDays(FIRST, day);
const activities = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;
const deliver = (deployment: Deployment, day: number, ...late: string[]) =>
  deployment.deliver(
    `activity_log/activity_log_${dateOf(day)}.csv`,
    activities(`${day},7,view,${dateOf(day)} 09:00:00`, ...late),
  );

/** An export every twentieth day over four months, and a night for each. */
async function fourMonths(): Promise<Deployment> {
  const deployment = await deploy();
  const days = [0, 20, 40, 60, 80, 100];
  for (const day of days) await deliver(deployment, day);
  await deployment.night(days.map(dateOf));
  return deployment;
}

/**
 * What a night would build that knows nothing of the rules by which the live release was made, and
 * so looks at everything.
 */
async function left(
  deployment: Deployment,
  day: number,
  config = deployment.config,
): Promise<string[]> {
  const file = deployment.output.locate(commitKey((await deployment.release()).number));
  const { envelope, ...rest } = JSON.parse(await readFile(file, 'utf8'));
  const { night: _, ...others } = envelope;
  await writeFile(file, JSON.stringify({ ...rest, envelope: others }));
  const { builds } = await planNightly({ ...deployment.runOptions([dateOf(day)]), config });
  return builds.map(({ table, name }) => `${table} ${name}`);
}

describe('a night that looks only at what comes after the first change leaves nothing stale', () => {
  test('when an export of a new day comes', async () => {
    const deployment = await fourMonths();
    await deliver(deployment, 120);
    await deployment.night(dateOf(120));
    expect(await left(deployment, 120)).toEqual([]);
  });

  test('when a row of two months before comes', async () => {
    const deployment = await fourMonths();
    await deliver(deployment, 100, `900,8,view,${dateOf(45)} 09:00:00`);
    await deployment.night(dateOf(100));
    expect(await left(deployment, 100)).toEqual([]);
  });

  test('when the last export is dropped, and one in between', async () => {
    const deployment = await fourMonths();
    const config = dropping(deployment);
    await deployment.night(dateOf(80), { config });
    for (const day of [60, 100])
      await deployment.exports.remove(`activity_log/activity_log_${dateOf(day)}.csv`);
    await deployment.night(dateOf(80), { config });
    expect(await left(deployment, 80, config)).toEqual([]);
    expect((await deployment.release()).of('daily/day').map(({ name }) => name)).toEqual(
      [0, 20, 40, 80].map(dateOf),
    );
  });

  test('when an as-of date is asked for that lies before others', async () => {
    const deployment = await fourMonths();
    await deployment.night(dateOf(55));
    expect(await left(deployment, 55)).toEqual([]);
  });
});

function dropping({ config }: Deployment) {
  const tables = Object.entries(config.tables).map(([name, table]) => [
    name,
    { ...table, missing_exports: 'drop' },
  ]);
  return { ...config, tables: Object.fromEntries(tables) } as typeof config;
}
