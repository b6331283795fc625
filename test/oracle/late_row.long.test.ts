import { beforeAll, expect, test } from 'vitest';
import { addDays } from '../../src/dates.js';
import type { Release } from '../../src/release/release.js';
import { type Deployment, useDeployments } from '../night/nights.js';

const { deploy } = useDeployments('all');

const D = '2026-03-02';
const after = (days: number) => addDays(D, days);
/**
 * Published as-of dates, as days after D: those at the edges of the windows, and the ones beside
 * them.
 */
const AS_OF = [-1, 0, 1, 29, 30, 58, 59, 60, 61];
const csv = (...lines: string[]) =>
  `${['session_id,user_id,login_at,logout_at', ...lines].join('\n')}\n`;
const session = (id: string, user: number, date: string) =>
  `${id},${user},${date} 09:00:00,${date} 09:10:00`;
const EARLY = after(-1);
const LAST = after(61);

let before: Release;
let now: Release;
let built: string[];

/** The digest of each partition of a table, by its date. */
const digests = (release: Release, table: string) =>
  new Map(release.of(table).map(({ name, digest }) => [name, digest]));

/** The days after D on which a table holds something else than before. */
function changed(table: string): number[] {
  const [then, since] = [digests(before, table), digests(now, table)];
  return AS_OF.filter((days) => then.get(after(days)) !== since.get(after(days)));
}

beforeAll(async () => {
  const deployment: Deployment = await deploy();
  await deployment.deliver(`sessions/sessions_${EARLY}.csv`, csv(session('s1', 7, EARLY)));
  const use = `user_id,feature_name,used_at\n7,search,${EARLY} 09:00:00\n`; // without any, few features are not known
  await deployment.deliver(`feature_usage/feature_usage_${EARLY}.csv`, use);
  // rows were as late before, so that what is called final stays
  const own = ['s2', 's7', 's8', 's9'].map((id) => session(id, 7, LAST)); // most rows of an export are of its own date
  const delivered = [...own, session('s3', 9, EARLY)];
  await deployment.deliver(`sessions/sessions_${LAST}.csv`, csv(...delivered));
  await deployment.night(AS_OF.map(after));
  before = await deployment.release();
  const late = ['s4', 's5', 's6'].map((id) => session(id, 8, D));
  await deployment.deliver(`sessions/sessions_${LAST}.csv`, csv(...delivered, ...late));
  const outcome = await deployment.night(LAST);
  built = outcome.built.map(({ table, name }) => `${table} ${name}`);
  now = await deployment.release();
}, 300_000);

test('of the days only its own is built, and no clean row of another is touched', () => {
  expect(built.filter((each) => /^(clean|daily)\//.test(each))).toEqual([
    `clean/sessions ${D}`,
    `daily/user_day ${D}`,
    `daily/day ${D}`,
    `daily/session_length_day ${D}`,
  ]);
});

// a window of N days as of A holds A-N+1 .. A: the row is in those as of D .. D+N-1
test.each(['rolling/user_window', 'report/longest_sessions'])(
  '%s changes as of D .. D+59, and on no other date',
  (table) => {
    expect(changed(table)).toEqual([0, 1, 29, 30, 58, 59]);
  },
);

test('a report over 30 days changes as of D .. D+29, and on no other date', () => {
  expect(changed('report/many_sessions_few_features')).toEqual([0, 1, 29]);
});

test('what counts since the first export changes as of D and ever after', () => {
  expect(changed('rolling/user_lifetime')).toEqual([0, 1, 29, 30, 58, 59, 60, 61]);
});

test('nothing as of the day before it is built, nor any window that begins after it', () => {
  // gaps hang on when the data begin, too
  const windows = built
    .filter((each) => /^rolling\/(?!gap_).*_window /.test(each))
    .map((each) => each.split(' ')[1]);
  expect([...new Set(windows)].sort()).toEqual([0, 1, 29, 30, 58, 59].map(after));
  const days = built.filter((each) => !each.startsWith('monthly/')); // a month is named by its first day
  expect(days.filter((each) => each.endsWith(EARLY))).toEqual([]);
});
