import { quote, type Session } from '../../engine/engine.js';
import type { StagingInput } from '../../ingest/sql/parse.js';

/**
 * Coercions of one export: values that were accepted in a form the contract did not expect, by what
 * was done.
 */
export type Coerced = Readonly<Record<string, number>>;

/**
 * Counts, of each parsed export, the rows with a whole number that was written with decimals, and
 * the local times that do not exist in the zone of the export, or occur twice (utc_from_local has
 * the rule). Where clocks are not changed between the first and the last time of a column it is not
 * looked at.
 *
 * @param reads for each export, the relation with its text
 */
export async function countCoerced(
  session: Session,
  input: StagingInput,
  reads: readonly (string | undefined)[],
): Promise<Coerced[]> {
  const counts = reads.map((): Record<string, number> => ({}));
  const rows = await session.rows(
    `select export, _mended, count(*) as rows from ${session.careful}.careful
      where _mended is not null and rule is null group by all order by all`,
  );
  for (const row of rows)
    (counts[Number(row.export)] ?? {})[String(row._mended)] = Number(row.rows);
  for (const column of await changing(session, input)) {
    for (const [i, read] of reads.entries()) {
      if (read !== undefined)
        Object.assign(counts[i] ?? {}, await localTimes(session, input, column, read));
    }
  }
  return counts;
}

/**
 * The columns of times between the first and the last of which the clocks of the zone are changed.
 */
async function changing(session: Session, { source, raw }: StagingInput): Promise<string[]> {
  const { times_in: zone } = source;
  if (zone === 'UTC') return [];
  const columns = source.columns.filter(
    ({ name, type }) => type === 'timestamp' && raw.texts.has(name),
  );
  if (columns.length === 0) return [];
  const bounds = columns.flatMap(({ name }, i) => [
    `epoch_ms(min("${name}")) as first_${i}`,
    `epoch_ms(max("${name}")) as last_${i}`,
  ]);
  const [spans] = await session.rows(`select ${bounds.join(', ')} from parsed`);
  return columns.flatMap(({ name }, i) => {
    const [first, last] = [spans?.[`first_${i}`], spans?.[`last_${i}`]];
    return first != null && last != null && changesClocks(zone, Number(first), Number(last))
      ? [name]
      : [];
  });
}

const DAY_MS = 86_400_000;

/** Whether clocks are changed within a day of the span; times are milliseconds since 1970. */
function changesClocks(zone: string, first: number, last: number): boolean {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const offset = (at: number) =>
    format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
  const before = offset(first - DAY_MS);
  for (let at = first; at < last + DAY_MS; at += DAY_MS) if (offset(at) !== before) return true;
  return offset(last + DAY_MS) !== before;
}

async function localTimes(
  session: Session,
  { source, raw, timeZone }: StagingInput,
  column: string,
  read: string,
): Promise<Coerced> {
  const { times_in } = source;
  const zone = quote(times_in);
  const inZone = (name: string) =>
    `parse_timestamp(t, date_order, ${quote(name)}, ${quote(timeZone)})`;
  // a time with an offset, and a date without a time, is the same everywhere
  const [found] = await session.rows(
    `select count_if(local_from_utc(instant, ${zone}) <> written) as skipped,
       count_if(local_from_utc(instant, ${zone}) = written
         and epoch_us(timezone(${zone}, written)) <> epoch_us(instant)) as twice
     from (select ${inZone('UTC')} as written, ${inZone(times_in)} as instant,
       ${inZone('Etc/GMT+12')} as elsewhere
       from (select date_order, usual_time(trim(${raw.texts.get(column)}), date_order) as t
         from ${raw.relation(read)}))
     where elsewhere <> written`,
  );
  return Object.fromEntries(
    (['skipped', 'twice'] as const).flatMap((what) =>
      Number(found?.[what]) > 0 ? [[`${column}_local_time_${what}`, Number(found?.[what])]] : [],
    ),
  );
}
