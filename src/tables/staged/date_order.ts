import type { Source } from '../../config/contracts.js';
import { quote, type Session } from '../../engine/engine.js';
import type { StagingInput } from '../../ingest/sql/parse.js';

type DateOrder = NonNullable<Source['date_order']>;

/** What settles each export, by its place among those read together; none for one without dates of numbers only. */
type Settled = ReadonlyMap<number, DateOrder | 'ambiguous'>;

/** A date of numbers only, the year last; of times with points the day always comes first. */
const NUMBERS = '^(\\d{1,2})[-/](\\d{1,2})[-/]\\d{2,4}([ T].*)?$';

/**
 * Settles for each export whether its dates of numbers are day first or month first, where the configuration does not say:
 * all of its dates are looked at, and those that can be read in one way only decide for the others. Where none decides, or
 * some decide for one and some for the other, nothing is guessed: such dates will be refused, as ambiguous.
 *
 * @param from relation with the text of exports
 */
export async function settleDateOrders(
  session: Session,
  { source, raw }: StagingInput,
  from: string,
): Promise<Settled> {
  const texts = source.columns.flatMap(({ name, type }) => (type === 'timestamp' ? (raw.texts.get(name) ?? []) : []));
  if (source.date_order !== null || texts.length === 0) return new Map();
  const part = (n: number) => `try_cast(regexp_extract(t, ${quote(NUMBERS)}, ${n}) as integer)`;
  const found = await session.rows(
    `select export, count_if(one between 13 and 31 and other <= 12) as day_first, count_if(one <= 12 and other between 13 and 31) as month_first
     from (select export, ${part(1)} as one, ${part(2)} as other
       from (select export, trim(unnest([${texts.join(', ')}])) as t from ${raw.relation(from)})
       where regexp_matches(t, ${quote(NUMBERS)}))
     group by export order by export`,
  );
  return new Map(
    found.map((row) => {
      const [dayFirst, monthFirst] = [Number(row.day_first) > 0, Number(row.month_first) > 0];
      const order = dayFirst === monthFirst ? 'ambiguous' : dayFirst ? 'day_first' : 'month_first';
      return [Number(row.export), order];
    }),
  );
}

/** The places of the exports that were settled so. */
export function placesOf(orders: Settled, order: DateOrder | 'ambiguous'): number[] {
  return [...orders].flatMap(([place, settled]) => (settled === order ? [place] : []));
}

/**
 * Times in `parsed` that are refused, but which some order of their numbers could read, get a rule of their own: they
 * contradict the order that is configured, or there is nothing that tells it. Done here, where few rows are left.
 * @param ambiguous the places of the exports whose order is not known
 */
export async function nameDateOrders(session: Session, source: Source, ambiguous: readonly number[]): Promise<void> {
  const isSet = source.date_order !== null;
  if (!isSet && ambiguous.length === 0) return;
  const refused = `from parsed where rule like '%_not_a_timestamp'${isSet ? '' : ` and export in (${ambiguous.join(', ')})`}`;
  const [count] = await session.rows(`select count(*) as rows ${refused}`);
  if (Number(count?.rows) === 0) return;
  // The spellings stand in a table of their own: one macro within the other makes an expression that takes long to plan.
  await session.run(
    `create or replace temp table refused as
       select rowid as id, usual_time(bad_text, 'day_first') as day_first, usual_time(bad_text, 'month_first') as month_first ${refused};
     update parsed set rule = bad_column || ${quote(isSet ? '_contradicts_date_order' : '_ambiguous_date_order')}
       where rowid in (select id from refused where ${readableIn('day_first')} or ${readableIn('month_first')});
     drop table refused`,
  );
}

/** SQL that is true where the spelling for an order of day and month is that of a time. */
function readableIn(order: DateOrder): string {
  return `parse_timestamp(${order}, ${quote(order)}, 'UTC', 'UTC') is not null`;
}
