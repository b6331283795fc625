import * as answers from './answers.js';
import { type CleanTable, cleanTable, derived } from './clean.js';
import { daysAfter, daysBetween, grouped, ordered, type Row, sumOf } from './rows.js';
import {
  type Delivery,
  type Export,
  keyIn,
  type Slice,
  type Staged,
  stage,
  TABLES,
  tableOf,
  withDifferences,
} from './staging.js';

/** All that decides what a night ends with. */
export interface World {
  /** the exports that are there, by key */
  readonly exports: ReadonlyMap<string, Export>;
  readonly timeZone: string;
  readonly settings: answers.Settings;
  readonly variants: answers.Variants;
  /** whether feature_usage comes as counters */
  readonly counters: boolean;
  /** whether exports that are gone lose their rows */
  readonly drops: boolean;
}

/**
 * A partition: its rows, and all that it hangs on. It must be built when it is new or that has
 * changed, and only then.
 */
interface Expected {
  readonly rows: readonly Row[];
  readonly inputs: string;
}

interface Line {
  readonly table: string;
  readonly records: number;
  readonly staged: number;
  readonly repeated: number;
  readonly quarantined: Readonly<Record<string, number>>;
  readonly unchanged: number;
  readonly kept: number;
  readonly duplicates: number;
  readonly conflicts: number;
}

/** What a release should hold. */
export interface State {
  /** by table, oldest first */
  readonly staged: ReadonlyMap<string, readonly Staged[]>;
  readonly asOf: readonly string[];
  /** by table and name */
  readonly partitions: ReadonlyMap<string, Expected>;
  readonly ledger: readonly Line[];
}

export const EMPTY: State = { staged: new Map(), asOf: [], partitions: new Map(), ledger: [] };

function deliveryOf(table: string, { counters }: Pick<World, 'counters'>): Delivery {
  return table === 'feature_usage' && counters ? 'counter' : tableOf(table).delivery;
}

/** Why a night must publish nothing; undefined where it must publish. */
export function refusal(world: World): RegExp | undefined {
  if (world.exports.size === 0) return /expected exports named .* found none/;
  const snapshots = [...world.exports.values()].filter(
    ({ table }) => deliveryOf(table, world) === 'snapshot',
  );
  if (snapshots.some(({ text }) => text === ''))
    return /expected rows of \w+, found (an empty file|a header and no records)/;
  const isEmpty = (text: string) => text.split('\n').filter((line) => line !== '').length === 1;
  if (snapshots.some(({ text }) => isEmpty(text)))
    return /expected rows of \w+, found a header and no records/;
  return snapshots.some((each) => stage(each, world.timeZone).rows.length === 0)
    ? /expected rows of \w+, found \S+ refused records? and no other/
    : undefined;
}

/**
 * Every export that counts, staged: those that are there, and those that are gone as they were
 * staged last.
 */
function stageAll(world: World, live: State): Map<string, Staged[]> {
  const all = new Map<string, Staged[]>();
  for (const table of Object.keys(TABLES)) {
    const there = [...world.exports.values()].filter((each) => each.table === table);
    const isThere = new Set(there.map(({ date }) => date));
    const gone = world.drops
      ? []
      : (live.staged.get(table) ?? []).filter(({ date }) => !isThere.has(date));
    const dates = [...isThere, ...gone.map(({ date }) => date)].sort();
    const staged: Staged[] = [];
    for (const date of dates) {
      const found = there.find((each) => each.date === date);
      const rows = found && stage(found, world.timeZone);
      const own =
        rows && deliveryOf(table, world) === 'counter' ? withDifferences(rows, staged) : rows;
      staged.push(own ?? (gone.find((each) => each.date === date) as Staged));
    }
    all.set(table, staged);
  }
  return all;
}

