import * as fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Release } from '../../src/release/release.js';
import type { LedgerLine } from '../../src/release/schema.js';
import { type Deployment, lineOf, query, type Row, useDeployments } from './nights.js';

/**
 * Two published data sets, mapped by configuration alone, against the numbers that their authors
 * published. The README of each in test/fixtures names source and licence.
 */
const RAVENSTACK = fileURLToPath(new URL('../fixtures/ravenstack', import.meta.url));
const PANDAS_LAB = fileURLToPath(new URL('../fixtures/pandas_lab', import.meta.url));

const { deploy } = useDeployments('all');

async function deploySet(set: string, exports: Record<string, string>): Promise<Deployment> {
  const configuration = new URL(`../fixtures/${set}/dayfold.yaml`, import.meta.url);
  const deployment = await deploy(await fs.readFile(configuration, 'utf8'));
  for (const [key, file] of Object.entries(exports))
    await deployment.deliver(key, await fs.readFile(file));
  return deployment;
}

const csv = (file: string) => `read_csv('${file}', all_varchar = true)`;
const sumOf = (rows: readonly Row[], column: string) =>
  rows.reduce((sum, row) => sum + Number(row[column]), 0);

describe('ravenstack', () => {
  const published = (file: string) => csv(path.join(RAVENSTACK, 'published', `${file}.gz`));
  let deployment: Deployment;
  let made: { release: Release; ledger: LedgerLine[] };
  const rows = (table: string, select: string, rest = '') =>
    deployment.rows(table, select, rest, made.release);

  beforeAll(async () => {
    deployment = await deploySet('ravenstack', {
      'feature_usage_2025-01-01.csv': path.join(RAVENSTACK, 'feature_usage.csv.gz'),
      'support_tickets_2025-01-01.csv': path.join(RAVENSTACK, 'support_tickets.csv.gz'),
    });
    made = await deployment.upToClean('2025-01-01');
  });

  test('rows before and after duplicates are removed: dq_validation_summary_by_table.csv', async () => {
    const answers = await query(
      `select table_name, rows_before::int as before, rows_after::int as after from ${published('dq_validation_summary_by_table.csv')} where table_name in ('feature_usage', 'support_tickets')`,
    );
    expect(answers).toEqual([
      { table_name: 'feature_usage', before: 27_500, after: 26_729 },
      { table_name: 'support_tickets', before: 2_200, after: 2_140 },
    ]);
    expect(lineOf(made, 'support_tickets')).toMatchObject({
      records: 2_200,
      quarantined: {},
      kept: 2_140,
    });
    expect(lineOf(made, 'feature_usage')).toMatchObject({ records: 27_500, quarantined: {} });
    expect(await rows('clean/feature_usage', 'count(distinct usage_id) as ids')).toEqual([
      { ids: 26_729 },
    ]);
  });

  test('the ids that were given out twice, for uses on two days, keep one row', async () => {
    expect(lineOf(made, 'feature_usage')).toMatchObject({
      kept: 26_729,
      repeated: 771,
      duplicates: 0,
    });
    const twice = `(select usage_id from ${csv(path.join(RAVENSTACK, 'feature_usage.csv.gz'))} group by usage_id having count(distinct usage_date) > 1)`;
    expect(await query(`select count(*) as ids from ${twice}`)).toEqual([{ ids: 21 }]);
    expect(
      await rows('clean/feature_usage', 'count(*) as rows', `where usage_id in (from ${twice})`),
    ).toEqual([{ rows: 21 }]);
  });

  /**
   * Of the rows of one id the authors keep the most complete one (here always the first line), we
   * the last line. They differ for the ids that the damage was done to: the copies appended without
   * a feature, or with a count of -1.
   */
  const contested = `(select usage_id from ${csv(path.join(RAVENSTACK, 'feature_usage.csv.gz'))} group by usage_id
    having count(distinct (subscription_id, usage_date, feature_name, usage_count)) > 1)`;

  test('each use of an id with one content is as in feature_usage_clean.csv', async () => {
    const theirs = `(select usage_id, subscription_id as user_id, coalesce(feature_name, 'unknown') as feature_name,
      usage_count::bigint as usage_count, strptime(usage_date, '%d-%m-%Y') as used_at from ${published('feature_usage_clean.csv')})`;
    const [agreed] = await rows(
      'clean/feature_usage',
      'count(*) as rows, count_if((t.user_id, t.feature_name, t.usage_count, t.used_at) = (p.user_id, p.feature_name, p.usage_count, p.used_at)) as same',
      `join ${theirs} as p using (usage_id) where usage_id not in (from ${contested})`,
    );
    const [ids] = await query(`select count(*) as ids from ${contested}`);
    expect(agreed).toEqual({ rows: 26_729 - Number(ids?.ids), same: 26_729 - Number(ids?.ids) });
  });

  // Theirs less the uncontested part of theirs is what the contested ids add in their rule; ours
  // the same in ours.
  test.each([
    ['feature', 'feature_usage_distribution.csv', 'feature_name', 'feature_name', 40],
    [
      'month',
      'usage_monthly_trends.csv',
      'usage_month',
      "strftime(strptime(usage_date, '%d-%m-%Y'), '%Y-%m')",
      24,
    ],
  ])('total uses by %s but for contested ids: %s', async (_, file, column, expression, groups) => {
    const answers = await query(
      `select ${column} as name, total_usage::bigint - coalesce(contested, 0) as uses from ${published(file)}
       left join (select ${expression} as ${column}, sum(usage_count::bigint)::bigint as contested
         from ${published('feature_usage_clean.csv')} where usage_id in (from ${contested}) group by all) using (${column}) order by name`,
    );
    const ours = await rows(
      'clean/feature_usage',
      `${column === 'feature_name' ? 'feature_name' : "strftime(used_at, '%Y-%m')"} as name, sum(usage_count)::bigint as uses`,
      `where usage_id not in (from ${contested}) ${column === 'feature_name' ? "and feature_name <> 'unknown'" : ''} group by all order by name`,
    );
    expect(answers).toHaveLength(groups);
    expect(ours).toEqual(answers);
  });

  test('the three features used most: feature_usage_distribution.csv', async () => {
    const theirs = await query(
      `select feature_name, total_usage::int as uses from ${published('feature_usage_distribution.csv')} order by uses desc limit 3`,
    );
    expect(theirs).toEqual([
      { feature_name: 'feature_15', uses: 7_038 },
      { feature_name: 'feature_34', uses: 6_975 },
      { feature_name: 'feature_32', uses: 6_966 },
    ]);
    // 34 and 9 uses fewer: contested ids whose last line has a count of -1, no feature or another
    // one, see above
    const ours = await rows(
      'clean/feature_usage',
      'feature_name, sum(usage_count)::bigint as uses',
      'group by feature_name order by uses desc limit 3',
    );
    const lost = [0, 34, 9];
    expect(ours.map(({ feature_name }) => feature_name).sort()).toEqual(
      theirs.map(({ feature_name }) => feature_name).sort(),
    );
    expect(
      theirs.map(({ feature_name, uses }, i) => ({
        feature_name,
        uses: Number(uses) - (lost[i] ?? 0),
      })),
    ).toEqual(
      theirs.map(({ feature_name }) => ours.find((row) => row.feature_name === feature_name)),
    );
  });

  test('accounts by feature, but for contested ids: feature_adoption.csv', async () => {
    const accounts = `(select subscription_id, any_value(account_id) as account_id from ${csv(path.join(RAVENSTACK, 'subscriptions.csv.gz'))} group by subscription_id)`;
    const theirs = await query(
      `select feature_name, count(distinct account_id) as accounts from ${published('feature_usage_clean.csv')} join ${accounts} using (subscription_id)
       where feature_name is not null group by feature_name order by feature_name`,
    );
    expect(theirs).toEqual(
      await query(
        `select feature_name, accounts_used::int as accounts from ${published('feature_adoption.csv')} order by feature_name`,
      ),
    );
    const uncontested = `where usage_id not in (from ${contested})`;
    const ours = await rows(
      'clean/feature_usage',
      'feature_name, count(distinct account_id) as accounts',
      `join ${accounts} as a on t.user_id = a.subscription_id ${uncontested} and feature_name <> 'unknown' group by feature_name order by feature_name`,
    );
    expect(ours).toEqual(
      await query(
        `select feature_name, count(distinct account_id) as accounts from ${published('feature_usage_clean.csv')} join ${accounts} using (subscription_id)
         ${uncontested} and feature_name is not null group by feature_name order by feature_name`,
      ),
    );
  });

  // The authors take the absolute value of a column of hours, 27 of them below zero; we the time
  // between two columns.
  test('mean hours to resolution: resolution_hours_clean of support_tickets_clean.csv', async () => {
    const theirs = await query(
      `select sum(resolution_hours_clean::double)::int as hours, count(*) as tickets, round(avg(resolution_hours_clean::double), 3) as mean from ${published('support_tickets_clean.csv')}`,
    );
    expect(theirs).toEqual([{ hours: 76_749, tickets: 2_140, mean: 35.864 }]);
    expect(
      await rows(
        'clean/support_tickets',
        'sum(resolution_seconds)::bigint / 3600 as hours, count(resolution_seconds) as tickets, round(avg(resolution_seconds) / 3600, 3) as mean',
      ),
    ).toEqual(theirs);
  });

  test('tickets by priority, but for ids of two contents: support_tickets_clean.csv', async () => {
    const contestedTickets = `(select ticket_id from ${csv(path.join(RAVENSTACK, 'support_tickets.csv.gz'))} group by ticket_id
      having count(distinct (account_id, submitted_at, closed_at, priority)) > 1)`;
    const rest = `where ticket_id not in (from ${contestedTickets}) group by priority order by priority`;
    const ours = await rows('clean/support_tickets', 'priority, count(*) as tickets', rest);
    expect(ours).toEqual(
      await query(
        `select priority, count(*) as tickets from ${published('support_tickets_clean.csv')} ${rest}`,
      ),
    );
    expect(sumOf(ours, 'tickets')).toBe(2_140 - 13); // the 13 conflicts of the ledger
    expect(lineOf(made, 'support_tickets').conflicts).toBe(13);
  });

  test('every day of the two years has its rows', async () => {
    const [staged] = await rows(
      'staged/feature_usage',
      'count(*) as rows, count(distinct event_date) as dates',
    );
    expect(staged).toEqual({ rows: 27_500, dates: 731 });
    expect(
      sumOf(await rows('clean/feature_usage', 'count(*) as rows', 'group by event_date'), 'rows'),
    ).toBe(26_729);
  });
  // Not compared: accounts, subscriptions and churn_events of the summaries (no table of ours), the
  // scores of data_quality_summary.csv (their own weights), avg_intensity (of seconds, which
  // feature_usage has no column for).
});

