import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Warehouse } from './warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});
beforeEach(() => warehouse.reset());

describe('windows', () => {
  test('a window of N days holds A-N+1 to A', async () => {
    const edges = ['A+1', 'A', 'A-29', 'A-30', 'A-59', 'A-60'];
    await warehouse.fill(
      'daily.user_day',
      'event_date user_id activities',
      edges.map((edge, i) => [edge, 1, 10 ** i]),
    );
    expect(
      await warehouse.run(
        'rolling.user_window',
        'as_of_date window_days user_id activities active_days',
      ),
    ).toEqual(['A | 30 | 1 | 110 | 2', 'A | 60 | 1 | 11110 | 4']);
  });

  test('windows are as long as they are set', async () => {
    await warehouse.reset({ short_window_days: 3, long_window_days: 7 }, [3, 7]);
    await warehouse.fill('daily.feature_day', 'event_date user_id feature_name uses', [
      ['A-2', 1, 'export', 1],
      ['A-3', 1, 'export', 2],
      ['A-6', 1, 'export', 4],
      ['A-7', 1, 'export', 8],
    ]);
    expect(await warehouse.run('rolling.user_feature_window', 'window_days uses')).toEqual([
      '3 | 1',
      '7 | 7',
    ]);
  });

  test('a feature used before the short window alone is in the long one alone', async () => {
    await warehouse.fill('daily.feature_day', 'event_date user_id feature_name uses', [
      ['A-30', 1, 'export', 2],
    ]);
    expect(await warehouse.run('rolling.user_feature_window', 'window_days uses')).toEqual([
      '60 | 2',
    ]);
  });

  test('user_window counts a feature used on several days once', async () => {
    await warehouse.fill('daily.user_day', 'event_date user_id feature_uses', [
      ['A', 1, 3],
      ['A-1', 1, 2],
      ['A-40', 1, 1],
      ['A', 2, 0],
    ]);
    await warehouse.fill('daily.feature_day', 'event_date user_id feature_name uses', [
      ['A', 1, 'export', 3],
      ['A-1', 1, 'export', 1],
      ['A-1', 1, 'search', 1],
      ['A-40', 1, 'share', 1],
    ]);
    await warehouse.build('rolling.user_feature_window');
    expect(
      await warehouse.run('rolling.user_window', 'window_days user_id features feature_uses'),
    ).toEqual(['30 | 1 | 2 | 5', '30 | 2 | 0 | 0', '60 | 1 | 3 | 6', '60 | 2 | 0 | 0']);
    expect(
      await warehouse.run('rolling.user_feature_window', 'window_days feature_name uses days_used'),
    ).toEqual([
      '30 | export | 4 | 2',
      '30 | search | 1 | 1',
      '60 | export | 4 | 2',
      '60 | search | 1 | 1',
      '60 | share | 1 | 1',
    ]);
  });

  test('user_window keeps the last login, the last activity and the longest session', async () => {
    const columns =
      'event_date user_id activities sessions closed_sessions session_seconds longest_session_seconds';
    await warehouse.fill('daily.user_day', columns, [
      ['A-3', 1, 0, 2, 1, 50, 50],
      ['A-2', 1, 0, 1, 1, 40, 40],
      ['A-1', 1, 4, 0, 0, 0, null],
      ['A', 2, 0, 1, 0, 0, null],
    ]);
    const shown =
      'window_days user_id closed_sessions session_seconds longest_session_seconds last_login_date last_activity_date';
    expect((await warehouse.run('rolling.user_window', shown)).slice(0, 2)).toEqual([
      '30 | 1 | 2 | 90 | 50 | A-2 | A-1',
      '30 | 2 | 0 | 0 |  | A | ',
    ]);
  });

  test('feature_window counts users exactly, of this as-of only', async () => {
    await warehouse.fill(
      'rolling.user_feature_window',
      'as_of_date window_days user_id feature_name uses',
      [
        ['A', 30, 1, 'export', 3],
        ['A', 30, 2, 'export', 4],
        ['A', 60, 1, 'export', 9],
        ['A-1', 30, 3, 'export', 5],
      ],
    );
    expect(
      await warehouse.run('rolling.feature_window', 'window_days feature_name uses users'),
    ).toEqual(['30 | export | 7 | 2', '60 | export | 9 | 1']);
  });
});

