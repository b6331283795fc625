import * as fs from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { parse, stringify } from 'yaml';
import { addDays } from '../../src/dates.js';
import type { Outcome } from '../../src/night/outcome.js';
import { planNightly } from '../../src/night/plan.js';
import { SAMPLE_CONFIG } from '../../src/sample/config.js';
import { writeSample } from '../../src/sample/write.js';
import type { Store } from '../../src/store/store.js';
import type { Deployment } from './nights.js';
import { expectSame } from './same_release.js';
import { deliverUpTo } from './two_days.js';

const USER_DAY = new URL('../../jobs/daily/user_day.sql', import.meta.url);

/** Settings of a deployment for {@link expectSameNights}, whose models are its own. */
export const OWN_MODELS = { jobs: ['./jobs'] };

/**
 * Runs nights of two deployments with {@link OWN_MODELS} side by side: a first one, one with late
 * rows and a corrected export, and one with a changed model. Each builds the same for the same
 * reason, publishes the same, and leaves nothing to build.
 *
 * @param theirs with the engine to be tried
 * @param ours with DuckDB
 * @param output of theirs, where it is not its folder
 */
export async function expectSameNights(
  theirs: Deployment,
  ours: Deployment,
  output: Store = theirs.output,
): Promise<void> {
  const both = [theirs, ours];
  for (const { folder } of both) await fs.mkdir(path.join(folder, 'jobs'));
  const deliver = async (key: string, content: string) => {
    for (const each of both) await each.deliver(key, content);
  };
  const night = async (asOf: string) => {
    const [found, expected] = [await theirs.night(asOf, { output }), await ours.night(asOf)];
    expect(builtBy(found)).toEqual(builtBy(expected));
    expect(found.checks).toEqual(expected.checks);
    expect(found.restated).toEqual(expected.restated);
    await expectSame(output, ours.output);
    expect((await planNightly({ ...theirs.runOptions([asOf]), output })).builds).toEqual([]);
    return found.restated.map(({ report }) => report);
  };

  await deliverUpTo('2026-11-19', deliver);
  await night('2026-11-19');

  await deliverUpTo('2026-11-20', deliver);
  const late = '98,7,view,2026-11-19 11:00:00\n99,9,edit,2026-11-19 12:00:00\n';
  await deliver(
    'activity_log/activity_log_2026-11-20.csv',
    `activity_id,user_id,activity_type,activity_at\n${late}`,
  );
  const corrected = '1,7,2026-11-19 08:59:00,2026-11-19 12:30:00\n';
  await deliver(
    'sessions/sessions_2026-11-19.csv',
    `session_id,user_id,login_at,logout_at\n${corrected}`,
  );
  expect(await night('2026-11-20')).toContain('longest_sessions');

  const sql = await fs.readFile(USER_DAY, 'utf8');
  for (const each of both)
    await each.write('jobs/daily/user_day.sql', sql.replaceAll('count(*)', '2 * count(*)'));
  expect(await night('2026-11-20')).toContain('busiest_days');
}

/** Settings of a deployment for {@link expectSameSample}. */
export function ofSample(engine: object = {}): string {
  return stringify({ ...parse(SAMPLE_CONFIG), ...engine });
}

/**
 * Runs a night over the sample in two deployments: both publish the same, and nothing is left to
 * build.
 *
 * @param theirs with the engine to be tried
 * @param ours with DuckDB
 * @param days of the sample
 * @param output of theirs, where it is not its folder
 */
export async function expectSameSample(
  theirs: Deployment,
  ours: Deployment,
  days: number,
  output: Store = theirs.output,
): Promise<void> {
  const asOf = addDays('2026-09-21', days);
  for (const { folder, exports } of [theirs, ours]) {
    await writeSample(path.join(folder, 'sample'), { days });
    await fs.cp(path.join(folder, 'sample', 'exports'), exports.folder, { recursive: true });
  }
  const [found, expected] = [await theirs.night(asOf, { output }), await ours.night(asOf)];
  expect(found.ledger).toEqual(expected.ledger);
  expect(found.checks).toEqual(expected.checks);
  await expectSame(output, ours.output);
  expect((await planNightly({ ...theirs.runOptions([asOf]), output })).builds).toEqual([]);
}

/** What a night built and why, in one order. */
function builtBy({ built }: Outcome): unknown[] {
  return built.map(({ table, name, reason, rows }) => [table, name, reason, rows]).sort();
}
