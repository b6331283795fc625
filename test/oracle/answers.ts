import {
  daysAfter,
  daysBetween,
  grouped,
  numberIn,
  ordered,
  type Row,
  rangeOf,
  sumOf,
  type Value,
} from './rows.js';

/** What the models depend on, as far as the sequences change it. */
export interface Settings {
  readonly short_window_days: number;
  readonly long_window_days: number;
  readonly many_sessions: number;
  readonly few_features: number;
  readonly inactive_days: number;
}

/** Changes of SQL: each takes the place of one expression of one model, or of none. */
export interface Variants {
  /** daily.user_day counts each activity twice */
  readonly doubled: boolean;
  /** report.many_sessions_few_features asks for more sessions, not at least as many */
  readonly strict: boolean;
  /** rolling.feature_window has another comment */
  readonly commented: boolean;
}

type Tables = (table: string) => readonly Row[];

export function featureDay(date: string, clean: Tables): Row[] {
  const uses = clean('feature_usage').filter((row) => row.event_date === date);
  const found = [
    ...grouped(uses, (row) => JSON.stringify([row.user_id, row.feature_name])).values(),
  ];
  const rows = found.map((own) => ({
    ...pick(own, 'user_id', 'feature_name'),
    uses: sumOf(own, 'usage_count'),
  }));
  return ordered(
    rows.filter((row) => row.uses > 0),
    'user_id',
    'feature_name',
  );
}

function pick(rows: readonly Row[], ...columns: string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, rows[0]?.[column] ?? null]));
}

function users(...tables: readonly (readonly Row[])[]): Value[] {
  return [...new Set(tables.flat().map((row) => row.user_id ?? null))].sort(
    (a, b) => Number(a) - Number(b),
  );
}

export function userDay(
  date: string,
  clean: Tables,
  features: readonly Row[],
  { doubled }: Variants,
): Row[] {
  const on = (table: string, column: string) => clean(table).filter((row) => row[column] === date);
  const activities = on('activity_log', 'event_date');
  const sessions = on('sessions', 'event_date');
  const created = on('support_tickets', 'created_date');
  const resolved = on('support_tickets', 'resolved_date');
  return users(activities, sessions, created, resolved, features).map((user_id) => {
    const of = (rows: readonly Row[]) => rows.filter((row) => row.user_id === user_id);
    return {
      user_id,
      activities: of(activities).length * (doubled ? 2 : 1),
      sessions: of(sessions).length,
      closed_sessions: of(sessions).filter((row) => row.duration_seconds !== null).length,
      session_seconds: sumOf(of(sessions), 'duration_seconds'),
      longest_session_seconds: rangeOf(of(sessions), 'duration_seconds')[1],
      feature_uses: sumOf(of(features), 'uses'),
      tickets_created: of(created).length,
      tickets_resolved: of(resolved).length,
      resolution_seconds: sumOf(of(resolved), 'resolution_seconds'),
    };
  });
}

const SUMS = ['activities', 'sessions', 'closed_sessions', 'session_seconds', 'feature_uses'];
const TICKETS = ['tickets_created', 'tickets_resolved', 'resolution_seconds'];

function sums(rows: readonly Row[], ...columns: string[]): Record<string, number> {
  return Object.fromEntries(columns.map((column) => [column, sumOf(rows, column)]));
}

function countOf(rows: readonly Row[], column: string): number {
  return rows.filter((row) => numberIn(row, column) > 0).length;
}

export function day(users: readonly Row[]): Row[] {
  if (users.length === 0) return [];
  return [
    {
      ...sums(users, ...SUMS, 'tickets_created', 'tickets_resolved'),
      active_users: countOf(users, 'activities'),
      session_users: countOf(users, 'sessions'),
      feature_users: countOf(users, 'feature_uses'),
    },
  ];
}

