import { counted } from '../../counts.js';
import { DataError } from '../../errors.js';
import { sizeOf } from '../export_file.js';
import type { Limits } from '../limits.js';
import type { LinedText } from '../text/newline.js';
import {
  type Csv,
  csvGrammar,
  type Dialect,
  namedColumns,
  neededColumns,
  type Quote,
} from './dialect.js';
import { fieldTexts } from './fields.js';
import type { Mark } from './line_index.js';
import { placeOf } from './names.js';
import { RecordReader } from './records.js';

const DELIMITERS = [',', ';', '\t', '|'];
const QUOTES: readonly Quote[] = ['"', "'"];
/** Records among which the header is looked for. */
const OPENING = 50;
const CHUNK = 1 << 16;

/** How a CSV file is written, as far as its opening tells, and where its header is. */
export interface Recognised {
  readonly csv: Csv;
  /**
   * Names by position, trimmed; the last is empty where the header ends in a delimiter. Empty for a
   * file without a record.
   */
  readonly header: readonly string[];
  /** The header's own line; undefined where the names are configured. */
  readonly headerLine: string | undefined;
  /** Records before the header. */
  readonly preamble: number;
  /** Where the data begin. */
  readonly data: Mark;
}

/**
 * Finds the header, and with it the delimiter and the quote: those with which a record near the
 * beginning has a name of each required column. Where none is required the first record is the
 * header, and the delimiter the one that gives it the most fields.
 *
 * @throws DataError when the file is written otherwise than configured, or its header has no name
 * for a column, or one twice that is read
 */
export async function recognise(
  text: LinedText,
  asked: Dialect,
  limits: Limits,
): Promise<Recognised> {
  const small = { ...limits, chunk: Math.min(limits.chunk, CHUNK) };
  const read = (csv: Csv) => findHeader(text, asked, csv, small);
  const candidates = candidatesOf(asked);
  const found = await best(candidates, read);
  if (!found.isSure && (asked.delimiter !== null || asked.quote !== null)) {
    const other = await best(candidatesOf({ ...asked, delimiter: null, quote: null }), read);
    if (other.isSure) throw contradiction(text.name, asked, other.csv);
  }
  if (asked.header === null) checkHeader(text.name, found, asked);
  return found;
}

interface Found extends Recognised {
  /** The required columns are there. */
  readonly isSure: boolean;
  readonly rule: string | undefined;
  readonly line: number;
}

function candidatesOf({ delimiter, quote, ...asked }: Dialect): Csv[] {
  const delimiters = delimiter === null ? DELIMITERS : [delimiter];
  const quotes = quote === null ? QUOTES : [quote];
  return quotes.flatMap((each) =>
    delimiters.map((one) => ({ delimiter: one, quote: each, escape: asked.escape ?? 'doubled' })),
  );
}

async function best(
  candidates: readonly Csv[],
  read: (csv: Csv) => Promise<Found>,
): Promise<Found> {
  let best: Found | undefined;
  for (const csv of candidates) {
    const found = await read(csv);
    const isBetter =
      best === undefined ||
      (found.isSure && !best.isSure) ||
      (found.isSure === best.isSure &&
        found.header.length > best.header.length &&
        csv.quote === best.csv.quote);
    if (isBetter) best = found;
    if (found.isSure && found.header.length > 1) break;
  }
  return best as Found;
}

async function findHeader(
  text: LinedText,
  asked: Dialect,
  csv: Csv,
  limits: Limits,
): Promise<Found> {
  const needed = neededColumns(asked).map(({ from }) => from);
  const isHeader = (names: readonly string[]) =>
    needed.length > 0 && needed.every((from) => placeOf(names, from) !== undefined);
  const start = { line: 1, offset: text.start };
  const size = sizeOf(text.path, text.name);
  const reader = RecordReader.open(text, csvGrammar(csv, text.newline), limits, start);
  let first: Found | undefined;
  const before: string[][] = [];
  try {
    for (let preamble = 0; preamble < OPENING; ) {
      if (!reader.next()) {
        if (await reader.fill()) continue;
        break;
      }
      const names = fieldTexts(reader).map((name) => name.trim());
      const { fields, quoted } = reader.record;
      const broken = reader.record.rule;
      const rule =
        broken === undefined
          ? joinedLines(names, quoted, reader.mark.offset === size)
          : `${broken} (byte ${reader.offsetOf(reader.record.faultAt)})`;
      // another quote is believed where the header is quoted with it, and not because it hides what
      // is wrong with the header
      const isQuote = csv.quote === (asked.quote ?? '"') || quoted.slice(0, fields).includes(true);
      const found: Found = {
        csv,
        header: names,
        headerLine: new TextDecoder().decode(reader.text),
        preamble,
        data: reader.mark,
        isSure: rule === undefined && isQuote && isHeader(names),
        rule,
        line: reader.line,
      };
      if (asked.header !== null) return headless(text.name, asked.header, found, start);
      if (found.isSure) {
        const data = before.filter((record) => looksLikeData(record, names, asked)).length;
        if (data > 0) throw afterData(text.name, found, data);
        return await afterHeader(reader, found, asked);
      }
      first ??= await afterHeader(reader, found, needed.length === 0 ? asked : { header_rows: 1 });
      if (needed.length === 0) break;
      before.push(names);
      preamble++;
    }
  } finally {
    reader.close();
  }
  const nothing = {
    header: asked.header ?? [],
    headerLine: undefined,
    preamble: 0,
    data: start,
    rule: undefined,
    line: 1,
  };
  return first ?? { csv, ...nothing, isSure: false };
}

