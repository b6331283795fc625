import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Cell, Warehouse } from './warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});
beforeEach(() => warehouse.reset());

describe('funnel', () => {
  const STEPS = [
    { kind: 'activity', name: 'signup' },
    { kind: 'feature', name: 'editor' },
    { kind: 'activity', name: 'invite' },
  ] as const;
  const taken = async (rows: Cell[][], tables = ['activity_log', 'feature_usage']) => {
    await warehouse.fill(
      'rolling.table_lifetime',
      'table_name first_date',
      tables.map((table) => [table, 'A-90']),
    );
    await warehouse.fill('daily.funnel_day', 'event_date user_id step step_at', rows);
  };
  const funnel = async () => {
    await warehouse.build('rolling.funnel_user');
    return warehouse.run(
      'report.funnel',
      'step users funnel_percent step_percent median_seconds waiting_users',
    );
  };

  test('takes its steps from activities and from features that were used', async () => {
    await warehouse.funnel(STEPS);
    await warehouse.fill('clean.activity_log', 'event_date user_id activity_type activity_at', [
      ['A', 1, 'signup', '2026-11-20 10:00:00'],
      ['A', 1, 'editor', '2026-11-20 10:30:00'],
    ]);
    await warehouse.fill(
      'clean.feature_usage',
      'event_date user_id feature_name usage_count used_at',
      [
        ['A', 1, 'editor', 1, '2026-11-20 11:00:00'],
        ['A', 1, 'editor', 2, '2026-11-20 11:00:00'],
        ['A', 1, 'editor', 0, '2026-11-20 12:00:00'],
        ['A', 1, 'signup', 1, '2026-11-20 12:00:00'],
      ],
    );
    expect(await warehouse.run('daily.funnel_day', 'event_date user_id step')).toEqual([
      'A | 1 | 1',
      'A | 1 | 2',
    ]);
  });

  test('counts a step only after the one before it, and in time', async () => {
    await warehouse.funnel(STEPS);
    const day = (i: number) => `2026-11-${String(20 - i).padStart(2, '0')}`;
    await taken([
      ['A-19', 1, 1, `${day(19)} 10:00:00`],
      ['A-19', 1, 2, `${day(19)} 09:00:00`], // before it began
      ['A-18', 1, 2, `${day(18)} 10:00:00`],
      ['A-18', 1, 3, `${day(18)} 10:00:00`], // at the same time
      ['A-19', 2, 1, `${day(19)} 10:00:00`],
      ['A-5', 2, 2, `${day(5)} 10:00:00`], // 14 days to the second
      ['A-19', 3, 1, `${day(19)} 10:00:00`],
      ['A-5', 3, 2, `${day(5)} 10:00:01`],
      ['A-2', 4, 1, `${day(2)} 10:00:00`],
      ['A-1', 4, 1, `${day(1)} 10:00:00`], // begins once
      ['A-2', 5, 3, `${day(2)} 10:00:00`], // never began
    ]);
    expect(await funnel()).toEqual([
      '1 | 4 | 100 |  |  | 1',
      `2 | 2 | 50 | 50 | ${(86_400 + 14 * 86_400) / 2} | 0`,
      '3 | 1 | 25 | 50 | 0 | ',
    ]);
  });

  test('has no rows where a table of its steps has no data', async () => {
    await warehouse.funnel(STEPS);
    await taken([['A', 1, 1, '2026-11-20 10:00:00']], ['activity_log']);
    expect(await funnel()).toEqual([]);
  });

  test('is compared by groups of users, of whom the later steps are a part', async () => {
    await warehouse.funnel(STEPS);
    await warehouse.fill('clean.users', 'user_id created_date user_group', [
      [1, 'A-40', 'pro'],
      [2, 'A-29', 'pro'],
      [3, null, 'free'],
      [4, 'A+1', 'free'], // not there yet
    ]);
    const at = (hour: number) => `2026-11-20 ${hour}:00:00`;
    await taken([
      ...[1, 2, 3, 4, 5].map((user): Cell[] => ['A', user, 1, at(10)]),
      ...[1, 2, 3].map((user): Cell[] => ['A', user, 2, at(11)]),
      ['A', 1, 3, at(12)],
      ['A', 3, 3, at(12)],
    ]);
    await warehouse.build('rolling.funnel_user');
    const columns = 'rank user_group begun_users second_users finished_users finished_percent';
    expect(await warehouse.run('report.funnel_groups', columns)).toEqual([
      '1 | (none) | 2 | 0 | 0 | 0',
      '2 | pro | 2 | 2 | 1 | 50',
      '3 | free | 1 | 1 | 1 | 100',
    ]);
  });

  test('begins in the short window, and shows steps that nobody took', async () => {
    await warehouse.funnel(STEPS);
    await taken([
      ['A-30', 1, 1, '2026-10-21 10:00:00'],
      ['A', 1, 2, '2026-11-20 10:00:00'],
    ]);
    expect(await funnel()).toEqual([
      '1 | 0 |  |  |  | 0',
      '2 | 0 |  |  |  | 0',
      '3 | 0 |  |  |  | ',
    ]);
  });
});

