import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Cell, Warehouse } from './warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});
beforeEach(() => warehouse.reset());

/** Says since when each table has data; a table that is not named has none. */
const begin = (dates: Record<string, string>) =>
  warehouse.fill(
    'rolling.table_lifetime',
    'table_name first_date last_date',
    Object.entries(dates).map(([table, date]) => [table, date, 'A']),
  );

describe('longest_sessions', () => {
  const fill = (rows: Cell[][]) =>
    warehouse.fill(
      'daily.user_day',
      'event_date user_id closed_sessions longest_session_seconds',
      rows,
    );

  test('lists ties, and no day without a closed session', async () => {
    await fill([
      ['A', 1, 1, 60],
      ['A', 2, 2, 60],
      ['A', 3, 1, 59],
      ['A-1', 4, 0, null],
    ]);
    expect(
      await warehouse.run(
        'report.longest_sessions',
        'event_date user_id duration_seconds closed_sessions',
      ),
    ).toEqual(['A | 1 | 60 | 1', 'A | 2 | 60 | 2']);
  });

  test('covers the long window', async () => {
    await fill([
      ['A+1', 1, 1, 5],
      ['A-59', 1, 1, 5],
      ['A-60', 1, 1, 5],
    ]);
    expect(await warehouse.run('report.longest_sessions', 'event_date')).toEqual(['A-59']);
  });
});

test('average_sessions divides by closed sessions only, for each window and the lifetime', async () => {
  await warehouse.fill(
    'rolling.user_window',
    'window_days user_id sessions closed_sessions session_seconds',
    [
      [30, 1, 3, 2, 101],
      [30, 2, 1, 0, 0],
      [30, 3, 0, 0, 0],
      [60, 1, 4, 3, 151],
    ],
  );
  await warehouse.fill(
    'rolling.user_lifetime',
    'user_id sessions closed_sessions session_seconds',
    [[1, 9, 8, 804]],
  );
  await warehouse.fill('rolling.user_lifetime', 'as_of_date user_id sessions closed_sessions', [
    ['A-1', 1, 7, 7],
  ]);
  expect(
    await warehouse.run(
      'report.average_sessions',
      'window_days user_id open_sessions average_seconds',
    ),
  ).toEqual([
    '30 | 1 | 1 | 50.5',
    '30 | 2 | 1 | ',
    '60 | 1 | 1 | 50.333333333333336',
    ' | 1 | 1 | 100.5',
  ]);
});

describe('many_sessions_few_features', () => {
  const fill = async (dates: Record<string, string> = { feature_usage: 'A-9' }) => {
    await begin(dates);
    await warehouse.fill(
      'rolling.user_window',
      'window_days user_id sessions closed_sessions session_seconds features',
      [
        [30, 1, 3, 2, 100, 2],
        [30, 2, 3, 3, 100, 3],
        [30, 3, 2, 2, 100, 0],
        [30, 4, 9, 0, 0, 0],
        [60, 5, 9, 9, 900, 0],
      ],
    );
  };

  test('is not known without data on features', async () => {
    await fill({});
    expect(await warehouse.run('report.many_sessions_few_features', 'user_id')).toEqual([]);
    expect(await warehouse.run('report.segment_feature_tutorials', 'user_id')).toEqual([]);
  });

  test('takes at least 3 sessions and fewer than 3 features in the short window', async () => {
    await fill();
    const columns = 'user_id sessions features average_seconds';
    expect(await warehouse.run('report.many_sessions_few_features', columns)).toEqual([
      '4 | 9 | 0 | ',
      '1 | 3 | 2 | 50',
    ]);
  });

  test('follows the thresholds set', async () => {
    await warehouse.reset({ many_sessions: 2, few_features: 1 });
    await fill();
    expect(await warehouse.run('report.many_sessions_few_features', 'user_id')).toEqual(['4', '3']);
  });

  test('its segment says how many sessions, and which features', async () => {
    await fill();
    await warehouse.fill('rolling.user_feature_window', 'window_days user_id feature_name uses', [
      [30, 1, 'search', 1],
      [30, 1, 'export', 9],
      [30, 4, 'unknown', 9],
    ]);
    expect(await warehouse.run('report.segment_feature_tutorials', 'user_id reason')).toEqual([
      '4 | 9 sessions in 30 days, no feature used',
      '1 | 3 sessions in 30 days, 2 features used: export, search',
    ]);
  });
});

