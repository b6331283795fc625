import { piecesOf } from '../model/section.js';
import { clipped, type Numbers } from './figure.js';
import type { Answer, Fact, ReportTable } from './report.js';

const NAMES_LISTED = 3;
const LONGEST_NAME = 60;

/** A piece of a sentence: words of its own, or a fact as it is shown. */
export interface Piece {
  readonly text: string;
  /** the exact values of the fact */
  readonly fact?: readonly (string | number)[];
}

/** A sentence with its facts filled in, as text. */
export function sayOf(sentence: string, facts: Answer['facts'], numbers: Numbers): string {
  return piecesOf(sentence)
    .map((piece) =>
      typeof piece === 'string'
        ? piece
        : factText(facts[piece.fact] ?? null, piece.format, numbers),
    )
    .join('');
}

/** The answer of a report in pieces: its sentence, or how many rows there are where none holds. */
export function answerPieces(
  { answer, rowCount }: Pick<ReportTable, 'answer' | 'rowCount'>,
  numbers: Numbers,
): Piece[] {
  const sentence =
    answer?.sentence ?? (rowCount === 0 ? 'There are no rows.' : 'Rows in all: {rows}.');
  const facts: Answer['facts'] = answer?.sentence === undefined ? { rows: rowCount } : answer.facts;
  return piecesOf(sentence).map((piece) => {
    if (typeof piece === 'string') return { text: piece };
    const fact = facts[piece.fact] ?? null;
    return { text: factText(fact, piece.format, numbers), fact: exact(fact) };
  });
}

/** The answer of a report as text. */
export function answerText(
  table: Pick<ReportTable, 'answer' | 'rowCount'>,
  numbers: Numbers,
): string {
  return answerPieces(table, numbers)
    .map(({ text }) => text)
    .join('');
}

/** A number of things, as words: `1 user`, `2 users`, `2.5 days`. */
export function amountOf(value: number | bigint, things: string, numbers: Numbers): string {
  const isWhole = typeof value === 'bigint' || Number.isInteger(value) || value >= 1000;
  return `${numbers.decimal(value, isWhole ? 0 : 1)} ${Number(value) === 1 ? oneOf(things) : things}`;
}

function oneOf(things: string): string {
  return things.endsWith('ies') ? `${things.slice(0, -3)}y` : things.replace(/s$/, '');
}

function factText(fact: Fact, format: string | undefined, numbers: Numbers): string {
  if (fact !== null && typeof fact === 'object') {
    const names = listed(fact.map((name) => clipped(String(name), LONGEST_NAME)));
    return format === undefined ? names : `${fact.length === 1 ? oneOf(format) : format} ${names}`;
  }
  // an integer of more digits than a number holds is text
  const isLong = typeof fact === 'string' && format !== undefined && /^-?\d+$/.test(fact);
  const amount = isLong ? BigInt(fact) : fact;
  if (typeof amount !== 'number' && typeof amount !== 'bigint')
    return clipped(String(amount), LONGEST_NAME);
  if (format === undefined) return numbers.decimal(amount, Number.isInteger(amount) ? 0 : 1);
  if (format === 'duration') return numbers.duration(Number(amount)).replace(/ 00 \w+$/, '');
  if (format === 'percent') return numbers.percent(Number(amount));
  return /^\d$/.test(format)
    ? numbers.decimal(amount, Number(format))
    : amountOf(amount, format, numbers);
}

function exact(fact: Fact): readonly (string | number)[] {
  if (fact !== null && typeof fact === 'object') return fact;
  return [typeof fact === 'number' ? fact : String(fact)];
}

/** `a`, `a and b`, `a, b and c`, `a, b, c and 4 more` */
function listed(names: readonly string[]): string {
  const more = names.length - NAMES_LISTED;
  const shown = more > 0 ? [...names.slice(0, NAMES_LISTED), `${more} more`] : names;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