describe('open tickets', () => {
  const tickets = (rows: Cell[][]) =>
    warehouse.fill(
      'clean.support_tickets',
      'ticket_id user_id created_date resolved_date resolution_seconds category priority',
      rows,
    );

  test('are those written and not resolved up to the as-of date, the oldest first', async () => {
    await tickets([
      [1, 7, 'A-3', null, null, 'bug', null],
      [2, 7, 'A-50', 'A+1', null, 'bug', null],
      [3, 7, 'A-50', 'A', 60, 'bug', null],
      [4, 7, 'A+1', null, null, 'bug', null],
    ]);
    expect(await warehouse.run('report.open_tickets', 'ticket_id age_days category')).toEqual([
      '2 | 50 | bug',
      '1 | 3 | bug',
    ]);
    expect(await warehouse.run('report.open_ticket_ages', 'from_days to_days tickets')).toEqual([
      '3 | 6 | 1',
      '48 | 51 | 1',
    ]);
  });

  test('are counted by category and priority, of which one that no ticket has is left out', async () => {
    await warehouse.fill('rolling.table_lifetime', 'table_name first_date', [
      ['support_tickets', 'A-59'],
    ]);
    await tickets([
      [1, 7, 'A-3', null, null, 'bug', null],
      [2, 7, 'A-29', 'A', 100, 'bug', null],
      [3, 7, 'A-59', 'A-29', 200, 'bug', null],
      [4, 7, 'A-1', null, null, null, null],
      [5, 7, 'A-61', 'A-60', 5, 'old', null],
    ]);
    const columns =
      'kind rank name tickets_created previous_created open_tickets tickets_resolved median_seconds p90_seconds';
    expect(await warehouse.run('report.ticket_kinds', columns)).toEqual([
      'category | 1 | bug | 2 | 1 | 1 | 2 | 150 | 190',
      'category | 2 | none | 1 | 0 | 1 | 0 |  | ',
    ]);
    await warehouse.fill('rolling.gap_window', 'table_name event_date', [
      ['support_tickets', 'A-40'],
    ]);
    expect((await warehouse.run('report.ticket_kinds', 'previous_created'))[0]).toBe('');
  });
});

test('tickets of no category, and of one called none, are timed together', async () => {
  await warehouse.fill(
    'clean.support_tickets',
    'ticket_id user_id created_date resolved_date resolution_seconds category',
    [
      [1, 7, 'A-3', 'A', 100, null],
      [2, 7, 'A-3', 'A', 200, 'none'],
      [3, 7, 'A-3', 'A', 600, 'none'],
    ],
  );
  await warehouse.fill('rolling.table_lifetime', 'table_name first_date', [
    ['support_tickets', 'A-59'],
  ]);
  expect(
    await warehouse.run('report.ticket_kinds', 'name tickets_resolved median_seconds'),
  ).toEqual(['none | 3 | 200']);
});

