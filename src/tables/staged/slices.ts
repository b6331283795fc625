import type { Night } from '../../build/night.js';
import type { Source } from '../../config/contracts.js';
import { hasKey } from '../../config/keys.js';
import { identifier, quote, type Session } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import type { MainRows } from '../../ingest/plain/plain.js';
import type { KeyRange, Slice } from '../../release/release.js';
import { keyName, relocatingKeys } from '../clean/keys.js';
import type { Loaded } from './load.js';
import { REPEATED, readTyped } from './typed.js';

/**
 * What is known of an export whose rows are in `parsed`, except the main rows when they are
 * in a typed file.
 */
export type StagedExport = Pick<Loaded, 'source' | 'export' | 'regularFrom'> & {
  readonly main?: MainRows | undefined;
};

/**
 * SQL of the rows that count: they keep to the contract, are not repeated, and of counters add
 * something.
 */
export function countsSql({ delivery, counter }: Source): string {
  return delivery === 'counter' && counter
    ? `rule is null and ${identifier(counter.value)} > 0`
    : 'rule is null';
}

/** Rows of an export: those that are staged, and those that are repeated. */
interface Rows {
  readonly staged: number;
  readonly repeated: number;
}

/**
 * By export, the rows of each date, their digest and the range of their keys. Rows of an undated
 * table belong to the last date on which they are an event, rows without any to no slice; nor do
 * rows of a counter that add nothing.
 */
export async function slicesOf(
  night: Night,
  session: Session,
  source: Source,
  exports: readonly StagedExport[],
): Promise<Found[]> {
  const names = source.columns.map(({ name }) => identifier(name)).join(', ');
  const keys = relocatingKeys(source);
  const ranges = keys.flatMap((key, i) => {
    const first = `${identifier(key[0] ?? '')}) filter (where ${hasKey(source, key)})`;
    return [
      `cast(min(${first} as varchar) as first_${i}`,
      `cast(max(${first} as varchar) as last_${i}`,
    ];
  });
  const dates = source.dates.map(
    (column) => `business_date(${identifier(column)}, ${quote(night.config.time_zone)})`,
  );
  const date = source.partition === 'event_date' ? 'event_date' : `greatest(${dates.join(', ')})`;
  const columns = [
    ...['export', 'cast(slice_date as varchar) as date', 'kind', 'count(*) as rows'],
    ...['cast(sum(row_hash) as varchar) as digest', ...ranges],
  ];
  const kind = `case when ${countsSql(source)} then 'counts' when rule is null then 'staged' when rule = ${quote(REPEATED)} then rule end`;
  const rows = await session.rows(
    `select ${columns.join(', ')} from (select *, ${date} as slice_date, ${kind} as kind, hash(${names}) as row_hash from parsed)
     where kind is not null group by export, slice_date, kind order by slice_date`,
  );
  const found: { slices: Slice[]; main: Slice | undefined; staged: number; repeated: number }[] =
    [];
  for (const { main } of exports) {
    const slice = main && (await sliceOf(session, main, names));
    found.push({
      slices: slice === undefined ? [] : [slice],
      main: slice,
      staged: slice?.rows ?? 0,
      repeated: 0,
    });
  }
  for (const row of rows) {
    const of = found[Number(row.export)];
    if (of === undefined) continue;
    if (row.kind === REPEATED) of.repeated += Number(row.rows);
    else of.staged += Number(row.rows);
    if (row.kind !== 'counts' || row.date === null) continue;
    const ranged = keys.flatMap((key, i): [string, KeyRange][] => {
      const [first, last] = [row[`first_${i}`], row[`last_${i}`]];
      return typeof first === 'string' && typeof last === 'string'
        ? [[keyName(key), [first, last]]]
        : [];
    });
    of.slices.push({
      date: String(row.date),
      rows: Number(row.rows),
      digest: String(row.digest),
      ...(ranged.length > 0 ? { keys: Object.fromEntries(ranged) } : {}),
    });
  }
  return found.map(({ slices, main, ...rows }) => ({
    slices,
    main: main ?? ownSlice(source, slices),
    rows,
  }));
}

/** The slice of the main rows of a typed file. */
async function sliceOf(session: Session, main: MainRows, names: string): Promise<Slice> {
  const [row] = await session.rows(
    `select count(*) as rows, cast(sum(hash(${names})) as varchar) as digest from ${readTyped(main.path)}`,
  );
  if (Number(row?.rows) !== main.rows)
    throw new DataError(
      `expected ${main.rows} rows of ${main.date}, as many as were parsed, found ${row?.rows}. Nothing was published; please report this`,
    );
  const keys = Object.keys(main.keys).length === 0 ? {} : { keys: main.keys };
  return { date: main.date, rows: main.rows, digest: String(row?.digest), ...keys };
}

/** What was parsed of an export. */
export interface Found {
  readonly slices: readonly Slice[];
  /** the slice that becomes the main file */
  readonly main: Slice | undefined;
  readonly rows: Rows;
}

/**
 * The date on which most rows of an export fall, of several the last; counters have none, for their
 * rows are differences.
 */
function ownSlice({ delivery }: Source, slices: readonly Slice[]): Slice | undefined {
  if (delivery === 'counter') return undefined;
  return slices.reduce<Slice | undefined>(
    (most, slice) => (most === undefined || slice.rows >= most.rows ? slice : most),
    undefined,
  );
}
