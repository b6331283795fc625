import type { Night } from '../../../build/night.js';
import { hasKey } from '../../../config/keys.js';
import type { Source } from '../../../config/source.js';
import { identifier, quote, type Session } from '../../../engine/engine.js';
import type { MainRows } from '../../../ingest/plain/plain.js';
import type { KeyRange, Slice } from '../../../release/schema.js';
import { keyName, relocatingKeys } from '../../clean/keys.js';
import type { Loaded } from '../load.js';
import { REPEATED } from '../typed.js';

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
    ...['export', 'cast(_date as varchar) as date', '_kind', 'count(*) as rows'],
    ...['cast(sum(_hash) as varchar) as digest', ...ranges],
  ];
  const kind =
    `case when ${countsSql(source)} then 'counts' when rule is null then 'staged' when rule = ` +
    `${quote(REPEATED)} then rule end`;
  const rows = await session.rows(
    `select ${columns.join(', ')} from (select *, ${date} as _date, ${kind} as _kind,
      hash(${names}) as _hash from parsed)
     where _kind is not null group by export, _date, _kind order by _date`,
  );
  const found = exports.map(({ main }) => ({
    slices: [] as Slice[],
    staged: main?.rows ?? 0,
    repeated: 0,
  }));
  for (const row of rows) {
    const of = found[Number(row.export)];
    if (of === undefined) continue;
    if (row._kind === REPEATED) of.repeated += Number(row.rows);
    else of.staged += Number(row.rows);
    if (row._kind !== 'counts' || row.date === null) continue;
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
  return found.map(({ slices, ...rows }, i) => {
    const typed = exports[i]?.main;
    if (typed !== undefined) return { main: mainOfTyped(typed), slices, rows };
    const main = ownSlice(source, slices);
    return { main, slices: slices.filter((slice) => slice !== main), rows };
  });
}

function mainOfTyped({ date, rows, keys }: MainRows): MainSlice {
  return { date, rows, ...(Object.keys(keys).length > 0 ? { keys } : {}) };
}

/** The rows of an export's own date; their digest is that of the main file. */
export type MainSlice = Omit<Slice, 'digest' | 'main'>;

/** What was parsed of an export. */
export interface Found {
  /** the slice that becomes the main file */
  readonly main: MainSlice | undefined;
  /** the other ones */
  readonly slices: readonly Slice[];
  readonly rows: Rows;
}

/**
 * The date on which most rows of an export fall, of several the last; undated tables have none, nor
 * do counters, whose rows are differences.
 */
function ownSlice({ delivery, partition }: Source, slices: readonly Slice[]): Slice | undefined {
  if (delivery === 'counter' || partition !== 'event_date') return undefined;
  return slices.reduce<Slice | undefined>(
    (most, slice) => (most === undefined || slice.rows >= most.rows ? slice : most),
    undefined,
  );
}