describe('first responses', () => {
  const columns = 'kind name answered_tickets median_seconds p90_seconds waiting_tickets';
  const tickets = (rows: Cell[][]) =>
    warehouse.fill(
      'clean.support_tickets',
      'ticket_id user_id created_date first_response_date first_response_seconds resolved_date category',
      rows,
    );

  test('are timed in the short window, and tickets wait until they are answered or resolved', async () => {
    await tickets([
      [1, 7, 'A-3', 'A', 100, null, 'bug'],
      [2, 7, 'A-40', 'A-29', 300, 'A-20', 'bug'],
      [3, 7, 'A-60', 'A-30', 900, null, 'bug'],
      [4, 7, 'A-5', 'A+1', 500, null, 'bill'],
      [5, 7, 'A-5', null, null, 'A', 'bill'],
      [6, 7, 'A-5', null, null, 'A+1', null],
      [7, 7, 'A+1', null, null, null, null],
    ]);
    expect(await warehouse.run('report.first_response', columns)).toEqual([
      'all | all tickets | 2 | 200 | 280 | 2',
      'category | bug | 2 | 200 | 280 | 0',
      'category | bill | 0 |  |  | 1',
      'category | none | 0 |  |  | 1',
    ]);
  });

  test('are no question where no ticket has one', async () => {
    await tickets([
      [1, 7, 'A-3', null, null, null, 'bug'],
      [2, 7, 'A-3', 'A+1', 9, null, 'bug'],
    ]);
    expect(await warehouse.run('report.first_response', 'kind')).toEqual([]);
  });

  test('have the quantiles that sorting them gives', async () => {
    const waits = Array.from({ length: 137 }, (_, i) => (i * 7919) % 10_007);
    await tickets(
      waits.map((seconds, i): Cell[] => [i, 7, 'A-9', `A-${i % 9}`, seconds, null, `c${i % 4}`]),
    );
    const quantile = (values: readonly number[], q: number) => {
      const sorted = values.toSorted((a, b) => a - b);
      const at = (sorted.length - 1) * q;
      const below = sorted[Math.floor(at)] as number;
      return below + ((sorted[Math.ceil(at)] as number) - below) * (at % 1);
    };
    const rows = await warehouse.objects('report.first_response');
    expect(rows).toHaveLength(5);
    for (const { name, answered_tickets, median_seconds, p90_seconds } of rows) {
      const chosen = waits.filter((_, i) => name === 'all tickets' || name === `c${i % 4}`);
      expect(Number(answered_tickets)).toBe(chosen.length);
      expect(median_seconds).toBeCloseTo(quantile(chosen, 0.5), 6);
      expect(p90_seconds).toBeCloseTo(quantile(chosen, 0.9), 6);
    }
  });
});

describe('reopened tickets', () => {
  const columns = 'kind name resolved_tickets reopened_tickets reopened_percent open_tickets';
  const tickets = (rows: Cell[][]) =>
    warehouse.fill(
      'clean.support_tickets',
      'ticket_id user_id created_date resolved_date reopen_count category',
      rows,
    );

  test('are those resolved in the short window, and those that are open, without tickets of which it is not known', async () => {
    await tickets([
      [1, 7, 'A-40', 'A', 2, 'bug'],
      [2, 7, 'A-40', 'A-29', 0, 'bug'],
      [3, 7, 'A-40', 'A-30', 1, 'bug'],
      [4, 7, 'A-5', 'A+1', 1, 'bill'],
      [5, 7, 'A-5', null, 3, null],
      [6, 7, 'A-5', 'A', null, 'bill'],
      [7, 7, 'A+1', null, 1, 'bug'],
    ]);
    expect(await warehouse.run('report.reopened_tickets', columns)).toEqual([
      'all | all tickets | 2 | 1 | 50 | 2',
      'category | bug | 2 | 1 | 50 | 0',
      'category | bill | 0 | 0 |  | 1',
      'category | none | 0 | 0 |  | 1',
    ]);
  });

  test('are no question where no export says it', async () => {
    await tickets([[1, 7, 'A-3', 'A', null, 'bug']]);
    expect(await warehouse.run('report.reopened_tickets', 'kind')).toEqual([]);
  });
});