/** @param days the rows of daily tables, with their event_date */
function within(days: readonly Row[], asOf: string, window: number): Row[] {
  const first = daysAfter(asOf, 1 - window);
  return days.filter((row) => String(row.event_date) >= first && String(row.event_date) <= asOf);
}

function windowsOf({ short_window_days, long_window_days }: Settings): number[] {
  return [short_window_days, long_window_days];
}

export function userFeatureWindow(
  asOf: string,
  featureDays: readonly Row[],
  settings: Settings,
): Row[] {
  const rows = windowsOf(settings).flatMap((window_days) => {
    const own = within(featureDays, asOf, window_days);
    const groups = grouped(own, (row) => JSON.stringify([row.user_id, row.feature_name]));
    return [...groups.values()].map((days) => ({
      ...{ window_days, ...pick(days, 'user_id', 'feature_name') },
      ...{ uses: sumOf(days, 'uses'), days_used: days.length },
    }));
  });
  return ordered(rows, 'window_days', 'user_id', 'feature_name');
}

export function featureWindow(features: readonly Row[]): Row[] {
  const groups = grouped(features.filter(isNamed), (row) =>
    JSON.stringify([row.window_days, row.feature_name]),
  );
  const rows = [...groups.values()].map((own) => ({
    ...{ ...pick(own, 'window_days', 'feature_name'), uses: sumOf(own, 'uses'), users: own.length },
  }));
  return ordered(rows, 'window_days', 'feature_name');
}

/** What has no name is no feature. */
function isNamed({ feature_name }: Row): boolean {
  return feature_name !== 'unknown';
}

/** What both the windows and the lifetime say of the days of a user. */
function totals(days: readonly Row[]): Row {
  const active = days.filter((row) => numberIn(row, 'activities') > 0);
  const logins = days.filter((row) => numberIn(row, 'sessions') > 0);
  return {
    ...sums(days, ...SUMS, ...TICKETS),
    active_days: active.length,
    longest_session_seconds: rangeOf(days, 'longest_session_seconds')[1],
    last_login_date: rangeOf(logins, 'event_date')[1],
    last_activity_date: rangeOf(active, 'event_date')[1],
  };
}

export function userWindow(
  asOf: string,
  userDays: readonly Row[],
  features: readonly Row[],
  settings: Settings,
): Row[] {
  return windowsOf(settings).flatMap((window_days) => {
    const own = within(userDays, asOf, window_days);
    const used = features.filter((row) => row.window_days === window_days && isNamed(row));
    return users(own).map((user_id) => ({
      ...{ window_days, user_id, features: used.filter((row) => row.user_id === user_id).length },
      ...totals(own.filter((row) => row.user_id === user_id)),
    }));
  });
}

export function userLifetime(asOf: string, userDays: readonly Row[]): Row[] {
  const known = userDays.filter((row) => String(row.event_date) <= asOf);
  return users(known).map((user_id) => {
    const own = known.filter((row) => row.user_id === user_id);
    const logins = own.filter((row) => numberIn(row, 'sessions') > 0);
    const [first_date, last_date] = rangeOf(own, 'event_date');
    return {
      ...{ user_id, first_date, last_date, first_login_date: rangeOf(logins, 'event_date')[0] },
      ...totals(own),
    };
  });
}

/** The tables that have rows up to the as-of date. */
interface Begun {
  readonly begun: readonly Row[];
}

/** The dates on which each user was active, up to one. */
function activeDates(asOf: string, userDays: readonly Row[]): Map<string, string[]> {
  const active = userDays.filter(
    (row) => String(row.event_date) <= asOf && numberIn(row, 'activities') > 0,
  );
  const dates = grouped(ordered(active, 'user_id', 'event_date'), (row) => String(row.user_id));
  return new Map(
    [...dates].map(([user, rows]) => [user, rows.map((row) => String(row.event_date))]),
  );
}

