import type { Source, SourceColumn } from '../config/source.js';
import type { Sample } from './sample.js';

/** How a column of a table was found in an export. */
type How = 'by its name' | 'by a similar name' | 'by its values';

/** Which column of an export a column of a table comes from. */
export interface Mapping {
  readonly column: SourceColumn;
  readonly from: string;
  readonly how: How;
}

const TIMES = [
  'time',
  'timestamp',
  'ts',
  'date',
  'datetime',
  'at',
  'occurred_at',
  'event_time',
  'event_date',
  'when',
];

/**
 * Names that columns are known to have elsewhere, beside those of the contracts; in lower snake
 * case.
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  user_id: [
    'user',
    'userid',
    'uid',
    'member',
    'member_id',
    'customer_id',
    'customer',
    'account_id',
    'person_id',
    'client_id',
    'distinct_id',
    'subscription_id',
  ],
  session_id: ['session', 'sid', 'sessionid', 'visit_id', 'id'],
  activity_id: ['uuid', 'insert_id', 'eventid'],
  activity_type: ['event', 'event_name', 'action', 'activity', 'name', 'kind'],
  activity_at: [...TIMES, 'created_at'],
  login_at: [
    'start',
    'started_at',
    'start_time',
    'begin',
    'began_at',
    'login',
    'session_date',
    'opened_at',
    'signin_at',
  ],
  logout_at: ['end', 'ended', 'ended_at', 'end_time', 'finish', 'logout', 'signout_at'],
  duration_seconds: [
    'duration_sec',
    'duration_s',
    'length',
    'length_seconds',
    'seconds',
    'session_duration',
  ],
  usage_id: ['id', 'uuid'],
  feature_name: ['feature_key', 'module', 'tool', 'component'],
  usage_count: ['count', 'uses', 'times', 'quantity', 'usage'],
  used_at: [...TIMES, 'usage_time', 'created_at'],
  ticket_id: ['ticket', 'ticket_number', 'ticket_no', 'case_id', 'issue_id', 'id', 'key'],
  status: ['state', 'ticket_status'],
  created_at: [
    'created',
    'opened_at',
    'opened',
    'submitted',
    'reported_at',
    'signed_up_at',
    'signup_at',
    'registered_at',
    'joined_at',
    'registration_date',
    'join_date',
    'created_date',
  ],
  resolved_at: ['resolved', 'closed', 'solved_at', 'completed_at', 'resolution_date'],
  category: ['topic', 'type', 'ticket_type'],
  priority: ['severity', 'urgency'],
};

const MISSING = new Set(['', 'null', 'NULL', 'N/A', 'NA', '?', '-', '\\N']);
const NUMERIC_DATE = /^\d{1,2}([./-])\d{1,2}\1(\d{4}|\d{2})\b/;
const TIME = new RegExp(
  `^(${[
    /\d{4}[-/.]?\d{1,2}[-/.]?\d{1,2}([T ].*)?/,
    /\d{10}|\d{13}/,
    /[A-Za-z]{3,9}\.?,? \d{1,2}.*\d{4}.*/,
    /\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}.*/,
  ]
    .map(({ source }) => source)
    .join('|')})$`,
);

/** The values that are there, without blanks around them. */
export function present(values: readonly (string | null)[]): string[] {
  return values.flatMap((value) =>
    value === null || MISSING.has(value.trim()) ? [] : [value.trim()],
  );
}

/**
 * Whether an id is a whole number as numbers are written; with .0 behind it where other rows of its
 * column lack one.
 */
export function isWhole(id: string): boolean {
  return /^(0|-?[1-9]\d{0,17})(\.0)?$/.test(id);
}

function isTime(value: string): boolean {
  return NUMERIC_DATE.test(value) || TIME.test(value);
}

/**
 * The order of day and month in dates of numbers: null when they do not show it, undefined when
 * there are none.
 */
export function dateOrderOf(
  values: readonly string[],
): 'day_first' | 'month_first' | null | undefined {
  const dates = values
    .filter((value) => NUMERIC_DATE.test(value))
    .map((value) => value.split(/[./-]/).map(Number));
  if (dates.length === 0) return undefined;
  const [days, months] = [
    dates.some(([first = 0]) => first > 12),
    dates.some(([, second = 0]) => second > 12),
  ];
  return days === months ? null : days ? 'day_first' : 'month_first';
}

/**
 * The columns of a table that an export has, each found once.
 * @param reserved names that the times of other tables have: they are not taken for those of this
 * one
 */
export function mappingsOf(
  { columns, event_time }: Source,
  sample: Sample,
  reserved: ReadonlySet<string>,
): Mapping[] {
  const found: (Mapping & { readonly score: number })[] = [];
  for (const column of columns) {
    for (const [from, values] of sample.columns) {
      const [score, how] = likeness(column, from, column.name === event_time);
      const isReserved = how === 'by its values' && reserved.has(from);
      if (score > 0 && !isReserved && fits(column, present(values)))
        found.push({ column, from, how, score });
    }
  }
  found.sort((one, other) => other.score - one.score);
  const taken: Mapping[] = [];
  for (const each of found) {
    if (taken.some(({ column, from }) => column.name === each.column.name || from === each.from))
      continue;
    taken.push({ column: each.column, from: each.from, how: each.how });
  }
  return taken;
}

function likeness(
  { name, from, required }: SourceColumn,
  header: string,
  isEventTime: boolean,
): [number, How] {
  const place = from.indexOf(header);
  if (place >= 0) return [4 - place / 100, 'by its name'];
  const plain = snake(header);
  const last = snake(header.split('.').at(-1) ?? header);
  if (from.includes(plain)) return [3, 'by a similar name'];
  const known = KNOWN[name] ?? [];
  if (known.includes(plain)) return [2.5 - known.indexOf(plain) / 100, 'by a similar name'];
  if (from.includes(last) || known.includes(last)) return [1.5, 'by a similar name'];
  if (
    name === 'user_id' &&
    /(user|member|customer|account|person|client)/.test(plain) &&
    /id$/.test(plain)
  )
    return [1, 'by a similar name'];
  return isEventTime && required ? [0.5, 'by its values'] : [0, 'by its values'];
}

function snake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}

/** Whether nearly all values could be of the column. Ids may be any text. */
function fits({ type, required }: SourceColumn, values: readonly string[]): boolean {
  if (values.length === 0) return !required;
  const share = (is: (value: string) => boolean) => values.filter(is).length / values.length;
  if (type === 'timestamp') return share(isTime) >= 0.7;
  if (type === 'duration') return share((value) => /^[\d:.,]+ ?[a-z]*$/i.test(value)) >= 0.7;
  return type !== 'double' || share((value) => /^[+-]?[\d.,]+$/.test(value)) >= 0.7;
}
