import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { addDays } from '../../../src/dates.js';
import { catalogStatements } from '../../../src/inspect/catalog.js';
import { deltaVersions } from '../../../src/inspect/delta.js';
import { withoutExports } from '../../../src/night/corrections/forget.js';
import { examine } from '../../../src/night/corrections/repair.js';
import { rollBack } from '../../../src/night/corrections/rollback.js';
import { setUp } from '../../../src/night/tools.js';
import { readLive } from '../../../src/release/commit.js';
import { objectsOfTable, schemasOf } from '../../../src/release/delta/changes.js';
import { type Deployment, useDeployments } from '../../night/nights.js';
import {
  differencesBySpark,
  differencesOf,
  JARS,
  PYTHON,
  rowsByStatements,
  tombstones,
  vacuum,
} from './readers.js';

const { deploy } = useDeployments();
const SETTINGS = {
  settings: { short_window_days: 2, long_window_days: 4 },
  retention: { keep_days: 12 },
};
const FIRST = '2026-10-01';
const day = (i: number) => addDays(FIRST, i);
const upTo = (newest: number) => Array.from({ length: newest }, (_, i) => i + 1);
const csv = (header: string, ...rows: string[]) => `${[header, ...rows].join('\n')}\n`;

/** The exports of a night; every third one corrects a session of the night before. */
async function deliver(deployment: Deployment, i: number): Promise<void> {
  const date = day(i);
  const late = i > 2 ? [`${i}9,9,view,${day(i - 2)} 11:00:00.123456`] : [];
  await deployment.deliver(
    `activity_log/activity_log_${date}.csv`,
    csv(
      'activity_id,user_id,activity_type,activity_at',
      `${i}1,7,view,${date} 09:00:00`,
      `${i}2,8,Éditer,${date} 10:00:00.000001`,
      ...late,
    ),
  );
  const closed =
    i > 0 && i % 3 === 0 ? [`s${i - 1},7,${day(i - 1)} 08:59:00,${day(i - 1)} 12:00:00`] : [];
  await deployment.deliver(
    `sessions/sessions_${date}.csv`,
    csv(
      'session_id,user_id,login_at,logout_at',
      `s${i},7,${date} 08:59:00,${i % 3 === 2 ? '' : `${date} 09:30:00`}`,
      `t${i},8,${date} 09:59:00,`,
      ...closed,
    ),
  );
}

/** The files that the versions of a log removed and did not add again. */
async function removedBy(table: string): Promise<string[]> {
  const folder = path.join(table, '_delta_log');
  const removed = new Set<string>();
  for (const name of (await readdir(folder)).filter((each) => each.endsWith('.json')).sort()) {
    const lines = (await readFile(path.join(folder, name), 'utf8')).trim().split('\n');
    for (const { add, remove } of lines.map((line) => JSON.parse(line))) {
      if (add !== undefined) removed.delete(add.path);
      if (remove !== undefined) removed.add(remove.path);
    }
  }
  return [...removed].sort();
}

