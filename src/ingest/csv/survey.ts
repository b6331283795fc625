import { counted } from '../../counts.js';
import { DataError } from '../../errors.js';
import type { Limits } from '../limits.js';
import type { LinedText } from '../text/newline.js';
import { type Csv, csvGrammar, type Escape } from './dialect.js';
import type { Recognised } from './recognise.js';
import { RecordReader } from './records.js';

/** What the whole of a CSV file says of how it is written. */
export interface Survey {
  readonly escape: Escape;
  /**
   * The header, with a name for each field of a record; empty where a delimiter ends each line, and
   * no name is there.
   */
  readonly header: readonly string[];
  /** Records after the header, good or bad. */
  readonly records: number;
  /** Of them, those at the end that are comments. */
  readonly comments: number;
  readonly refused: number;
  /**
   * Records that would be refused if quotes were escaped in the other way; undefined where that was
   * not tried.
   */
  readonly refusedOtherwise: number | undefined;
}

const HASH = 0x23;
/** Line ends that are none of the file: U+0085, U+2028 and U+2029 in UTF-8, and a return alone. */
const LINE_END = /\r(?!\n|$)|\xc2\x85|\xe2\x80[\xa8\xa9]/;

/**
 * Reads a file that is not simple once to see how it is written, and once more, escaped in the
 * other way, when records would be refused. The other way is believed only if no record is refused
 * so.
 *
 * @param configured how quotes are escaped, if that is said
 * @throws DataError when no record has the fields that the header names
 */
export async function survey(
  text: LinedText,
  found: Recognised,
  configured: Escape | null,
  limits: Limits,
): Promise<Survey> {
  const count = (as: Escape) => countRecords(text, found, { ...found.csv, escape: as }, limits);
  const first = configured ?? 'doubled';
  const seen = { ...(await count(first)), escape: first };
  if (seen.refused === 0) return { ...seen, refusedOtherwise: undefined };
  const second = first === 'doubled' ? 'backslash' : 'doubled';
  const other = found.csv.quote === 'none' ? undefined : await count(second);
  if (configured === null && other?.refused === 0) {
    return { ...other, escape: second, refusedOtherwise: seen.refused };
  }
  if (seen.joined > 0 && seen.misfits === seen.records && seen.joined === seen.records) {
    throw new DataError(
      `cannot read the export ${text.name}: expected lines that all end in a line feed, as the ` +
        'header does, found carriage returns alone, U+0085 or U+2028 inside every record. ' +
        'Deliver it with one kind of line end.',
    );
  }
  if (seen.widths.size === 1 && seen.misfits === seen.records && seen.records > 1) {
    const [width] = seen.widths;
    throw new DataError(
      `cannot read the export ${text.name}: expected ` +
        `${counted(found.header.length, 'field')} in each record, as in ` +
        `${found.headerLine === undefined ? '"header" of its table' : 'its header'}, found ` +
        `${width === Infinity ? 'more' : width} in all of them. ` +
        'Deliver it with a name for each field, or set its "delimiter".',
    );
  }
  return { ...seen, refusedOtherwise: other?.refused };
}

function hasLineEnd(bytes: Uint8Array): boolean {
  return LINE_END.test(Buffer.from(bytes).toString('latin1'));
}

async function countRecords(text: LinedText, found: Recognised, csv: Csv, limits: Limits) {
  const reader = RecordReader.open(text, csvGrammar(csv, text.newline), limits, found.data);
  const { record } = reader;
  const names = found.header.length;
  record.columns = names + 1;
  /** Records by their number of fields; of those whose quotes are not in order nobody knows it. */
  const widths = new Map<number, number>();
  let [records, comments, filled, joined] = [0, 0, 0, 0];
  try {
    do {
      while (reader.next()) {
        records++;
        const isCounted = record.rule === undefined || record.rule === 'field_count';
        const width = record.moreFields ? Infinity : record.fields;
        if (width !== names && hasLineEnd(reader.bytes.subarray(record.start, record.end)))
          joined++;
        const isComment = reader.bytes[record.start] === HASH && !(isCounted && width === names);
        comments = isComment ? comments + 1 : 0;
        if (!isCounted || isComment) continue;
        widths.set(width, (widths.get(width) ?? 0) + 1);
        if (record.rule === undefined && record.starts[names] !== record.ends[names]) filled++;
      }
    } while (await reader.fill());
  } finally {
    reader.close();
  }
  const header = headerOf(found, widths, filled);
  const refused = records - comments - (widths.get(header.length) ?? 0);
  const misfits =
    [...widths.values()].reduce((sum, amount) => sum + amount, 0) -
    (widths.get(header.length) ?? 0);
  return { header, records, comments, refused, misfits, joined, widths: new Set(widths.keys()) };
}

/**
 * A header may end in a delimiter, and a file without a header may have one at the end of each
 * line, though no record has a value there; else a field without a name would hide that the names
 * belong to other fields.
 */
function headerOf(
  { header, headerLine }: Recognised,
  widths: ReadonlyMap<number, number>,
  filled: number,
) {
  const has = (width: number) => widths.has(width);
  const names = header.length;
  if (has(names)) return header;
  if (header.at(-1) === '' && has(names - 1)) return header.slice(0, -1);
  return headerLine === undefined && has(names + 1) && filled === 0 ? [...header, ''] : header;
}
