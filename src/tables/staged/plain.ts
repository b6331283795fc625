import type { Night } from '../../build/night.js';
import { withSession } from '../../build/pool.js';
import type { Source } from '../../config/source.js';
import { addDays, daysBetween } from '../../dates.js';
import { quote, type Session } from '../../engine/engine.js';
import { dayNumber, type Starts } from '../../ingest/plain/days.js';
import { Parser, type Read } from '../../ingest/plain/parser.js';
import { mayBePlain, type PlainExport } from '../../ingest/plain/plain.js';
import type { Meaning, MeaningOf } from '../../ingest/plain/table.js';
import { asFound } from '../../ingest/sql/names.js';
import { meaningSelect } from '../../ingest/sql/parse.js';
import { placesOf } from '../../ingest/sql/raw.js';
import { Tombstones } from '../../release/tombstones.js';
import { keyName, relocatingKeys } from '../clean/keys.js';
import { holdsErased } from './erase.js';
import type { Loaded } from './load.js';

/** Parses the exports of a night beside the engine. */
export class PlainExports {
  readonly #night: Night;
  readonly #parser = new Parser();
  readonly #readers = new Map<Source, Promise<Read>>();

  constructor(night: Night) {
    this.#night = night;
  }

  /**
   * Parses what of an export is written in the usual way.
   * @returns undefined where the engine has to read all its records
   */
  async read({
    source,
    export: each,
    prepared,
    scratch,
    discards,
    kept,
  }: Loaded): Promise<PlainExport | undefined> {
    // records that are given up are looked for among all
    if (!mayBePlain(source) || discards.length > 0 || kept !== undefined) return undefined;
    // which row of a key is the latest is found out among all
    if (source.latest_by !== undefined && placesOf(source, prepared.header).has(source.latest_by))
      return undefined;
    const read = this.#readers.get(source) ?? readerOf(this.#night, source, this.#parser);
    this.#readers.set(source, read);
    const ranges = new Map(
      relocatingKeys(source).map((key) => [keyName(key), source.key.indexOf(key)]),
    );
    const hasMain = source.partition === 'event_date' && source.delivery !== 'counter';
    // of all, what a thread can be told
    const { path, rewritten, header, csv, firstLine, readable, longest } = prepared;
    const file = { path, rewritten, header, csv, firstLine, readable, longest };
    const given = { name: each.key, date: each.date, prepared: file, scratch, hasMain, ranges };
    const plain = await (await read)(given);
    const tombstones = Tombstones.of(this.#night.live.release);
    if (plain === undefined || tombstones.hashes.length === 0) return plain;
    const { sessions } = this.#night.engine;
    const isHeld = await withSession(sessions, (session) =>
      holdsErased(session, source, tombstones, plain),
    );
    return isHeld ? undefined : plain; // records that are left out are looked for among all, too
  }

  close(): Promise<void> {
    return this.#parser.close();
  }
}

async function readerOf(night: Night, source: Source, parser: Parser): Promise<Read> {
  const { earliest, time_zone: timeZone } = night.config;
  const { sessions } = night.engine;
  const meanings = new Map<string, Map<string, Meaning>>();
  const meaningOf: MeaningOf = async (name, spellings) => {
    const known = meanings.get(name) ?? new Map<string, Meaning>();
    meanings.set(name, known);
    const column = source.columns.find((each) => each.name === name);
    const unknown = spellings.filter((spelling) => !known.has(spelling));
    if (column !== undefined && unknown.length > 0) {
      const list = unknown.map((spelling) => `(${quote(spelling)})`).join(', ');
      const texts =
        `select spelling, nullif(spelling, '') as ${asFound(column)} from (values ${list}) as ` +
        'spellings(spelling)';
      const select = meaningSelect(column, { source, earliest, timeZone }, texts);
      const rows = await withSession(sessions, (session) => session.rows(select));
      for (const { spelling, value, is_accepted } of rows)
        known.set(
          String(spelling),
          is_accepted !== true ? undefined : value === null ? null : String(value),
        );
    }
    return spellings.map((spelling) => known.get(spelling));
  };
  const [business, local] = await withSession(sessions, async (session) => [
    await startsOf(session, timeZone, earliest, night),
    await startsOf(session, source.times_in, earliest, night),
  ]);
  return parser.reader({ source, earliest, business, local }, meaningOf);
}

/**
 * When dates begin in a zone, from the day before the earliest that is accepted to the third after
 * the newest export.
 */
async function startsOf(
  session: Session,
  zone: string,
  earliest: string,
  { listed }: Night,
): Promise<Starts | undefined> {
  if (zone === 'UTC') return undefined;
  const first = addDays(earliest, -1);
  const dates = [...listed.values()].flatMap((exports) => exports.map(({ date }) => date));
  const newest = dates.sort().at(-1) ?? first;
  const rows = await session.rows(
    `select epoch_us(utc_from_local(cast(DATE ${quote(first)} + cast(i as integer) as timestamp),
      ${quote(zone)})) as start
     from range(${daysBetween(first, newest) + 4}) as days(i) order by i`,
  );
  return {
    first: dayNumber(first),
    instants: Float64Array.from(rows, ({ start }) => Number(start)),
  };
}