describe('resolution_time', () => {
  const columns =
    'scope window_days tickets tickets_created open_tickets average_seconds median_seconds p90_seconds';

  test('gives mean, median and 90th percentile of all tickets and of those resolved in each window', async () => {
    await warehouse.fill('daily.ticket_day', 'event_date ticket_id user_id resolution_seconds', [
      ['A', 1, 1, 10],
      ['A-29', 2, 1, 20],
      ['A-30', 3, 1, 60],
      ['A-60', 4, 1, 1000],
    ]);
    await warehouse.fill('rolling.resolution_lifetime', 'resolution_seconds tickets', [
      [10, 5],
      [20, 1],
      [1000, 2],
    ]);
    await warehouse.fill('rolling.user_window', 'window_days user_id tickets_created', [
      [30, 1, 3],
      [30, 2, 1],
    ]);
    await warehouse.fill('rolling.user_lifetime', 'user_id tickets_created tickets_resolved', [
      [1, 8, 6],
      [2, 2, 2],
    ]);
    expect(await warehouse.run('report.resolution_time', columns)).toEqual([
      'all |  | 8 | 10 | 2 | 258.75 | 10 | 1000',
      'window | 30 | 2 | 4 |  | 15 | 15 | 19',
      'window | 60 | 3 | 0 |  | 30 | 20 | 52',
    ]);
  });

  test('is missing where no ticket was resolved', async () => {
    expect(await warehouse.run('report.resolution_time', columns)).toEqual([
      'all |  | 0 | 0 | 0 |  |  | ',
      'window | 30 | 0 | 0 |  |  |  | ',
      'window | 60 | 0 | 0 |  |  |  | ',
    ]);
  });
});

test('quick_resolutions are below 2 days on average over all tickets of a user, open ones apart', async () => {
  await warehouse.fill(
    'rolling.user_lifetime',
    'user_id tickets_created tickets_resolved resolution_seconds',
    [
      [1, 3, 2, 2 * 172_800 - 1],
      [2, 2, 2, 2 * 172_800],
      [3, 1, 0, 0],
      [4, 1, 1, 43_200],
    ],
  );
  expect(
    await warehouse.run(
      'report.quick_resolutions',
      'user_id open_tickets average_seconds average_days',
    ),
  ).toEqual(['4 | 0 | 43200 | 0.5', '1 | 1 | 172799.5 | 1.9999942129629629']);
});

describe('active_without_tickets', () => {
  beforeEach(async () => {
    await begin({ activity_log: 'A-90', support_tickets: 'A-90' });
    await warehouse.fill(
      'rolling.user_window',
      'window_days user_id activities active_days sessions last_activity_date',
      [
        [30, 1, 5, 2, 1, 'A-3'],
        [30, 2, 5, 2, 1, 'A-3'],
        [30, 3, 0, 0, 4, null],
        [30, 4, 9, 1, 0, 'A'],
        [60, 5, 9, 1, 0, 'A-40'],
      ],
    );
    await warehouse.fill('rolling.user_lifetime', 'user_id tickets_created first_date', [
      [1, 0, 'A-3'],
      [2, 1, 'A-90'],
      [3, 0, 'A-9'],
      [4, 0, 'A'],
      [5, 0, 'A-40'],
    ]);
  });

  test('are active in the short window and never wrote one', async () => {
    const columns = 'user_id activities active_days sessions last_activity_date';
    expect(await warehouse.run('report.active_without_tickets', columns)).toEqual([
      '4 | 9 | 1 | 0 | A',
      '1 | 5 | 2 | 1 | A-3',
    ]);
  });

  test('segment_silent_active lists them, most active first', async () => {
    expect(await warehouse.run('report.segment_silent_active', 'user_id reason')).toEqual([
      '4 | 9 activities on 1 of 30 days, first seen on 2026-11-20, no ticket',
      '1 | 5 activities on 2 of 30 days, first seen on 2026-11-17, no ticket',
    ]);
  });

  test('nobody is without tickets where there are no data on tickets', async () => {
    await warehouse.empty('rolling.table_lifetime');
    expect(await warehouse.run('report.active_without_tickets', 'user_id')).toEqual([]);
    expect(await warehouse.run('report.segment_silent_active', 'user_id')).toEqual([]);
  });
});

