import type { Source } from '../config/contracts.js';
import { quote, type Session } from '../engine/engine.js';
import { parseStatement, type StagingInput } from '../ingest/staging.js';

type DateOrder = NonNullable<Source['date_order']>;
export type Settled = DateOrder | 'ambiguous' | null;

/** A date of numbers only, the year last; of times with points the day always comes first. */
const NUMBERS = '^(\\d{1,2})[-/](\\d{1,2})[-/]\\d{2,4}([ T].*)?$';

/**
 * Settles for each parsed export whether its dates of numbers are day first or month first, where the configuration does not
 * say: all of its dates are looked at, and those that can be read in one way only decide for the others. An export so
 * settled is parsed again. Where none decides, or some decide for one and some for the other, nothing is guessed: the
 * dates stay refused, as ambiguous. Exports without such dates are not looked at.
 *
 * @param reads for each export, the relation with its text
 * @returns for each export, the order that its dates were read in, or `ambiguous`; null where none was needed
 */
export async function settleDateOrders(
  session: Session,
  input: StagingInput,
  reads: readonly string[],
): Promise<readonly Settled[]> {
  const settled: Settled[] = reads.map(() => input.source.date_order);
  if (input.source.date_order !== null) return settled;
  const refused = await session.rows(
    "select distinct export from parsed where rule like '%_not_a_timestamp' order by export",
  );
  for (const { export: place } of refused) {
    const read = reads[Number(place)] ?? '';
    const order = await orderOf(session, input, read);
    settled[Number(place)] = order;
    if (order === 'ambiguous') await nameAmbiguous(session, input.source, Number(place));
    else if (order !== null) {
      await session.run(`delete from parsed where export = ${Number(place)}`);
      await session.run(parseStatement({ ...input, source: { ...input.source, date_order: order } }, read));
    }
  }
  return settled;
}

async function orderOf(session: Session, { source, raw }: StagingInput, read: string): Promise<Settled> {
  const texts = source.columns.flatMap(({ name, type }) => (type === 'timestamp' ? (raw.texts.get(name) ?? []) : []));
  const part = (n: number) => `try_cast(regexp_extract(t, ${quote(NUMBERS)}, ${n}) as integer)`;
  const [found] = await session.rows(
    `select count_if(one between 13 and 31 and other <= 12) as day_first, count_if(one <= 12 and other between 13 and 31) as month_first,
       count(one) as dates
     from (select ${part(1)} as one, ${part(2)} as other
       from (select trim(unnest([${texts.join(', ')}])) as t from ${raw.relation(read)})
       where regexp_matches(t, ${quote(NUMBERS)}))`,
  );
  if (Number(found?.dates) === 0) return null;
  const [dayFirst, monthFirst] = [Number(found?.day_first) > 0, Number(found?.month_first) > 0];
  if (dayFirst === monthFirst) return 'ambiguous';
  return dayFirst ? 'day_first' : 'month_first';
}

/** What some order can read has a rule of its own. */
async function nameAmbiguous(session: Session, { times_in }: Source, place: number): Promise<void> {
  const readable = (['day_first', 'month_first'] satisfies DateOrder[])
    .map((order) => `parse_timestamp(spelling, ${quote(order)}, ${quote(times_in)}) is not null`)
    .join(' or ');
  // The spelling stands in a table of its own: one macro within the other makes an expression that takes ten seconds to plan.
  await session.run(
    `create or replace temp table refused as select rowid as id, usual_time(bad_text) as spelling from parsed
     where export = ${place} and rule like '%_not_a_timestamp';
     update parsed set rule = bad_column || '_ambiguous_date_order' where rowid in (select id from refused where ${readable});
     drop table refused`,
  );
}
