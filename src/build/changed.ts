import type { Source } from '../config/source.js';
import { addDays, END } from '../dates.js';
import { finalThrough } from '../release/lateness.js';
import { newsOf } from '../release/news.js';
import type { Release } from '../release/release.js';
import type { Partition } from '../release/schema.js';

/** Before all dates: nothing can be reused. */
const BEGINNING = '';

/**
 * A release that is being built on the live one, by these rules, with these as-of dates asked for.
 */
export interface Building {
  readonly live: { readonly release: Release };
  readonly next: Release;
  readonly rules: string;
  readonly asked: readonly string[];
}

/**
 * The first date of which the exports of a table hold other rows than in the live release, or from
 * which others have moved away. The beginning where it is not known; so it is for a snapshot, where
 * a new export takes the place of all before. Pure.
 */
export function rowsChangedFrom(
  { live: { release: last }, next, rules }: Pick<Building, 'live' | 'next' | 'rules'>,
  { table, delivery }: Pick<Source, 'table' | 'delivery'>,
): string {
  if (last.rules !== rules || delivery === 'snapshot') return BEGINNING;
  const differences = [
    ...next.differences(last, (name) => name === `staged/${table}` || name === `moved/${table}`),
  ];
  return firstOf(differences.flatMap(({ before, after }) => differingDates(before, after)));
}

/**
 * The first date of which rows of these tables are not as in the live release. What a model makes
 * for a date is made of nothing that is dated after it. So partitions of dates before the first
 * change are reused, however many there are, and dates older than what a night brings cost it
 * nothing. The beginning where the live release was made by other rules, or is not as it was
 * published. Pure.
 */
export function daysChangedFrom(
  { live: { release: last }, next, rules }: Pick<Building, 'live' | 'next' | 'rules'>,
  tables: ReadonlySet<string>,
): string {
  return last.rules === rules
    ? firstOf(datesDiffering(last, next, (name) => tables.has(name)))
    : BEGINNING;
}

/**
 * The same of as-of dates: the first one of which clean or daily rows are others, or which is new.
 * Pure.
 */
export function asOfChangedFrom({ live: { release: last }, next, rules, asked }: Building): string {
  if (last.rules !== rules) return BEGINNING;
  const added = asked.filter((date) => last.get('report/report', date) === undefined);
  // an export without rows, too, says that there is nothing on its date
  const exports = [...next.differences(last, (name) => name.startsWith('staged/'))]
    .filter(({ before, after }) => before === undefined || after === undefined)
    .map(({ before, after }) => ((after ?? before) as Partition).date);
  return firstOf([
    ...added,
    ...exports,
    ...datesDiffering(last, next, (name) => /^(clean|daily)\//.test(name)),
  ]);
}

/**
 * The same for pages. They also tell of exports, what each brought and lost and how late, of what
 * is final by that, and of checks. Pure.
 * @param first of the tables
 * @param delivered names of the tables that come from exports or are derived
 * @param dated those of them whose lateness decides what is final
 */
export function pagesChangedFrom(
  { live: { release: last }, next }: Building,
  first: string,
  delivered: readonly string[],
  dated: readonly string[],
): string {
  if (first === BEGINNING) return BEGINNING;
  const dates = [first];
  for (const { before, after } of next.differences(last, (name) =>
    /^(staged|clean|checks)\//.test(name),
  )) {
    const { table, date } = (after ?? before) as Partition;
    if (date !== 'all') dates.push(date);
    else if (table.startsWith('checks/') && violationsOf(before) !== violationsOf(after))
      return BEGINNING;
  }
  for (const table of delivered)
    dates.push(...only(newsIn(last, table), newsIn(next, table)).map(dateOf));
  const [before, after] = [finalThrough(last, dated), finalThrough(next, dated)];
  if (before !== after) {
    if (before === undefined || after === undefined) return BEGINNING;
    dates.push(addDays(firstOf([before, after]), 1));
  }
  return firstOf(dates);
}

/** The dates whose content is not the same. */
function datesDiffering(
  last: Release,
  next: Release,
  isRead: (table: string) => boolean,
): string[] {
  return [...next.differences(last, isRead)].flatMap(({ before, after }) => {
    if (before?.digest === after?.digest) return [];
    const { date } = (after ?? before) as Partition;
    return date === 'all' ? differingDates(before, after) : [date];
  });
}

/** The end where there are none: nothing has changed. */
function firstOf(dates: readonly string[]): string {
  return [...dates].sort()[0] ?? END;
}

/** The dates by which a partition is sliced, and of which rows were added, removed or changed. */
function differingDates(before: Partition | undefined, after: Partition | undefined): string[] {
  if (before?.slices === undefined && after?.slices === undefined) return [BEGINNING];
  const [known, now] = [before, after].map((partition) =>
    (partition?.slices ?? []).map(
      ({ date, digest, main = '' }) => `${date ?? BEGINNING} ${digest} ${main}`,
    ),
  ) as [string[], string[]];
  return only(known, now).map(dateOf);
}

function newsIn(release: Release, table: string): string[] {
  return newsOf(release, table).map(({ date, by }) => `${date} ${by}`);
}

/** What is in one of two lists only. */
function only(one: readonly string[], other: readonly string[]): string[] {
  const [ones, others] = [new Set(one), new Set(other)];
  return [...one.filter((each) => !others.has(each)), ...other.filter((each) => !ones.has(each))];
}

function dateOf(line: string): string {
  return line.slice(0, line.indexOf(' '));
}

function violationsOf(partition: Partition | undefined): string {
  return JSON.stringify(partition?.counts?.violations ?? {});
}
