import { DataError } from '../../errors.js';
import { type QuarantineFile, rawText } from '../quarantine.js';
import type { InvalidBytes } from '../text/decode.js';
import { CsvFile } from './canonical.js';
import { fieldBytes, fieldTexts } from './fields.js';
import { type LineIndex, MARK_EVERY } from './line_index.js';
import type { RecordReader } from './records.js';
import type { RecordRule } from './split.js';

/** What is to become of the records. */
export interface Rewriting {
  readonly target: string;
  readonly quarantine: QuarantineFile;
  readonly index: LineIndex;
  /** Fields of each record that are written. */
  readonly width: number;
  /** Records that are read; those after them are no data. */
  readonly most: number;
  /** Offsets at which a header is said again, which is this line. */
  readonly headers: {
    readonly at: readonly number[];
    /** Records that it has. */
    readonly rows: number;
    readonly line: string | undefined;
    /** A record that has these for its fields is no data. */
    readonly names: readonly string[] | undefined;
  };
  readonly invalid: readonly InvalidBytes[];
}

/** The file in scratch that the records of an export are rewritten to. */
export const RECORDS = 'records.csv';

/** Where only the first file of an archive has a header, or none has. */
export const NO_HEADERS = { at: [], rows: 0, line: undefined, names: undefined };

/**
 * Writes the good records that `reader` has left as canonical CSV, the line number first, and each
 * bad one to the quarantine.
 *
 * @returns how many went where, and the texts of the records after the last that is read
 * @throws DataError when the files of an archive have different headers
 */
async function rewrite(
  reader: RecordReader,
  { target, quarantine, index, width, most, headers, invalid }: Rewriting,
): Promise<{
  readonly readable: number;
  readonly refused: number;
  readonly after: readonly string[];
}> {
  let readable = 0;
  let refused = 0;
  const after: string[] = [];
  const ahead = [...headers.at];
  let more = 0;
  /** Records that a header which is said again has left. */
  let again = 0;
  const out = new CsvFile(target);
  try {
    do {
      while (reader.next()) {
        const offset = reader.offsetOf(reader.record.start);
        if (offset >= (ahead[0] ?? Number.POSITIVE_INFINITY)) {
          while (offset >= (ahead[0] ?? Number.POSITIVE_INFINITY)) ahead.shift();
          checkHeader(reader, headers.line);
          more = headers.rows - 1;
          continue;
        }
        if (more > 0) {
          more--;
          continue;
        }
        if (readable + refused >= most) {
          after.push(rawText(reader.text, 200));
          continue;
        }
        if ((readable + refused) % MARK_EVERY === 0) index.add(reader.line, offset);
        if (isHeader(reader, headers.names)) again = headers.rows;
        const rule = reader.record.rule ?? (again > 0 ? 'repeated_header' : undefined);
        again = Math.max(0, again - 1);
        if (rule === undefined) {
          writeRecord(out, reader, width);
          readable++;
        } else {
          const raw = rawText(reader.text);
          quarantine.add({
            line: reader.line,
            rule,
            column: null,
            value: faultDetail(reader, rule, invalid),
            raw,
          });
          refused++;
        }
      }
    } while (await reader.fill());
  } finally {
    out.close();
  }
  return { readable, refused, after };
}

/**
 * Whether a record has the names of the header, in any case; trim takes away a byte order mark,
 * too.
 * @throws DataError when they are in another order: what comes after it belongs to other columns
 */
function isHeader(reader: RecordReader, names: readonly string[] | undefined): boolean {
  const { record } = reader;
  if (names === undefined || record.rule !== undefined || names.length !== record.fields)
    return false;
  const bytes = (record.ends[0] as number) - (record.starts[0] as number);
  if (!names.some((name) => bytes >= name.length && bytes <= 3 * name.length + 8)) return false;
  const found = fieldTexts(reader).map((text) => text.trim());
  if (found.every((text, i) => text === names[i])) return true;
  const [one, other] = [found, names].map((texts) => texts.map((text) => text.toLowerCase()));
  // in a table of one column a text that differs by its case may be a value
  if (names.length === 1 || one?.toSorted().join('\n') !== other?.toSorted().join('\n'))
    return false;
  if (one?.join('\n') === other?.join('\n')) return true;
  throw new DataError(
    `cannot read the export ${reader.name}: expected one header, ${names.join(', ')}, found ` +
      `its names in another order on line ${reader.line}: ${found.join(', ')}. Deliver what ` +
      'follows it as an export of its own, or with the columns in the same order.',
  );
}

function checkHeader(reader: RecordReader, expected: string | undefined): void {
  const found = rawText(reader.text);
  if (found === expected) return;
  throw new DataError(
    `cannot read the export ${reader.name}: expected the files of the archive to have one ` +
      `header, "${expected}", found "${found.slice(0, 200)}" on line ${reader.line}. Deliver ` +
      'them as exports of their own, or with the same columns in the same order.',
  );
}

/** Writes a record that was split as canonical CSV, the line number first. */
export function writeRecord(
  out: CsvFile,
  reader: Pick<RecordReader, 'line' | 'bytes' | 'record' | 'grammar'>,
  width: number,
): void {
  out.number(reader.line);
  const { record } = reader;
  for (let field = 0; field < width; field++) {
    if (record.starts[field] === record.ends[field]) out.nothing();
    else out.bytes(fieldBytes(reader, field));
  }
  out.endRecord();
}

/** What the rule found: a number of fields or of bytes, or where in the text it was broken. */
function faultDetail(
  reader: RecordReader,
  rule: RecordRule | 'repeated_header',
  invalid: readonly InvalidBytes[],
): string {
  const { record, limits } = reader;
  if (rule === 'repeated_header') return 'the header again';
  if (record.rule === 'record_too_long') return `more than ${limits.record} bytes`;
  if (record.rule === 'json_too_deep') return `more than ${limits.depth} levels`;
  const at = reader.offsetOf(record.faultAt);
  if (record.rule === 'invalid_bytes') {
    const { offset, byte } = findMark(invalid, at) ?? {
      offset: at,
      byte: reader.bytes[record.faultAt] as number,
    };
    return `byte ${offset} (0x${byte.toString(16).padStart(2, '0')})`;
  }
  if (record.rule !== 'field_count') return `byte ${at}`;
  const found = record.moreFields ? `at least ${record.fields + 1}` : `${record.fields}`;
  return `${record.columns} expected, ${found} found`;
}

/** The invalid bytes that a position in decoded text stands for. */
function findMark(invalid: readonly InvalidBytes[], mark: number): InvalidBytes | undefined {
  let low = 0;
  let high = invalid.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((invalid[middle] as InvalidBytes).mark < mark) low = middle + 1;
    else high = middle;
  }
  return invalid[low]?.mark === mark ? invalid[low] : undefined;
}

/** Rewrites the records that a reader has, and closes it. @returns what the engine is to read */
export async function rewritten(reader: RecordReader, rewriting: Rewriting) {
  try {
    const { readable, refused, after } = await rewrite(reader, rewriting);
    const records = readable + refused;
    return { path: rewriting.target, rewritten: true, records, readable, refused, after };
  } finally {
    reader.close();
  }
}
