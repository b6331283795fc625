import { join as joinPath } from 'node:path';
import { DataError } from '../errors.js';
import { describeEncoding, describeOpening, describeSurvey } from './csv/describe.js';
import {
  type Csv,
  csvGrammar,
  type Dialect,
  type Grammar,
  jsonGrammar,
  LINE_FEED,
  pathsOf,
} from './csv/dialect.js';
import { LineIndex } from './csv/line_index.js';
import { scanLines } from './csv/plain_lines.js';
import { recognise } from './csv/recognise.js';
import { RecordReader } from './csv/records.js';
import { type Rewriting, rewrite } from './csv/rewrite.js';
import { PlainScan } from './csv/scan.js';
import { survey } from './csv/survey.js';
import { chunksOf, type ExportFile, sizeOf } from './export_file.js';
import { refuseForeign } from './foreign.js';
import { linesOfArray } from './json/array.js';
import { LIMITS, type Limits } from './limits.js';
import { type PlainExport, unpack } from './packing/unpack.js';
import { linesOfParquet } from './parquet/rows.js';
import type { QuarantineFile } from './quarantine.js';
import { decode, type Text } from './text/decode.js';
import { type Joined, join } from './text/join.js';
import { type LinedText, newlineOf } from './text/newline.js';

export type { Dialect } from './csv/dialect.js';

/** The file in scratch that the records of an export are rewritten to. */
const RECORDS = 'records.csv';

/** The text of the export and where its records are in it. */
export interface PlainFile extends ExportFile {
  readonly grammar: Grammar;
  readonly columns: number | undefined;
  readonly limits: Limits;
  readonly index: LineIndex;
}

/** An export that is ready for the engine, and our own count of what is in it. */
export interface Prepared {
  /**
   * The file that the engine reads: the text of the export as it is, or a rewritten one in
   * scratch.
   */
  readonly path: string;
  /**
   * `path` is canonical CSV without a header: the line number in the text, then the fields (JSON:
   * one field, the text of the object). Every field that is not empty is quoted; lines end in `\n`.
   */
  readonly rewritten: boolean;
  /** Column names in file order, trimmed. Empty for JSON and for a file without a line. */
  readonly header: readonly string[];
  /**
   * JSON and Parquet: the keys of the records, in the order in which they first appear, and after
   * them the paths through objects that columns are read from, where a record has them.
   */
  readonly keys?: readonly string[];
  /** How the records of CSV are written, in the export and in `path` if that is not rewritten. */
  readonly csv: Csv;
  /** Longest record, in bytes. */
  readonly longest: number;
  /** Not rewritten: row i, counted from 0, is on line `firstLine + i`. */
  readonly firstLine: number;
  /**
   * Data records in the export; neither the header nor blank lines are any, nor what is before
   * or after the data.
   */
  readonly records: number;
  /** Records that the engine must find in `path`. */
  readonly readable: number;
  /** Records that went to the quarantine. `records` = `readable` + `refused`. */
  readonly refused: number;
  /** Of the export as stored: packed if it is. */
  readonly sha256: string;
  readonly bytes: number;
  /** How it was read, where that was found out from the file. */
  readonly reading: readonly string[];
  readonly source: PlainFile;
}

/** Where an export is worked on. */
export interface Workplace {
  /** A folder of this export's own. */
  readonly scratch: string;
  /** The records refused so far. */
  readonly quarantine: QuarantineFile;
}

/**
 * Unpacks and decodes an export if need be, counts its records independently of the engine, and
 * makes sure that the engine will read them right: a simple file stays as it is, any other is
 * rewritten, its bad records quarantined one by one.
 *
 * @throws DataError when the export cannot be read as what it is said to be
 * @throws StoreError when the export cannot be opened or scratch cannot be written
 */
