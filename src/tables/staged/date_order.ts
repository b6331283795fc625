import type { Source } from '../../config/source.js';
import { addDays, daysBetween, isDate } from '../../dates.js';
import { quote, type Row, type Session } from '../../engine/engine.js';
import type { StagingInput } from '../../ingest/sql/parse.js';

type DateOrder = NonNullable<Source['date_order']>;

/** A date of numbers only, the year last, and how often an export has it. */
export interface DateOfNumbers {
  readonly one: string;
  readonly two: string;
  /** four digits, or two */
  readonly three: string;
  /** the numbers have points between them: then the month is not first */
  readonly hasPoints: boolean;
  readonly count: number;
}

/** What the dates of an export say of the order of day and month. */
export interface FoundOrder {
  /** the order they are read in; undefined where they do not decide it */
  readonly order: DateOrder | undefined;
  /** how many dates speak for the order that most of them speak for */
  readonly agreeing: number;
  /** how many can only be read in another order */
  readonly contrary: number;
}

/**
 * What was found out of each export, by its place among those read together; nothing of one without
 * such dates.
 */
export type FoundOrders = ReadonlyMap<number, FoundOrder>;

const PATTERN = '^(\\d{1,2})([-/.])(\\d{1,2})[-/.](\\d{4}|\\d\\d)(\\D.*)?$';

/**
 * Finds out for each export whether its dates of numbers are day first or month first, where the
 * configuration does not say.
 *
 * @param from relation with the text of exports
 */
export async function findDateOrders(
  session: Session,
  { source, raw, earliest }: StagingInput,
  from: string,
): Promise<FoundOrders> {
  const texts = source.columns.flatMap(({ name, type }) =>
    type === 'timestamp' ? (raw.texts.get(name) ?? []) : [],
  );
  if (source.date_order !== null || texts.length === 0) return new Map();
  // most rows have the same few dates, which are taken apart once
  const rows = await session.rows(
    `select export, cast(export_date as varchar) as date, p.one as one, p.two as two,
      p.three as three, p.mark = '.' as has_points, cast(sum(times) as bigint) as count
     from (select export, export_date, times,
         regexp_extract(opening, ${quote(PATTERN)}, ['one', 'mark', 'two', 'three']) as p
       from (select export, any_value(export_date) as export_date,
           substr(trim(t), 1, 10) as opening, count(*) as times
         from (select export, export_date, unnest([${texts.join(', ')}]) as t
           from ${raw.relation(from)})
         where t not like '____-__-%' group by export, opening))
     where p.one <> '' and (p.mark <> '.' or strlen(p.three) = 2)
     group by all order by all`,
  );
  const exports = new Map<number, { date: string; dates: DateOfNumbers[] }>();
  for (const row of rows) {
    const found = exports.get(Number(row.export)) ?? { date: String(row.date), dates: [] };
    found.dates.push(dateOfNumbers(row));
    exports.set(Number(row.export), found);
  }
  return new Map(
    [...exports].map(([place, { date, dates }]) => [place, decideOrder(dates, earliest, date)]),
  );
}

function dateOfNumbers({ one, two, three, has_points, count }: Row): DateOfNumbers {
  return {
    ...{ one: String(one), two: String(two), three: String(three) },
    ...{ hasPoints: has_points === true, count: Number(count) },
  };
}

/** A date that is at most this many days older than its export is likely in a daily export. */
const RECENT_DAYS = 7;

/**
 * Decides the order by all dates of an export. A date speaks for an order when it is in the
 * accepted range in that order alone, or recent in that order alone. An order is decided when three
 * times as many dates speak for it as for all others, and a third as many as leave it open. A year
 * of two digits may be first, too: then nothing is decided. Pure.
 *
 * @param earliest the first date accepted
 * @param exported the date of the export
 */
export function decideOrder(
  dates: readonly DateOfNumbers[],
  earliest: string,
  exported: string,
): FoundOrder {
  const votes = { day_first: 0, month_first: 0, year_first: 0 };
  const certain = { ...votes };
  let open = 0;
  for (const date of dates) {
    const all = readingsOf(date);
    const accepted = all.filter(({ day }) => day >= earliest && day <= addDays(exported, 1));
    const possible = accepted.length > 0 ? accepted : all;
    const recent = possible.filter(
      ({ day }) => Math.abs(daysBetween(day, exported)) <= RECENT_DAYS,
    );
    const isOpen = new Set(possible.map(({ day }) => day)).size > 1;
    const [only, ...others] = isOpen ? recent : possible;
    if (only !== undefined && others.length === 0) votes[only.order] += date.count;
    else if (isOpen) open += date.count;
    if (only !== undefined && possible.length === 1) certain[only.order] += date.count;
  }
  const sum = votes.day_first + votes.month_first + votes.year_first;
  // the same date in both orders
  if (sum + open === 0) return { order: 'day_first', agreeing: 0, contrary: 0 };
  const order = votes.day_first >= votes.month_first ? 'day_first' : 'month_first';
  const agreeing = votes[order];
  const isDecided = agreeing > 0 && agreeing >= 3 * (sum - agreeing) && 3 * agreeing >= open;
  const contrary = certain.day_first + certain.month_first + certain.year_first - certain[order];
  return { order: isDecided ? order : undefined, agreeing, contrary };
}