/** Why a night must publish nothing unless it is forced to: an export lost most of its rows. */
export function lossIn(world: World, live: State, next: State): RegExp | undefined {
  for (const [table, exports] of next.staged) {
    const published = live.staged.get(table) ?? [];
    const replaced = deliveryOf(table, world) === 'snapshot' ? published.at(-1) : undefined;
    for (const each of exports) {
      const before = published.find(({ key }) => key === each.key) ?? replaced;
      const had = before?.rows.length ?? 0;
      const refused = Object.values(each.quarantined).reduce((sum, count) => sum + count, 0);
      const has = each.rows.length + refused;
      if (had > 0 && (had > 10 ? 2 * has < had : has === 0))
        return new RegExp(
          `expected at least half of the .* of ${table} that release .*, found ${has}`,
        );
    }
  }
  return undefined;
}

/** What the next night should end with. */
export function expected(world: World, live: State, asked: readonly string[]): State {
  const staged = stageAll(world, live);
  const partitions = new Map<string, Expected>();
  const put = (table: string, name: string, rows: readonly Row[], ...inputs: unknown[]) => {
    partitions.set(`${table} ${name}`, { rows, inputs: JSON.stringify(inputs) });
    return rows;
  };
  const clean = new Map<string, CleanTable>();
  for (const [table, exports] of staged) {
    const standing = deliveryOf(table, world) === 'snapshot' ? exports.slice(-1) : exports;
    const made = cleanTable(table, deliveryOf(table, world), standing, world.timeZone);
    clean.set(table, made);
    for (const each of exports)
      put(
        `staged/${table}`,
        each.key,
        publishedRows(each, deliveryOf(table, world), world.timeZone),
        each.inputs,
      );
    for (const [key, rows] of made.moved) put(`moved/${table}`, key, rows, rows);
    if (!tableOf(table).dated) putPacks(put, table, standing);
    for (const [name, { rows, inputs }] of made.partitions)
      put(`clean/${table}`, name, rows, inputs);
  }
  const days = foldDays(world, clean, put);
  const asOf = [...new Set([...live.asOf, ...asked])].sort();
  const pages = new PageInputs(staged, clean, world);
  for (const [i, date] of asOf.entries())
    foldWindows(
      date,
      world,
      { clean, staged, days },
      put,
      pages.of(date, asOf[i - 1], asOf[i + 1]),
    );
  const trend = days.totals.filter(
    ([date, rows]) => date <= (asOf.at(-1) ?? '') && rows.length > 0,
  );
  const drawn = trend.map(([date, rows]) => {
    return {
      date,
      rows: rows.map(({ activities = null }): Row => ({ event_date: date, activities })),
      made: rows,
    };
  });
  put('index/reports', 'all', [], asOf, putPacks(put, 'day', drawn));
  put('index/schemas', 'all', []);
  return { staged, asOf, partitions, ledger: pages.ledger };
}

/**
 * The rows of the objects of an export: of a dated table its main file, then its strays with those
 * that are repeated.
 */
function publishedRows(staged: Staged, delivery: Delivery, zone: string): readonly Row[] {
  const { table, rows, repeated, ownDate } = staged;
  if (!tableOf(table).dated) return rows;
  const main = rows.filter((row) => row.event_date === ownDate);
  const others = [...rows.filter((row) => row.event_date !== ownDate), ...repeated];
  const strays = ordered(others, 'event_date', 'line').map((row): Row => {
    const { event_date = null, line = null, counter = null } = row;
    const counts =
      !repeated.includes(row) && (delivery !== 'counter' || Number(row.usage_count) > 0);
    const beside = { event_date, line, counts, ...(delivery === 'counter' ? { counter } : {}) };
    return { ...derived(table, row, zone), ...beside };
  });
  return [...main.map((row) => derived(table, row, zone)), ...strays];
}

type Put = (
  table: string,
  name: string,
  rows: readonly Row[],
  ...inputs: unknown[]
) => readonly Row[];

/** A part of a history: what is read of it, and where it is more than that, what it hangs on. */
interface Part {
  readonly date: string;
  readonly rows: readonly Row[];
  readonly made?: readonly Row[];
}

/**
 * Of a history that is read as a whole, the months that are over, where more than one part of a
 * month has rows.
 * @returns what its reader hangs on: of packed months the rows that are packed, of others all
 */