test('busiest_days ranks the days since the data begin, equal ones alike, beside their weekday, without gaps', async () => {
  await begin({ activity_log: 'A-7', sessions: 'A-7' });
  await warehouse.fill('daily.day', 'event_date activities active_users', [
    ['A+1', 99, 1],
    ['A', 10, 1],
    ['A-7', 5, 1],
    ['A-1', 10, 2],
    ['A-8', 99, 1],
  ]);
  await warehouse.fill('rolling.gap_window', 'table_name event_date', [
    ['activity_log', 'A-2'],
    ['activity_log', 'A-3'],
    ['activity_log', 'A-4'],
  ]);
  const columns =
    'rank event_date iso_weekday activities sessions weekday_days weekday_average_activities';
  expect(await warehouse.run('report.busiest_days', columns)).toEqual([
    '1 | A-1 | 4 | 10 | 0 | 1 | 10',
    '1 | A | 5 | 10 | 0 | 2 | 7.5',
    '3 | A-7 | 5 | 5 | 0 | 2 | 7.5',
    '4 | A-6 | 6 | 0 | 0 | 1 | 0',
    '4 | A-5 | 7 | 0 | 0 | 1 | 0',
  ]);
});

test('busiest_days holds no day before the long window', async () => {
  await begin({ activity_log: 'A-80' });
  await warehouse.fill('daily.day', 'event_date activities', [['A-60', 9]]);
  const days = await warehouse.run('report.busiest_days', 'event_date activities');
  expect(days).toHaveLength(60);
  expect(days[0]).toBe('A-59 | 0');
});

/**
 * 100 activities on weekdays, 20 on weekends, on this many dates up to the as-of date, a Friday.
 */
const flat = (dates: number) =>
  Array.from({ length: dates }, (_, i): Cell[] => [
    i === 0 ? 'A' : `A-${i}`,
    i % 7 === 5 || i % 7 === 6 ? 20 : 100,
  ]);