export async function prepare(
  { path, name }: ExportFile,
  dialect: Dialect,
  workplace: Workplace,
  given: Limits = LIMITS,
): Promise<Prepared> {
  const { scratch } = workplace;
  const { files: all, ...stored } = await unpack(path, scratch, name, given);
  const { files, ignored } = dataOf(all, dialect);
  await refuseForeign(name, files, dialect.format);
  const texts: Text[] = [];
  for (const [i, each] of files.entries())
    texts.push(await textOf(each, joinPath(scratch, `text-${i}`), dialect, given));
  const joined = await join(texts, name, joinPath(scratch, 'text'), given);
  const limits = { ...given, chunk: Math.min(given.chunk, sizeOf(joined.path, name)) };
  const text = { ...joined, newline: await newlineOf(joined, limits) };
  const prepared =
    dialect.format === 'csv'
      ? await prepareCsv(text, dialect, workplace, limits)
      : await prepareLines(text, dialect, workplace, limits);
  const reading = [...prepared.reading, ...ignored];
  return { ...prepared, ...stored, reading, longest: limits.record };
}

/** How the members of an archive end that are of a format. */
const MEMBERS: Record<Dialect['format'], RegExp> = {
  csv: /\.(csv|tsv|tab|psv)$/i,
  json: /\.json$/i,
  jsonl: /\.(jsonl|ndjson|json)$/i,
  parquet: /\.parquet$/i,
};

/**
 * The files of an archive that are data: where some are called so, the others are not, such as a
 * readme.
 */
function dataOf(files: readonly PlainExport[], { format }: Dialect) {
  const isData = ({ member = '' }: PlainExport) => MEMBERS[format].test(member);
  if (!files.some(isData)) return { files, ignored: [] };
  const ignored = files.filter((file) => !isData(file)).map(({ member }) => member);
  const note =
    `${ignored.length === 1 ? 'a file' : `${ignored.length} files`} of the archive left out: ` +
    `${ignored.slice(0, 3).join(', ')}`;
  return { files: files.filter(isData), ignored: ignored.length === 0 ? [] : [note] };
}

/** One file of an export as UTF-8 text with records that end in a line's end. */
async function textOf(
  file: PlainExport,
  target: string,
  dialect: Dialect,
  limits: Limits,
): Promise<Text> {
  if (dialect.format === 'parquet') return linesOfParquet(file, target, dialect, limits);
  const text = await decode(file, `${target}.utf8`, dialect.encoding, limits);
  return dialect.format === 'json'
    ? linesOfArray(text, `${target}.jsonl`, dialect.rows_at, limits)
    : text;
}

type Whole = Joined & LinedText;

type Counted = Omit<Prepared, 'sha256' | 'bytes' | 'longest'>;

async function prepareLines(
  text: Whole,
  dialect: Dialect,
  { scratch, quarantine }: Workplace,
  limits: Limits,
): Promise<Counted> {
  const grammar = jsonGrammar(text.newline, pathsOf(dialect));
  const lines = await scanLines(text, grammar, limits);
  const index = lines?.index ?? new LineIndex();
  const shared = {
    header: [],
    csv: { delimiter: ',', quote: 'none', escape: 'doubled' } as const,
    firstLine: 1,
    reading: describeEncoding(text, null),
    source: { path: text.path, name: text.name, grammar, columns: undefined, limits, index },
  };
  if (lines !== undefined) {
    const { count, keys, paths } = lines;
    return {
      ...shared,
      path: text.path,
      rewritten: false,
      records: count,
      readable: count,
      refused: 0,
      keys: keysOf(text.keys ?? keys, paths),
    };
  }
  const rewriting = {
    target: joinPath(scratch, RECORDS),
    quarantine,
    index,
    width: 1,
    most: Infinity,
    headers: NO_HEADERS,
    invalid: text.invalid,
  };
  const reader = RecordReader.open(text, grammar, limits, {
    line: 1,
    offset: text.start,
  });
  const counts = await rewritten(reader, rewriting);
  requireObject(text.name, dialect, counts.records, quarantine);
  return {
    ...shared,
    ...counts,
    keys: keysOf(text.keys ?? reader.record.keys, reader.record.paths),
  };
}

