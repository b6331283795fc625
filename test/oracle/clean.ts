import { dayIn, grouped, keyOf, numberIn, ordered, type Row } from './rows.js';
import { contentOf, type Delivery, type Staged, tableOf } from './staging.js';

/** What became of the rows of a clean partition. */
interface Counts {
  readonly staged: number;
  readonly kept: number;
  readonly duplicates: number;
  readonly conflicts: number;
}

interface CleanPartition {
  readonly rows: readonly Row[];
  readonly counts: Counts;
  /** all that it was made from */
  readonly inputs: string;
}

/** A clean table, and the keys of it that stand on more than one date: what `moved/<table>` holds, by key. */
export interface CleanTable {
  readonly partitions: ReadonlyMap<string, CleanPartition>;
  readonly moved: ReadonlyMap<string, readonly Row[]>;
}

/** The order of each clean table. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  activity_log: ['activity_at', 'activity_id', 'user_id', 'activity_type'],
  feature_usage: ['used_at', 'usage_id', 'user_id', 'feature_name', 'usage_count'],
  sessions: ['login_at', 'session_id'],
  support_tickets: ['ticket_id'],
  users: ['user_id'],
};

type Placed = Row & { readonly place: number; readonly export: string };

/** The columns that tell a row apart. */
function keyFor(row: Row, keys: readonly (readonly string[])[]): readonly string[] {
  return keys.find((key) => key.every((column) => row[column] !== null)) ?? [];
}

/** @param exports those that stand, oldest first */
export function cleanTable(name: string, delivery: Delivery, exports: readonly Staged[], zone: string): CleanTable {
  const { dated, keys, eventTime } = tableOf(name);
  const rows = exports.flatMap((each, place) => each.rows.map((row): Placed => ({ ...row, place, export: each.key })));
  const counted = delivery === 'counter' ? rows.filter((row) => numberIn(row, 'usage_count') > 0) : rows;
  const identity = (row: Placed) => {
    // what counters add is never the same, even where a count began anew at the time of the one before
    if (delivery === 'counter') return JSON.stringify([row.export, row.line]);
    const key = keyFor(row, keys);
    return JSON.stringify([key, keyOf(row, key), key.includes(eventTime) ? row.event_date : '']);
  };
  const winners = new Map<string, Placed>();
  for (const row of ordered(counted, 'place', 'line') as Placed[]) winners.set(identity(row), row);
  const moved = dated && delivery !== 'counter' ? movedKeys(counted, winners, identity, keys, eventTime) : new Map();
  const partitions = new Map<string, CleanPartition>();
  for (const [date, own] of grouped(counted, (row) => (dated ? String(row.event_date) : 'all'))) {
    const lost = own.filter((row) => winners.get(identity(row)) !== row);
    const conflicts = lost.filter((row) => contentOf(row) !== contentOf(winners.get(identity(row)) as Row));
    const kept = own.filter((row) => winners.get(identity(row)) === row);
    const counts = { staged: own.length, kept: kept.length, duplicates: lost.length, conflicts: conflicts.length };
    const bySlice = exports.map(({ key }) => own.filter((row) => row.export === key));
    const slices = bySlice.map((slice) => slice.map((row) => (dated ? contentOf(row) : contentOf(row) + row.line)));
    const gone = lost.filter((row) => winners.get(identity(row))?.event_date !== row.event_date).map(identity);
    const inputs = JSON.stringify([slices.filter((slice) => slice.length > 0), [...new Set(gone)].sort(), zone]);
    partitions.set(date, {
      rows: ordered(
        kept.map((row) => derived(name, row, zone)),
        ...(ORDER[name] ?? []),
      ),
      counts,
      inputs,
    });
  }
  return { partitions, moved };
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
        const { line, event_date, export: from } = ordered(same, 'line').at(-1) as Placed;
        const columns = Object.fromEntries(key.map((column) => [column, same[0]?.[column] ?? null]));
        return {
          ...columns,
          event_date: event_date ?? null,
          export: from,
          line: line ?? null,
          moved_to: winners.get(id)?.event_date ?? null,
        };
      });
    });
    if (found.length > 0) moved.set(key.join('+'), ordered(found, ...key, 'event_date', 'export', 'line'));
  }
  return moved;
}

function secondsBetween(first: Row[string], last: Row[string]): number | null {
  if (first === null || last === null) return null;
  return (Date.parse(`${last}Z`) - Date.parse(`${first}Z`)) / 1000;
}

/** A row as the clean table has it. */
function derived(table: string, row: Placed, zone: string): Row {
  const { place: _, export: __, line: ___, counter: ____, event_date: _____, ...clean } = row;
  const { login_at = null, logout_at = null, created_at = null, resolved_at = null } = row;
  switch (table) {
    case 'sessions':
      return { ...clean, duration_seconds: secondsBetween(login_at, logout_at) ?? row.duration_seconds ?? null };
    case 'support_tickets': {
      const dates = { created_date: dayIn(zone, created_at), resolved_date: dayIn(zone, resolved_at) };
      const resolution_seconds = secondsBetween(created_at, resolved_at);
      return { ...clean, ...dates, resolution_seconds };
    }
    case 'users':
      return { ...clean, created_date: dayIn(zone, created_at) };
    default:
      return clean;
  }
}