describe('activity_trend', () => {
  const columns =
    'event_date has_data activities week_average_activities week_before_activities activities_change activities_change_percent';
  const level = 'level_days level_activities previous_level_activities';
  const fill = (rows: Cell[][]) => warehouse.fill('daily.day', 'event_date activities', rows);
  const lastOf = async (of: string) => (await warehouse.run('report.activity_trend', of)).at(-1);

  test('has every date of the long window since the data begin', async () => {
    const dates = 'event_date has_data activities sessions';
    await begin({ activity_log: 'A-70', sessions: 'A-58' });
    const rows = await warehouse.run('report.activity_trend', dates);
    expect(rows).toHaveLength(60);
    expect(rows.slice(0, 2)).toEqual(['A-59 | true | 0 | ', 'A-58 | true | 0 | 0']);
    await warehouse.reset();
    await begin({ activity_log: 'A-1' });
    expect(await warehouse.run('report.activity_trend', dates)).toEqual([
      'A-1 | true | 0 | ',
      'A | true | 0 | ',
    ]);
  });

  test('averages a week, dates without rows as 0, once there are seven dates of data', async () => {
    await begin({ activity_log: 'A-6' });
    await fill([
      ['A-6', 10],
      ['A-5', 4],
      ['A', 7],
    ]);
    const rows = await warehouse.run('report.activity_trend', columns);
    expect(rows.slice(-3)).toEqual([
      'A-2 | true | 0 |  |  |  | ',
      'A-1 | true | 0 |  |  |  | ',
      'A | true | 7 | 3 |  |  | ',
    ]);
  });

  test('compares with the same weekday a week before, where there are data', async () => {
    await begin({ activity_log: 'A-8' });
    await fill([
      ['A-8', 8],
      ['A-2', 14],
      ['A-1', 6],
      ['A', 5],
    ]);
    const rows = await warehouse.run('report.activity_trend', columns);
    expect(rows.slice(-3)).toEqual([
      `A-2 | true | 14 | ${22 / 7} |  |  | `,
      `A-1 | true | 6 | ${20 / 7} | 8 | -2 | -25`,
      `A | true | 5 | ${25 / 7} | 0 | 5 | `,
    ]);
  });

  test.each([56, 57, 60, 90])(
    'has the same level before and after for %i flat days',
    async (dates) => {
      await begin({ activity_log: `A-${dates - 1}` });
      await fill(flat(dates));
      expect(await lastOf(level)).toBe(`28 | ${540 / 7} | ${540 / 7}`);
    },
  );

  test('has a level, and none to compare with, where no day before it has data', async () => {
    await begin({ activity_log: 'A-90', sessions: 'A-90' });
    await fill(flat(28));
    const gaps = Array.from({ length: 28 }, (_, i): Cell[] => ['activity_log', `A-${i + 28}`]);
    await warehouse.fill('rolling.gap_window', 'table_name event_date', gaps);
    expect(await lastOf(level)).toBe(`28 | ${540 / 7} | `);
    const tiles = await warehouse.run('report.headline', 'metric event_date level previous_level');
    expect(tiles).toContain(`activities | A | ${540 / 7} | `);
  });

  test('compares no level with days that the long window does not reach', async () => {
    await warehouse.reset({ short_window_days: 3, long_window_days: 5 });
    await begin({ activity_log: 'A-90' });
    await fill(flat(90).map(([date]): Cell[] => [date as Cell, 5]));
    expect(await lastOf(level)).toBe('7 | 5 | ');
    const tiles = await warehouse.run(
      'report.headline',
      'metric event_date week_before level previous_level',
    );
    expect(tiles).toContain('activities | A-2 | 5 |  | ');
    expect(tiles).toContain('activities | A | 5 | 5 | ');
  });

  test('has no level to compare with where the data do not cover it, and says since when there are data', async () => {
    await begin({ activity_log: 'A-54' });
    await fill(flat(55));
    expect(await lastOf(`${level} data_begin_date`)).toBe(`28 | ${540 / 7} |  | A-54`);
  });

  test('leaves a day without data out of the level together with its counterpart', async () => {
    await begin({ activity_log: 'A-90' });
    await fill(flat(91).filter(([date]) => date !== 'A-3'));
    await warehouse.fill('rolling.gap_window', 'table_name event_date', [['activity_log', 'A-3']]);
    const mean = (28 * 540) / 7 - 100;
    expect(await lastOf(level)).toBe(`28 | ${mean / 27} | ${mean / 27}`);
  });

  test('follows the whole weeks of another short window', async () => {
    await warehouse.reset({ short_window_days: 5, long_window_days: 9 });
    await begin({ activity_log: 'A-13' });
    await fill(flat(14));
    expect(await lastOf(level)).toBe(`7 | ${540 / 7} | ${540 / 7}`);
  });
});

describe('headline', () => {
  const columns =
    'metric value week_before week_change_percent level_days level previous_level level_change_percent';
  const lastOf = async () =>
    (await warehouse.run('report.headline', `event_date ${columns}`)).filter((row) =>
      /^A \|/.test(row),
    );

  test('compares whole weeks, so that flat data show no change', async () => {
    await begin({ activity_log: 'A-60', sessions: 'A-60', support_tickets: 'A-60' });
    await warehouse.fill('daily.day', 'event_date activities', flat(61));
    expect((await lastOf())[1]).toBe(
      `A | activities | 100 | 100 | 0 | 28 | ${540 / 7} | ${540 / 7} | 0`,
    );
  });

  test('is 0 where a table is delivered and has no rows, and an average of nothing is missing', async () => {
    await begin({ sessions: 'A-9' });
    expect((await lastOf()).slice(1, 4)).toEqual([
      'A | activities |  |  |  | 28 |  |  | ',
      'A | sessions | 0 | 0 |  | 28 | 0 |  | ',
      'A | average_session_seconds |  |  |  | 28 |  |  | ',
    ]);
  });

  test('compares nothing with what the data do not cover', async () => {
    await begin({ activity_log: 'A-4' });
    await warehouse.fill('daily.day', 'event_date activities active_users', [
      ['A-4', 72, 1],
      ['A', 473, 3],
    ]);
    expect(await lastOf()).toEqual([
      'A | active_users | 3 |  |  | 28 | 0.8 |  | ',
      'A | activities | 473 |  |  | 28 | 109 |  | ',
      'A | sessions |  |  |  | 28 |  |  | ',
      'A | average_session_seconds |  |  |  | 28 |  |  | ',
      'A | tickets_created |  |  |  | 28 |  |  | ',
    ]);
  });

  test('averages sessions together, and counts each table since its own data begin', async () => {
    await begin({ activity_log: 'A-60', sessions: 'A-1' });
    await warehouse.fill(
      'daily.day',
      'event_date activities sessions session_seconds closed_sessions',
      [
        ['A-2', 1, 9, 900, 9],
        ['A-1', 1, 1, 10, 1],
        ['A', 1, 3, 60, 3],
      ],
    );
    expect((await lastOf()).slice(2, 4)).toEqual([
      'A | sessions | 3 |  |  | 28 | 2 |  | ',
      'A | average_session_seconds | 20 |  |  | 28 | 17.5 |  | ',
    ]);
  });
});

