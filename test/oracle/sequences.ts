import * as fc from 'fast-check';
import type { Settings, Variants } from './answers.js';
import { daysAfter } from './rows.js';
import { TABLES } from './staging.js';

/** What may happen to the exports and to the deployment between two nights. */
export type Change =
  | {
      readonly deliver: string;
      readonly day: number;
      readonly form: Form;
      readonly records: readonly Content[];
    }
  | { readonly repeat: string; readonly day: number; readonly as: number }
  | { readonly remove: string; readonly day: number }
  | { readonly settings: Partial<Settings> }
  | { readonly timeZone: string }
  | { readonly variant: keyof Variants }
  | { readonly drops: boolean };

type Form = 'rows' | 'header only' | 'empty';

/** A record before it is written in the columns of a table. */
interface Content {
  readonly id: number;
  readonly user: number;
  /** days before the date of the export */
  readonly back: number;
  readonly time: string;
  /** a type, a feature, a count, or a length; each table makes its own of it */
  readonly detail: number;
  /** what is wrong with it; mostly nothing */
  readonly flaw: Flaw;
}

type Flaw =
  | 'none'
  | 'no user'
  | 'odd user'
  | 'no time'
  | 'odd time'
  | 'future'
  | 'ends early'
  | 'odd id';

export interface Kill {
  /** the call of the output store that it does not survive */
  readonly at: number;
  /** whether that call still takes effect */
  readonly after: boolean;
}

export interface NightStep {
  readonly changes: readonly Change[];
  /** as-of dates, as days */
  readonly asked: readonly number[];
  readonly kill: Kill | null;
  /** whether an export that is gone is forgotten, when there is one, in place of a night */
  readonly forget: boolean;
}

export interface Sequence {
  /** whether feature_usage comes as counters */
  readonly counters: boolean;
  readonly nights: readonly NightStep[];
  /** whether the release is compared with one built from nothing in the end */
  readonly rebuild: boolean;
}

/** The days of a sequence, of two months; New York sets its clocks back on one of them. */
const DAYS = 5;
const FIRST = '2026-10-30';

export function dateOf(day: number): string {
  return daysAfter(FIRST, day);
}

const day = fc.nat({ max: DAYS - 1 });
/** Mostly tables whose rows come again and on other dates. */
const table = fc.constantFrom(...Object.keys(TABLES), 'sessions', 'feature_usage', 'activity_log');

const content: fc.Arbitrary<Content> = fc.record({
  id: fc.nat({ max: 4 }),
  user: fc.integer({ min: 1, max: 3 }),
  back: fc.constantFrom(0, 0, 0, 1, 2),
  time: fc.constantFrom('12:00:00', '00:30:00', '23:45:00'),
  detail: fc.nat({ max: 5 }),
  flaw: fc.oneof(
    { arbitrary: fc.constant<Flaw>('none'), weight: 12 },
    {
      arbitrary: fc.constantFrom<Flaw>(
        'no user',
        'odd user',
        'no time',
        'odd time',
        'future',
        'ends early',
        'odd id',
      ),
      weight: 1,
    },
  ),
});

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    arbitrary: fc.record({
      deliver: table,
      day,
      form: fc.constantFrom<Form>(
        'rows',
        'rows',
        'rows',
        'rows',
        'rows',
        'rows',
        'rows',
        'rows',
        'header only',
        'empty',
      ),
      records: fc.array(content, { minLength: 1, maxLength: 4 }),
    }),
    weight: 12,
  },
  { arbitrary: fc.record({ repeat: table, day, as: day }), weight: 2 },
  { arbitrary: fc.record({ remove: table, day }), weight: 3 },
  {
    arbitrary: fc.record({
      settings: fc.record(
        {
          short_window_days: fc.constantFrom(1, 2),
          long_window_days: fc.constantFrom(3, 4),
          many_sessions: fc.constantFrom(1, 2),
          few_features: fc.constantFrom(1, 2),
          inactive_days: fc.constantFrom(1, 2),
        },
        { requiredKeys: [] },
      ),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({ timeZone: fc.constantFrom('UTC', 'America/New_York', 'Asia/Tokyo') }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      variant: fc.constantFrom<keyof Variants>('doubled', 'strict', 'commented'),
    }),
    weight: 1,
  },
  { arbitrary: fc.record({ drops: fc.boolean() }), weight: 1 },
);

