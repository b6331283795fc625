import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Cell, Warehouse } from './warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});
beforeEach(() => warehouse.reset());

describe('longest_sessions', () => {
  const fill = (rows: Cell[][]) =>
    warehouse.fill('daily.user_day', 'event_date user_id closed_sessions longest_session_seconds', rows);

  test('lists ties, and no day without a closed session', async () => {
    await fill([
      ['A', 1, 1, 60],
      ['A', 2, 2, 60],
      ['A', 3, 1, 59],
      ['A-1', 4, 0, null],
    ]);
    expect(
      await warehouse.run('report.longest_sessions', 'event_date user_id duration_seconds closed_sessions'),
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
  await warehouse.fill('rolling.user_window', 'window_days user_id sessions closed_sessions session_seconds', [
    [30, 1, 3, 2, 101],
    [30, 2, 1, 0, 0],
    [30, 3, 0, 0, 0],
    [60, 1, 4, 3, 151],
  ]);
  await warehouse.fill('rolling.user_lifetime', 'user_id sessions closed_sessions session_seconds', [[1, 9, 8, 804]]);
  await warehouse.fill('rolling.user_lifetime', 'as_of_date user_id sessions closed_sessions', [['A-1', 1, 7, 7]]);
  expect(await warehouse.run('report.average_sessions', 'window_days user_id open_sessions average_seconds')).toEqual([
    '30 | 1 | 1 | 50.5',
    '30 | 2 | 1 | ',
    '60 | 1 | 1 | 50.333333333333336',
    ' | 1 | 1 | 100.5',
  ]);
});

describe('many_sessions_few_features', () => {
  const fill = () =>
    warehouse.fill('rolling.user_window', 'window_days user_id sessions closed_sessions session_seconds features', [
      [30, 1, 3, 2, 100, 2],
      [30, 2, 3, 3, 100, 3],
      [30, 3, 2, 2, 100, 0],
      [30, 4, 9, 0, 0, 0],
      [60, 5, 9, 9, 900, 0],
    ]);

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
    ]);
    expect(await warehouse.run('report.segment_feature_tutorials', 'user_id reason')).toEqual([
      '4 | 9 sessions in 30 days, no feature used',
      '1 | 3 sessions in 30 days, 2 features used: export, search',
    ]);
  });
});

describe('resolution_time', () => {
  const columns = 'scope window_days tickets tickets_created open_tickets average_seconds median_seconds p90_seconds';

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
  await warehouse.fill('rolling.user_lifetime', 'user_id tickets_created tickets_resolved resolution_seconds', [
    [1, 3, 2, 2 * 172_800 - 1],
    [2, 2, 2, 2 * 172_800],
    [3, 1, 0, 0],
    [4, 1, 1, 43_200],
  ]);
  expect(await warehouse.run('report.quick_resolutions', 'user_id open_tickets average_seconds average_days')).toEqual([
    '4 | 0 | 43200 | 0.5',
    '1 | 1 | 172799.5 | 1.9999942129629629',
  ]);
});

describe('active_without_tickets', () => {
  beforeEach(async () => {
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
      '4 | 9 activities on 1 of 30 days, no ticket since 2026-11-20',
      '1 | 5 activities on 2 of 30 days, no ticket since 2026-11-17',
    ]);
  });
});

test('busiest_days ranks the days of the long window, equal ones alike, beside their weekday', async () => {
  await warehouse.fill('daily.day', 'event_date activities active_users', [
    ['A+1', 99, 1],
    ['A', 10, 1],
    ['A-7', 5, 1],
    ['A-1', 10, 2],
    ['A-59', 0, 0],
    ['A-60', 99, 1],
  ]);
  const columns = 'rank event_date iso_weekday activities weekday_days weekday_average_activities';
  expect(await warehouse.run('report.busiest_days', columns)).toEqual([
    '1 | A-1 | 4 | 10 | 1 | 10',
    '1 | A | 5 | 10 | 2 | 7.5',
    '3 | A-7 | 5 | 5 | 2 | 7.5',
    '4 | A-59 | 2 | 0 | 1 | 0',
  ]);
});

describe('activity_trend', () => {
  const columns =
    'event_date has_data activities week_average_activities previous_activities activities_change activities_change_percent';

  test('has every date of the long window', async () => {
    const rows = await warehouse.run('report.activity_trend', 'event_date has_data activities');
    expect(rows).toHaveLength(60);
    expect([rows[0], rows[59]]).toEqual(['A-59 | false | 0', 'A | false | 0']);
  });

  test('averages a week, dates without data as 0, once there are seven dates of data', async () => {
    await warehouse.fill('daily.day', 'event_date activities', [
      ['A-6', 10],
      ['A-5', 4],
      ['A', 7],
    ]);
    const rows = await warehouse.run('report.activity_trend', columns);
    expect(rows.slice(-3)).toEqual([
      'A-2 | false | 0 |  |  |  | ',
      'A-1 | false | 0 |  |  |  | ',
      'A | true | 7 | 3 |  |  | ',
    ]);
  });

  test('knows when the data begin, also when that is before both windows', async () => {
    await warehouse.fill('daily.day', 'event_date activities', [
      ['A-10', 1],
      ['A', 1],
    ]);
    const first = async () => (await warehouse.run('report.activity_trend', 'data_begin_date previous_activities'))[59];
    expect(await first()).toBe('A-10 | ');
    await warehouse.fill('rolling.user_lifetime', 'user_id first_date', [
      [1, 'A-181'],
      [2, 'A-10'],
    ]);
    expect(await first()).toBe('A-181 | 0');
  });

  test('compares with the same date of the window before, where there are data', async () => {
    await warehouse.fill('daily.day', 'event_date activities', [
      ['A-120', 1000],
      ['A-62', 7],
      ['A-61', 8],
      ['A-2', 14],
      ['A-1', 6],
      ['A', 5],
    ]);
    const rows = await warehouse.run('report.activity_trend', columns);
    expect(rows.slice(-4)).toEqual([
      `A-3 | false | 0 | 0 |  |  | `,
      `A-2 | true | 14 | 2 | 7 | 7 | 100`,
      `A-1 | true | 6 | ${20 / 7} | 8 | -2 | -25`,
      `A | true | 5 | ${25 / 7} | 0 | 5 | `,
    ]);
    expect(rows[0]).toBe('A-59 | false | 0 |  |  |  | ');
  });
});

describe('inactive_users', () => {
  beforeEach(() =>
    warehouse.fill(
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
    ),
  );

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
