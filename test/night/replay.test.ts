import { mkdtempSync, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/config.js';
import { withDiscard } from '../../src/night/corrections/discard.js';
import type { Outcome } from '../../src/night/outcome.js';
import { readLive } from '../../src/release/commit.js';
import { writeJobs } from '../oracle/replay.js';
import { Deployment, lineOf, useDeployments, withWholeIds } from './nights.js';

const { deploy } = useDeployments();

/**
 * A few of the models: those of the oracle, which show every way in which one can hang on another.
 */
const JOBS = mkdtempSync(path.join(tmpdir(), 'dayfold-replay-'));
beforeAll(() => writeJobs(JOBS, { doubled: false, strict: false, commented: false }));
afterAll(() => rmSync(JOBS, { recursive: true, force: true }));

const DATES = ['2026-03-01', '2026-03-02', '2026-03-03'] as const;
const TABLE = 'feature_usage';
const keyOf = (date: string) => `${TABLE}/${TABLE}_${date}.csv`;
const csv = (...records: string[]) =>
  `${['usage_id,user_id,feature,usage_count,used_at', ...records].join('\n')}\n`;

/** The rules before and after they are mended. */
/** However many records are refused. */
const ANY = { share: 1 };
const WRONG = {
  earliest: '2026-02-20',
  tables: {
    [TABLE]: {
      max_quarantine: ANY,
      columns: { usage_count: { min: 5 }, feature_name: { accepted: ['search'] } },
    },
  },
};
const RIGHT = {
  earliest: '2026-01-01',
  tables: {
    [TABLE]: {
      max_quarantine: ANY,
      columns: {
        usage_count: { min: 2, missing: ['', 'none'] },
        feature_name: { accepted: ['search', 'export, "all"\nof it'] },
      },
    },
  },
};

/** The same deployment with another configuration. */
async function configured(deployment: Deployment, settings: object): Promise<Deployment> {
  const file = path.join(deployment.folder, 'dayfold.yaml');
  await fs.writeFile(file, stringify(withWholeIds(settings)));
  const { engine, log } = deployment.config;
  return new Deployment(
    deployment.folder,
    { ...(await loadConfig(file)), engine, log },
    deployment.jobs,
  );
}

async function expire(deployment: Deployment, ...dates: readonly string[]): Promise<void> {
  for (const date of dates) await fs.rm(path.join(deployment.folder, 'exports', keyOf(date)));
}

async function replay(deployment: Deployment, more: { force?: boolean } = {}): Promise<Outcome> {
  return deployment.night([], {
    base: await readLive(deployment.output),
    replays: true,
    jobs: [JOBS],
    ...more,
  });
}

/** All that a release says of what it holds. */
async function contents(deployment: Deployment): Promise<unknown[]> {
  return [...(await deployment.release()).partitions()];
}

const record = fc
  .record({
    id: fc.constantFrom('1', '2', '3', '4', 'x', ''),
    user: fc.constantFrom('7', '8', 'none', ''),
    feature: fc.constantFrom('search', '"search"', '"export, ""all""\nof it"', 'other', ''),
    count: fc.constantFrom('1', '3', '9', 'none', 'many', ''),
    at: fc.constantFrom(
      '2026-03-01 09:00:00',
      '2026-03-02 10:00:00',
      '2026-02-01 09:00:00',
      '2025-12-31 09:00:00',
      'soon',
    ),
    broken: fc.constantFrom('', '', '', '', ',one too many', '"'),
  })
  .map(
    ({ id, user, feature, count, at, broken }) =>
      `${id},${user},${feature},${count},${at}${broken}`,
  );
const exported = fc
  .array(record, { minLength: 1, maxLength: 12 })
  .map((records) => csv(...records));

describe('a replay after a rule is mended', () => {
  test('ends with the release that would be live had the rule always been right, and a second one does nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(exported, exported, exported),
        fc.subarray([...DATES]),
        fc.constantFrom('append', 'counter'),
        async (texts, gone, delivery) => {
          const of = ({ tables, ...rest }: typeof RIGHT | typeof WRONG) => ({
            ...rest,
            tables: { [TABLE]: { ...tables[TABLE], delivery } },
          });
          const mended = await deploy(of(WRONG));
          const always = await deploy(of(RIGHT));
          for (const [i, date] of DATES.entries()) {
            for (const each of [mended, always]) await each.deliver(keyOf(date), texts[i] ?? '');
          }
          // something is there besides, for a night without any export fails
          for (const each of [mended, always])
            await each.deliver('users/users_2026-03-03.csv', 'user_id\n7\n');
          await mended.night(DATES[2], { jobs: [JOBS] });
          await expire(mended, ...gone);
          const right = await configured(mended, of(RIGHT));
          const outcome = await replay(right);
          expect(outcome.notes.filter((note) => note.includes('not replayed'))).toEqual([]);
          await always.night(DATES[2], { jobs: [JOBS] });
          expect(await contents(right)).toEqual(await contents(always));
          const before = await right.files();
          expect(await replay(right)).toMatchObject({ published: false, built: [] });
          const unchanged = [...(await right.files())].filter(([file]) => !file.startsWith('_'));
          expect(unchanged).toEqual([...before].filter(([file]) => !file.startsWith('_')));
        },
      ),
      { numRuns: Number(process.env.DAYFOLD_REPLAYS ?? 10), seed: 6 },
    );
  }, 600_000);

  test('leaves an export as it was read whose good rows would break a rule now, and says so', async () => {
    const deployment = await deploy(RIGHT);
    await deployment.deliver(
      keyOf(DATES[0]),
      csv('1,7,search,3,2026-03-01 09:00:00', '2,7,search,1,2026-03-01 09:00:00'),
    );
    await deployment.deliver(keyOf(DATES[1]), csv('3,7,search,9,2026-03-02 09:00:00'));
    await deployment.night(DATES[1], { jobs: [JOBS] });
    await expire(deployment, DATES[0]);
    const outcome = await replay(await configured(deployment, WRONG));
    expect(outcome.notes).toContainEqual(
      expect.stringMatching(
        /2026-03-01.*not replayed: rows of it that were good break rules now: usage_count_below_5 1/,
      ),
    );
    expect(lineOf(outcome, TABLE)).toMatchObject({
      kept: 2,
      quarantined: { usage_count_below_2: 1 },
    });
  });

  test('leaves an export as it was read whose columns are mapped otherwise now, and says so', async () => {
    const deployment = await deploy(WRONG);
    await deployment.deliver(
      keyOf(DATES[0]),
      csv('1,7,search,9,2026-03-01 09:00:00', '2,7,search,1,2026-03-01 09:00:00'),
    );
    await deployment.deliver(keyOf(DATES[1]), csv('3,7,search,9,2026-03-02 09:00:00'));
    await deployment.night(DATES[1], { jobs: [JOBS] });
    await expire(deployment, DATES[0]);
    const outcome = await replay(
      await configured(deployment, { tables: { [TABLE]: { date_order: 'day_first' } } }),
    );
    expect(outcome.notes).toContainEqual(
      expect.stringMatching(/2026-03-01.*not replayed: what its columns are mapped from/),
    );
    expect(lineOf(outcome, TABLE)).toMatchObject({
      records: 3,
      kept: 2,
      quarantined: { usage_count_below_5: 1 },
    });
  });

  test('fails where an export would lose most of its rows, unless forced', async () => {
    const deployment = await deploy(WRONG);
    const uses = Array.from({ length: 12 }, (_, i) => `${i},7,search,9,2026-03-01 09:00:00`);
    await deployment.deliver(keyOf(DATES[0]), csv(...uses, '99,7,search,3,2026-03-01 09:00:00'));
    await deployment.night(DATES[0], { jobs: [JOBS] });
    const tables = { [TABLE]: { ...RIGHT.tables[TABLE], key: [['user_id']], max_conflicts: 1 } };
    const other = await configured(deployment, { ...RIGHT, tables });
    await expect(replay(other)).rejects.toThrow(
      /expected at least half of the 12 rows of feature_usage .* found 1\. .* --force/,
    );
    expect((await readLive(deployment.output)).release.number).toBe(1);
    expect(await replay(other, { force: true })).toMatchObject({ published: true });
  });
});

