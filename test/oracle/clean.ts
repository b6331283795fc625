import { dayIn, grouped, keyOf, numberIn, ordered, type Row } from './rows.js';
import { contentOf, type Delivery, keyFor, type Staged, tableOf } from './staging.js';

/** What became of the rows of a clean partition. */
interface Counts {
  readonly staged: number;
  readonly kept: number;
  readonly duplicates: number;
  readonly conflicts: number;
}

interface CleanPartition {
  /** the rows of each of its files */
  readonly files: readonly (readonly Row[])[];
  readonly rows: readonly Row[];
  readonly counts: Counts;
  /** all that it was made from */
  readonly inputs: string;
}

/**
 * A clean table, and the keys of it that are on more than one date: what `moved/<table>` holds,
 * by key.
 */
export interface CleanTable {
  readonly partitions: ReadonlyMap<string, CleanPartition>;
  readonly moved: ReadonlyMap<string, readonly Row[]>;
}

/** The order of each undated clean table. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  support_tickets: ['ticket_id'],
  users: ['user_id'],
};

type Placed = Row & { readonly place: number; readonly export: string; readonly main: number };

/** @param exports those that count, oldest first */
export function cleanTable(
  name: string,
  delivery: Delivery,
  exports: readonly Staged[],
  zone: string,
): CleanTable {
  const { dated, keys, eventTime } = tableOf(name);
  const rows = exports.flatMap((each, place) =>
    each.rows.map(
      (row): Placed => ({
        ...row,
        place,
        export: each.key,
        main: Number(row.event_date === each.ownDate),
      }),
    ),
  );
  const counted =
    delivery === 'counter' ? rows.filter((row) => numberIn(row, 'usage_count') > 0) : rows;
  const identity = (row: Placed) => {
    const key = keyFor(row, keys);
    // what counters add is never the same, even where a count began again at the time of the one
    // before
    if (delivery === 'counter' || key.length === 0) return JSON.stringify([row.export, row.line]);
    return JSON.stringify([key, keyOf(row, key), key.includes(eventTime) ? row.event_date : '']);
  };
  const winners = new Map<string, Placed>();
  for (const row of ordered(counted, 'place', 'line') as Placed[]) winners.set(identity(row), row);
  const moved =
    dated && delivery !== 'counter'
      ? movedKeys(counted, winners, identity, keys, eventTime)
      : new Map();
  const contentOfClean = (row: Placed) => JSON.stringify(derived(name, row, zone));
  const partitions = new Map<string, CleanPartition>();
  for (const [date, own] of grouped(counted, (row) => (dated ? String(row.event_date) : 'all'))) {
    const contents = (row: Placed) => (dated ? contentOfClean(row) : contentOf(row));
    const lost = own.filter((row) => winners.get(identity(row)) !== row);
    const conflicts = lost.filter(
      (row) => contents(row) !== contents(winners.get(identity(row)) as Placed),
    );
    const kept = own.filter((row) => winners.get(identity(row)) === row);
    const counts = {
      staged: own.length,
      kept: kept.length,
      duplicates: lost.length,
      conflicts: conflicts.length,
    };
    const bySlice = exports.map(({ key }) => own.filter((row) => row.export === key));
    const slices = bySlice.map((slice) => {
      if (!dated) return slice.map((row) => contentOf(row) + row.line);
      // of a main file the order counts, too; strays are sliced as they were before the clean model
      return slice[0]?.main === 1
        ? ['main', ...slice.map(contentOfClean)]
        : slice.map(contentOf).sort();
    });
    const gone = lost
      .filter((row) => winners.get(identity(row))?.event_date !== row.event_date)
      .map(identity);
    const inputs = JSON.stringify([
      slices.filter((slice) => slice.length > 0),
      [...new Set(gone)].sort(),
      zone,
    ]);
    const files = dated
      ? filesOf(own, winners, identity, contentOfClean)
      : [ordered(kept, ...(ORDER[name] ?? [])) as Placed[]];
    const made = files.map((file) => file.map((row) => derived(name, row, zone)));
    partitions.set(date, { files: made, rows: made.flat(), counts, inputs });
  }
  return { partitions, moved };
}

/**
 * The files of a date: its main files, and one with the rows that no main file has. Where a row of
 * a main file does not count, there is one file with all.
 */
function filesOf(
  own: readonly Placed[],
  winners: ReadonlyMap<string, Placed>,
  identity: (row: Placed) => string,
  contentOfRow: (row: Placed) => string,
): Placed[][] {
  const sorted = ordered(own, 'place', 'line') as Placed[];
  const mains = [
    ...grouped(
      sorted.filter(({ main }) => main === 1),
      ({ place }) => String(place),
    ).values(),
  ];
  const inMains = mains.flat();
  const held = new Set(inMains.map(identity));
  const stands = (row: Placed) => {
    const winner = winners.get(identity(row)) as Placed;
    return (
      winner === row ||
      (winner.event_date === row.event_date && contentOfRow(winner) === contentOfRow(row))
    );
  };
  const isBroken = held.size < inMains.length || !inMains.every(stands);
  const counting = sorted.filter((row) => winners.get(identity(row)) === row);
  const more = isBroken
    ? counting
    : counting.filter((row) => row.main === 0 && !held.has(identity(row)));
  return [...(isBroken ? [] : mains), ...(more.length > 0 ? [more] : [])];
}

function movedKeys(
  rows: readonly Placed[],
  winners: ReadonlyMap<string, Placed>,
  identity: (row: Placed) => string,
  keys: readonly (readonly string[])[],
  eventTime: string,
): Map<string, Row[]> {
  const moved = new Map<string, Row[]>();
  for (const key of keys.filter((each) => !each.includes(eventTime))) {
    const own = rows.filter((row) => keyFor(row, keys) === key);
    const found = [...grouped(own, identity)].flatMap(([id, group]) => {
      if (new Set(group.map((row) => row.event_date)).size === 1) return [];
      const places = grouped(group, (row) => `${row.event_date} ${row.export}`);
      return [...places.values()].map((same): Row => {
        const { event_date, export: from } = same[0] as Placed;
        const columns = Object.fromEntries(
          key.map((column) => [column, same[0]?.[column] ?? null]),
        );
        return {
          ...columns,
          event_date: event_date ?? null,
          export: from,
          moved_to: winners.get(id)?.event_date ?? null,
        };
      });
    });
    if (found.length > 0) moved.set(key.join('+'), ordered(found, ...key, 'event_date', 'export'));
  }
  return moved;
}

function secondsBetween(first: Row[string], last: Row[string]): number | null {
  if (first === null || last === null) return null;
  return (Date.parse(`${last}Z`) - Date.parse(`${first}Z`)) / 1000;
}

/** A row as the clean table has it. */
export function derived(table: string, row: Row, zone: string): Row {
  const {
    place: _,
    export: __,
    line: ___,
    counter: ____,
    event_date: _____,
    main: ______,
    ...clean
  } = row;
  const { login_at = null, logout_at = null, created_at = null, resolved_at = null } = row;
  switch (table) {
    case 'sessions':
      return {
        ...clean,
        duration_seconds: secondsBetween(login_at, logout_at) ?? row.duration_seconds ?? null,
      };
    case 'support_tickets': {
      const dates = {
        created_date: dayIn(zone, created_at),
        resolved_date: dayIn(zone, resolved_at),
      };
      const resolution_seconds = secondsBetween(created_at, resolved_at);
      return { ...clean, ...dates, resolution_seconds };
    }
    case 'users':
      return { ...clean, created_date: dayIn(zone, created_at) };
    default:
      return clean;
  }
}
