import type { PlainColumn } from './column.js';

/**
 * How the records of a file are written: quotes within quotes are doubled, and each record has the
 * same number of fields.
 */
export interface Layout {
  /** bytes; a quote of -1 is none */
  readonly delimiter: number;
  readonly quote: number;
  /**
   * of each column the place of its field, or the text that each row has; undefined where rows have
   * none
   */
  readonly places: readonly (number | Uint8Array | undefined)[];
  /** fields of a record */
  readonly width: number;
  /** whether the first field is the line of the record */
  readonly hasLines: boolean;
  /** elsewhere, the line of the first record; each line is one */
  readonly firstLine: number;
  /** whether nothing in quotes is no value either */
  readonly emptyIsMissing: boolean;
  readonly rows: number;
}

/** What became of a row; 1 is one that is repeated. */
export const COUNTS = 0;
export const NOT_PLAIN = 2;

/** What is known of the rows of a file, in its order. Their values are in columns. */
export interface Records {
  /** of each row, what became of it */
  readonly marks: Uint8Array;
  readonly lines: Uint32Array;
  /** where the record of each row begins, and where the last one ends */
  readonly starts: Uint32Array;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NOTHING = new Uint8Array(0);

/**
 * At most this many rows are read before others have their turn: the engine waits for its next
 * statement.
 */
const ROWS_A_TURN = 4096;

/** Lets others have their turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Where the first record begins: after the header, or the mark of byte order. */
function firstRecord(bytes: Uint8Array, { hasLines, firstLine }: Layout): number {
  if (hasLines) return 0;
  if (firstLine > 1) return bytes.indexOf(LINE_FEED) + 1;
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/**
 * Reads records into columns.
 * @param bytes the text of a file, which ends in a line feed
 * @returns whether the records are as the layout says
 */
export async function readRecords(
  bytes: Uint8Array,
  layout: Layout,
  columns: readonly PlainColumn[],
  { marks, lines, starts }: Records,
): Promise<boolean> {
  const { delimiter, quote, places, width, hasLines, firstLine, emptyIsMissing, rows } = layout;
  const byPlace = Array.from({ length: width }, (_, place) =>
    columns.filter((_, i) => places[i] === place),
  );
  const given = columns.flatMap((column, i) => {
    const place = places[i];
    return typeof place === 'number' ? [] : [[column, place ?? NOTHING] as const];
  });
  const end = bytes.length;
  let at = firstRecord(bytes, layout);
  let row = 0;
  for (; at < end; row++) {
    if (row >= rows) return false;
    if (row % ROWS_A_TURN === ROWS_A_TURN - 1) await turn();
    starts[row] = at;
    let isPlain = true;
    let line = firstLine + row;
    for (let place = 0; place < width; place++) {
      let first = at;
      let last: number;
      let needsCare = false;
      if (bytes[at] === quote) {
        first++;
        for (at = first; at < end && bytes[at] !== quote; ) at++;
        while (bytes[at + 1] === quote && at < end) {
          needsCare = true;
          for (at += 2; at < end && bytes[at] !== quote; ) at++;
        }
        last = at++;
        if (first === last && !emptyIsMissing) needsCare = true;
        if (bytes[at] === CARRIAGE_RETURN) at++;
      } else {
        let byte = bytes[at] as number;
        while (byte !== delimiter && byte !== LINE_FEED) byte = bytes[++at] as number;
        last = at > first && byte === LINE_FEED && bytes[at - 1] === CARRIAGE_RETURN ? at - 1 : at;
      }
      const isLast = place === width - 1;
      if (bytes[at] !== (isLast ? LINE_FEED : delimiter)) return false;
      at++;
      if (hasLines && place === 0) {
        line = 0;
        for (let i = first; i < last; i++) line = line * 10 + (bytes[i] as number) - 0x30;
        continue;
      }
      if (needsCare) {
        isPlain = false;
        last = first;
      }
      for (const column of byPlace[place] as PlainColumn[])
        if (!column.read(bytes, first, last, row)) isPlain = false;
    }
    for (const [column, text] of given)
      if (!column.read(text, 0, text.length, row)) isPlain = false;
    lines[row] = line;
    marks[row] = isPlain ? COUNTS : NOT_PLAIN;
  }
  starts[row] = at;
  return row === rows;
}