function putPacks(put: Put, relation: string, history: readonly Part[]): unknown[] {
  const parts = grouped(
    history.filter(({ rows }) => rows.length > 0),
    ({ date }) => date.slice(0, 7),
  );
  const newest = [...parts.keys()].sort().at(-1);
  return [...parts].map(([month, own]) => {
    const made = own.map((part) => [part.date, part.made ?? part.rows]);
    if (month === newest || own.length === 1) return made;
    const rows = own.flatMap((part) => part.rows);
    return put(`packed/${relation}`, month, rows, ...made);
  });
}

function rowsOf(clean: ReadonlyMap<string, CleanTable>, table: string): Row[] {
  const partitions = [...(clean.get(table)?.partitions ?? [])];
  return partitions.flatMap(([name, { rows }]) =>
    name === 'all' ? rows : rows.map((row) => ({ ...row, event_date: name })),
  );
}

interface Days {
  readonly users: Row[];
  readonly features: Row[];
  /** the day table, by date */
  readonly totals: [date: string, rows: readonly Row[]][];
}

function foldDays({ variants }: World, clean: ReadonlyMap<string, CleanTable>, put: Put): Days {
  const days: Days = { users: [], features: [], totals: [] };
  const rows = (table: string) => rowsOf(clean, table);
  const used = [...(clean.get('feature_usage')?.partitions.keys() ?? [])];
  const began = ['activity_log', 'sessions'].flatMap((table) => [
    ...(clean.get(table)?.partitions.keys() ?? []),
  ]);
  const tickets = rows('support_tickets').flatMap((row) => [row.created_date, row.resolved_date]);
  for (const date of [...new Set([...used, ...began, ...tickets])].sort()) {
    if (typeof date !== 'string') continue;
    const on = (table: string) =>
      rows(table).filter((row) =>
        [row.event_date, row.created_date, row.resolved_date].includes(date),
      );
    const files = (table: string) => clean.get(table)?.partitions.get(date)?.files ?? [];
    const usage = files('feature_usage');
    const features = answers.featureDay(date, rows);
    if (used.includes(date)) put('daily/feature_day', date, features, usage);
    const inputs = [
      files('activity_log'),
      files('sessions'),
      on('support_tickets'),
      features,
      variants.doubled,
    ];
    const users = put(
      'daily/user_day',
      date,
      answers.userDay(date, rows, features, variants),
      inputs,
    );
    days.totals.push([date, put('daily/day', date, answers.day(users), users)]);
    days.users.push(...users.map((row) => ({ ...row, event_date: date })));
    days.features.push(...features.map((row) => ({ ...row, event_date: date })));
  }
  return days;
}

/** What is known of the exports, by table. */
interface Told {
  readonly clean: ReadonlyMap<string, CleanTable>;
  readonly staged: ReadonlyMap<string, readonly Staged[]>;
  readonly days: Days;
}

/**
 * The last dates up to one on which each table has no export; of one that is exported now and then,
 * those since the last.
 */
function absencesUpTo(
  asOf: string,
  staged: ReadonlyMap<string, readonly Staged[]>,
  days: number,
): Row[] {
  return [...staged].flatMap(([table_name, exports]) => {
    const delivered = [
      ...new Set(exports.map(({ date }) => date).filter((date) => date <= asOf)),
    ].sort();
    const [first, newest] = [delivered[0], delivered.at(-1)];
    if (first === undefined || newest === undefined) return [];
    // users are snapshots in these sequences, delivered when there is something new
    const isDaily =
      table_name !== 'users' && delivered.length >= (1 + daysBetween(first, newest)) / 2;
    return missingDates(delivered, daysAfter(asOf, 1 - days), asOf)
      .filter((date) => isDaily || date > newest)
      .map((event_date): Row => ({ table_name, event_date }));
  });
}

/** The date of the first export up to one, of each table. */
function firstExports(
  asOf: string,
  staged: ReadonlyMap<string, readonly Staged[]>,
): ReadonlyMap<string, string> {
  const firsts = [...staged].flatMap(([table, exports]): [string, string][] => {
    const [first] = exports
      .map(({ date }) => date)
      .filter((date) => date <= asOf)
      .sort();
    return first === undefined ? [] : [[table, first]];
  });
  return new Map(firsts);
}

