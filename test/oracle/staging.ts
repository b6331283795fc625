import {
  dayIn,
  daysAfter,
  grouped,
  keyOf,
  numberIn,
  ordered,
  type Row,
  type Value,
} from './rows.js';

/** An export as it was delivered. */
export interface Export {
  readonly table: string;
  readonly date: string;
  readonly text: string;
}

/** The rows of one date in an export. */
export interface Slice {
  readonly date: string;
  readonly content: string;
}

/**
 * What an export comes to: rows that keep to the contract and count, with `line` and for dated
 * tables `event_date`.
 */
export interface Staged {
  readonly table: string;
  readonly key: string;
  readonly date: string;
  readonly records: number;
  readonly rows: readonly Row[];
  /** rows whose key comes again further down */
  readonly repeated: readonly Row[];
  /** of them, those that differ from the row that counts */
  readonly conflicts: number;
  /**
   * dated tables: the date on which most of its rows fall, of several the last; counters have none
   */
  readonly ownDate: string | undefined;
  readonly quarantined: Readonly<Record<string, number>>;
  /** counters: the last counts that are in earlier exports only */
  readonly carried: readonly Row[];
  /** the dates of which it holds rows, as they were when it was staged, and what those are */
  readonly slices: readonly Slice[];
  /** all that decides the above; another one means that it must be staged again */
  readonly inputs: string;
}

export type Delivery = 'append' | 'upsert' | 'snapshot' | 'counter';

/** What the oracle knows of a table; the contracts say the same in their own way. */
interface Table {
  readonly delivery: Delivery;
  readonly dated: boolean;
  readonly eventTime: string;
  /** undated: the times on which a row is an event */
  readonly times?: readonly string[];
  /** what tells rows apart: the first of these that a row has all of */
  readonly keys: readonly (readonly string[])[];
  /** name in the table, name in the export, type; `!` where it must be there */
  readonly columns: readonly string[];
}

export const TABLES: Readonly<Record<string, Table>> = {
  activity_log: {
    delivery: 'append',
    dated: true,
    eventTime: 'activity_at',
    keys: [['activity_id'], ['user_id', 'activity_type', 'activity_at']],
    columns: [
      'activity_id integer',
      'user_id integer!',
      'activity_type category',
      'activity_at time!',
    ],
  },
  feature_usage: {
    delivery: 'append',
    dated: true,
    eventTime: 'used_at',
    keys: [['usage_id'], ['user_id', 'feature_name', 'used_at']],
    columns: [
      'usage_id integer',
      'user_id integer!',
      'feature_name text',
      'usage_count count',
      'used_at time!',
    ],
  },
  sessions: {
    delivery: 'upsert',
    dated: true,
    eventTime: 'login_at',
    keys: [['session_id']],
    columns: [
      'session_id text!',
      'user_id integer!',
      'login_at time!',
      'logout_at time',
      'duration_seconds integer',
    ],
  },
  support_tickets: {
    delivery: 'upsert',
    dated: false,
    eventTime: 'created_at',
    times: ['created_at', 'resolved_at'],
    keys: [['ticket_id']],
    columns: [
      'ticket_id integer!',
      'user_id integer!',
      'status category',
      'created_at time!',
      'resolved_at time',
    ],
  },
  users: {
    delivery: 'snapshot',
    dated: false,
    eventTime: 'created_at',
    times: ['created_at'],
    keys: [['user_id']],
    columns: ['user_id integer!', 'created_at time'],
  },
};

export function tableOf(name: string): Table {
  const table = TABLES[name];
  if (table === undefined) throw new Error(`no table ${name}`);
  return table;
}

/** Times that may not be before another one. */
const ENDS: Readonly<Record<string, string>> = { logout_at: 'login_at', resolved_at: 'created_at' };
const DEFAULTS: Readonly<Record<string, Value>> = {
  activity_type: 'unknown',
  feature_name: 'unknown',
  status: 'unknown',
  usage_count: 1,
};

/** The value of a text, or the rule that it breaks. */
function parsed(
  column: string,
  text: string,
  row: Row,
  zone: string,
  exported: string,
): { value: Value } | string {
  const [name = '', type = ''] = column.replace('!', '').split(' ');
  if (text === '')
    return column.endsWith('!') ? `${name}_missing` : { value: DEFAULTS[name] ?? null };
  if (type === 'text') return { value: text };
  if (type === 'category') return { value: text.toLowerCase().replace(' ', '_') };
  if (type === 'time') {
    if (!/^\d{4}-/.test(text)) return `${name}_not_a_timestamp`;
    if (String(dayIn(zone, text)) > daysAfter(exported, 1)) return `${name}_out_of_range`;
    const other = ENDS[name];
    return other !== undefined && text < String(row[other])
      ? `${name}_before_${other}`
      : { value: text };
  }
  if (!/^-?\d+$/.test(text)) return `${name}_not_an_integer`;
  return type === 'count' && Number(text) < 0 ? `${name}_below_0` : { value: Number(text) };
}

function recordOf(
  cells: ReadonlyMap<string, string>,
  table: Table,
  zone: string,
  exported: string,
): Row | string {
  const row: Record<string, Value> = {};
  for (const column of table.columns) {
    const name = column.split(' ')[0] ?? '';
    const found = parsed(column, cells.get(name) ?? '', row, zone, exported);
    if (typeof found === 'string') return found;
    row[name] = found.value;
  }
  return table.dated ? { ...row, event_date: dayIn(zone, row[table.eventTime]) } : row;
}

