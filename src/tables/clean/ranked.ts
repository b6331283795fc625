import { hasKey } from '../../config/keys.js';
import type { Source } from '../../config/source.js';
import { identifier } from '../../engine/engine.js';
import { relocatingKeys } from './keys.js';

/** Rows of a table, of which one of each key counts. */
export interface Found {
  readonly source: Source;
  /** the columns by which rows of one key differ; those of the keys are among them */
  readonly names: readonly string[];
  /**
   * SQL of the rows: these columns, `_export`, the place of the export of a row, `_row`, its place
   * in that, and of a dated table `event_date` and `_main`, whether the row is of a main file
   */
  readonly sql: string;
}

/** The relation of the rows of a relocating key that have a later one on another date. */
export function movedName(source: Source, key: readonly string[]): string {
  return `_moved_${source.key.indexOf(key as string[])}`;
}

/**
 * Common SQL of rows, each with its place among those of its key: `_nth`, which is 1 for the row
 * that counts, and `_differs`, whether it differs from that one. Rows without a key are all first.
 * Of a dated table only rows of one date are compared, and there is more to say of each: `_moved`,
 * whether a later row of its key is on another date, `_mains`, how many rows of its key are in main
 * files, and `_breaks`, whether it is in a main file and does not stand for all of its key.
 *
 * The last row counts, or the latest by `latest_by`; of a derived table the first one, because what
 * follows from its activities began then. Pure.
 */
export function rankedSql({ source, names, sql }: Found): string {
  const isDated = source.partition === 'event_date';
  // rows of counters are differences, and never the same
  const keys = source.delivery === 'counter' ? [] : source.key;
  const columns = names.map(identifier);
  const content = `(${columns.join(', ')})`;
  const places = ['_export', '_row', ...(isDated ? ['event_date', '_main'] : [])];
  const which = keys.map((key, i) => `when ${hasKey(source, key)} then ${i}`);
  const key = which.length === 0 ? 'cast(null as bigint)' : `case ${which.join(' ')} end`;
  const lone = places
    .filter((place) => place !== 'event_date')
    .map((place) => `case when _key is null then ${place} end`);
  const parts = keys.flatMap((key, i) =>
    key.map((name) => `case when _key = ${i} then ${identifier(name)} end`),
  );
  const same = [...(isDated ? ['event_date'] : []), '_key', ...parts, ...lone].join(', ');
  const moves = isDated ? movesOf(source, keys) : [];
  const moved = moves.map(({ name }) => `${name}.event_date is not null`).join(' or ');
  const isMoved = moved === '' ? 'false' : moved;
  const held = [...columns, ...places, '_key'].map((name) => `keyed.${name}`).join(', ');
  const later = laterOf(source);
  const last = `first_value(${content}) over (partition by ${same} order by ${later})`;
  const ofDates = isDated
    ? `, _main, _moved,
      sum(case when _main then 1 else 0 end) over (partition by ${same}) as _mains,
      max(_export) over (partition by ${same}) as _newest,
      max_by(${content}, _export) over (partition by ${same}) as _newest_content`
    : '';
  const breaks = isDated
    ? `, event_date, _main, _moved, _mains, _main and (_moved or _mains > 1
      or (_newest > _export and ${content} is distinct from _newest_content)) as _breaks`
    : '';
  return `with found as (${sql}),
keyed as (select ${[...columns, ...places].join(', ')}, ${key} as _key from found),
known as (
  select ${held}${isDated ? `, ${isMoved} as _moved` : ''}
  from keyed ${moves.map(({ join }) => join).join(' ')}),
ranked as (
  select ${columns.join(', ')}, _export, _row${isDated ? ', event_date' : ''},
    row_number() over (partition by ${same} order by ${later}) as _nth,
    ${last} as _last${ofDates}
  from known)
select ${columns.join(', ')}, _export, _row, _nth,
  ${content} is distinct from _last as _differs${breaks}
from ranked`;
}

function laterOf({ derivation, latest_by }: Source): string {
  if (derivation !== null) return '_export nulls last, _row nulls last';
  const latest = latest_by === undefined ? '' : `${identifier(latest_by)} desc nulls last, `;
  return `${latest}_export desc nulls last, _row desc nulls last`;
}

/** The joins that find the rows of each relocating key that have a later one on another date. */
function movesOf(source: Source, keys: readonly string[][]): { name: string; join: string }[] {
  return relocatingKeys(source).map((key) => {
    const name = movedName(source, key);
    const columns = ['event_date', ...key].map(identifier);
    const isSame = columns.map((column) => `keyed.${column} = ${name}.${column}`).join(' and ');
    const join = `left join (
      select distinct ${columns.join(', ')} from staged.${name} as m where event_date <> moved_to
    ) as ${name} on keyed._key = ${keys.indexOf(key)} and ${isSame}`;
    return { name, join };
  });
}