describe('a discard', () => {
  const BAD = csv(
    '1,7,search,9,2026-03-01 09:00:00',
    '2,7,search,3,2026-03-01 10:00:00',
    '3,7,search,4,2026-03-01 11:00:00',
    'torn',
  );

  async function discarded(isGone: boolean): Promise<[Deployment, Outcome]> {
    const deployment = await deploy(WRONG);
    await deployment.deliver(keyOf(DATES[0]), BAD);
    await deployment.deliver('users/users_2026-03-01.csv', 'user_id\n7\n');
    await deployment.night(DATES[0], { jobs: [JOBS] });
    if (isGone) await expire(deployment, DATES[0]);
    const base = withDiscard(await readLive(deployment.output), TABLE, keyOf(DATES[0]), {
      lines: [3, 5],
      reason: 'a test of ours',
    });
    return [deployment, await deployment.night([], { base, jobs: [JOBS] })];
  }

  test.each([false, true])(
    'is counted under a rule of its own, with its reason (export gone: %s)',
    async (isGone) => {
      const [deployment, outcome] = await discarded(isGone);
      expect(lineOf(outcome, TABLE)).toMatchObject({
        records: 4,
        kept: 1,
        quarantined: { discarded: 2, usage_count_below_5: 1 },
      });
      expect(await deployment.quarantined(TABLE)).toMatchObject([
        {
          line: 3,
          rule: 'discarded',
          value: 'a test of ours',
          raw: '2,7,search,3,2026-03-01 10:00:00',
        },
        { line: 4, rule: 'usage_count_below_5', value: '4' },
        { line: 5, rule: 'discarded', value: 'a test of ours', raw: 'torn' },
      ]);
    },
  );

  test.each([false, true])('holds when the rule is mended (export gone: %s)', async (isGone) => {
    const [deployment] = await discarded(isGone);
    const outcome = await replay(await configured(deployment, RIGHT));
    expect(lineOf(outcome, TABLE)).toMatchObject({
      records: 4,
      kept: 2,
      quarantined: { discarded: 2 },
    });
    expect(
      (await deployment.rows('clean/feature_usage', 'usage_id', 'order by 1')).map(
        (row) => row.usage_id,
      ),
    ).toEqual([1, 3]);
  });

  test('holds no longer when the export is delivered with another content, which is said', async () => {
    const [deployment] = await discarded(false);
    await deployment.deliver(keyOf(DATES[0]), `${BAD}4,7,search,9,2026-03-01 12:00:00\n`);
    const outcome = await deployment.night(DATES[0], { jobs: [JOBS] });
    expect(outcome.notes).toContainEqual(expect.stringMatching(/discarded count again/));
    expect(lineOf(outcome, TABLE)).toMatchObject({
      kept: 2,
      quarantined: { field_count: 1, usage_count_below_5: 2 },
    });
  });
});