/** In a name without quotes another line end joins the header and a record. */
function joinedLines(
  names: readonly string[],
  quoted: readonly boolean[],
  isAll: boolean,
): string | undefined {
  const text = names.filter((_, at) => quoted[at] !== true).join(',');
  // what Unicode has for line ends is none in other programs, unless the file has no other
  const [end] = (isAll ? /[\r\u0085\u2028\u2029]/ : /\r/).exec(text) ?? [];
  if (end === undefined) return undefined;
  const code = end.charCodeAt(0).toString(16).padStart(4, '0');
  const said = end === '\r' ? 'a carriage return' : `U+${code}`;
  return `${said} alone, though lines end in a line feed`;
}

/** The data begin after all records that the header has. */
async function afterHeader(
  reader: RecordReader,
  found: Found,
  { header_rows }: Pick<Dialect, 'header_rows'>,
) {
  for (let more = header_rows - 1; more > 0; ) {
    if (reader.next()) more--;
    else if (!(await reader.fill())) break;
  }
  return { ...found, data: reader.mark };
}

/**
 * Whether a record before the header is none of its titles: it has as many fields, and digits first
 * in all those that are numbers or times; or it has most of the fields, with digits in those.
 */
function looksLikeData(
  record: readonly string[],
  header: readonly string[],
  { columns }: Dialect,
): boolean {
  const values = columns
    .filter(({ type }) => ['integer', 'double', 'timestamp', 'duration'].includes(type))
    .flatMap(({ from }) => record[placeOf(header, from) ?? -1] ?? [])
    .filter((value) => value !== '');
  const isNumbers = values.length > 0 && values.every((value) => /^[+-]?\d/.test(value));
  if (isNumbers && record.length === header.length) return true;
  const filled = record.filter((value) => value !== '').length;
  return 2 * filled > header.length && values.every((value) => /\d/.test(value));
}

function afterData(name: string, { line, header }: Found, records: number): DataError {
  return new DataError(
    `cannot read the export ${name}: expected the header before the data, found it on line ` +
      `${line} (${header.join(', ')}) after ${counted(records, 'record')} of data. Deliver it ` +
      'with the header first, or without its titles if that is what they are.',
  );
}

/** A file without a header begins with data, as many fields as there are names. */
function headless(name: string, header: readonly string[], found: Found, data: Mark): Found {
  if (found.isSure) {
    throw new DataError(
      `cannot read the export ${name}: expected no header, as "header" of its table says, ` +
        `found one on line ${found.line}: ${found.header.join(', ')}. Take "header" out of the ` +
        'configuration.',
    );
  }
  return {
    ...found,
    header,
    headerLine: undefined,
    data,
    isSure: found.header.length === header.length,
  };
}

/**
 * A name that a column is read by may not occur twice; what others are called, or whether they are,
 * does not matter.
 */
function checkHeader(name: string, { header, rule, line }: Found, asked: Dialect): void {
  if (header.length === 0) return;
  const refuse = (what: string): DataError =>
    new DataError(
      `cannot read the export ${name}: expected a header with a name of its own for each ` +
        `column on line ${line}, ` +
        `found ${what}. Correct the export, or check that the configured format and ` +
        'delimiter are those of the file.',
    );
  if (rule !== undefined) throw refuse(rule);
  const read = new Set(
    namedColumns(asked).map(({ from }) => header[placeOf(header, from) ?? header.length]),
  );
  const twice = new Set(
    header.filter((column, at) => read.has(column) && header.indexOf(column) < at),
  );
  if (twice.size > 0)
    throw refuse(
      `more than one column named ${[...twice].map((column) => `"${column}"`).join(', ')}`,
    );
}

function contradiction(name: string, asked: Dialect, { delimiter, quote }: Csv): DataError {
  const differing = Object.entries({ delimiter, quote }).filter(([key, value]) => {
    const configured = asked[key as 'delimiter' | 'quote'];
    return configured !== null && configured !== value;
  });
  const list = (values: readonly (readonly [string, unknown])[]) =>
    values.map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(' and ');
  return new DataError(
    `cannot read the export ${name}: expected ` +
      `${list(differing.map(([key]) => [key, asked[key as 'delimiter' | 'quote']]))}, as ` +
      `configured, found ${list(differing)}. ` +
      'Set it for its table, or leave it out to have it found; or correct the export.',
  );
}
