import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DataError } from '../errors.js';
import { gunzipTo, isGzip } from './decompress.js';
import { type Dialect, type Grammar, grammarOf, LIMITS, type Limits } from './dialect.js';
import { chunksOf, openingBytes, sizeOf } from './export_file.js';
import { readHeader } from './header.js';
import { LineIndex } from './line_index.js';
import { PlainScan } from './plain_scan.js';
import type { QuarantineFile } from './quarantine.js';
import { RecordReader } from './records.js';
import { rewrite } from './rewrite.js';

export type { Dialect } from './dialect.js';

const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

/** The decompressed export and where its lines stand in it. */
export interface PlainFile {
  readonly path: string;
  readonly name: string;
  readonly grammar: Grammar;
  readonly columns: number | undefined;
  readonly limits: Limits;
  readonly index: LineIndex;
}

/** An export that is ready for the engine, and our own count of what is in it. */
export interface Prepared {
  /** The file that the engine reads: the decompressed export as it stands, or a rewritten one in scratch. */
  readonly path: string;
  /**
   * `path` is canonical CSV without a header: the line number in the decompressed export, then the fields (JSON Lines:
   * one field, the JSON text). Every field that is not empty is quoted; lines end in `\n`.
   */
  readonly rewritten: boolean;
  /** Column names in file order, trimmed. Empty for JSON Lines and for a file without a line. */
  readonly header: readonly string[];
  /** Not rewritten: row i, counted from 0, stands on line `firstLine + i`. */
  readonly firstLine: number;
  /** Data records in the export; neither the header nor blank lines are any. */
  readonly records: number;
  /** Records that the engine must find in `path`. */
  readonly readable: number;
  /** Records that went to the quarantine. `records` = `readable` + `refused`. */
  readonly refused: number;
  /** Of the export as stored: compressed if it is. */
  readonly sha256: string;
  readonly bytes: number;
  /** How the lines of `path` end. */
  readonly newline: '\n' | '\r\n';
  readonly source: PlainFile;
}

/**
 * Decompresses an export if need be, counts its records independently of the engine, and makes sure that the engine
 * will read them right: a simple file stays as it is, any other is rewritten, its bad records quarantined one by one.
 *
 * @param scratch a folder of this export's own
 * @param name what messages call the export
 * @throws DataError when the export cannot be read as text with a header
 * @throws StoreError when the export cannot be opened or scratch cannot be written
 */
export async function prepare(
  file: string,
  scratch: string,
  dialect: Dialect,
  quarantine: QuarantineFile,
  name: string,
  given: Limits = LIMITS,
): Promise<Prepared> {
  const packed = isGzip(await openingBytes(file, name, 2));
  const path = packed ? join(scratch, 'plain') : file;
  const stored = packed ? await gunzipTo(file, path, name) : undefined;
  const start = textStart(await openingBytes(path, name, 3), name);
  const limits = { ...given, chunk: Math.min(given.chunk, await sizeOf(path, name)) };

  const scan = new PlainScan(dialect, start, limits.record);
  const hash = createHash('sha256').update(BYTE_ORDER_MARK.subarray(0, start));
  let bytes = start;
  for await (const chunk of chunksOf(path, name, start, limits.chunk)) {
    if (stored === undefined) hash.update(chunk);
    bytes += chunk.length;
    scan.push(chunk);
  }
  scan.end();

  const grammar = grammarOf(dialect, scan.hasLineFeed || scan.simple);
  const reader = await RecordReader.open(path, name, grammar, limits, { line: 1, offset: start });
  try {
    const header = dialect.format === 'csv' ? await readHeader(reader, name) : [];
    const headerLines = header.length > 0 ? 1 : 0;
    const columns = dialect.format === 'csv' ? header.length : undefined;
    const index = scan.simple ? scan.index : new LineIndex();
    const shared = {
      header,
      ...(stored ?? { sha256: hash.digest('hex'), bytes }),
      source: { path, name, grammar, columns, limits, index },
    };
    if (scan.simple) {
      const records = scan.lines - headerLines;
      const { newline } = scan;
      return {
        ...shared,
        path,
        rewritten: false,
        firstLine: 1 + headerLines,
        records,
        readable: records,
        refused: 0,
        newline,
      };
    }
    reader.record.columns = columns;
    const firstLine = reader.nextLine;
    const rewritten = join(scratch, 'records.csv');
    const { readable, refused } = await rewrite(reader, rewritten, quarantine, index);
    const records = readable + refused;
    return { ...shared, path: rewritten, rewritten: true, firstLine, records, readable, refused, newline: '\n' };
  } finally {
    await reader.close();
  }
}

/** Bytes before the text: those of a UTF-8 byte order mark. */
function textStart(opening: Uint8Array, name: string): number {
  const [first, second] = opening;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new DataError(
      `cannot read the export ${name}: expected UTF-8 text, found UTF-16 (its byte order mark). ` +
        'Export it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8 <export> > <converted>.',
    );
  }
  return BYTE_ORDER_MARK.every((byte, at) => opening[at] === byte) ? BYTE_ORDER_MARK.length : 0;
}