/** Reads an export record by record. */
export function stage({ table: name, date, text }: Export, zone: string): Staged {
  const table = tableOf(name);
  const [header = '', ...records] = text.split('\n').filter((line) => line !== '');
  const quarantined: Record<string, number> = {};
  const rows: Row[] = [];
  for (const [i, record] of records.entries()) {
    const cells = record.split(',');
    const named = new Map(header.split(',').map((column, j) => [column, cells[j] ?? '']));
    const row = recordOf(named, table, zone, date);
    if (typeof row === 'string') quarantined[row] = (quarantined[row] ?? 0) + 1;
    else rows.push({ ...row, line: i + 2 });
  }
  const inputs = JSON.stringify([text, zone]);
  const { kept, repeated, conflicts } = withoutRepeats(rows, (row) => {
    const key = keyFor(row, table.keys);
    return key.length === 0 ? undefined : JSON.stringify([key, keyOf(row, key)]);
  });
  const counts = { records: records.length, quarantined };
  const slices = slicesOf(table, kept, zone);
  const ownDate = table.dated ? ownDateOf(kept) : undefined;
  const of = { table: name, key: keyIn(name, date), date, ownDate };
  return { ...of, ...counts, rows: kept, repeated, conflicts, carried: [], slices, inputs };
}

/** The columns that tell a row apart. */
export function keyFor(row: Row, keys: readonly (readonly string[])[]): readonly string[] {
  return keys.find((key) => key.every((column) => row[column] !== null)) ?? [];
}

/** The last row of each identity, and the others. Rows without one are all kept. */
function withoutRepeats(rows: readonly Row[], identityOf: (row: Row) => string | undefined) {
  const last = new Map<string, Row>();
  for (const row of rows) last.set(identityOf(row) ?? `line ${row.line}`, row);
  const isLast = (row: Row) => last.get(identityOf(row) ?? `line ${row.line}`) === row;
  const repeated = rows.filter((row) => !isLast(row));
  const differs = (row: Row) =>
    contentOf(row) !== contentOf(last.get(identityOf(row) ?? '') ?? row);
  return { kept: rows.filter(isLast), repeated, conflicts: repeated.filter(differs).length };
}

function ownDateOf(rows: readonly Row[]): string | undefined {
  const dates = [...grouped(rows, (row) => String(row.event_date))].map(([date, own]) => ({
    date,
    n: own.length,
  }));
  const most = Math.max(...dates.map(({ n }) => n));
  return dates
    .filter(({ n }) => n === most)
    .map(({ date }) => date)
    .sort()
    .at(-1);
}

/** A row without where it came from. */
export function contentOf({ place: _, export: __, line: ___, counter: ____, ...row }: Row): string {
  return JSON.stringify(row);
}

/** Rows count in any order; those of an undated table belong to the last of their dates. */
function slicesOf({ dated, times = [] }: Table, rows: readonly Row[], zone: string): Slice[] {
  const dateOf = (row: Row) =>
    dated
      ? String(row.event_date)
      : (times
          .flatMap((time) => dayIn(zone, row[time]) ?? [])
          .sort()
          .at(-1) ?? '');
  return [...grouped(rows, dateOf)]
    .filter(([date]) => date !== '')
    .map(([date, own]) => {
      return { date, content: JSON.stringify(own.map(contentOf).sort()) };
    });
}

export function keyIn(table: string, date: string): string {
  return `${table}/${table}_${date}.csv`;
}

const COUNTED = ['user_id', 'feature_name'];

/**
 * The last count of each key up to an export, that of several rows of one key being the last
 * line's.
 */
function countsAfter({ rows, carried }: Staged): Map<string, Row> {
  const counts = [...carried, ...ordered(rows, 'line')];
  return new Map(counts.map((row) => [keyOf(row, COUNTED), row]));
}

/**
 * A counter's export with what each row adds in place of its count, which is in `counter`.
 * @param before the exports before it, the newest last
 */
export function withDifferences(staged: Staged, before: readonly Staged[]): Staged {
  const previous = before.at(-1);
  const known = previous === undefined ? new Map<string, Row>() : countsAfter(previous);
  const all = ordered([...staged.rows, ...staged.repeated], 'line');
  const { kept, repeated } = withoutRepeats(all, (row) => keyOf(row, COUNTED));
  const withDifference = (row: Row): Row => {
    const counter = numberIn(row, 'usage_count');
    const last = numberIn(known.get(keyOf(row, COUNTED)) ?? {}, 'counter');
    const grown = counter < last ? counter : counter - last; // a count that fell began again
    return { ...row, counter, usage_count: previous === undefined ? 0 : grown };
  };
  const rows = kept.map(withDifference);
  const last = countsAfter({ ...staged, rows, carried: [] });
  const missing = [...known].filter(([key]) => !last.has(key)).map(([, row]) => row);
  const carried = missing.map(({ user_id = null, feature_name = null, counter = null }) => ({
    user_id,
    feature_name,
    counter,
  }));
  const earlier = previous && [previous.rows, previous.repeated, previous.carried];
  const inputs = JSON.stringify([staged.inputs, earlier ?? 'none']);
  const adding = rows.filter((row) => numberIn(row, 'usage_count') > 0);
  const slices = slicesOf(tableOf(staged.table), adding, 'UTC');
  const own = { rows, repeated: repeated.map(withDifference), conflicts: 0, ownDate: undefined };
  return { ...staged, ...own, carried: ordered(carried, ...COUNTED), slices, inputs };
}