describe('groups of users', () => {
  const columns =
    'rank user_group known_users new_users active_users active_percent activities_per_user average_seconds';
  const fill = async (users: Cell[][], windows: Cell[][]) => {
    await warehouse.fill('clean.users', 'user_id created_date user_group', users);
    await warehouse.fill(
      'rolling.user_window',
      'window_days user_id activities sessions closed_sessions session_seconds',
      windows,
    );
  };

  test('are compared by their active users of the short window', async () => {
    await fill(
      [
        [1, 'A-40', 'pro'],
        [2, 'A-29', 'pro'],
        [3, null, 'free'],
        [4, null, null],
        [9, 'A+1', 'free'],
      ],
      [
        [30, 1, 4, 1, 1, 10],
        [30, 2, 2, 2, 1, 30],
        [30, 3, 0, 1, 0, 0],
        [30, 5, 1, 0, 0, 0],
        [60, 3, 9, 0, 0, 0],
      ],
    );
    expect(await warehouse.run('report.user_groups', columns)).toEqual([
      '1 | pro | 2 | 1 | 2 | 100 | 3 | 20',
      '2 | (none) | 1 | 0 | 1 |  | 1 | ',
      '3 | free | 1 | 0 | 0 | 0 |  | ',
    ]);
  });

  test('are compared by who came back in the week after the first, as the cohorts are', async () => {
    await fill(
      [
        [1, 'A-10', 'pro'], // the week before that of the as-of date, a Friday: its next one is not over
        [2, 'A-17', 'pro'],
        [3, 'A-18', 'pro'],
        [4, 'A-60', 'free'],
      ],
      [[30, 2, 1, 0, 0, 0]],
    );
    await warehouse.fill('rolling.table_lifetime', 'table_name first_date', [
      ['activity_log', 'A-90'],
    ]);
    await warehouse.fill(
      'rolling.user_activity_lifetime',
      'user_id first_activity_date active_weeks',
      [
        [1, 'A-10', 3],
        [2, 'A-17', 2 + 4],
        [5, 'A-25', 8 + 1], // known by activities alone, and not active in the short window
      ],
    );
    await warehouse.build('rolling.user_cohort');
    const columns = 'user_group cohort_users retained_percent';
    expect(await warehouse.run('report.user_groups', columns)).toEqual([
      'pro | 2 | 50',
      'free | 1 | 0',
      '(none) | 1 | 0',
    ]);
    const first = (await warehouse.objects('report.retention')).filter(
      ({ week_number, is_complete }) => week_number === 1 && is_complete,
    );
    expect(first.map(({ cohort_users, active_users }) => [cohort_users, active_users])).toEqual([
      [1, 0],
      [1, 0],
      [2, 1],
    ]);
  });

  test('may be called other, or none', async () => {
    const users = Array.from({ length: 12 }, (_, i): Cell[] => [
      i + 1,
      null,
      ['other', 'none'][i] ?? `g${i}`,
    ]);
    await fill(users, [
      [30, 1, 1, 0, 0, 0],
      [30, 2, 1, 0, 0, 0],
      [30, 99, 1, 0, 0, 0],
    ]);
    const rows = await warehouse.run('report.user_groups', 'rank user_group known_users');
    expect([...rows.slice(0, 3), rows.at(-1)]).toEqual([
      '1 | none | 1',
      '2 | other | 1',
      '3 | (none) | 0',
      '11 | (other) | 3',
    ]);
  });

  test('beyond the tenth are one, and there are none where no user has a group', async () => {
    const users = Array.from({ length: 12 }, (_, i): Cell[] => [
      i + 1,
      null,
      `g${String(i).padStart(2, '0')}`,
    ]);
    await fill(users, [[30, 12, 1, 0, 0, 0]]);
    const rows = await warehouse.run(
      'report.user_groups',
      'rank user_group known_users active_users',
    );
    expect([rows.length, rows[0], rows.at(-1)]).toEqual([
      11,
      '1 | g11 | 1 | 1',
      '11 | (other) | 2 | 0',
    ]);
    await warehouse.reset();
    await fill([[1, null, null]], [[30, 1, 1, 0, 0, 0]]);
    expect(await warehouse.run('report.user_groups', 'rank')).toEqual([]);
  });
});