function foldWindows(
  date: string,
  { settings, variants }: World,
  { clean, staged, days: { users, features, totals } }: Told,
  put: Put,
  page: unknown,
): void {
  const { short_window_days, long_window_days, many_sessions, few_features, inactive_days } =
    settings;
  const upTo = (rows: readonly Row[]) => rows.filter((row) => String(row.event_date) <= date);
  const first = daysAfter(date, 1 - long_window_days);
  const inWindow = (rows: readonly Row[]) =>
    upTo(rows).filter((row) => String(row.event_date) >= first);
  const windows = [short_window_days, long_window_days];
  const signUps = rowsOf(clean, 'users').filter(
    (row) => row.created_date === null || String(row.created_date) <= date,
  );
  const rolling = (table: string, rows: readonly Row[], ...inputs: unknown[]) =>
    put(`rolling/${table}`, date, rows, ...inputs);

  const usedBy = answers.userFeatureWindow(date, features, settings);
  rolling('user_feature_window', usedBy, inWindow(features), windows);
  rolling('feature_window', answers.featureWindow(usedBy), usedBy);
  const userWindow = answers.userWindow(date, users, usedBy, settings);
  rolling('user_window', userWindow, inWindow(users), usedBy, windows);
  const lifetime = answers.userLifetime(date, users);
  rolling('user_lifetime', lifetime, upTo(users));
  rolling('user_activity_lifetime', answers.userActivityLifetime(date, users), upTo(users));
  rolling('activity_gap_lifetime', answers.activityGapLifetime(date, users), upTo(users));
  const days = totals.flatMap(([event_date, rows]) => rows.map((row) => ({ ...row, event_date })));
  const amounts = answers.rowLifetime(date, days);
  rolling('row_lifetime', amounts, upTo(days));
  const delivered = firstExports(date, staged);
  const withDays = new Map([...delivered].filter(([table]) => table !== 'users'));
  const begun = answers.tableLifetime(amounts, signUps, withDays);
  rolling('table_lifetime', begun, amounts, ordered(signUps, 'user_id'), [...delivered]);
  const absences = absencesUpTo(date, staged, Math.max(2 * long_window_days, 98));
  const gaps = answers.gapWindow(date, amounts, begun, { absences, long_window_days });
  rolling('gap_window', gaps, amounts, begun, absences, long_window_days);

  const reports: Record<string, [Row[], ...unknown[]]> = {
    longest_sessions: [
      answers.longestSessions(date, users, settings),
      inWindow(users),
      long_window_days,
    ],
    many_sessions_few_features: [
      answers.manySessionsFewFeatures(date, userWindow, settings, { ...variants, begun }),
      ...[userWindow, begun, short_window_days, many_sessions, few_features, variants.strict],
    ],
    inactive_users: [
      answers.inactiveUsers(date, lifetime, signUps, { inactive_days, begun }),
      ...[lifetime, begun, ordered(signUps, 'user_id'), inactive_days],
    ],
  };
  for (const [name, [rows, ...inputs]] of Object.entries(reports))
    put(`report/${name}`, date, rows, ...inputs);
  const answered = Object.values(reports).map(([rows]) => rows);
  put('report/report', date, [], answered, page, variants.strict);
}

/** What a page says of the data beside the reports, and the ledger. */
class PageInputs {
  constructor(
    readonly staged: ReadonlyMap<string, readonly Staged[]>,
    readonly clean: ReadonlyMap<string, CleanTable>,
    readonly world: World,
  ) {}

  get ledger(): Line[] {
    return [...this.staged].map(([table, exports]) => {
      const isSnapshot = deliveryOf(table, this.world) === 'snapshot';
      const replaced = isSnapshot
        ? exports.slice(0, -1).reduce((sum, { rows }) => sum + rows.length, 0)
        : 0;
      const line = this.#line(table, exports, () => true);
      return { ...line, unchanged: line.unchanged + replaced };
    });
  }

