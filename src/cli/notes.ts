import { number } from '../counts.js';

/** A date in a note or in the key of an export. */
const DATE = /\d{4}-\d{2}-\d{2}|(?<!\d)\d{8}(?!\d)/g;

/**
 * Groups notes by kind. Notes that differ only in the export, the dates and the numbers become one
 * line: how many there are, their range of dates, and the first of them. Kinds keep the order of
 * their first note.
 */
export function grouped(notes: readonly string[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const note of notes) {
    const kind = kindOf(note);
    kinds.set(kind, [...(kinds.get(kind) ?? []), note]);
  }
  return [...kinds.values()].map(inOneLine);
}

function kindOf(note: string): string {
  const [, key = '', rest = note] = /^(\S+): (.*)$/s.exec(note) ?? [];
  // a table is part of the kind, the key of an export is not
  const about = /[./]/.test(key) ? '' : key;
  return `${about} ${rest.replace(/\S+\/\S+/g, 'PATH').replace(/\d[\d.,:-]*/g, 'N')}`;
}

function inOneLine(notes: readonly string[]): string {
  const [first = ''] = notes;
  return notes.length === 1
    ? first
    : `${number(notes.length)} times${datesOf(notes)}, such as ${first}`;
}

/** The range of the dates that texts have, for a sentence; empty where they have none. */
export function datesOf(texts: readonly string[]): string {
  const found = texts.flatMap((text) => text.match(DATE) ?? []);
  const dates = found.map((date) => date.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')).sort();
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined) return '';
  return first === last ? ` of ${first}` : ` from ${first} to ${last}`;
}
