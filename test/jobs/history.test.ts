import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  beginOf,
  featureNames,
  featuresOf,
  type History,
  histories,
  mean,
  record,
  type Totals,
  total,
  totalsOf,
} from './history.js';
import { day, Warehouse } from './warehouse.js';

const RUNS = { numRuns: Number(process.env.PROPERTY_RUNS ?? 50) };
// These run a dozen models each time.
const FEWER = { numRuns: Math.ceil(RUNS.numRuns / 2) };
const DAILY = [
  'daily.feature_day',
  'daily.user_day',
  'daily.ticket_day',
  'daily.day',
  'daily.unknown_day',
  'daily.session_length_day',
];
const WINDOWS = ['rolling.user_feature_window', 'rolling.feature_window', 'rolling.user_window'];
const LIFETIMES = [
  ...['rolling.user_lifetime', 'rolling.user_feature_lifetime', 'rolling.feature_lifetime'],
  ...['rolling.resolution_lifetime', 'rolling.row_lifetime', 'rolling.table_lifetime'],
  ...['rolling.user_activity_lifetime', 'rolling.activity_gap_lifetime'],
  'rolling.user_cohort',
];
const EVER = -1000;

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open({ every: 7 });
});

const sorted = (rows: readonly string[]) => [...rows].sort();
const byPlace = (a: number, b: number) => a - b;

function line(user: number, totals: Totals): string {
  const { activities, sessions, lengths, uses, created, resolutions } = totals;
  const longest = lengths.length === 0 ? '' : Math.max(...lengths);
  const counts = [
    activities,
    sessions,
    lengths.length,
    total(lengths),
    longest,
    total(uses.values()),
    created,
  ];
  return [user, ...counts, resolutions.length, total(resolutions)].join(' | ');
}

const USER_COLUMNS =
  'user_id activities sessions closed_sessions session_seconds longest_session_seconds feature_uses tickets_created tickets_resolved resolution_seconds';

test('daily tables hold what happened on each day', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      await record(warehouse, history);
      await warehouse.build('daily.feature_day', 'daily.user_day');
      const users: string[] = [];
      const days: string[] = [];
      for (let offset = -130; offset <= 80; offset += 1) {
        const date = offset === 0 ? 'A' : `A${offset > 0 ? '+' : ''}${offset}`;
        const onDay = totalsOf(history, offset, offset);
        for (const user of [...onDay.keys()].sort(byPlace))
          users.push(`${date} | ${line(user, onDay.get(user) as Totals)}`);
        const all = [...onDay.values()];
        const count = (of: (totals: Totals) => number) => total(all.map(of));
        if (all.length === 0) continue;
        days.push(
          [
            ...[
              date,
              count((each) => each.activities),
              count((each) => Math.sign(each.activities)),
            ],
            ...[
              count((each) => Math.sign(each.sessions)),
              count((each) => Math.sign(each.uses.size)),
            ],
          ].join(' | '),
        );
      }
      expect(await warehouse.run('daily.user_day', `event_date ${USER_COLUMNS}`)).toEqual(users);
      expect(
        await warehouse.run(
          'daily.day',
          'event_date activities active_users session_users feature_users',
        ),
      ).toEqual(days);
    }),
    RUNS,
  );
});

test('rolling tables hold what happened in each window', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      await record(warehouse, history);
      await warehouse.build(...DAILY, ...WINDOWS);
      const users: string[] = [];
      const features: string[] = [];
      for (const days of [30, 60]) {
        const window = totalsOf(history, 1 - days, 0);
        for (const user of [...window.keys()].sort(byPlace)) {
          const totals = window.get(user) as Totals;
          users.push(
            `${days} | ${line(user, totals)} | ${totals.activeDays.size} | ${featureNames(totals.uses).length}`,
          );
        }
        const used = [...featuresOf(window)].map(
          ([name, { uses, users }]) => `${days} | ${name} | ${uses} | ${users}`,
        );
        features.push(...sorted(used));
      }
      expect(
        await warehouse.run(
          'rolling.user_window',
          `window_days ${USER_COLUMNS} active_days features`,
        ),
      ).toEqual(users);
      expect(
        await warehouse.run('rolling.feature_window', 'window_days feature_name uses users'),
      ).toEqual(features);
    }),
    RUNS,
  );
});