  /** @param previous the as-of date before @param next the one after */
  of(asOf: string, previous: string | undefined, next: string | undefined): unknown {
    const { settings, timeZone } = this.world;
    const first = daysAfter(asOf, 1 - settings.long_window_days);
    const isIn = (date: string) => date >= first && date <= asOf;
    const lines = [...this.staged].map(([table, exports]) => {
      const own = exports.filter(({ date }) => isIn(date));
      const delivered = exports.filter(({ date }) => date <= asOf).map(({ date }) => date);
      const missing = delivered[0] === undefined ? 'none' : missingDates(delivered, first, asOf);
      return [missing, this.#line(table, own, (name) => name !== 'all' && isIn(name))];
    });
    const newest = [...this.staged].map(
      ([table, exports]) => `${table} ${exports.filter(({ date }) => date <= asOf).at(-1)?.date}`,
    );
    const restated = previous === undefined ? [] : this.#restated(first, previous, asOf);
    return [
      lines,
      timeZone,
      settings,
      newest,
      previous,
      next,
      restated,
      this.#restated(first, asOf, '9999-12-31'),
    ];
  }

  /**
   * The dates up to `known` of which exports dated after it, up to `until`, hold what no earlier
   * one held just so.
   */
  #restated(first: string, known: string, until: string): string[] {
    return [...this.staged].flatMap(([table, exports]) => {
      const changed = exports.flatMap(({ date, slices }, i) => {
        const seen = exports.slice(0, i).flatMap((each) => each.slices);
        const isNew = (slice: Slice) =>
          !seen.some((one) => one.date === slice.date && one.content === slice.content);
        return date > known && date <= until ? slices.filter(isNew).map((slice) => slice.date) : [];
      });
      const dates = changed.filter((date) => date >= first && date <= known);
      return [...new Set(dates)].sort().map((date) => `${table} ${date}`);
    });
  }

  #line(
    table: string,
    exports: readonly Staged[],
    isCounted: (partition: string) => boolean,
  ): Line {
    const partitions = [...(this.clean.get(table)?.partitions ?? [])].filter(([name]) =>
      isCounted(name),
    );
    const counts = partitions.map(([, partition]): Row => ({ ...partition.counts }));
    const staged = exports.flatMap(({ rows }) => rows);
    const isCounter = deliveryOf(table, this.world) === 'counter';
    const unchanged = isCounter ? staged.filter((row) => row.usage_count === 0).length : 0;
    const rules = exports.flatMap(({ quarantined }) => Object.entries(quarantined));
    const quarantined: Record<string, number> = {};
    for (const [rule, count] of rules) quarantined[rule] = (quarantined[rule] ?? 0) + count;
    return {
      ...{ table, staged: staged.length, quarantined, unchanged },
      repeated: exports.reduce((sum, { repeated }) => sum + repeated.length, 0),
      records: exports.reduce((sum, { records }) => sum + records, 0),
      kept: sumOf(counts, 'kept'),
      duplicates: sumOf(counts, 'duplicates'),
      conflicts:
        sumOf(counts, 'conflicts') + exports.reduce((sum, { conflicts }) => sum + conflicts, 0),
    };
  }
}

function missingDates(delivered: readonly string[], first: string, last: string): string[] {
  const missing: string[] = [];
  const begin = delivered[0] as string;
  for (let date = begin < first ? first : begin; date <= last; date = daysAfter(date, 1)) {
    if (!delivered.includes(date)) missing.push(date);
  }
  return missing;
}

/** What a night must build. */
export function toBuild(live: State, next: State): string[] {
  const stale = [...next.partitions].filter(
    ([name, { inputs }]) => live.partitions.get(name)?.inputs !== inputs,
  );
  return stale.map(([name]) => name).sort();
}

/**
 * Whether staging everything again would end the same; not so where an export is gone, and rules
 * have changed since.
 */
export function isWhole(
  world: World,
  { staged }: State,
  delivered: ReadonlyMap<string, Export>,
): boolean {
  const everything = [...staged].flatMap(([table, exports]) =>
    exports.flatMap(({ date }) => {
      const found = delivered.get(keyIn(table, date));
      return found === undefined ? [] : [[keyIn(table, date), found] as const];
    }),
  );
  const again = stageAll({ ...world, exports: new Map(everything) }, EMPTY);
  return JSON.stringify([...again]) === JSON.stringify([...staged]);
}
