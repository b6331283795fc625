import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Cell, Warehouse } from './warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});
beforeEach(() => warehouse.reset());

/** Data of a table on each of the last days, the last ones without any. */
async function fillDays(amounts: Readonly<Record<string, number>>, last = 0): Promise<void> {
  const days = Array.from({ length: 70 }, (_, i) => i).filter((i) => i >= last);
  const rows = days.flatMap((i) =>
    Object.entries(amounts).map(([table, n]): Cell[] => [table, `A-${i}`, n]),
  );
  await warehouse.fill(
    'rolling.row_lifetime',
    'table_name event_date amount',
    rows.map(([table, date, n]) => [
      table as Cell,
      date === 'A-0' ? 'A' : (date as Cell),
      n as Cell,
    ]),
  );
  await warehouse.fill(
    'rolling.table_lifetime',
    'table_name first_date last_date',
    Object.keys(amounts).map((table) => [table, 'A-69', last === 0 ? 'A' : `A-${last}`]),
  );
}

describe('gap_window', () => {
  const gaps = () => warehouse.run('rolling.gap_window', 'table_name event_date amount');

  test('has the dates without an export on which there is nothing, or hardly anything', async () => {
    await fillDays({ sessions: 100 }, 2);
    await warehouse.fill('rolling.row_lifetime', 'table_name event_date amount', [
      ['sessions', 'A-1', 3],
    ]);
    await warehouse.absent([
      ['sessions', 'A'],
      ['sessions', 'A-1'],
      ['feature_usage', 'A'],
    ]);
    expect(await gaps()).toEqual(['sessions | A-1 | 3', 'sessions | A | 0']);
  });

  test('leaves out a date that other exports brought, and dates before the data begin', async () => {
    await fillDays({ sessions: 100 });
    await warehouse.absent([
      ['sessions', 'A-1'],
      ['sessions', 'A-69'],
      ['sessions', 'A-80'],
    ]);
    expect(await gaps()).toEqual([]);
  });

  test('looks back fourteen weeks, however short the windows are', async () => {
    await warehouse.reset({ short_window_days: 7, long_window_days: 14 });
    await fillDays({ sessions: 100 });
    await warehouse.fill('rolling.table_lifetime', 'table_name first_date', [
      ['feature_usage', 'A-120'],
      ['users', 'A-120'],
    ]);
    await warehouse.absent([
      ['feature_usage', 'A-97'],
      ['feature_usage', 'A-98'],
      ['users', 'A-5'],
    ]);
    expect(await gaps()).toEqual(['feature_usage | A-97 | 0']);
  });

  test('takes amounts of which 64 bits hold no hundredfold', async () => {
    await fillDays({ sessions: 3 * 10 ** 15 });
    await warehouse.fill('rolling.row_lifetime', 'table_name event_date amount', [
      ['feature_usage', 'A-1', 9 * 10 ** 15],
    ]);
    await warehouse.absent([['sessions', 'A-1']]);
    expect(await gaps()).toEqual([]);
    expect(await warehouse.run('rolling.table_lifetime', 'table_name first_date')).toEqual([
      'feature_usage | A-1',
      'sessions | A-69',
    ]);
  });

  test('takes a day without rows that has an export for a day on which nothing happened', async () => {
    await fillDays({ sessions: 100 }, 1);
    expect(await gaps()).toEqual([]);
  });
});

