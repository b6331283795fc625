import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readLive } from '../../src/release/commit.js';
import type { Receipt } from '../../src/release/schema.js';
import { type Deployment, useDeployments, withWholeIds } from './nights.js';

const { deploy } = useDeployments();
const { deploy: deployAll } = useDeployments('all');

const activities = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;
const keyOf = (date: string) => `activity_log/activity_log_${date}.csv`;

async function twoDays(deployed = deploy): Promise<Deployment> {
  const deployment = await deployed();
  await deployment.deliver(keyOf('2026-03-01'), activities('1,7,view,2026-03-01 09:00:00'));
  await deployment.deliver(keyOf('2026-03-02'), activities('2,7,view,2026-03-02 09:00:00'));
  await deployment.night(['2026-03-01', '2026-03-02']);
  return deployment;
}

/** The receipts of the live release, as they are stored. */
async function receipts(deployment: Deployment): Promise<Receipt[]> {
  const { commit } = await readLive(deployment.output);
  const key = commit?.envelope.restated?.key;
  return key === undefined ? [] : JSON.parse(String(await deployment.output.read(key)));
}

describe('a receipt', () => {
  test('of a late row tells the rows that changed, from what to what, and the export', async () => {
    const deployment = await twoDays();
    await deployment.deliver(keyOf('2026-03-03'), activities('3,8,view,2026-03-02 10:00:00'));
    await deployment.night('2026-03-03');
    const [busiest] = (await receipts(deployment)).filter(
      ({ report }) => report === 'busiest_days',
    );
    expect(busiest).toMatchObject({ as_of: '2026-03-02', added: 0, removed: 0, changed: 2 });
    const second = busiest?.rows.find(({ after }) => after?.event_date === '2026-03-02');
    expect([second?.before?.activities, second?.after?.activities]).toEqual([1, 2]);
    expect(busiest?.because).toEqual({
      exports: [{ export: keyOf('2026-03-03'), change: 'new' }],
      recipe: [],
    });
  });

  test('is there for each report and date that changed, and no other', async () => {
    const deployment = await twoDays(deployAll);
    const before = await deployment.release();
    await deployment.deliver(keyOf('2026-03-03'), activities('3,8,view,2026-03-02 10:00:00'));
    const outcome = await deployment.night('2026-03-03');
    const after = await deployment.release();
    const changed = before
      .tables()
      .filter((table) => /^report\/(?!report$|.*_changes$)/.test(table))
      .flatMap((table) =>
        before
          .of(table)
          .flatMap(({ name, digest }) =>
            after.get(table, name)?.digest === digest ? [] : [`${table.slice(7)} ${name}`],
          ),
      );
    expect(changed.length).toBeGreaterThan(0);
    expect(outcome.restated.map(({ report, as_of }) => `${report} ${as_of}`).sort()).toEqual(
      changed.sort(),
    );
    expect(changed.every((each) => each.endsWith('2026-03-02'))).toBe(true);
  });

  test('of a corrected export names it', async () => {
    const deployment = await twoDays();
    const corrected = activities('1,9,view,2026-03-01 09:00:00', '3,9,view,2026-03-01 10:00:00');
    await deployment.deliver(keyOf('2026-03-01'), corrected);
    await deployment.night('2026-03-02');
    const found = await receipts(deployment);
    expect(new Set(found.map(({ as_of }) => as_of))).toEqual(new Set(['2026-03-01', '2026-03-02']));
    for (const { because } of found)
      expect(because.exports).toEqual([{ export: keyOf('2026-03-01'), change: 'changed' }]);
  });

  test('of a changed setting says so', async () => {
    const deployment = await twoDays();
    const settings = {
      ...deployment.config.settings,
      few_features: 1,
      many_sessions: 1,
      top_features: 5,
      inactive_days: 1,
    };
    const config = { ...deployment.config, settings };
    const outcome = await deployment.night('2026-03-02', { config });
    for (const { because } of outcome.restated)
      expect(because).toEqual({ exports: [], recipe: ['settings'] });
    expect(outcome.built.length).toBeGreaterThan(0);
  });

  test('of a changed model that the report is made from names the model', async () => {
    const deployment = await deploy({ jobs: ['./jobs'] });
    await mkdir(path.join(deployment.folder, 'jobs'));
    await deployment.deliver(keyOf('2026-03-01'), activities('1,7,view,2026-03-01 09:00:00'));
    await deployment.night('2026-03-01');
    const sql = await readFile(new URL('../../jobs/daily/user_day.sql', import.meta.url), 'utf8');
    await deployment.write('jobs/daily/user_day.sql', sql.replaceAll('count(*)', '2 * count(*)'));
    const { restated } = await deployment.night('2026-03-01');
    expect(restated.map(({ report }) => report)).toContain('busiest_days');
    for (const { because } of restated)
      expect(because).toEqual({ exports: [], recipe: ['model of daily/user_day'] });
  });

  test('of a table that is derived from now on, or in another way, names its model', async () => {
    const tables = { sessions: { derived: true }, feature_usage: { derived: true } };
    const settings = { table_defaults: {}, jobs: ['./jobs'], tables };
    const deployment = await deployAll({ jobs: ['./jobs'] });
    await mkdir(path.join(deployment.folder, 'jobs'));
    await deployment.deliver(keyOf('2026-03-01'), activities('1,7,view,2026-03-01 09:00:00'));
    await deployment.night('2026-03-01');
    await deployment.write('dayfold.yaml', stringify(withWholeIds(settings)));
    const deriving = await deployment.copy();
    const derived = await deriving.night('2026-03-01');
    const recipes = derived.restated.map(({ because }) => because.recipe);
    expect(recipes).toContainEqual(['model of staged/feature_usage']);
    for (const recipe of recipes) expect(recipe.length).toBeGreaterThan(0);
    const from = new URL('../../jobs/derived/feature_usage.sql', import.meta.url);
    const sql = (await readFile(from, 'utf8')).replace('1 as usage_count', '3 as usage_count');
    await deriving.write('jobs/derived/feature_usage.sql', sql);
    const { restated } = await deriving.night('2026-03-01');
    expect(restated.length).toBeGreaterThan(0);
    for (const { because } of restated)
      expect(because).toEqual({ exports: [], recipe: ['model of staged/feature_usage'] });
  });

  test('of a night that changes nothing published is not written', async () => {
    const deployment = await twoDays();
    await deployment.deliver(keyOf('2026-03-03'), activities('3,8,view,2026-03-03 10:00:00'));
    const outcome = await deployment.night('2026-03-03');
    expect(outcome.restated).toEqual([]);
    expect(await receipts(deployment)).toEqual([]);
  });
});