test('ticket_backlog counts back from what is open on the as-of date', async () => {
  await begin({ support_tickets: 'A-2' });
  await warehouse.fill('rolling.user_lifetime', 'user_id tickets_created tickets_resolved', [
    [1, 9, 4],
    [2, 1, 0],
  ]);
  await warehouse.fill('daily.day', 'event_date tickets_created tickets_resolved', [
    ['A', 1, 3],
    ['A-2', 2, 0],
  ]);
  expect(
    await warehouse.run(
      'report.ticket_backlog',
      'event_date tickets_created tickets_resolved open_tickets',
    ),
  ).toEqual(['A-2 | 2 | 0 | 8', 'A-1 | 0 | 0 | 8', 'A | 1 | 3 | 6']);
});

test('unknown_names counts the rows of the long window without a name', async () => {
  await warehouse.fill('daily.unknown_day', 'event_date table_name rows unknown_rows', [
    ['A', 'activity_log', 5, 1],
    ['A-59', 'activity_log', 5, 2],
    ['A-60', 'activity_log', 5, 5],
    ['A', 'feature_usage', 7, 0],
  ]);
  expect(await warehouse.run('report.unknown_names', 'table_name rows unknown_rows')).toEqual([
    'activity_log | 10 | 3',
    'feature_usage | 7 | 0',
  ]);
});

describe('inactive_users', () => {
  beforeEach(async () => {
    await begin({ sessions: 'A-300' });
    await warehouse.fill(
      'rolling.user_lifetime',
      'user_id last_login_date last_activity_date sessions activities active_days',
      [
        [1, 'A-59', 'A', 1, 1, 1],
        [2, 'A-60', 'A', 2, 1, 1],
        [3, 'A-300', null, 3, 0, 0],
        [4, null, 'A-2', 0, 1, 1],
        [5, 'A-61', 'A-61', 5, 8, 2],
        [6, 'A-90', 'A-90', 1, 1, 1],
      ],
    );
  });

  test('are not known without data on sessions', async () => {
    await warehouse.empty('rolling.table_lifetime');
    expect(await warehouse.run('report.inactive_users', 'user_id')).toEqual([]);
  });

  test('have lapsed, are active without a login, or never logged in', async () => {
    await warehouse.fill('clean.users', 'user_id created_date', [
      [1, 'A-70'],
      [4, 'A-9'],
      [7, 'A-9'],
      [8, null],
      [9, 'A+1'],
    ]);
    const columns = 'user_id reason last_login_date days_since_login created_date';
    expect(await warehouse.run('report.inactive_users', columns)).toEqual([
      '4 | active_without_login |  |  | A-9',
      '2 | lapsed | A-60 | 60 | ',
      '5 | lapsed | A-61 | 61 | ',
      '6 | lapsed | A-90 | 90 | ',
      '3 | lapsed | A-300 | 300 | ',
      '7 | never_logged_in |  |  | A-9',
      '8 | never_logged_in |  |  | ',
    ]);
  });

  test('segment_win_back ranks the lapsed by what they once did', async () => {
    expect(await warehouse.run('report.segment_win_back', 'rank user_id reason')).toEqual([
      '1 | 5 | 8 activities on 2 days, last login 61 days ago',
      '2 | 2 | 1 activity on 1 day, last login 60 days ago',
      '2 | 6 | 1 activity on 1 day, last login 90 days ago',
    ]);
  });
});