describe('what stops being delivered', () => {
  const gap = (rows: Cell[][]) =>
    warehouse.fill('rolling.gap_window', 'table_name event_date', rows);
  const begun = () =>
    warehouse.fill('rolling.table_lifetime', 'table_name first_date', [
      ['activity_log', 'A-69'],
      ['sessions', 'A-69'],
      ['support_tickets', 'A-69'],
      ['feature_usage', 'A-69'],
    ]);
  const day = (i: number) => (i === 0 ? 'A' : `A-${i}`);

  test('has no number on the page, and its days count for no mean', async () => {
    await begun();
    const rows = Array.from({ length: 70 }, (_, i): Cell[] => [day(i), 20, i < 2 ? 0 : 10]);
    await warehouse.fill('daily.day', 'event_date activities sessions', rows);
    await gap([
      ['sessions', 'A'],
      ['sessions', 'A-1'],
    ]);
    const found = await warehouse.objects('report.headline');
    const today = found.filter((row) => row.event_date === found.at(-1)?.event_date);
    const of = (metric: string) => today.find((row) => row.metric === metric);
    expect(of('sessions')).toMatchObject({
      value: null,
      week_before: 10,
      level: 10,
      level_change_percent: 0,
    });
    expect(of('activities')).toMatchObject({ value: 20, week_before: 20 });
  });

  test('has no place among the busiest days, and no number in the trend', async () => {
    await begun();
    await warehouse.fill(
      'daily.day',
      'event_date activities sessions',
      Array.from({ length: 70 }, (_, i): Cell[] => [day(i), i === 0 ? 1 : 20, 10]),
    );
    await gap([['activity_log', 'A']]);
    expect((await warehouse.run('report.busiest_days', 'event_date')).includes('A')).toBe(false);
    const trend = await warehouse.run(
      'report.activity_trend',
      'event_date has_data activities sessions week_average_activities level_activities',
    );
    expect(trend.at(-1)).toBe('A | false |  | 10 |  | 20');
    expect(trend.at(-2)).toBe('A-1 | true | 20 | 10 | 20 | ');
  });

  test('leaves no week or month of active users that holds such a day', async () => {
    await begun();
    await warehouse.fill(
      'rolling.activity_gap_lifetime',
      'event_date gap_days users',
      Array.from({ length: 70 }, (_, i): Cell[] => [day(i), i === 69 ? null : 1, 5]),
    );
    await gap([['activity_log', 'A-10']]);
    const rows = await warehouse.run(
      'report.active_users',
      'event_date daily_users weekly_users monthly_users',
    );
    expect(rows.slice(-12)).toEqual([
      'A-11 | 5 | 5 | 5',
      'A-10 |  |  | ',
      ...[9, 8, 7, 6, 5, 4].map((i) => `A-${i} | 5 |  | `),
      ...['A-3', 'A-2', 'A-1', 'A'].map((date) => `${date} | 5 | 5 | `),
    ]);
  });

  test('leaves its weeks incomplete', async () => {
    await begun();
    await warehouse.fill(
      'rolling.user_activity_lifetime',
      'user_id first_activity_date last_activity_date active_weeks',
      [[1, 'A-60', 'A', 1 + 2 + 8 + 16]],
    );
    await gap([['activity_log', 'A-12']]); // two weeks before that of the as-of date, a Friday
    const weeks = await warehouse.run(
      'report.growth_accounting',
      'is_complete active_users lost_users users_change',
    );
    expect(weeks.slice(-5)).toEqual([
      'true | 1 | 0 | 1',
      'true | 1 | 0 | 0',
      'false | 0 |  | ',
      'true | 1 |  | ',
      'false | 1 |  | ',
    ]);
    await warehouse.build('rolling.user_cohort');
    const cells = await warehouse.run('report.retention', 'week_number is_complete');
    expect(cells.filter((cell) => cell.endsWith('false'))).toHaveLength(2);
  });

  test('is not compared with the window before', async () => {
    await begun();
    await warehouse.fill('rolling.feature_window', 'window_days feature_name uses users', [
      [30, 'a', 5, 2],
    ]);
    await warehouse.fill('daily.feature_day', 'event_date user_id feature_name uses', [
      ['A-40', 1, 'a', 9],
    ]);
    const asked = 'feature_name uses previous_uses gap_days';
    expect(await warehouse.run('report.top_features', asked)).toEqual(['a | 5 | 9 | 0']);
    await gap([['feature_usage', 'A-40']]);
    expect(await warehouse.run('report.top_features', asked)).toEqual(['a | 5 |  | 1']);
    expect(
      await warehouse.run('report.segment_invest_features', 'feature_name uses_change'),
    ).toEqual(['a | ']);
  });

  test('is not among the tables with data once the long window has none', async () => {
    await begun();
    await gap([
      ['sessions', 'A'],
      ['sessions', 'A-1'],
      ['sessions', 'A-5'],
      ...Array.from({ length: 60 }, (_, i): Cell[] => ['support_tickets', day(i)]),
    ]);
    expect(await warehouse.run('report.coverage', 'table_name end_date gap_days has_data')).toEqual(
      [
        'activity_log |  | 0 | true',
        'feature_usage |  | 0 | true',
        'sessions | A-2 | 3 | true',
        'support_tickets | A-60 | 60 | false',
      ],
    );
  });
});
