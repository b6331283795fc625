import { Column, MISSING, Text } from './column';

const BLANK: u8 = 0x20;
const DELETE: u8 = 0x7f;

/** In place of the value of a spelling that breaks a rule. */
const BROKEN: i64 = MISSING + 1;

/** Text without blanks around it that is no word for missing. */
export function readTexts(column: Column, first: i32, count: i32): void {
  let field = column.fields;
  for (let row = first; row < first + count; row++, field += column.step) {
    const from: usize = load<u32>(field);
    const to: usize = load<u32>(field, 4);
    if (from === to) column.keepEmpty(row);
    else column.keep(row, Text.of(from, to - from), isPlain(column, from, to));
  }
}

function isPlain(column: Column, from: usize, to: usize): bool {
  const start = load<u8>(from);
  const last = load<u8>(to - 1);
  if (start <= BLANK || start >= DELETE || last <= BLANK || endsBlank(to, last)) return false;
  const length = to - from;
  const missing = column.missing;
  const accepted = column.accepted;
  if (missing.mayHave(length) && missing.find(from, length) >= 0) return false;
  return changetype<usize>(accepted) === 0 || accepted.find(from, length) >= 0;
}

/** Whether text ends in a blank that is not ASCII: a no-break space, or a mark of byte order. */
function endsBlank(to: usize, last: u8): bool {
  if (last === 0xa0) return load<u8>(to - 2) === 0xc2;
  return last === 0xbf && load<u8>(to - 2) === 0xbb && load<u8>(to - 3) === 0xef;
}

/** Reads categories: few values in few spellings, which get their meaning once all are known. */
export function readSpellings(column: Column, first: i32, count: i32): void {
  const spellings = column.spellings;
  let field = column.fields;
  for (let row = first; row < first + count; row++, field += column.step) {
    const from: usize = load<u32>(field);
    const to: usize = load<u32>(field, 4);
    const spelling = spellings.findOrAdd(from, to - from);
    column.keep(row, max(spelling, 0), spelling >= 0);
  }
}

/**
 * Gives rows the values of their spellings.
 * @param meanings of each spelling the place of its value; MISSING for none, BROKEN where a row
 * with it breaks a rule
 */
export function giveMeaning(column: Column, meanings: usize, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    const meaning = load<i64>(meanings + 8 * <usize>column.valueOf(row));
    column.keep(row, meaning, meaning !== BROKEN);
  }
}
