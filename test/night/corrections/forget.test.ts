import * as fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSources } from '../../../src/config/contracts.js';
import { ConfigError } from '../../../src/errors.js';
import { withoutExports } from '../../../src/night/corrections/forget.js';
import type { Outcome } from '../../../src/night/outcome.js';
import { readLive } from '../../../src/release/commit.js';
import { type Deployment, lineOf, useDeployments } from '../nights.js';

const { deploy } = useDeployments();

const keyOf = (date: string) => `activity_log/activity_log_${date}.csv`;
const csv = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;

async function twoDays(settings: object = {}): Promise<Deployment> {
  const deployment = await deploy(settings);
  await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
  await deployment.deliver(keyOf('2026-03-02'), csv('2,8,view,2026-03-02 09:00:00'));
  await deployment.night('2026-03-02');
  return deployment;
}

async function expire(deployment: Deployment, date: string): Promise<void> {
  await fs.rm(path.join(deployment.folder, 'exports', keyOf(date)));
}

async function forget(deployment: Deployment, ...keys: string[]): Promise<Outcome> {
  const { config, exports, output } = deployment;
  const live = await readLive(output);
  return deployment.night([], await withoutExports(keys, live, await loadSources(config), exports));
}

/** The content of each partition, whatever it is named by. */
async function contents(deployment: Deployment): Promise<string[]> {
  return [...(await deployment.release()).partitions()].map(
    ({ table, name, digest }) => `${table} ${name} ${digest}`,
  );
}

describe('an export that is forgotten', () => {
  test('is the reason for the numbers that change', async () => {
    const deployment = await twoDays();
    await expire(deployment, '2026-03-01');
    const { restated } = await forget(deployment, keyOf('2026-03-01'));
    expect(restated.map(({ report }) => report)).toContain('busiest_days');
    for (const { because } of restated)
      expect(because).toEqual({
        exports: [{ export: keyOf('2026-03-01'), change: 'gone' }],
        recipe: ['forget'],
      });
  });

  test('leaves a release as if it had never been delivered', async () => {
    const deployment = await twoDays();
    await expire(deployment, '2026-03-01');
    expect(await forget(deployment, keyOf('2026-03-01'))).toMatchObject({
      published: true,
      release: 2,
    });
    const never = await deploy();
    await never.deliver(keyOf('2026-03-02'), csv('2,8,view,2026-03-02 09:00:00'));
    await never.night('2026-03-02');
    expect(await contents(deployment)).toEqual(await contents(never));
  });

  test('gives back the rows that it had moved to another date', async () => {
    const deployment = await deploy();
    await deployment.deliver(keyOf('2026-03-02'), csv('1,7,view,2026-03-02 09:00:00'));
    await deployment.deliver(
      keyOf('2026-03-01'),
      csv('1,7,view,2026-03-01 09:00:00', '2,7,view,2026-03-01 10:00:00'),
    );
    await deployment.night('2026-03-02');
    expect(
      await deployment.rows('clean/activity_log', 'activity_id', `where event_date = '2026-03-01'`),
    ).toHaveLength(1);
    await expire(deployment, '2026-03-02');
    await forget(deployment, keyOf('2026-03-02'));
    expect(
      await deployment.rows('clean/activity_log', 'activity_id', `where event_date = '2026-03-01'`),
    ).toHaveLength(2);
    expect((await deployment.release()).of('moved/activity_log')).toEqual([]);
  });

  test('is not there again after the next night', async () => {
    const deployment = await twoDays();
    await expire(deployment, '2026-03-01');
    await forget(deployment, keyOf('2026-03-01'));
    const outcome = await deployment.night('2026-03-02');
    expect(outcome).toMatchObject({ published: false, release: 2 });
    expect(lineOf(outcome, 'activity_log').kept).toBe(1);
  });
});

describe('an export that cannot be forgotten', () => {
  test('is one that is still there', async () => {
    const deployment = await twoDays();
    const refused = forget(deployment, keyOf('2026-03-01'));
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(
      /^activity_log.*2026-03-01\.csv: expected an export that is gone, found it in .*take it away first/,
    );
  });

  test('is one that the release does not have', async () => {
    const deployment = await twoDays();
    const refused = forget(deployment, 'activity_log/other.csv');
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(
      'activity_log/other.csv: expected an export whose rows are in release 1',
    );
  });
});

test('exports of a table that drops them lose their rows as soon as they are gone', async () => {
  const files = 'activity_log/activity_log_{date}.csv';
  const deployment = await twoDays({
    tables: { activity_log: { files, missing_exports: 'drop' } },
  });
  await expire(deployment, '2026-03-01');
  const outcome = await deployment.night('2026-03-02');
  expect(outcome.notes).toContain(
    `${keyOf('2026-03-01')}: the export is gone; its rows are dropped`,
  );
  expect(await deployment.rows('clean/activity_log', 'activity_id')).toEqual([{ activity_id: 2 }]);
});

test('whether missing exports are dropped makes nothing stale', async () => {
  const deployment = await twoDays();
  const activity_log = {
    ...deployment.config.tables.activity_log,
    missing_exports: 'drop',
  } as never;
  const config = { ...deployment.config, tables: { ...deployment.config.tables, activity_log } };
  expect(await deployment.night('2026-03-02', { config })).toMatchObject({
    published: false,
    built: [],
  });
});
