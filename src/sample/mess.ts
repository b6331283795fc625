import { DAY_SECONDS } from './product.js';
import type { Random } from './random.js';

/**
 * How much of each kind of mess there is, in ten thousand rows (or sessions, or tickets, where it
 * says so).
 */
export const SHARES = {
  /** The type is empty or a placeholder. */
  missingType: 150,
  /** The type is in another case or has blanks. */
  mixedCase: 400,
  /** The user id is not a number. */
  textId: 25,
  /** The time is long before or after anything real. */
  outOfRange: 15,
  /** The row ends too early. */
  fewFields: 5,
  /** The row has no id of its own. */
  missingId: 50,
  /** The row occurs twice in its export. */
  twice: 150,
  /** The row is in the next export once more. */
  again: 100,
  /** Sessions that arrive one to three days late, with all that was done in them. */
  late: 200,
  /**
   * Sessions exported open, and closed in the next export; besides those that really last beyond
   * midnight.
   */
  openFirst: 250,
  /** Sessions that never get a logout. */
  leftOpen: 60,
  /** Sessions with the logout before the login. */
  swapped: 30,
} as const;

/** What becomes of one row; at most one of these, so that each share can be counted. */
export type Fault =
  | 'none'
  | 'textId'
  | 'outOfRange'
  | 'fewFields'
  | 'missingId'
  | 'missingType'
  | 'mixedCase';

/** Draws the fault of a row among those its table can have. */
export function faultOf(random: Random, possible: readonly Exclude<Fault, 'none'>[]): Fault {
  let left = random.below(10_000);
  for (const fault of possible) {
    if (left < SHARES[fault]) return fault;
    left -= SHARES[fault];
  }
  return 'none';
}

const SPELLINGS = [plain, zulu, offset, monthFirst, epoch] as const;
const SPELLING_WEIGHTS = [58, 16, 10, 9, 7];

/**
 * An instant in one of the five spellings that different clients write; a number is epoch
 * milliseconds.
 */
export function spell(random: Random, seconds: number): string | number {
  return (SPELLINGS[random.weighted(SPELLING_WEIGHTS)] ?? plain)(seconds, random);
}

function plain(seconds: number): string {
  return iso(seconds).replace('T', ' ');
}

function zulu(seconds: number): string {
  return `${iso(seconds)}Z`;
}

const OFFSETS = [
  { minutes: 120, text: '+02:00' },
  { minutes: -300, text: '-05:00' },
  { minutes: 330, text: '+05:30' },
] as const;

function offset(seconds: number, random: Random): string {
  const { minutes, text } = random.pick(OFFSETS);
  return iso(seconds + minutes * 60) + text;
}

function monthFirst(seconds: number): string {
  const text = iso(seconds);
  return `${text.slice(5, 7)}/${text.slice(8, 10)}/${text.slice(0, 4)} ${text.slice(11)}`;
}

function epoch(seconds: number): number {
  return seconds * 1000;
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

/** A time that nobody can have meant. */
export function impossibleTime(random: Random): string {
  return random.pick([
    '1970-01-01 00:00:00',
    '2099-12-31 23:59:59',
    '1970-01-01T00:00:00Z',
    '12/31/2099 23:59:59',
  ]);
}

/** A user id as scripts and guests leave it behind. */
export function textId(random: Random, id: number): string {
  return random.pick(['guest', 'anonymous', `u-${id}`, `${id}x`]);
}

/** A placeholder for a value that is not there. */
export function placeholder(random: Random): string {
  return random.pick(['', '', 'null', 'NULL', 'N/A', '?', '-']);
}

/** The same snake-case word as other clients write it. */
export function restyle(random: Random, word: string): string {
  const title = word.replace(
    /(^|_)([a-z])/g,
    (_, gap: string, letter: string) => (gap && ' ') + letter.toUpperCase(),
  );
  return random.pick([word.toUpperCase(), title, ` ${word}`, `${word}  `, ` ${title} `]);
}

/** How many days late a session arrives. */
export function lateness(random: Random, farewell: boolean, day: number): number {
  if (farewell && day < 0) return random.between(-day, 3);
  return random.chance(SHARES.late) ? random.between(1, 3) : 0;
}

/** A logout somewhat before its login. */
export function tooEarly(random: Random, login: number): number {
  return login - random.between(60, DAY_SECONDS / 2);
}
