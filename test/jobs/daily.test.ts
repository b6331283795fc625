import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { day, Warehouse } from './warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});
beforeEach(() => warehouse.reset());

describe('clean', () => {
  test('a session is as long as from login to logout', async () => {
    await warehouse.fill('staged.sessions', 'event_date session_id user_id login_at logout_at', [
      ['A', 's1', 1, '2026-11-20 10:00:00.9', '2026-11-20 10:01:00'],
    ]);
    expect(await warehouse.run('clean.sessions', 'event_date session_id duration_seconds')).toEqual(
      ['A | s1 | 59'],
    );
  });

  test('a length that the export holds is used where there is no logout', async () => {
    await warehouse.fill(
      'staged.sessions',
      'session_id user_id login_at duration_seconds event_date',
      [
        ['open', 1, '2026-11-20 10:00:00', null, 'A'],
        ['held', 1, '2026-11-20 11:00:00', 90, 'A'],
      ],
    );
    expect(await warehouse.run('clean.sessions', 'session_id duration_seconds')).toEqual([
      'open | ',
      'held | 90',
    ]);
  });

  test('tickets and sign-ups have business dates in the configured zone', async () => {
    await warehouse.reset({ time_zone: 'America/New_York' });
    await warehouse.fill(
      'staged.support_tickets',
      'ticket_id user_id status created_at resolved_at',
      [
        [1, 1, 'resolved', '2026-11-20 03:00:00', '2026-11-20 06:00:00.5'],
        [2, 1, 'open', '2026-11-20 06:00:00', null],
      ],
    );
    await warehouse.fill('staged.users', 'user_id created_at', [
      [1, '2026-11-20 03:00:00'],
      [2, null],
    ]);
    expect(
      await warehouse.run(
        'clean.support_tickets',
        'ticket_id created_date resolved_date resolution_seconds',
      ),
    ).toEqual(['1 | A-1 | A | 10800', '2 | A |  | ']);
    expect(await warehouse.run('clean.users', 'user_id created_date')).toEqual(['1 | A-1', '2 | ']);
  });
});

describe('daily', () => {
  const at = (cell: string, time = '12:00:00') => `${day(cell)} ${time}`;

  test('feature_day adds up counts, and a count of 0 is no use', async () => {
    await warehouse.fill('clean.feature_usage', 'event_date user_id feature_name usage_count', [
      ['A', 1, 'export', 2],
      ['A', 1, 'export', 3],
      ['A', 1, 'search', 0],
      ['A-1', 1, 'export', 1],
    ]);
    expect(
      await warehouse.run('daily.feature_day', 'event_date user_id feature_name uses'),
    ).toEqual(['A-1 | 1 | export | 1', 'A | 1 | export | 5']);
  });

  test('user_day has a row for each user with anything that day', async () => {
    await warehouse.fill('clean.activity_log', 'event_date user_id', [['A', 1]]);
    await warehouse.fill('clean.sessions', 'event_date session_id user_id duration_seconds', [
      ['A', 's', 2, 60],
    ]);
    await warehouse.fill('daily.feature_day', 'event_date user_id feature_name uses', [
      ['A', 3, 'export', 4],
    ]);
    await warehouse.fill(
      'clean.support_tickets',
      'ticket_id user_id created_date resolved_date resolution_seconds',
      [
        [1, 4, 'A', null, null],
        [2, 5, 'A-1', 'A', 100],
      ],
    );
    const columns =
      'event_date user_id activities sessions feature_uses tickets_created tickets_resolved resolution_seconds';
    expect(await warehouse.run('daily.user_day', columns)).toEqual([
      'A-1 | 5 | 0 | 0 | 0 | 1 | 0 | 0',
      'A | 1 | 1 | 0 | 0 | 0 | 0 | 0',
      'A | 2 | 0 | 1 | 0 | 0 | 0 | 0',
      'A | 3 | 0 | 0 | 4 | 0 | 0 | 0',
      'A | 4 | 0 | 0 | 0 | 1 | 0 | 0',
      'A | 5 | 0 | 0 | 0 | 0 | 1 | 100',
    ]);
  });

  test('an open session counts as a session, not towards length', async () => {
    await warehouse.fill('clean.sessions', 'event_date session_id user_id duration_seconds', [
      ['A', 'a', 1, 60],
      ['A', 'b', 1, 90],
      ['A', 'c', 1, null],
      ['A', 'd', 2, null],
    ]);
    const columns = 'user_id sessions closed_sessions session_seconds longest_session_seconds';
    expect(await warehouse.run('daily.user_day', columns)).toEqual([
      '1 | 3 | 2 | 150 | 90',
      '2 | 1 | 0 | 0 | ',
    ]);
  });

  test('ticket_day has each resolved ticket on the day of its resolution', async () => {
    await warehouse.fill(
      'clean.support_tickets',
      'ticket_id user_id created_at created_date resolved_date resolution_seconds',
      [
        [2, 1, at('A-3'), 'A-3', 'A', 9],
        [1, 1, at('A-1'), 'A-1', 'A', 7],
        [3, 1, at('A'), 'A', null, null],
      ],
    );
    expect(
      await warehouse.run('daily.ticket_day', 'event_date ticket_id resolution_seconds'),
    ).toEqual(['A | 1 | 7', 'A | 2 | 9']);
  });

  test('day counts each user once, by what the user did', async () => {
    await warehouse.fill(
      'daily.user_day',
      'event_date user_id activities sessions closed_sessions session_seconds feature_uses',
      [
        ['A', 1, 5, 2, 1, 60, 0],
        ['A', 2, 3, 0, 0, 0, 7],
        ['A', 3, 0, 1, 1, 30, 0],
      ],
    );
    const columns =
      'event_date activities active_users sessions closed_sessions session_seconds session_users feature_uses feature_users';
    expect(await warehouse.run('daily.day', columns)).toEqual([
      'A | 8 | 2 | 3 | 2 | 90 | 2 | 7 | 1',
    ]);
  });

  test('a day without rows has none', async () => {
    expect(await warehouse.run('daily.day', 'event_date')).toEqual([]);
  });
});