const asOf = fc.constantFrom(1, 3, 4);

const night: fc.Arbitrary<NightStep> = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 4 }),
  asked: fc.oneof(
    { arbitrary: fc.tuple(asOf), weight: 3 },
    { arbitrary: fc.uniqueArray(asOf, { minLength: 2, maxLength: 2 }), weight: 1 },
  ),
  kill: fc.oneof(
    { arbitrary: fc.constant(null), weight: 5 },
    { arbitrary: fc.record({ at: fc.nat({ max: 100 }), after: fc.boolean() }), weight: 1 },
  ),
  forget: fc.constantFrom(false, false, false, true),
});

export const sequence: fc.Arbitrary<Sequence> = fc.record({
  counters: fc.boolean(),
  nights: fc.array(night, { minLength: 1, maxLength: 4 }),
  rebuild: fc.constantFrom(true, false, false),
});

/** The text of an export. */
export function write(
  table: string,
  date: string,
  form: Form,
  records: readonly Content[],
  counters: boolean,
): string {
  if (form === 'empty') return '';
  const { header, columns } = writerOf(table, counters);
  const lines =
    form === 'rows'
      ? records.map((record) => columns(record, timesOf(record, date)).join(','))
      : [];
  return `${[header, ...lines].join('\n')}\n`;
}

interface Times {
  readonly begin: string;
  readonly end: string;
}

function timesOf({ back, time, detail, flaw }: Content, date: string): Times {
  const at = daysAfter(date, flaw === 'future' ? 3 : -back);
  const begin = { 'no time': '', 'odd time': 'soon' }[flaw as string] ?? `${at} ${time}`;
  if (detail === 0 && flaw !== 'ends early') return { begin, end: '' };
  const end = flaw === 'ends early' ? daysAfter(at, -1) : daysAfter(at, detail > 3 ? 1 : 0);
  return { begin, end: `${end} ${detail > 3 ? '00:15:00' : '23:50:00'}` };
}

interface Writer {
  readonly header: string;
  readonly columns: (content: Content, times: Times) => readonly (string | number)[];
}

function writerOf(table: string, counters: boolean): Writer {
  const user = ({ user, flaw }: Content) =>
    ({ 'no user': '', 'odd user': 'x1' })[flaw as string] ?? user;
  const id = ({ id, flaw }: Content) => (flaw === 'odd id' ? '1.5' : id === 0 ? '' : id);
  const count = ({ detail, flaw }: Content) =>
    flaw === 'ends early' ? -1 : detail === 5 ? '' : detail;
  const feature = ({ id, detail }: Content) => ['map', 'chat', ''][(id + detail) % 3] as string;
  switch (table) {
    case 'activity_log':
      return {
        header: 'activity_id,user_id,activity_type,activity_at',
        columns: (c, { begin }) => [
          id(c),
          user(c),
          ['view', 'Log In', ''][c.detail % 3] as string,
          begin,
        ],
      };
    case 'feature_usage':
      return counters
        ? {
            header: 'user_id,feature_name,usage_count,used_at',
            columns: (c, { begin }) => [
              user(c),
              ['map', 'chat'][c.id % 2] as string,
              count(c),
              begin,
            ],
          }
        : {
            header: 'usage_id,user_id,feature_name,usage_count,used_at',
            columns: (c, { begin }) => [id(c), user(c), feature(c), count(c), begin],
          };
    case 'sessions':
      return {
        header: 'session_id,user_id,login_at,logout_at',
        columns: (c, { begin, end }) => [
          c.flaw === 'odd id' ? '' : `s${c.id}`,
          user(c),
          begin,
          end,
        ],
      };
    case 'support_tickets':
      return {
        header: 'ticket_id,user_id,status,created_at,resolved_at',
        columns: (c, { begin, end }) => [
          id(c),
          user(c),
          c.detail === 0 ? '' : 'In Work',
          begin,
          end,
        ],
      };
    default:
      return { header: 'user_id,created_at', columns: (c, { begin }) => [user(c), begin] };
  }
}
