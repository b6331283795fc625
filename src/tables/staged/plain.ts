import type { Night } from '../../build/night.js';
import { withSession } from '../../build/pool.js';
import type { Source } from '../../config/contracts.js';
import { addDays, daysBetween } from '../../dates.js';
import { quote, type Session } from '../../engine/engine.js';
import { limitsOf } from '../../ingest/limits.js';
import { Days, dayNumber } from '../../ingest/plain/days.js';
import { mayBePlain, type PlainExport, PlainReader, type PlainRules } from '../../ingest/plain/plain.js';
import { asFound, meaningSelect } from '../../ingest/sql/parse.js';
import { keyName, relocatingKeys } from '../clean/keys.js';
import type { Loaded } from './load.js';

/** One reader a table and night. */
const readers = new WeakMap<Night, Map<Source, Promise<PlainReader>>>();

/**
 * Parses what of an export is written in the usual way.
 * @returns undefined where the engine has to read all its records
 */
export async function readPlain(night: Night, loaded: Loaded): Promise<PlainExport | undefined> {
  const { source, export: each, prepared, scratch, discards, kept } = loaded;
  // records that are given up are looked for among all
  if (!mayBePlain(source) || discards.length > 0 || kept !== undefined) return undefined;
  const own = readers.get(night) ?? new Map<Source, Promise<PlainReader>>();
  readers.set(night, own);
  const reader = own.get(source) ?? rulesOf(night, source).then((rules) => new PlainReader(rules));
  own.set(source, reader);
  const ranges = new Map(relocatingKeys(source).map((key) => [keyName(key), key]));
  const hasMain = source.partition === 'event_date' && source.delivery !== 'counter';
  const given = { name: each.key, date: each.date, limits: limitsOf(night.config), hasMain, ranges };
  return (await reader).read({ ...given, prepared, scratch });
}

async function rulesOf(night: Night, source: Source): Promise<PlainRules> {
  const { earliest, time_zone: timeZone } = night.config;
  const acceptance = { source, earliest, timeZone };
  const { sessions } = night.engine;
  const meanings = new Map<string, Map<string, string | null | undefined>>();
  const meaningOf: PlainRules['meaningOf'] = async (name, spellings) => {
    const known = meanings.get(name) ?? new Map<string, string | null | undefined>();
    meanings.set(name, known);
    const column = source.columns.find((each) => each.name === name);
    const unknown = spellings.filter((spelling) => !known.has(spelling));
    if (column !== undefined && unknown.length > 0) {
      const list = unknown.map((spelling) => `(${quote(spelling)})`).join(', ');
      const texts = `select spelling, nullif(spelling, '') as ${asFound(column)} from (values ${list}) as spellings(spelling)`;
      const rows = await withSession(sessions, (session) => session.rows(meaningSelect(column, acceptance, texts)));
      for (const { spelling, value, is_accepted } of rows)
        known.set(String(spelling), is_accepted !== true ? undefined : value === null ? null : String(value));
    }
    return spellings.map((spelling) => known.get(spelling));
  };
  const [business, local] = await withSession(sessions, async (session) => [
    await daysOf(session, timeZone, earliest, night),
    await daysOf(session, source.times_in, earliest, night),
  ]);
  return { source, earliest, meaningOf, business: business as Days, local: local as Days };
}

/** The dates of a zone, from the day before the earliest that is accepted to the third after the newest export. */
async function daysOf(session: Session, zone: string, earliest: string, { listed }: Night): Promise<Days> {
  if (zone === 'UTC') return new Days();
  const first = addDays(earliest, -1);
  const dates = [...listed.values()].flatMap((exports) => exports.map(({ date }) => date));
  const newest = dates.sort().at(-1) ?? first;
  const rows = await session.rows(
    `select epoch_us(utc_from_local(cast(DATE ${quote(first)} + cast(i as integer) as timestamp), ${quote(zone)})) as start
     from range(${daysBetween(first, newest) + 4}) as days(i) order by i`,
  );
  return new Days(
    dayNumber(first),
    Float64Array.from(rows, ({ start }) => Number(start)),
  );
}