test('a lifetime is the same from scratch and from any earlier one', async () => {
  await fc.assert(
    fc.asyncProperty(histories, fc.integer({ min: -125, max: -1 }), async (history, earlier) => {
      await record(warehouse, history);
      await warehouse.build(...DAILY);
      const fromScratch = await lifetimes();
      const expected = totalsOf(history, EVER, 0);
      expect(await warehouse.run('rolling.user_lifetime', USER_COLUMNS)).toEqual(
        [...expected.keys()].sort(byPlace).map((user) => line(user, expected.get(user) as Totals)),
      );

      await warehouse.empty('rolling.');
      await warehouse.moveTo(day(`A${earlier}`));
      await warehouse.build(...LIFETIMES);
      await warehouse.age();
      await warehouse.moveTo(day('A'));
      const onTop = await lifetimes();
      expect(onTop).toEqual(fromScratch);
    }),
    FEWER,
  );
});

async function lifetimes(): Promise<unknown[]> {
  await warehouse.build('rolling.user_feature_lifetime');
  const rows = [];
  for (const name of LIFETIMES) rows.push(await warehouse.objects(name));
  return rows;
}

test('reports say of a history what a plain reading of it says', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      await record(warehouse, history);
      await warehouse.build(...DAILY, ...WINDOWS, ...LIFETIMES);
      await expectUsers(history);
      await expectDays(history);
      await expectFeatures(history);
      await expectResolution(history);
      await expectCorrelation(history);
      await expectActivity(history);
      await expectRetention(history);
      await expectLengths(history);
      await expectBacklog(history);
    }),
    FEWER,
  );
});

async function expectUsers(history: History): Promise<void> {
  const recent = totalsOf(history, -29, 0);
  const ever = totalsOf(history, EVER, 0);
  const usersOf = (users: Map<number, Totals>, has: (totals: Totals, user: number) => boolean) =>
    sorted([...users].filter(([user, totals]) => has(totals, user)).map(([user]) => String(user)));
  const found = async (name: string) => sorted(await warehouse.run(`report.${name}`, 'user_id'));

  const begin = beginOf(history);
  const often = usersOf(
    recent,
    ({ sessions, uses }) =>
      begin.feature_usage !== null && sessions >= 3 && featureNames(uses).length < 3,
  );
  expect(await found('many_sessions_few_features')).toEqual(often);
  expect(await found('segment_feature_tutorials')).toEqual(often);
  const silent = usersOf(
    recent,
    ({ activities }, user) =>
      begin.support_tickets !== null && activities > 0 && ever.get(user)?.created === 0,
  );
  expect(await found('active_without_tickets')).toEqual(silent);
  expect(await found('segment_silent_active')).toEqual(silent);
  expect(await found('quick_resolutions')).toEqual(
    usersOf(
      ever,
      ({ resolutions }) =>
        resolutions.length > 0 && total(resolutions) < 172_800 * resolutions.length,
    ),
  );
  expect(await found('inactive_users')).toEqual(
    usersOf(
      ever,
      ({ lastLogin }) => begin.sessions !== null && (lastLogin === null || lastLogin <= -60),
    ),
  );
  expect(await found('segment_win_back')).toEqual(
    usersOf(
      ever,
      ({ lastLogin, activities }) => lastLogin !== null && lastLogin <= -60 && activities > 0,
    ),
  );
  const wide = [...recent]
    .filter(([, { uses }]) => featureNames(uses).length > 3)
    .map(([user]) => `30 | ${user}`);
  const wideEver = [...ever]
    .filter(([, { uses }]) => featureNames(uses).length > 3)
    .map(([user]) => ` | ${user}`);
  expect(sorted(await warehouse.run('report.wide_adopters', 'window_days user_id'))).toEqual(
    sorted([...wide, ...wideEver]),
  );

  const averages = [
    ...[...recent].map(([user, totals]) => ['30', user, totals] as const),
    ...[...totalsOf(history, -59, 0)].map(([user, totals]) => ['60', user, totals] as const),
    ...[...ever].map(([user, totals]) => ['', user, totals] as const),
  ];
  expect(
    sorted(
      await warehouse.run(
        'report.average_sessions',
        'window_days user_id sessions average_seconds',
      ),
    ),
  ).toEqual(
    sorted(
      averages
        .filter(([, , { sessions }]) => sessions > 0)
        .map(
          ([window, user, { sessions, lengths }]) =>
            `${window} | ${user} | ${sessions} | ${mean(lengths) ?? ''}`,
        ),
    ),
  );
}

