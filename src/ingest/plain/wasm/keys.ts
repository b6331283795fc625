import { Bytes } from './bytes';
import { Column, DOUBLE, MISSING, NOT_PLAIN, REPEATED, TEXT, Text } from './column';
import { take, takeZeros } from './memory';
import { Records } from './records';

// Columns are in a list: how many they are, and their addresses, 4 bytes each. Keys are such lists
// one after the other, the last one empty.

/** In a table of rows by hash, the bits of a row and 1; the others hold a part of the hash. */
const ROW: u32 = (1 << 20) - 1;

class List {
  @inline
  static column(list: usize, i: u32): Column {
    return changetype<Column>(load<u32>(list + 4 * i));
  }
}

/**
 * The key that identifies a row: the first of the alternatives of which it has every column;
 * 0 where it has none.
 */
function keyOf(keys: usize, row: i32): usize {
  let key = keys;
  while (true) {
    const count = load<u32>(key);
    if (count === 0) return 0;
    let i: u32 = 1;
    while (i <= count && !List.column(key, i).isMissing(row)) i++;
    if (i > count) return key;
    key += 4 * (count + 1);
  }
}

function hashOf(columns: usize, row: i32): u64 {
  let hash: u64 = columns;
  for (let i: u32 = 1; i <= load<u32>(columns); i++) {
    const column = List.column(columns, i);
    let value = <u64>column.valueOf(row);
    if (column.kind === TEXT) value = Bytes.hash(Text.start(value), Text.length(value));
    // 0 and -0 are the same
    else if (column.kind === DOUBLE) value = reinterpret<u64>(reinterpret<f64>(value) + 0.0);
    hash = Bytes.mix(hash, value);
  }
  return hash;
}

function areEqual(columns: usize, row: i32, other: i32): bool {
  for (let i: u32 = 1; i <= load<u32>(columns); i++) {
    const column = List.column(columns, i);
    if (column.valueOf(row) !== column.valueOf(other) && compare(column, row, other) !== 0)
      return false;
  }
  return true;
}

/** How the values of two rows compare; 1 where one of them is missing. */
function compare(column: Column, row: i32, other: i32): i32 {
  const one = column.valueOf(row);
  const two = column.valueOf(other);
  if (one === MISSING || two === MISSING) return 1;
  if (column.kind === TEXT) return compareTexts(one, two);
  if (column.kind === DOUBLE)
    return (
      i32(reinterpret<f64>(one) > reinterpret<f64>(two)) -
      i32(reinterpret<f64>(one) < reinterpret<f64>(two))
    );
  return i32(one > two) - i32(one < two);
}

function compareTexts(one: i64, two: i64): i32 {
  const length = min(Text.length(one), Text.length(two));
  for (let i: usize = 0; i < length; i++) {
    const difference = <i32>load<u8>(Text.start(one) + i) - <i32>load<u8>(Text.start(two) + i);
    if (difference !== 0) return difference;
  }
  return <i32>Text.length(one) - <i32>Text.length(two);
}

/** Rows that were marked as repeated, and of them those that differ from the row that counts. */
export let repeated = 0;
export let conflicts = 0;

/** Rows by the hash of their key. */
let table: usize = 0;
let mask: u32 = 0;

/** Marks the rows whose key comes again further down: the last one counts. */
export function markRepeated(records: Records, columns: usize, keys: usize): void {
  let size: u32 = 16;
  while (size < 2 * <u32>records.rows) size *= 2;
  table = takeZeros(4 * size);
  mask = size - 1;
  repeated = 0;
  conflicts = 0;
  for (let row = records.rows - 1; row >= 0; row--) {
    if (load<u8>(records.marks + row) === NOT_PLAIN) continue;
    const other = put(keys, row);
    if (other < 0) continue;
    store<u8>(records.marks + row, REPEATED);
    repeated++;
    if (!areEqual(columns, row, other)) conflicts++;
  }
}

/** Puts a row into the table. @returns the row with its key that is there; below 0 if none is */
function put(keys: usize, row: i32): i32 {
  const key = keyOf(keys, row);
  if (key === 0) return -1;
  const hash = hashOf(key, row);
  const tag = <u32>(hash >> 32) & ~ROW;
  let slot = <u32>hash;
  while (true) {
    const entry = table + 4 * (slot++ & mask);
    const found = load<u32>(entry);
    if (found === 0) {
      store<u32>(entry, (row + 1) | tag);
      return -1;
    }
    if ((found & ~ROW) !== tag) continue;
    const other = <i32>(found & ROW) - 1;
    if (keyOf(keys, other) === key && areEqual(key, row, other)) return other;
  }
}

/**
 * The rows with the first and the last value of a key's first column, among the rows that this key
 * identifies.
 * @returns where the two rows are, 4 bytes each; -1 where there are none
 */
export function rangeOf(keys: usize, key: usize, list: usize, count: i32): usize {
  const column = List.column(key, 1);
  // what is between the two is passed over, where values are kept as numbers in their order
  const isOrdered = column.kind !== TEXT && column.kind !== DOUBLE;
  let least = i64.MAX_VALUE;
  let most = i64.MIN_VALUE;
  let first = -1;
  let last = -1;
  for (let i = 0; i < count; i++) {
    const row = load<i32>(list + 4 * i);
    const value = column.valueOf(row);
    if (isOrdered && value >= least && value <= most) continue;
    if (keyOf(keys, row) !== key) continue;
    if (first < 0 || compare(column, row, first) < 0) first = row;
    if (last < 0 || compare(column, row, last) > 0) last = row;
    least = column.valueOf(first);
    most = column.valueOf(last);
  }
  const range = take(8);
  store<i32>(range, first);
  store<i32>(range, last, 4);
  return range;
}