describe('lifetimes', () => {
  test('on the first night a lifetime is all the days', async () => {
    await warehouse.fill('daily.user_day', 'event_date user_id activities sessions', [
      ['A+1', 1, 9, 9],
      ['A', 1, 1, 0],
      ['A-400', 1, 2, 1],
    ]);
    const columns =
      'user_id first_date last_date first_login_date last_login_date last_activity_date activities active_days';
    expect(await warehouse.run('rolling.user_lifetime', columns)).toEqual([
      '1 | A-400 | A | A-400 | A-400 | A | 3 | 2',
    ]);
  });

  test('later it is the earlier lifetime and the days after it', async () => {
    await warehouse.fill(
      'previous.user_lifetime',
      'as_of_date user_id first_date last_date activities active_days longest_session_seconds',
      [
        ['A-2', 1, 'A-90', 'A-2', 10, 5, 70],
        ['A-2', 2, 'A-90', 'A-80', 1, 1, null],
      ],
    );
    await warehouse.fill(
      'daily.user_day',
      'event_date user_id activities longest_session_seconds',
      [
        ['A', 1, 1, 60],
        ['A-1', 1, 2, null],
        ['A-2', 1, 100, 999],
        ['A', 3, 4, null],
      ],
    );
    const columns =
      'as_of_date user_id first_date last_date activities active_days longest_session_seconds';
    expect(await warehouse.run('rolling.user_lifetime', columns)).toEqual([
      'A | 1 | A-90 | A | 13 | 7 | 70',
      'A | 2 | A-90 | A-80 | 1 | 1 | ',
      'A | 3 | A | A | 4 | 1 | ',
    ]);
  });

  test('features are remembered with their first and last day', async () => {
    await warehouse.fill(
      'previous.user_feature_lifetime',
      'as_of_date user_id feature_name uses days_used first_used_date last_used_date',
      [['A-1', 1, 'export', 5, 2, 'A-9', 'A-3']],
    );
    await warehouse.fill('daily.feature_day', 'event_date user_id feature_name uses', [
      ['A', 1, 'export', 2],
      ['A', 2, 'export', 1],
      ['A-1', 2, 'export', 50],
    ]);
    await warehouse.build('rolling.user_feature_lifetime');
    expect(
      await warehouse.run(
        'rolling.user_feature_lifetime',
        'user_id uses days_used first_used_date last_used_date',
      ),
    ).toEqual(['1 | 7 | 3 | A-9 | A', '2 | 1 | 1 | A | A']);
    expect(
      await warehouse.run(
        'rolling.feature_lifetime',
        'feature_name uses users first_used_date last_used_date',
      ),
    ).toEqual(['export | 8 | 2 | A-9 | A']);
  });

  test('resolution_lifetime counts tickets by their length', async () => {
    await warehouse.fill('previous.resolution_lifetime', 'as_of_date resolution_seconds tickets', [
      ['A-1', 60, 3],
    ]);
    await warehouse.fill('daily.ticket_day', 'event_date ticket_id user_id resolution_seconds', [
      ['A', 1, 1, 60],
      ['A', 2, 1, 0],
      ['A-1', 3, 1, 60],
    ]);
    expect(
      await warehouse.run('rolling.resolution_lifetime', 'resolution_seconds tickets'),
    ).toEqual(['0 | 1', '60 | 4']);
  });
});

describe('table_lifetime of tables that are delivered', () => {
  const begins = () => warehouse.run('rolling.table_lifetime', 'table_name first_date last_date');

  test('begins with the first export where it is before all rows, or there are none', async () => {
    await warehouse.delivered([
      ['sessions', 'A-9'],
      ['support_tickets', 'A-9'],
    ]);
    await warehouse.fill('rolling.row_lifetime', 'table_name event_date amount', [
      ['sessions', 'A-3', 5],
    ]);
    expect(await begins()).toEqual(['sessions | A-9 | A-3', 'support_tickets | A-9 | ']);
  });

  test('begins with its rows where the first export brought those of its date or earlier ones', async () => {
    await warehouse.delivered([
      ['sessions', 'A-3'],
      ['feature_usage', 'A-2'],
      ['users', 'A-9'],
    ]);
    await warehouse.fill('rolling.row_lifetime', 'table_name event_date amount', [
      ['activity_log', 'A', 1],
      ['feature_usage', 'A-5', 5],
      ['sessions', 'A-3', 1],
      ['sessions', 'A-2', 50],
      ['sessions', 'A-1', 50],
    ]);
    expect(await begins()).toEqual([
      'activity_log | A | A',
      'feature_usage | A-5 | A-5',
      'sessions | A-2 | A-1',
    ]);
  });
});

describe('table_lifetime', () => {
  const begins = async (amounts: readonly (readonly [string, number])[]) => {
    await warehouse.reset();
    await warehouse.fill(
      'rolling.row_lifetime',
      'table_name event_date amount',
      amounts.map(([date, amount]) => ['activity_log', date, amount]),
    );
    return warehouse.run('rolling.table_lifetime', 'table_name first_date last_date');
  };

  test('begins with the first date that has more than a few early rows', async () => {
    expect(
      await begins([
        ['A-9', 39],
        ['A-8', 100],
        ['A-7', 100],
      ]),
    ).toEqual(['activity_log | A-8 | A-7']);
    expect(
      await begins([
        ['A-9', 40],
        ['A-8', 100],
        ['A-7', 100],
      ]),
    ).toEqual(['activity_log | A-9 | A-7']);
  });

  test('does not begin with rows that lie far before all others', async () => {
    expect(
      await begins([
        ['A-900', 1],
        ['A-8', 900],
        ['A', 900],
      ]),
    ).toEqual(['activity_log | A-8 | A']);
  });

  test('knows the users by their sign-ups, with a date or without', async () => {
    await warehouse.reset();
    await warehouse.fill('clean.users', 'user_id created_date', [
      [1, 'A-3'],
      [2, null],
      [3, 'A+1'],
    ]);
    expect(
      await warehouse.run('rolling.table_lifetime', 'table_name first_date last_date'),
    ).toEqual(['users | A-3 | A-3']);
    await warehouse.reset();
    expect(await warehouse.run('rolling.table_lifetime', 'table_name')).toEqual([]);
  });
});