async function expectDays(history: History): Promise<void> {
  const longest: string[] = [];
  const trend: string[] = [];
  const counts: number[] = [];
  const begin = beginOf(history).activity_log;
  for (let offset = -59; offset <= 0; offset += 1) {
    const onDay = totalsOf(history, offset, offset);
    const date = offset === 0 ? 'A' : `A${offset}`;
    const top = Math.max(...[...onDay.values()].flatMap(({ lengths }) => lengths));
    for (const [user, { lengths }] of [...onDay].sort(([a], [b]) => a - b)) {
      if (lengths.includes(top)) longest.push(`${date} | ${user} | ${top}`);
    }
    const activities = total([...onDay.values()].map((each) => each.activities));
    const isKnown = begin !== null && offset >= begin;
    if (!isKnown) continue;
    trend.push(`${date} | true | ${activities}`);
    counts.push(activities);
  }
  expect(
    await warehouse.run('report.longest_sessions', 'event_date user_id duration_seconds'),
  ).toEqual(longest);
  expect(await warehouse.run('report.activity_trend', 'event_date has_data activities')).toEqual(
    trend,
  );
  counts.sort((a, b) => b - a);
  expect(await warehouse.run('report.busiest_days', 'rank activities')).toEqual(
    counts.map((count) => `${counts.indexOf(count) + 1} | ${count}`),
  );
}

async function expectFeatures(history: History): Promise<void> {
  const place = (of: number, all: readonly number[]) => 1 + all.filter((each) => each > of).length;
  const begin = beginOf(history).feature_usage;
  const previous = featuresOf(totalsOf(history, -59, -30));
  const previousUses = [...previous.values()].map(({ uses }) => uses);
  const lines: string[] = [];
  for (const [days, first] of [['30', -29] as const, ['', EVER] as const]) {
    const features = featuresOf(totalsOf(history, first, 0));
    const all = [...features.values()].map(({ uses }) => uses);
    for (const [name, { uses, users }] of features) {
      if (place(uses, all) > 3) continue;
      const before = previous.get(name);
      const known = days === '30' && begin !== null && begin <= -59;
      const past = [
        known ? (before?.uses ?? 0) : '',
        known && before ? place(before.uses, previousUses) : '',
      ];
      lines.push([days, place(uses, all), name, uses, users, ...past].join(' | '));
    }
  }
  const columns = 'window_days rank feature_name uses users previous_uses previous_rank';
  expect(sorted(await warehouse.run('report.top_features', columns))).toEqual(sorted(lines));
}

async function expectResolution(history: History): Promise<void> {
  const rows = await warehouse.objects('report.resolution_time');
  for (const [window, first] of [[null, EVER] as const, [30, -29] as const, [60, -59] as const]) {
    const users = [...totalsOf(history, first, 0).values()];
    const lengths = users.flatMap(({ resolutions }) => resolutions).sort(byPlace);
    const row = rows.find((each) => each.window_days === window);
    expect(row).toMatchObject({
      tickets: lengths.length,
      tickets_created: total(users.map(({ created }) => created)),
    });
    expect(row?.average_seconds).toBe(mean(lengths));
    if (lengths.length === 0) continue;
    expect(row?.median_seconds).toBeCloseTo(quantile(lengths, 0.5), 6);
    expect(row?.p90_seconds).toBeCloseTo(quantile(lengths, 0.9), 6);
  }
}