export function userActivityLifetime(asOf: string, userDays: readonly Row[]): Row[] {
  const weekOf = (date: string) => Math.floor((Date.parse(date) / 86_400_000 + 3) / 7); // 1970-01-01 is a Thursday
  const rows = [...activeDates(asOf, userDays)].map(([user, dates]): Row => {
    const weeks = new Set(
      dates.map((date) => weekOf(asOf) - weekOf(date)).filter((week) => week < 52),
    );
    return {
      ...{
        user_id: Number(user),
        first_activity_date: dates[0] ?? null,
        last_activity_date: dates.at(-1) ?? null,
      },
      active_weeks: [...weeks].reduce((sum, week) => sum + 2 ** week, 0),
    };
  });
  return ordered(rows, 'user_id');
}

export function activityGapLifetime(asOf: string, userDays: readonly Row[]): Row[] {
  const gaps = [...activeDates(asOf, userDays).values()].flatMap((dates) =>
    dates.map((event_date, i): Row => {
      const before = dates[i - 1];
      return {
        event_date,
        gap_days: before === undefined ? null : daysBetween(before, event_date),
      };
    }),
  );
  const groups = [...grouped(gaps, (row) => JSON.stringify(row)).values()];
  const rows = groups.map((own) => ({ ...pick(own, 'event_date', 'gap_days'), users: own.length }));
  return ordered(rows, 'event_date', 'gap_days');
}

export function rowLifetime(asOf: string, totals: readonly Row[]): Row[] {
  const amounts: Record<string, (day: Row) => number> = {
    activity_log: (day) => numberIn(day, 'activities'),
    feature_usage: (day) => numberIn(day, 'feature_uses'),
    sessions: (day) => numberIn(day, 'sessions'),
    support_tickets: (day) => numberIn(day, 'tickets_created') + numberIn(day, 'tickets_resolved'),
  };
  const days = ordered(totals, 'event_date').filter((day) => String(day.event_date) <= asOf);
  return Object.entries(amounts).flatMap(([table_name, amount]) =>
    days
      .map((day): Row => ({ table_name, event_date: day.event_date ?? null, amount: amount(day) }))
      .filter((row) => numberIn(row, 'amount') > 0),
  );
}

/** @param delivered the date of the first export of each table with days */
export function tableLifetime(
  rows: readonly Row[],
  signUps: readonly Row[],
  delivered: ReadonlyMap<string, string>,
): Row[] {
  const mean = (days: readonly Row[]) => sumOf(days, 'amount') / days.length;
  const tables = [...grouped(rows, (row) => String(row.table_name)).values()].map((days): Row => {
    const isBegun = (day: Row) => {
      const near = days.filter((each) => {
        const after = daysBetween(String(day.event_date), String(each.event_date));
        return after >= 0 && after < 28;
      });
      return (
        numberIn(day, 'amount') * 2 >= mean(near) && numberIn(day, 'amount') * 100 >= mean(days)
      );
    };
    const export_date = delivered.get(String(days[0]?.table_name)) ?? '9999-12-31';
    const begun =
      export_date < String(days[0]?.event_date)
        ? export_date
        : (days.find(isBegun)?.event_date ?? null);
    return {
      ...pick(days, 'table_name'),
      first_date: begun,
      last_date: days.at(-1)?.event_date ?? null,
    };
  });
  const empty = [...delivered].flatMap(([table_name, first_date]): Row[] =>
    tables.some((row) => row.table_name === table_name)
      ? []
      : [{ table_name, first_date, last_date: null }],
  );
  const [first_date, last_date] = rangeOf(signUps, 'created_date');
  const users = signUps.length === 0 ? [] : [{ table_name: 'users', first_date, last_date }];
  return ordered([...tables, ...empty, ...users], 'table_name');
}

/** What the tables lack, and how far back that is looked at. */
interface Lacking {
  readonly absences: readonly Row[];
  readonly long_window_days: number;
}