describe('pandas_lab', () => {
  test('sessions of over 0 seconds in APAC: regional_activity.csv', async () => {
    const deployment = await deploySet('pandas_lab', {
      'sessions_2023-03-09.csv': path.join(PANDAS_LAB, 'sessions.csv.gz'),
      'users_2023-03-09.csv': path.join(PANDAS_LAB, 'users.csv.gz'),
    });
    const made = await deployment.upToClean('2023-03-09');
    expect(lineOf(made, 'sessions')).toMatchObject({ records: 800, quarantined: {}, kept: 800 });
    expect(lineOf(made, 'users')).toMatchObject({ records: 150, kept: 150 });
    const ours = await deployment.rows(
      'clean/sessions',
      'region, count(*) as total_sessions, sum(duration_seconds) / count(*) as avg_duration, count(distinct user_id) as active_users',
      `join ${csv(path.join(PANDAS_LAB, 'users.csv.gz'))} as u using (user_id) where duration_seconds > 0 and region = 'APAC' group by region`,
      made.release,
    );
    expect(ours).toEqual(
      await query(
        `select region, total_sessions::int as total_sessions, avg_duration::double as avg_duration, active_users::int as active_users from ${csv(path.join(PANDAS_LAB, 'regional_activity.csv.gz'))}`,
      ),
    );
    expect(ours).toEqual([
      { region: 'APAC', total_sessions: 202, avg_duration: 290.3811881188119, active_users: 36 },
    ]);
    // what the file has no length for is an open session
    expect(
      await deployment.rows(
        'clean/sessions',
        'count(*) as open',
        'where duration_seconds is null',
        made.release,
      ),
    ).toEqual([{ open: 25 }]);
  });

  test('distinct events, and events by type, of raw_events.csv', async () => {
    const deployment = await deploySet('pandas_lab', {
      'raw_events_2023-04-08.csv': path.join(PANDAS_LAB, 'raw_events.csv.gz'),
    });
    const made = await deployment.upToClean('2023-04-08');
    expect(lineOf(made, 'activity_log')).toMatchObject({
      records: 2_025,
      repeated: 25,
      kept: 2_000,
      duplicates: 0,
      conflicts: 0,
    });
    const byType = (table: string) =>
      deployment.rows(
        table,
        'activity_type, count(*) as events',
        'group by activity_type order by events desc',
        made.release,
      );
    expect(await byType('staged/activity_log')).toEqual([
      { activity_type: 'click', events: 1_009 },
      { activity_type: 'view', events: 424 },
      { activity_type: 'purchase', events: 408 },
      { activity_type: 'login', events: 184 },
    ]);
    expect(await byType('clean/activity_log')).toEqual([
      { activity_type: 'click', events: 1_000 },
      { activity_type: 'view', events: 418 },
      { activity_type: 'purchase', events: 400 },
      { activity_type: 'login', events: 182 },
    ]);
  });
});