function quantile(ordered: readonly number[], q: number): number {
  const place = (ordered.length - 1) * q;
  const [below = 0, above = below] = ordered.slice(Math.floor(place + 1e-9));
  return below + (above - below) * Math.max(0, place - Math.floor(place + 1e-9));
}

async function expectCorrelation(history: History): Promise<void> {
  const rows = await warehouse.objects('report.session_feature_correlation');
  for (const [window, first] of [[null, EVER] as const, [30, -29] as const, [60, -59] as const]) {
    const users = [...totalsOf(history, first, 0).values()].filter(
      ({ lengths }) => lengths.length > 0,
    );
    const averages = users.map(({ lengths }) => mean(lengths) ?? 0);
    const measures = {
      feature_uses: ({ uses }: Totals) => total(uses.values()),
      features: ({ uses }: Totals) => featureNames(uses).length,
    };
    for (const [measure, of] of Object.entries(measures)) {
      const row = rows.find((each) => each.window_days === window && each.measure === measure);
      const values = users.map(of);
      expect(row?.n).toBe(users.length);
      expectClose(row?.pearson, correlation(averages, values));
      expectClose(row?.spearman, correlation(meanRanks(averages), meanRanks(values)));
      expect(row?.pearson_low === null).toBe(row?.pearson === null);
    }
  }
}

