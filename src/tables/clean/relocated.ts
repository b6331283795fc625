import type { Night } from '../../build/night.js';
import { readParquet, writeParquet } from '../../build/objects.js';
import { eachTask, withSession } from '../../build/pool.js';
import { fingerprintOf } from '../../build/recipe.js';
import { NOTHING } from '../../build/update.js';
import { hasKey } from '../../config/keys.js';
import type { Source } from '../../config/source.js';
import { identifier, quote, type Session } from '../../engine/engine.js';
import { digestOf, digestOfObjects } from '../../release/digest.js';
import { mainOf, straysOf } from '../../release/partition.js';
import type { DataObject, Partition, Slice } from '../../release/schema.js';
import { keyName, relocatedColumns, relocatingKeys } from './keys.js';
import { zonesOf } from './overlap.js';

/** At most this many rows are looked through at a time for keys on several dates. */
const ROWS_AT_A_TIME = 4_000_000;

/** More days than the dates that are accepted span. */
const FOREVER = 4_000_000;

/**
 * Finds the rows whose key is on several dates that are at most `unique_within_days` apart, as a
 * partition of `moved/<table>` for each key: where each of them is, and the date of the last one,
 * which alone counts. What was found before is kept, and only where the keys of new exports can
 * meet others is looked again. So what is read does not grow with the history, whatever the keys
 * look like.
 */
export async function findRelocated(night: Night, source: Source): Promise<void> {
  await eachTask(night.engine.sessions, relocatingKeys(source), (key) =>
    findRelocatedKeys(night, source, key),
  );
}

async function findRelocatedKeys(night: Night, source: Source, key: string[]): Promise<void> {
  const table = `moved/${source.table}`;
  const name = keyName(key);
  const exports = night.next.liveExportsOf(source);
  const recipe = {
    [`staged/${source.table}`]: digestOf(exports.map(identityOf)),
    contract: digestOf([key, source.unique_within_days]),
  };
  const found = night.live.release.get(table, name);
  const last = found?.fingerprint === '' ? undefined : found; // damaged
  const before = new Set(
    found === last ? night.live.release.liveExportsOf(source).map(identityOf) : [],
  );
  const holders = exports.map((partition) => ({
    partition,
    slices: partition.slices ?? [],
    changed: !before.has(identityOf(partition)),
  }));
  const zones = zonesOf(holders, {
    key: name,
    compare: orderOf(source, key),
    days: daysOf(source),
  });
  // what was found hangs on all exports: on those that are gone, too
  const isUpToDate = last === undefined || last.fingerprint === fingerprintOf(recipe);
  if (isUpToDate && zones.every((each) => each.length === 0)) {
    if (last !== undefined) night.next.add(last);
    return;
  }
  const started = performance.now();
  const object = await withSession(night.engine.sessions, (session) =>
    findRows(night, session, { source, key, last, holders, zones }),
  );
  if (object === undefined) return;
  const { digest, slices } = object;
  const seconds = (performance.now() - started) / 1000;
  night.next.add({
    ...{ table, name, date: 'all', fingerprint: fingerprintOf(recipe), digest, inputs: recipe },
    ...{ objects: [object.object], slices },
  });
  if (last?.digest === digest) return;
  const reason = last === undefined ? 'new' : 'exports changed';
  night.built.push({ table, name, reason, reads: NOTHING, rows: object.object.rows, seconds });
}

/**
 * Finds the rows whose key is on several dates, and writes them as one object; undefined when there
 * are none.
 */
async function findRows(
  night: Night,
  session: Session,
  search: Search,
): Promise<{ object: DataObject; digest: string; slices: Slice[] } | undefined> {
  const { source, key } = search;
  await gather(night, session, search);
  const columns = relocatedColumns(source, key);
  const order = [...key.map(identifier), 'event_date', 'export'].join(', ');
  const keys = key.map(identifier).join(', ');
  const [object] = await writeParquet(
    night,
    session,
    [
      {
        select: `select ${keys}, event_date, export, max_by(event_date, place) over near as moved_to
          from moved
          window near as (partition by ${keys} order by event_date
            range between interval ${daysOf(source)} days preceding
              and interval ${daysOf(source)} days following)
          qualify min(event_date) over near <> max(event_date) over near
          order by ${order}`,
        folder: `objects/moved/${source.table}`,
      },
    ],
    columns,
  );
  await session.run('drop table moved');
  if (object === undefined || object.rows === 0) return undefined;
  return {
    object,
    digest: digestOfObjects([object]),
    slices: await slicesOf(night, session, key, object),
  };
}

function identityOf({ name, fingerprint }: Partition): string {
  return `${name} ${fingerprint}`;
}