export function gapWindow(
  asOf: string,
  amounts: readonly Row[],
  begun: readonly Row[],
  { absences, long_window_days }: Lacking,
): Row[] {
  const rows = absences.flatMap(({ table_name = null, event_date = null }): Row[] => {
    const begin = begun.find((row) => row.table_name === table_name)?.first_date;
    if (table_name === 'users') return [];
    if (begin === undefined || begin === null || String(event_date) <= String(begin)) return [];
    const own = within(amounts, asOf, Math.max(2 * long_window_days, 98)).filter(
      (row) => row.table_name === table_name,
    );
    const isDue = (row: Row) =>
      absences.some(
        (each) => each.table_name === table_name && each.event_date === row.event_date,
      ) && String(row.event_date) > String(begin);
    const usual = own.filter((row) => !isDue(row));
    const amount = sumOf(
      own.filter((row) => row.event_date === event_date),
      'amount',
    );
    const isUsual =
      amount > 0 && (usual.length === 0 || 2 * amount >= sumOf(usual, 'amount') / usual.length);
    return isUsual ? [] : [{ table_name, event_date, amount }];
  });
  return ordered(rows, 'table_name', 'event_date');
}

export function longestSessions(
  asOf: string,
  userDays: readonly Row[],
  { long_window_days }: Settings,
): Row[] {
  const days = within(userDays, asOf, long_window_days);
  const longest = [...grouped(days, (row) => String(row.event_date)).values()].flatMap((own) => {
    const [, most] = rangeOf(own, 'longest_session_seconds');
    return most === null ? [] : own.filter((row) => row.longest_session_seconds === most);
  });
  return ordered(longest, 'event_date', 'user_id').map((row) => ({
    ...{ as_of_date: asOf, ...pick([row], 'event_date', 'user_id', 'closed_sessions') },
    duration_seconds: row.longest_session_seconds ?? null,
  }));
}

export function manySessionsFewFeatures(
  asOf: string,
  windows: readonly Row[],
  { short_window_days, many_sessions, few_features }: Settings,
  { strict, begun }: Variants & Begun,
): Row[] {
  if (!begun.some((row) => row.table_name === 'feature_usage')) return [];
  const found = windows.filter((row) => {
    const sessions = numberIn(row, 'sessions');
    const isMany = strict ? sessions > many_sessions : sessions >= many_sessions;
    return (
      row.window_days === short_window_days && isMany && numberIn(row, 'features') < few_features
    );
  });
  return ordered(found, '-sessions', 'features', 'user_id').map((row) => {
    const closed = numberIn(row, 'closed_sessions');
    return {
      ...{
        as_of_date: asOf,
        ...pick([row], 'window_days', 'user_id', 'sessions', 'features', 'feature_uses'),
      },
      average_seconds: closed === 0 ? null : numberIn(row, 'session_seconds') / closed,
    };
  });
}

export function inactiveUsers(
  asOf: string,
  lifetimes: readonly Row[],
  signUps: readonly Row[],
  { inactive_days, begun }: Pick<Settings, 'inactive_days'> & Begun,
): Row[] {
  if (!begun.some((row) => row.table_name === 'sessions')) return [];
  const rows = users(lifetimes, signUps).flatMap((user_id) => {
    const seen = lifetimes.find((row) => row.user_id === user_id);
    const last = seen?.last_login_date ?? null;
    const days = last === null ? null : daysBetween(String(last), asOf);
    if (days !== null && days < inactive_days) return [];
    return {
      ...{ as_of_date: asOf, user_id, last_login_date: last, days_since_login: days },
      reason:
        last !== null ? 'lapsed' : seen === undefined ? 'never_logged_in' : 'active_without_login',
      last_activity_date: seen?.last_activity_date ?? null,
      created_date: signUps.find((row) => row.user_id === user_id)?.created_date ?? null,
      sessions: seen?.sessions ?? 0,
      activities: seen?.activities ?? 0,
    };
  });
  return ordered(rows, 'reason', '-last_login_date', 'user_id');
}
