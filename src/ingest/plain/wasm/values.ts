import { Bytes } from './bytes';
import { CATEGORY, Column, IS_REPEATED, LINE, MISSING, REPEATED, TEXT, Text } from './column';
import { room } from './memory';

// Rows are in a list: their numbers, 4 bytes each.

/** What was gathered last: bytes, how many rows have a value, and where it is said which. */
export let gathered: usize = 0;
export let present = 0;
export let levels: usize = 0;

/**
 * Gathers the values of rows that have one, as a Parquet file has them, and where not all have a
 * bit for each row, set where it has.
 * @returns where the values are
 */
export function gather(column: Column, list: usize, count: i32): usize {
  const size = column.kind === TEXT ? sizeOfTexts(column, list, count) : 8 * <usize>count;
  const bits = (<usize>count + 7) / 8;
  levels = room(bits + size);
  const start = levels + bits;
  let end: usize;
  present = count;
  if (column.kind === LINE) end = gatherLines(column, list, count, start);
  else if (column.kind === IS_REPEATED) end = gatherRepeated(column, list, count, start);
  else if (column.kind === CATEGORY) {
    end = gatherPlaces(column, list, count, start);
    present = <i32>((end - start) / 2);
  } else if (column.kind === TEXT) {
    end = gatherTexts(column, list, count, start);
    present = textsPresent;
  } else {
    end = gatherLongs(column, list, count, start);
    present = <i32>((end - start) / 8);
  }
  if (present < count) gatherLevels(column, list, count);
  gathered = end - start;
  return start;
}

function gatherLongs(column: Column, list: usize, count: i32, start: usize): usize {
  let into = start;
  for (let i = 0; i < count; i++) {
    const value = column.valueOf(load<i32>(list + 4 * i));
    store<i64>(into, value);
    into += 8 * usize(value !== MISSING);
  }
  return into;
}

function gatherPlaces(column: Column, list: usize, count: i32, start: usize): usize {
  let into = start;
  for (let i = 0; i < count; i++) {
    const value = column.valueOf(load<i32>(list + 4 * i));
    store<u16>(into, <u16>value);
    into += 2 * usize(value !== MISSING);
  }
  return into;
}

let textsPresent = 0;

function sizeOfTexts(column: Column, list: usize, count: i32): usize {
  let size: usize = 0;
  textsPresent = 0;
  for (let i = 0; i < count; i++) {
    const value = column.valueOf(load<i32>(list + 4 * i));
    if (value === MISSING) continue;
    size += 4 + Text.length(value);
    textsPresent++;
  }
  return size;
}

/** Texts are each behind their length in 4 bytes. */
function gatherTexts(column: Column, list: usize, count: i32, start: usize): usize {
  let into = start;
  for (let i = 0; i < count; i++) {
    const value = column.valueOf(load<i32>(list + 4 * i));
    if (value === MISSING) continue;
    const length = Text.length(value);
    store<u32>(into, <u32>length);
    Bytes.copy(into + 4, Text.start(value), length);
    into += 4 + length;
  }
  return into;
}

function gatherLines(column: Column, list: usize, count: i32, start: usize): usize {
  for (let i = 0; i < count; i++)
    store<u32>(start + 4 * i, load<u32>(column.values + 4 * load<i32>(list + 4 * i)));
  return start + 4 * count;
}

function gatherRepeated(column: Column, list: usize, count: i32, start: usize): usize {
  for (let i = 0; i < count; i++) {
    const mark = load<u8>(column.values + load<i32>(list + 4 * i));
    store<u32>(start + 4 * i, u32(mark === REPEATED));
  }
  return start + 4 * count;
}

function gatherLevels(column: Column, list: usize, count: i32): void {
  memory.fill(levels, 0, (count + 7) / 8);
  for (let i = 0; i < count; i++) {
    const byte = levels + (i >> 3);
    const has = u8(!column.isMissing(load<i32>(list + 4 * i)));
    store<u8>(byte, load<u8>(byte) | (has << (<u8>(i & 7))));
  }
}
