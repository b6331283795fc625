import type { Source } from '../../config/source.js';
import { csvGrammar, LINE_FEED, QUOTE } from '../csv/dialect.js';
import type { Prepared } from '../prepared.js';
import { placesOf } from '../sql/raw.js';

const COMMA = 0x2c;

/** Exports with more rows or values are read by the engine alone: those of one are in memory. */
const MOST_ROWS = 1_000_000;
const MOST_VALUES = 100_000_000;

/**
 * How the records of a file are written: quotes within quotes are doubled, and each record has the
 * same number of fields.
 */
export interface Layout {
  /** bytes; a quote of -1 is none */
  readonly delimiter: number;
  readonly quote: number;
  /**
   * of each column the place of its field, or the text that each row has, which may be empty
   */
  readonly places: readonly (number | Uint8Array)[];
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

/** Where the fields of the columns are; undefined where they are not read one by one. */
export function layoutOf(
  source: Source,
  prepared: Pick<Prepared, 'rewritten' | 'header' | 'csv' | 'firstLine' | 'readable'>,
): Layout | undefined {
  const { csv, header, rewritten, firstLine, readable: rows } = prepared;
  const { delimiter, delimiterRest, quote } = csvGrammar(csv, LINE_FEED);
  if (
    rows === 0 ||
    rows > MOST_ROWS ||
    rows * source.columns.length > MOST_VALUES ||
    header.length === 0 ||
    ((delimiter > 0xff || delimiterRest.length > 0) && !rewritten)
  )
    return undefined;
  const found = placesOf(source, header);
  const before = rewritten ? 1 : 0;
  const places = source.columns.map(({ name, constant }) => {
    const place = found.get(name);
    if (constant !== undefined || place === undefined) return Buffer.from(constant ?? '');
    return place + before;
  });
  const grammar = rewritten ? { delimiter: COMMA, quote: QUOTE } : { delimiter, quote };
  const emptyIsMissing = source.columns.every(({ missing }) => missing.includes(''));
  return {
    ...grammar,
    places,
    width: header.length + before,
    hasLines: rewritten,
    firstLine,
    emptyIsMissing,
    rows,
  };
}

/** Where the first record begins: after the header, or the mark of byte order. */
export function firstRecord(bytes: Uint8Array, { hasLines, firstLine }: Layout): number {
  if (hasLines) return 0;
  if (firstLine > 1) return bytes.indexOf(LINE_FEED) + 1;
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