describe.skipIf(PYTHON === '').each(['date', 'month'] as const)(
  'readers of Delta Lake, with files of a %s,',
  (partition_by) => {
    let deployment: Deployment;
    let scratch: string;
    let newest = 0;
    const night = async (i: number) => {
      await deliver(deployment, i);
      newest = (await deployment.night(day(i))).release;
    };

    beforeAll(async () => {
      deployment = await deploy({
        settings: { short_window_days: 2, long_window_days: 4 },
        retention: { keep_days: 12 },
        parquet: { partition_by },
      });
      scratch = path.join(deployment.folder, 'scratch');
      await mkdir(scratch);
      for (let i = 0; i < 24; i += 1) await night(i);
      await rm(deployment.exports.locate(`activity_log/activity_log_${day(20)}.csv`));
      const sources = (await setUp(deployment.runOptions([]))).sources;
      const without = await withoutExports(
        [`activity_log/activity_log_${day(20)}.csv`],
        await readLive(deployment.output),
        sources,
        deployment.exports,
      );
      newest = (await deployment.night([], without)).release;
      newest = (await rollBack(deployment.runOptions([]), String(newest - 1))).release;
      await night(24);
    }, 900_000);

    test('see each release as its Parquet files are, at the version that shows it', async () => {
      expect(newest).toBe(27);
      expect(await differencesOf(deployment.output, upTo(newest), scratch)).toEqual([]);
    }, 900_000);

    test.skipIf(JARS === '' || partition_by !== 'date')(
      'see the same by Spark: some tables around each checkpoint, and all tables of the newest release',
      { timeout: 1_800_000 },
      async () => {
        const { output } = deployment;
        const around = {
          releases: [1, 2, 9, 10, 11, 12, 19, 20, 21, 22, newest - 2, newest - 1, newest],
          tables: [
            'clean/sessions',
            'daily/user_day',
            'rolling/user_window',
            'report/busiest_days',
          ],
        };
        expect(await differencesBySpark(output, around, scratch)).toEqual([]);
        const all = { releases: [newest] };
        expect(await differencesBySpark(output, all, scratch)).toEqual([]);
      },
    );

    describe('take the statements that sql --for prints', () => {
      /** Rows of each table of the live release, by the name that catalogs have for it. */
      const rows = async () => {
        const { release } = await readLive(deployment.output);
        const counts = [...schemasOf(release).keys()].map((table) => {
          const objects = objectsOfTable(release, table);
          return [table.replace('/', '_'), objects.reduce((sum, object) => sum + object.rows, 0)];
        });
        return { release, counts: Object.fromEntries(counts) as Record<string, number> };
      };

      test('DuckDB', async () => {
        const { release, counts } = await rows();
        const statements = catalogStatements(deployment.output, release, 'duckdb');
        expect(await rowsByStatements(statements)).toEqual(counts);
      }, 120_000);

      test.skipIf(JARS === '')('Spark', { timeout: 900_000 }, async () => {
        const { release, counts } = await rows();
        const statements = catalogStatements(deployment.output, release, 'spark');
        expect(await rowsByStatements(statements, path.join(scratch, 'warehouse'))).toEqual(counts);
      });
    });

    test('find checkpoints, and the versions before them all the same', async () => {
      const last = await deployment.output.read(
        'objects/rolling/user_window/_delta_log/_last_checkpoint',
      );
      expect(JSON.parse(String(last))).toMatchObject({ version: 20 });
    });

    test('find in checkpoints what the versions before them removed', async () => {
      const { output } = deployment;
      const checkpoints: string[] = [];
      for await (const key of output.keys('objects/'))
        if (key.endsWith('.checkpoint.parquet')) checkpoints.push(key);
      expect(checkpoints.length).toBeGreaterThan(5);
      for (const { table, removed } of await tombstones(output)) {
        const once = [...new Set(removed)].sort(); // delta-rs names what was removed twice twice
        expect(once, table).toEqual(await removedBy(table));
      }
    }, 120_000);

    test('see the releases that gc keeps, and no version of others', {
      timeout: 300_000,
    }, async () => {
      await deployment.collect(5);
      expect(await differencesOf(deployment.output, upTo(newest).slice(-5), scratch)).toEqual([]);
      const before = await deltaVersions(deployment.output, newest - 5);
      expect(before.map(({ table }) => table)).not.toContain('rolling/user_window'); // each release has changed it
    });

    test('may vacuum all they like: the live release stays whole, and nights go on', {
      timeout: 300_000,
    }, async () => {
      const removed = await vacuum(deployment.output);
      expect(removed.flatMap((table) => table.removed).length).toBeGreaterThan(0);
      const { sources } = await setUp(deployment.runOptions([]));
      expect(await examine(deployment.output, deployment.exports, sources)).toMatchObject({
        damage: [],
        lost: [],
      });
      await night(25);
      expect(await differencesOf(deployment.output, [newest], scratch)).toEqual([]);
      expect(await examine(deployment.output, deployment.exports, sources)).toMatchObject({
        damage: [],
        lost: [],
      });
      const { release } = await readLive(deployment.output);
      const base = {
        release: release.without(({ table }) => /^(clean|daily)\//.test(table)),
        commit: undefined,
      };
      await deployment.night([], { base }); // from the staged rows alone
      const fresh = await deploy({ ...SETTINGS, parquet: { partition_by } });
      for (let i = 0; i <= 25; i += 1) await deliver(fresh, i);
      await fresh.night(day(25));
      for (const table of ['clean/activity_log', 'clean/sessions', 'daily/day'])
        expect(await deployment.rows(table, '*', 'order by all')).toEqual(
          await fresh.rows(table, '*', 'order by all'),
        );
    });
  },
);