/** @throws DataError when no record is a JSON object: the file is something else */
function requireObject(
  name: string,
  { format, rows_at }: Dialect,
  records: number,
  { counts }: QuarantineFile,
): void {
  const others = (counts.get('not_a_json_object') ?? 0) + (counts.get('invalid_json') ?? 0);
  if (records === 0 || others < records) return;
  const isArray = format === 'json';
  const where = isArray
    ? `in the array${rows_at === null ? '' : ` at ${rows_at}`}`
    : 'on each line';
  throw new DataError(
    `cannot read the export ${name}: expected a JSON object ${where}, found none in ` +
      `${records === 1 ? '1 record' : `${records} records`}. Correct the export, or set ` +
      `"format" of its table to what it is${isArray ? '' : ': json is one array of objects'}.`,
  );
}

function keysOf(keys: readonly string[], paths: readonly string[]): string[] {
  return [...new Set([...keys, ...paths])];
}

const NO_HEADERS = { at: [], rows: 0, line: undefined, names: undefined };

async function prepareCsv(
  text: Whole,
  dialect: Dialect,
  { scratch, quarantine }: Workplace,
  limits: Limits,
): Promise<Counted> {
  const found = await recognise(text, dialect, limits);
  const { csv, header, headerLine, preamble, data } = found;
  const firstLine = data.line;
  const reading = [...describeEncoding(text, dialect.encoding), ...describeOpening(dialect, found)];
  const isPlain =
    preamble === 0 &&
    dialect.totals === 0 &&
    dialect.header_rows === 1 &&
    text.members.length === 1 &&
    csv.delimiter.length === 1;
  if (isPlain) {
    const scan = await scanCsv(text, csvGrammar(csv, text.newline), headerLine, limits);
    const records = scan.lines - (headerLine === undefined ? 0 : 1);
    if (scan.simple && (scan.width === header.length || scan.lines === 0)) {
      const grammar = csvGrammar(csv, LINE_FEED);
      const source = {
        path: text.path,
        name: text.name,
        grammar,
        columns: header.length,
        limits,
        index: scan.index,
      };
      return {
        path: text.path,
        rewritten: false,
        header,
        csv,
        firstLine,
        records,
        readable: records,
        refused: 0,
        reading,
        source,
      };
    }
  }
  const seen = await survey(text, found, dialect.escape, limits);
  const names = seen.header;
  const grammar = csvGrammar({ ...csv, escape: seen.escape }, text.newline);
  const index = new LineIndex();
  const columns = names.length;
  const reader = RecordReader.open(text, grammar, limits, data);
  reader.record.columns = columns;
  const headers =
    headerLine === undefined
      ? NO_HEADERS
      : { at: text.members.slice(1), rows: dialect.header_rows, line: headerLine, names };
  const after = dialect.totals + seen.comments;
  const most =
    after === 0 ? Infinity : Math.max(0, seen.records - headers.at.length * headers.rows - after);
  const rewriting = {
    target: joinPath(scratch, RECORDS),
    quarantine,
    index,
    width: columns,
    most,
    headers,
    invalid: text.invalid,
  };
  const { after: left, ...counts } = await rewritten(reader, rewriting);
  const source = { path: text.path, name: text.name, grammar, columns, limits, index };
  return {
    ...counts,
    header: names,
    csv: { ...csv, escape: seen.escape },
    firstLine,
    reading: [...reading, ...describeSurvey(dialect, found, seen, left)],
    source,
  };
}

async function scanCsv(
  text: Text,
  grammar: Grammar,
  headerLine: string | undefined,
  limits: Limits,
): Promise<PlainScan> {
  const scan = new PlainScan(grammar, text.start, limits.record, headerLine);
  for await (const chunk of chunksOf(text.path, text.name, text.start, limits)) {
    scan.push(chunk);
    if (!scan.simple) break;
  }
  scan.end();
  return scan;
}

async function rewritten(reader: RecordReader, rewriting: Rewriting) {
  try {
    const { readable, refused, after } = await rewrite(reader, rewriting);
    const records = readable + refused;
    return { path: rewriting.target, rewritten: true, records, readable, refused, after };
  } finally {
    reader.close();
  }
}
