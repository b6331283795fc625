import * as fs from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { addDays } from '../../src/dates.js';
import type { Outcome } from '../../src/night/outcome.js';
import { planNightly } from '../../src/night/plan.js';
import type { Store } from '../../src/store/store.js';
import type { Deployment } from './nights.js';
import { expectSame } from './same_release.js';
import { deliverSample } from './sample.js';
import { deliverUpTo } from './two_days.js';

const USER_DAY = new URL('../../jobs/daily/user_day.sql', import.meta.url);

/** Settings of deployments whose nights are compared, whose models are their own. */
export const OWN_MODELS = { jobs: ['./jobs'] };

/** Two deployments with {@link OWN_MODELS} side by side. */
interface Pair {
  /** with the engine to be tried */
  readonly theirs: Deployment;
  /** with DuckDB */
  readonly ours: Deployment;
  /** of theirs */
  readonly output: Store;
}

/**
 * Runs a first night, one with late rows and a corrected export, and one with a changed model. Each
 * builds the same for the same reason, publishes the same, and leaves nothing to build.
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
  const pair = await pairOf(theirs, ours, output);
  const deliver = async (key: string, content: string) => {
    for (const each of [theirs, ours]) await each.deliver(key, content);
  };

  await deliverUpTo('2026-11-19', deliver);
  await night(pair, '2026-11-19');

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
  expect(await night(pair, '2026-11-20')).toContain('busiest_days');

  await changeModel(pair);
  expect(await night(pair, '2026-11-20')).toContain('busiest_days');
}

/**
 * The same over the sample.
 * @param days of the sample
 */
export async function expectSameSample(
  theirs: Deployment,
  ours: Deployment,
  days: number,
  output: Store = theirs.output,
): Promise<void> {
  const pair = await pairOf(theirs, ours, output);
  const asOf = addDays('2026-09-21', days);
  for (const each of [theirs, ours]) await deliverSample(each, { days });
  expect(await night(pair, asOf)).toEqual([]);

  const late = `\n99000001,7,view,${addDays(asOf, -2)} 11:00:00,\n`;
  for (const { exports } of [theirs, ours]) {
    const at = (table: string) => path.join(exports.folder, table, `${table}_${asOf}.csv`);
    await fs.appendFile(at('activity_log'), late);
    const sessions = (await fs.readFile(at('sessions'), 'utf8')).trimEnd().split('\n');
    await fs.writeFile(at('sessions'), `${sessions.slice(0, -1).join('\n')}\n`);
  }
  expect(await night(pair, asOf)).toContain('busiest_days');

  await changeModel(pair);
  expect(await night(pair, asOf)).toContain('busiest_days');
}

async function pairOf(theirs: Deployment, ours: Deployment, output: Store): Promise<Pair> {
  for (const { folder } of [theirs, ours]) await fs.mkdir(path.join(folder, 'jobs'));
  return { theirs, ours, output };
}

/** A night of both. @returns the reports that it restated */
async function night({ theirs, ours, output }: Pair, asOf: string): Promise<string[]> {
  const [found, expected] = [await theirs.night(asOf, { output }), await ours.night(asOf)];
  expect(builtBy(found)).toEqual(builtBy(expected));
  expect(found.ledger).toEqual(expected.ledger);
  expect(found.checks).toEqual(expected.checks);
  expect(found.restated).toEqual(expected.restated);
  await expectSame(output, ours.output);
  expect((await planNightly({ ...theirs.runOptions([asOf]), output })).builds).toEqual([]);
  return found.restated.map(({ report }) => report);
}

/** Has both count twice what they counted once. */
async function changeModel({ theirs, ours }: Pair): Promise<void> {
  const sql = await fs.readFile(USER_DAY, 'utf8');
  for (const each of [theirs, ours])
    await each.write('jobs/daily/user_day.sql', sql.replaceAll('count(*)', '2 * count(*)'));
}

/** What a night built and why, in one order. */
function builtBy({ built }: Outcome): unknown[] {
  return built.map(({ table, name, reason, rows }) => [table, name, reason, rows]).sort();
}