function expectClose(found: unknown, expected: number | null): void {
  if (expected === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(expected, 6);
}

function meanRanks(values: readonly number[]): number[] {
  return values.map(
    (of) =>
      values.filter((each) => each < of).length +
      (values.filter((each) => each === of).length + 1) / 2,
  );
}

function correlation(x: readonly number[], y: readonly number[]): number | null {
  if (x.length < 4 || new Set(x).size === 1 || new Set(y).size === 1) return null;
  const [meanX, meanY] = [mean(x) ?? 0, mean(y) ?? 0];
  const sum = (of: (x: number, y: number) => number) =>
    total(x.map((each, i) => of(each - meanX, (y[i] ?? 0) - meanY)));
  return sum((a, b) => a * b) / Math.sqrt(sum((a) => a * a) * sum((_, b) => b * b));
}

/** The as-of date is a Friday: the day of the Monday of a week, counted from it. */
const mondayOf = (day: number) => day - ((((day + 4) % 7) + 7) % 7);
const dateAt = (day: number) => (day === 0 ? 'A' : `A${day > 0 ? '+' : ''}${day}`);

/** The days up to the as-of date on which each user was active. */
function activeDays({ activities }: History): Map<number, number[]> {
  const users = new Map<number, number[]>();
  for (const { day, user } of activities)
    if (day <= 0) users.set(user, [...(users.get(user) ?? []), day]);
  return users;
}

async function expectActivity(history: History): Promise<void> {
  const begin = beginOf(history).activity_log;
  const users = [...activeDays(history).values()];
  const within = (first: number, last: number) =>
    users.filter((days) => days.some((day) => day >= first && day <= last));
  const days: string[] = [];
  for (let day = Math.max(-59, begin ?? 1); day <= 0; day += 1) {
    const of = (span: number) =>
      day - (begin ?? 0) >= span - 1 ? within(day - span + 1, day).length : '';
    const [daily, monthly] = [within(day, day).length, of(30)];
    const share = Number(monthly) === 0 ? '' : (100 * daily) / Number(monthly);
    days.push([dateAt(day), daily, of(7), monthly, share].join(' | '));
  }
  const columns = 'event_date daily_users weekly_users monthly_users stickiness_percent';
  expect(await warehouse.run('report.active_users', columns)).toEqual(days);

  const weeks: string[] = [];
  for (let monday = mondayOf(0) - 12 * 7; monday <= 0; monday += 7) {
    if (begin === null || monday <= begin) continue;
    const [active, before] = [within(monday, monday + 6), within(monday - 7, monday - 1)];
    const isNew = (own: readonly number[]) => Math.min(...own) >= monday;
    const retained = active.filter((own) => before.includes(own)).length;
    const fresh = active.filter(isNew).length;
    const returned = active.length - retained - fresh;
    const isOver = monday + 6 <= 0;
    const lost = before.length - retained;
    const isKnown = isOver && monday - 7 >= begin;
    const ends = isKnown ? [lost, active.length - before.length] : ['', ''];
    weeks.push(
      [dateAt(monday), isOver, active.length, fresh, retained, returned, ...ends].join(' | '),
    );
  }
  const parts =
    'week_date is_complete active_users new_users retained_users returned_users lost_users users_change';
  expect(await warehouse.run('report.growth_accounting', parts)).toEqual(weeks);
}

async function expectRetention(history: History): Promise<void> {
  const begin = beginOf(history).activity_log;
  const cohorts = new Map<number, number[][]>();
  for (const own of activeDays(history).values()) {
    const monday = mondayOf(Math.min(...own));
    if (begin !== null && monday > begin)
      cohorts.set(monday, [...(cohorts.get(monday) ?? []), own]);
  }
  const cells: string[] = [];
  for (const [monday, own] of [...cohorts].sort(([a], [b]) => a - b)) {
    for (let week = 0; monday + 7 * week <= 0 && monday >= mondayOf(0) - 84; week += 1) {
      const first = monday + 7 * week;
      const active = own.filter((days) =>
        days.some((day) => day >= first && day < first + 7),
      ).length;
      cells.push(
        [
          dateAt(monday),
          week,
          first + 6 <= 0,
          own.length,
          active,
          (100 * active) / own.length,
        ].join(' | '),
      );
    }
  }
  const columns = 'cohort_week week_number is_complete cohort_users active_users active_percent';
  expect(sorted(await warehouse.run('report.retention', columns))).toEqual(sorted(cells));
}

async function expectLengths({ sessions }: History): Promise<void> {
  const closed = sessions.filter((each) => each.seconds !== null && each.day <= 0);
  const lengthsOf = (first: number, last: number) =>
    closed
      .filter(({ day }) => day >= first && day <= last)
      .map(({ seconds }) => Number(seconds))
      .sort(byPlace);
  for (const row of await warehouse.objects('report.session_percentiles')) {
    const lengths = lengthsOf(1 - Number(row.window_days), 0);
    expect(row).toMatchObject({ closed_sessions: lengths.length, average_seconds: mean(lengths) });
    expectClose(row.median_seconds, lengths.length === 0 ? null : quantile(lengths, 0.5));
    expectClose(row.p90_seconds, lengths.length === 0 ? null : quantile(lengths, 0.9));
    expect(row.longest_seconds).toBe(lengths.at(-1) ?? null);
  }
  const days = await warehouse.objects('report.session_percentiles_by_day');
  const dates = new Set(closed.map(({ day }) => day).filter((day) => day >= -59));
  expect(days).toHaveLength(dates.size);
  for (const row of days) {
    const at = (Date.parse(String(row.event_date)) - Date.parse(day('A'))) / 86_400_000;
    expectClose(row.median_seconds, quantile(lengthsOf(at, at), 0.5));
    expectClose(row.p90_seconds, quantile(lengthsOf(at, at), 0.9));
  }
}

async function expectBacklog(history: History): Promise<void> {
  const begin = beginOf(history).support_tickets;
  const days: string[] = [];
  for (let day = Math.max(-59, begin ?? 1); day <= 0; day += 1) {
    const count = (of: (ticket: History['tickets'][number]) => boolean) =>
      history.tickets.filter(of).length;
    const isOpen = count(
      ({ created, resolved }) => created <= day && (resolved === null || resolved > day),
    );
    const [written, resolved] = [
      count(({ created }) => created === day),
      count(({ resolved }) => resolved === day),
    ];
    days.push([dateAt(day), written, resolved, isOpen].join(' | '));
  }
  const columns = 'event_date tickets_created tickets_resolved open_tickets';
  expect(await warehouse.run('report.ticket_backlog', columns)).toEqual(days);
}