/** The dates that the numbers can be, with the order in which they are. */
function readingsOf({ one, two, three, hasPoints }: DateOfNumbers) {
  const dayFirst = { order: 'day_first', day: dayOf(three, two, one) } as const;
  const monthFirst = { order: 'month_first', day: dayOf(three, one, two) } as const;
  const yearFirst = { order: 'year_first', day: dayOf(one, two, three) } as const;
  const isShort = three.length === 2 && one.length === 2;
  const readings = [dayFirst, ...(hasPoints ? [] : [monthFirst]), ...(isShort ? [yearFirst] : [])];
  return readings.filter(({ day }) => isDate(day));
}

/** A date as YYYY-MM-DD; years of two digits are 1970 to 2069. */
function dayOf(year: string, month: string, day: string): string {
  const century = year.length === 4 ? '' : year < '70' ? '20' : '19';
  return `${century}${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** What a person should know of the order that was found. */
export function orderNotes(
  table: string,
  key: string,
  { order, agreeing, contrary }: FoundOrder,
): string[] {
  const remedy = `set tables.${table}.date_order`;
  if (order === undefined && agreeing === 0) {
    return [
      `${key}: no date in it shows whether 03/04/2026 is March 4 or April 3, so its dates of ` +
        `numbers are quarantined: ${remedy}`,
    ];
  }
  const words = order === 'day_first' ? 'day first' : 'month first';
  if (order === undefined) {
    const found =
      contrary > 0
        ? 'its dates of numbers do not agree on the order of day and month'
        : 'too few of its dates of numbers show whether 03/04/2026 is March 4 or April 3';
    return [`${key}: ${found}, so they are quarantined: ${remedy}`];
  }
  const said = agreeing === 0 ? [] : [`${table}: read with dates of numbers ${words}, found`];
  if (contrary === 0) return said;
  return [
    ...said,
    `${key}: dates of numbers are read ${words}, as ${agreeing} of them say; ${contrary} can ` +
      `only be read otherwise: correct ${contrary === 1 ? 'it' : 'them'}, or ${remedy}`,
  ];
}

/** The places of the exports that are read in the order, or in none. */
function placesOf(found: FoundOrders, order: DateOrder | undefined): number[] {
  return [...found].flatMap(([place, each]) => (each.order === order ? [place] : []));
}

/**
 * Times in `parsed` that are refused, but which some order of their numbers could read, get a rule
 * of their own: they contradict the order that is configured or was found, or no order was found.
 * Done here, where few rows are left.
 */
export async function nameDateOrders(
  session: Session,
  source: Source,
  found: FoundOrders,
): Promise<void> {
  if (source.date_order === null && found.size === 0) return;
  const careful = `${session.careful}.careful`;
  const exports =
    source.date_order !== null ? '' : ` and export in (${[...found.keys()].join(', ')})`;
  const refused = `from ${careful} where rule like '%_not_a_timestamp'${exports}`;
  const [count] = await session.rows(`select count(*) as rows ${refused}`);
  if (Number(count?.rows) === 0) return;
  const ambiguous = placesOf(found, undefined);
  const isAmbiguous = ambiguous.length === 0 ? 'false' : `export in (${ambiguous.join(', ')})`;
  // The spellings are in a table of their own: one macro within the other makes an expression
  // that takes long to plan.
  await session.run(
    `create or replace temp table refused as
       select rowid as id, usual_time(_bad_text, 'day_first') as day_first,
         usual_time(_bad_text, 'month_first') as month_first ${refused};
     update ${careful} set rule = _bad_column || case
       when ${isAmbiguous} then '_ambiguous_date_order' else '_contradicts_date_order' end
       where rowid in (select id from refused where ${readableIn('day_first')}
         or ${readableIn('month_first')});
     drop table refused`,
  );
}

/** SQL that is true where the spelling for an order of day and month is that of a time. */
function readableIn(order: DateOrder): string {
  return `parse_timestamp(${order}, ${quote(order)}, 'UTC', 'UTC') is not null`;
}
