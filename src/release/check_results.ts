import type { Config } from '../config/config.js';
import { ORIGIN } from '../config/contracts.js';
import type { Jobs } from '../config/jobs.js';
import { totalRows } from '../counts.js';
import { addDays, daysBetween } from '../dates.js';
import type { Model } from '../model/model.js';
import { countUpTo, datedBetween, type Release } from './release.js';
import type { CheckResult, Partition } from './schema.js';

export interface Checking extends Pick<Jobs, 'models' | 'sources'> {
  readonly config: Pick<Config, 'checks' | 'settings'>;
}

/**
 * What each check says as of a date, by name: of the dates of the longest window up to it, of that
 * as-of date, and of undated tables as a whole. Pure; the rows of the checks were counted when they
 * were built.
 */
export function checkResults(
  release: Release,
  { models, sources, config }: Checking,
  asOf: string,
): CheckResult[] {
  const first = addDays(asOf, 1 - config.settings.long_window_days);
  const found = new Map<string, Violation[]>();
  const add = (check: string, ...violations: Violation[]) => {
    if (config.checks[check] !== 'off')
      found.set(check, [...(found.get(check) ?? []), ...violations]);
  };
  for (const model of models.filter(({ layer }) => layer === 'checks')) {
    for (const [check, violations] of violationsOf(release, model, first, asOf))
      add(check, ...violations);
  }
  for (const source of sources) {
    add('freshness', ...staleness(release, source, asOf));
    add('row_count', ...unusualCount(release, source, asOf));
  }
  return [...found]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([check, violations]) => ({
      check,
      severity: config.checks[check] === 'warn' ? 'warn' : 'fail',
      violations: totalRows(violations),
      found: violations.map(({ phrase }) => phrase),
    }));
}

interface Violation {
  readonly rows: number;
  readonly phrase: string;
}

/** Of a model, by check: the model of the contracts holds several. */
function violationsOf(
  release: Release,
  model: Model,
  first: string,
  asOf: string,
): Map<string, Violation[]> {
  const table = `checks/${model.name}`;
  const isDated = model.columns[0]?.name === 'event_date';
  const dates = new Map<string, string[]>();
  const rows = new Map<string, number>();
  const partitions = isDated
    ? datedBetween(release.of(table), first, asOf)
    : [asOf, 'all'].flatMap((name) => release.get(table, name) ?? []);
  for (const { name, counts } of partitions) {
    for (const [broken, count] of Object.entries(counts?.violations ?? {})) {
      rows.set(broken, (rows.get(broken) ?? 0) + count);
      dates.set(broken, [...(dates.get(broken) ?? []), name]);
    }
  }
  const all = new Map<string, Violation[]>(checksOf(model).map((check) => [check, []]));
  for (const [broken, count] of rows) {
    const [check = '', ...checked] = broken.split(' ');
    const where = isDated ? ` on ${someOf(dates.get(broken) ?? [])}` : '';
    const phrase =
      `${checked.length === 0 ? '' : `${checked.join(' ')}: `}${count} ` +
      `row${count === 1 ? '' : 's'}${where}`;
    all.set(check, [...(all.get(check) ?? []), { rows: count, phrase }]);
  }
  return all;
}

/** The checks that a model makes: its own, or for the contracts the rules it was made of. */
export function checksOf({ name, rules }: Model): readonly string[] {
  return rules ?? [name];
}

const DATES_NAMED = 3;

function someOf(dates: readonly string[]): string {
  const named = dates.slice(-DATES_NAMED).join(', ');
  return dates.length <= DATES_NAMED ? named : `${dates.length} dates, the last ${named}`;
}

/** The exports that a table is made from: of a derived one those of the activities. */
function originsOf(
  release: Release,
  { table, derivation }: Checking['sources'][number],
): readonly Partition[] {
  return release.exportsOf(derivation === null ? table : ORIGIN);
}

/** A table whose newest export is too old. One that never had any is reported elsewhere. */
function staleness(
  release: Release,
  source: Checking['sources'][number],
  asOf: string,
): Violation[] {
  const { table, max_age_days } = source;
  const exports = originsOf(release, source);
  const newest = exports[countUpTo(exports, asOf) - 1]?.date;
  if (newest === undefined || max_age_days === null) return [];
  const age = daysBetween(newest, asOf);
  if (age <= max_age_days) return [];
  return [
    {
      rows: 1,
      phrase:
        `${table}: the newest export is of ${newest}, ${age} day${age === 1 ? '' : 's'} ` +
        `before; at most ${max_age_days} may pass`,
    },
  ];
}

/**
 * The tables that are delivered every night, for their exports may not be older than a day, and of
 * which the as-of date has none yet.
 */
export function lateTables(release: Release, sources: Checking['sources'], asOf: string): string[] {
  return sources
    .filter(
      (source) =>
        source.max_age_days === 1 && originsOf(release, source).some(({ date }) => date < asOf),
    )
    .filter((source) => !originsOf(release, source).some(({ date }) => date >= asOf))
    .map(({ table }) => table);
}

/** This many days of the same weekday are looked at, and this many are needed to learn from. */
const WEEKS = 8;
const WEEKS_NEEDED = 4;
/** Fewer rows than these vary too much by chance. */
const ROWS_NEEDED = 20;
/**
 * A normal distribution has this standard deviation for each unit of the median absolute deviation.
 */
const DEVIATION = 1.4826;

/**
 * A table kept by date whose rows on the as-of date are not what its weekday is used to: further
 * from the median of the same weekday in the eight weeks before than four standard deviations,
 * estimated by the median absolute deviation (Leys et al. 2013, doi:10.1016/j.jesp.2013.03.013),
 * and than half the median. Medians, so that one bad week teaches nothing.
 */
function unusualCount(
  release: Release,
  { table, partition }: Checking['sources'][number],
  asOf: string,
): Violation[] {
  const dated = `clean/${table}`;
  const first = release.of(dated)[0]?.name;
  if (partition === 'all' || first === undefined) return [];
  const rowsOn = (date: string) => release.get(dated, date)?.counts?.kept ?? 0;
  const before = Array.from({ length: WEEKS }, (_, week) => addDays(asOf, -7 * (week + 1))).filter(
    (date) => date >= first,
  );
  const usual = median(before.map(rowsOn));
  if (before.length < WEEKS_NEEDED || usual < ROWS_NEEDED) return [];
  const deviation = DEVIATION * median(before.map((date) => Math.abs(rowsOn(date) - usual)));
  const rows = rowsOn(asOf);
  if (Math.abs(rows - usual) <= Math.max(4 * deviation, usual / 2)) return [];
  return [
    {
      rows: 1,
      phrase:
        `${table}: ${rows} rows on ${asOf}; the median of the ${before.length} same weekdays ` +
        `before is ${usual}`,
    },
  ];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1] ?? 0, sorted[middle] ?? 0];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
