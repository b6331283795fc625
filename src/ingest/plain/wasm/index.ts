// What the program calls. An address is a number; texts are where they begin, and their length.
import { CATEGORY, Column, IS_REPEATED, LINE } from './column';
import { take } from './memory';
import { Records } from './records';
import { Words } from './words';
import { Zone } from './zone';

export { conflicts, markRepeated, rangeOf, repeated } from './keys';
export { clear, take } from './memory';
export { readRecords } from './records';
export { compareTimes, markOtherDates, select, selected } from './rows';
export { giveMeaning } from './texts';
export { setTimes } from './times';
export { gather, gathered, levels, present } from './values';

/** At most this many spellings of one column are distinguished. */
const SPELLINGS = 0xfffe;

export function newWords(room: i32): Words {
  return Words.of(room);
}

export function addWord(words: Words, from: usize, length: usize): void {
  words.findOrAdd(from, length);
}

export function newZone(first: i32, count: i32, starts: usize): Zone {
  return Zone.of(first, count, starts);
}

export function startOf(zone: Zone, day: i32): i64 {
  return zone.startOf(day);
}

export function newRecords(rows: i32, width: i32): Records {
  return Records.of(rows, width);
}

/** @param at where the first record begins */
export function setText(records: Records, at: usize, end: usize): void {
  records.at = at;
  records.end = end;
}

/** @param quote -1 for none */
export function setGrammar(
  records: Records,
  delimiter: u8,
  quote: i32,
  emptyIsMissing: bool,
): void {
  records.delimiter = delimiter;
  records.quote = quote;
  records.emptyIsMissing = emptyIsMissing;
}

export function setLines(records: Records, hasLines: bool, firstLine: u32): void {
  records.hasLines = hasLines;
  records.firstLine = firstLine;
}

export function linesOf(records: Records): usize {
  return records.lines;
}

export function startsOf(records: Records): usize {
  return records.starts;
}

export function lineColumn(records: Records): Column {
  return columnOf(LINE, records.lines);
}

export function repeatedColumn(records: Records): Column {
  return columnOf(IS_REPEATED, records.marks);
}

function columnOf(kind: i32, values: usize): Column {
  const column = changetype<Column>(take(offsetof<Column>()));
  column.kind = kind;
  column.values = values;
  return column;
}

/** A column without limits, of which no word means that a value is missing. */
export function newColumn(records: Records, kind: i32): Column {
  const column = columnOf(kind, take(8 * records.rows));
  column.marks = records.marks;
  column.missing = Words.of(0);
  column.accepted = changetype<Words>(0);
  if (kind === CATEGORY) column.spellings = Words.of(min(records.rows, SPELLINGS));
  return column;
}

export function valuesOf(column: Column): usize {
  return column.values;
}

export function setPlace(column: Column, records: Records, place: i32): void {
  column.fields = records.fields + 8 * place;
  column.step = 8 * records.width;
}

/** Gives all rows the same text. */
export function setConstant(column: Column, from: usize, length: usize): void {
  column.fields = take(8);
  column.step = 0;
  store<u32>(column.fields, <u32>from);
  store<u32>(column.fields, <u32>(from + length), 4);
}

export function setLimits(column: Column, low: i64, high: i64): void {
  column.low = low;
  column.high = high;
}

/** Says what a row without text has, and whether it is plain. */
export function setEmpty(column: Column, fallback: i64, mayBeEmpty: bool): void {
  column.fallback = fallback;
  column.mayBeEmpty = mayBeEmpty;
}

/** @param accepted 0 where all words are */
export function setWords(column: Column, missing: Words, accepted: Words): void {
  column.missing = missing;
  column.accepted = accepted;
}

export function countSpellings(column: Column): i32 {
  return column.spellings.count;
}

/** Where the spellings of a column begin, and their lengths, 4 bytes each. */
export function spellingsOf(column: Column): usize {
  return column.spellings.words;
}
