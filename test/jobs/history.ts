import fc from 'fast-check';
import { day, type Warehouse } from './warehouse.js';

/** What happened, by days counted from the as-of date (0) backwards. */
export interface History {
  readonly activities: readonly { day: number; user: number }[];
  readonly sessions: readonly { day: number; user: number; seconds: number | null }[];
  readonly uses: readonly { day: number; user: number; feature: string; count: number }[];
  readonly tickets: readonly {
    user: number;
    created: number;
    resolved: number | null;
    seconds: number;
  }[];
}

const anyDay = fc.oneof(
  fc.constantFrom(1, 0, -1, -29, -30, -31, -59, -60, -61, -119, -120),
  fc.integer({ min: -125, max: 2 }),
);
const anyUser = fc.integer({ min: 1, max: 7 });

/** Histories that crowd at the edges of windows, with few users so that things coincide. */
export const histories: fc.Arbitrary<History> = fc.record({
  activities: fc.array(fc.record({ day: anyDay, user: anyUser }), { maxLength: 40 }),
  sessions: fc.array(
    fc.record({
      day: anyDay,
      user: anyUser,
      seconds: fc.oneof(fc.constantFrom(null, 60, 61), fc.nat(5000)),
    }),
    { maxLength: 40 },
  ),
  uses: fc.array(
    fc.record({
      day: anyDay,
      user: anyUser,
      feature: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'unknown'),
      count: fc.nat(3),
    }),
    { maxLength: 40 },
  ),
  tickets: fc.array(
    fc
      .record({
        user: anyUser,
        created: anyDay,
        after: fc.option(fc.nat(70)),
        rest: fc.nat(86_399),
      })
      .map(({ user, created, after, rest }) => ({
        user,
        created,
        resolved: after === null ? null : created + after,
        seconds: (after ?? 0) * 86_400 + rest,
      })),
    { maxLength: 15 },
  ),
});

const dateOf = (offset: number) => day(offset < 0 ? `A${offset}` : `A+${offset}`);
const clock = (i: number) => `12:00:${String(i % 60).padStart(2, '0')}`;

/** Makes the history the content of the clean tables, and of nothing else. */
export async function record(warehouse: Warehouse, history: History): Promise<void> {
  const { activities, sessions, uses, tickets } = history;
  await warehouse.empty();
  await warehouse.fill(
    'clean.activity_log',
    'event_date user_id activity_type activity_at',
    activities.map(({ day, user }, i) => [dateOf(day), user, 'view', `${dateOf(day)} ${clock(i)}`]),
  );
  await warehouse.fill(
    'clean.sessions',
    'event_date session_id user_id duration_seconds',
    sessions.map(({ day, user, seconds }, i) => [dateOf(day), `s${i}`, user, seconds]),
  );
  await warehouse.fill(
    'clean.feature_usage',
    'event_date user_id feature_name usage_count',
    uses.map(({ day, user, feature, count }) => [dateOf(day), user, feature, count]),
  );
  await warehouse.fill(
    'clean.support_tickets',
    'ticket_id user_id created_date resolved_date resolution_seconds',
    tickets.map(({ user, created, resolved, seconds }, i) => [
      i,
      user,
      dateOf(created),
      resolved === null ? null : dateOf(resolved),
      resolved === null ? null : seconds,
    ]),
  );
}

export interface Totals {
  activities: number;
  activeDays: Set<number>;
  sessions: number;
  lengths: number[];
  uses: Map<string, number>;
  created: number;
  resolutions: number[];
  lastLogin: number | null;
}

/** What each user did on the days from `first` to `last`: only users with anything. */
export function totalsOf(history: History, first: number, last: number): Map<number, Totals> {
  const users = new Map<number, Totals>();
  const of = (user: number): Totals => {
    const totals = users.get(user) ?? {
      activities: 0,
      activeDays: new Set(),
      sessions: 0,
      lengths: [],
      uses: new Map(),
      created: 0,
      resolutions: [],
      lastLogin: null,
    };
    users.set(user, totals);
    return totals;
  };
  const inside = (day: number | null): day is number => day !== null && first <= day && day <= last;
  for (const { day, user } of history.activities) {
    if (!inside(day)) continue;
    of(user).activities += 1;
    of(user).activeDays.add(day);
  }
  for (const { day, user, seconds } of history.sessions) {
    if (!inside(day)) continue;
    const totals = of(user);
    totals.sessions += 1;
    totals.lastLogin = Math.max(totals.lastLogin ?? day, day);
    if (seconds !== null) totals.lengths.push(seconds);
  }
  for (const { day, user, feature, count } of history.uses) {
    if (inside(day) && count > 0)
      of(user).uses.set(feature, (of(user).uses.get(feature) ?? 0) + count);
  }
  for (const { user, created, resolved, seconds } of history.tickets) {
    if (inside(created)) of(user).created += 1;
    if (inside(resolved)) of(user).resolutions.push(seconds);
  }
  return users;
}

export const total = (numbers: Iterable<number>) =>
  [...numbers].reduce((sum, each) => sum + each, 0);
export const mean = (numbers: readonly number[]) =>
  numbers.length === 0 ? null : total(numbers) / numbers.length;

/** The features among the uses of a user; what has no name is none. */
export const featureNames = (uses: ReadonlyMap<string, number>) =>
  [...uses.keys()].filter((name) => name !== 'unknown');

/**
 * The day on which the data of each table begin, up to the as-of date: the first with at least half
 * of the mean of the days with data among it and the 27 after it, and a hundredth of the mean of
 * all; null where there are none.
 */
export function beginOf({ activities, sessions, uses, tickets }: History) {
  const begin = (events: readonly { day: number | null; amount?: number }[]) => {
    const amounts = new Map<number, number>();
    for (const { day, amount = 1 } of events) {
      if (day !== null && day <= 0 && amount > 0)
        amounts.set(day, (amounts.get(day) ?? 0) + amount);
    }
    const meanOf = (days: readonly number[]) =>
      total(days.map((day) => amounts.get(day) ?? 0)) / days.length;
    const days = [...amounts.keys()].sort((a, b) => a - b);
    const isBegun = (day: number) => {
      const amount = amounts.get(day) ?? 0;
      return (
        amount * 2 >= meanOf(days.filter((each) => each >= day && each < day + 28)) &&
        amount * 100 >= meanOf(days)
      );
    };
    return days.find(isBegun) ?? null;
  };
  return {
    activity_log: begin(activities),
    sessions: begin(sessions),
    feature_usage: begin(uses.map(({ day, count }) => ({ day, amount: count }))),
    support_tickets: begin(
      tickets.flatMap(({ created, resolved }) => [{ day: created }, { day: resolved }]),
    ),
  };
}

/** Uses and users of each feature among the totals of users, without what has no name. */
export function featuresOf(
  users: Map<number, Totals>,
): Map<string, { uses: number; users: number }> {
  const features = new Map<string, { uses: number; users: number }>();
  for (const { uses } of users.values()) {
    for (const [feature, count] of uses) {
      if (feature === 'unknown') continue;
      const known = features.get(feature) ?? { uses: 0, users: 0 };
      features.set(feature, { uses: known.uses + count, users: known.users + 1 });
    }
  }
  return features;
}