/** Text as the engine compares values of the key's first column, whose range a slice has. */
function orderOf(
  source: Source,
  [first = '']: readonly string[],
): (a: string, b: string) => number {
  const type = source.columns.find(({ name }) => name === first)?.type;
  if (type !== 'integer') return (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return (a, b) => {
    const difference = BigInt(a) - BigInt(b);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  };
}

/** Where the rows of one key of a table are looked for. */
interface Search {
  readonly source: Source;
  readonly key: string[];
  /** what was found before */
  readonly last: Partition | undefined;
  /** the exports whose rows count */
  readonly holders: readonly { readonly partition: Partition; readonly changed: boolean }[];
  /** for each of them, the dates and ranges of keys in which it can meet others */
  readonly zones: readonly (readonly {
    readonly date: string;
    readonly range: readonly [string, string];
  }[])[];
}

/**
 * Fills the table `moved` with the rows known before, those of exports that are not as they were
 * left out, and with the rows in the zones whose key, or one of the same hash, is there on more
 * than one date. `place` is that of the export among all.
 */
async function gather(
  night: Night,
  session: Session,
  { source, key, last, holders, zones }: Search,
): Promise<void> {
  const keys = key.map(identifier).join(', ');
  const types = [...relocatedColumns(source, key)].filter(([name]) => name !== 'moved_to');
  const columns = types.map(([name, type]) => `${identifier(name)} ${type}`).join(', ');
  await session.run(`create or replace temp table moved (${columns}, place BIGINT)`);
  const places = holders.map(({ partition, changed }, place) => ({
    name: partition.name,
    place,
    changed,
  }));
  const kept = places.filter(({ changed }) => !changed);
  if (last !== undefined && kept.length > 0) {
    const values = kept.map(({ name, place }) => `(${quote(name)}, ${place})`).join(', ');
    await session.run(
      `insert into moved select ${types.map(([name]) => identifier(name)).join(', ')}, place
       from ${await readParquet(night, last.objects)} join (values ${values}) as places(export,
         place) using (export)`,
    );
  }
  const rows = holders.reduce((sum, { partition }, i) => {
    const dates = new Set(zones[i]?.map(({ date }) => date));
    return (
      sum +
      (partition.slices ?? []).reduce(
        (all, slice) => all + (dates.has(slice.date ?? '') ? slice.rows : 0),
        0,
      )
    );
  }, 0);
  const passes = Math.max(1, Math.ceil(rows / ROWS_AT_A_TIME));
  const first = identifier(key[0] ?? '');
  const candidateKeys = key.map((name) => `candidates.${identifier(name)}`).join(', ');
  for (let pass = 0; pass < passes; pass++) {
    const share = passes === 1 ? '' : `and hash(${keys}) % ${passes} = ${pass}`;
    const parts: string[] = [];
    for (const [place, { partition }] of holders.entries()) {
      for (const from of await within(night, partition, first, zones[place] ?? []))
        parts.push(
          `select ${keys}, event_date, ${quote(partition.name)} as export,
             cast(${place} as bigint) as place from (${from})
           where ${hasKey(source, key)} ${share}`,
        );
    }
    if (parts.length === 0) continue;
    // few keys are on several dates: by their hashes they are found without keeping all keys
    await session.run(`create or replace temp view candidates as ${parts.join(' union all ')};
      create or replace temp table several as
        select hash(${keys}) as h from candidates group by h
          having min(event_date) <> max(event_date);
      insert into moved select candidates.* from candidates
        semi join several on hash(${candidateKeys}) = several.h
        anti join (select ${keys}, event_date, export from moved) as known
          using (${keys}, event_date, export);
      drop view candidates; drop table several`);
  }
}

/** SQL of the rows of an export in its zones: of its main file, and of its strays. */
async function within(
  night: Night,
  partition: Partition,
  first: string,
  zones: Search['zones'][number],
): Promise<string[]> {
  const [main, strays] = [mainOf(partition), straysOf(partition)];
  const own = partition.slices?.find((slice) => slice.main !== undefined)?.date;
  const range = ([low, high]: readonly [string, string]) =>
    `${first} between ${quote(low)} and ${quote(high)}`;
  const parts: string[] = [];
  const inMain = zones.filter(({ date }) => date === own).map((zone) => range(zone.range));
  if (inMain.length > 0 && main !== undefined) {
    const read = await readParquet(night, [main], { isHive: false });
    parts.push(
      `select *, DATE ${quote(own ?? '')} as event_date from ${read} where ${inMain.join(' or ')}`,
    );
  }
  if (zones.length > 0 && strays !== undefined) {
    const where = zones.map(
      (zone) => `(event_date = DATE ${quote(zone.date)} and ${range(zone.range)})`,
    );
    parts.push(
      `select * from ${await readParquet(night, [strays], { isHive: false })} where counts ` +
        `and (${where.join(' or ')})`,
    );
  }
  return parts;
}

/** Days that two rows of one key are apart at most; all of them for `forever`. */
function daysOf({ unique_within_days: days }: Source): number {
  return days === 'forever' ? FOREVER : days;
}

/** For each date, a digest of the keys whose row on it does not count. */
async function slicesOf(
  night: Night,
  session: Session,
  key: readonly string[],
  object: DataObject,
): Promise<Slice[]> {
  const keys = key.map(identifier).join(', ');
  const rows = await session.rows(
    `select cast(event_date as varchar) as date, count(*) as rows,
      cast(sum(hash(${keys})) as varchar) as digest
     from (select distinct ${keys}, event_date from ${await readParquet(night, [object])}
       where event_date <> moved_to)
     group by event_date order by event_date`,
  );
  return rows.map(({ date, rows, digest }) => ({
    date: String(date),
    rows: Number(rows),
    digest: String(digest),
  }));
}
