import path from 'node:path';
import type { Source } from '../../config/contracts.js';
import { CsvFile } from '../csv/canonical.js';
import { CARRIAGE_RETURN, csvGrammar, LINE_FEED, QUOTE } from '../csv/dialect.js';
import { writeRecord } from '../csv/rewrite.js';
import { ScratchFile } from '../csv/scratch_file.js';
import { RecordSplitter } from '../csv/split.js';
import { openExport, sizeOf } from '../export_file.js';
import { LIMITS } from '../limits.js';
import type { Prepared } from '../prepare.js';
import { rawText } from '../quarantine.js';
import { hasSql, placesOf } from '../sql/raw.js';
import { Categories } from './categories.js';
import type { PlainColumn, TimeRules } from './column.js';
import { plainColumn } from './columns.js';
import { Days, dateOfDay, dayNumber, type Starts } from './days.js';
import { Counts, Times } from './numbers.js';
import { COUNTS, type Layout, NOT_PLAIN, readRecords, turn } from './records.js';
import { keyOf, markRepeatedRows, type RepeatedRows } from './repeated.js';
import { type TypedRows, writeTyped } from './typed_file.js';

const COMMA = 0x2c;

/**
 * Exports with more text or more rows are read by the engine alone: the rows of one are in
 * memory.
 */
const MOST_BYTES = 64 << 20;
const MOST_ROWS = 1_000_000;

/** Where more than this share of the rows is not plain, the engine reads all of them. */
const OTHERS_SHARE = 1 / 5;

/** What of a table's rules and of its zones decides which rows are plain. */
export interface PlainRules {
  readonly source: Source;
  /** the earliest date that is accepted */
  readonly earliest: string;
  /**
   * when dates begin in the zone of business dates, and in that of times without an offset;
   * undefined for UTC
   */
  readonly business: Starts | undefined;
  readonly local: Starts | undefined;
}

/**
 * Finds what spellings of a category mean; an empty one stands for no text. undefined: a rule is
 * broken.
 */
export type MeaningOf = (
  column: string,
  spellings: readonly string[],
) => Promise<readonly Meaning[]>;
export type Meaning = string | null | undefined;

export interface MainRows extends TypedRows {
  readonly date: string;
  /** the first and the last value of keys, by the name of the key */
  readonly keys: Readonly<Record<string, readonly [string, string]>>;
}

/**
 * An export whose rows were parsed as far as they are written in the usual way, into files with the
 * columns of the contract, `line`, and `repeated`, which is 1 where a row does not count, because
 * its key comes again further down.
 */
export interface PlainExport {
  /** the rows that count and fall on the export's own date, in their order */
  readonly main: MainRows | undefined;
  /** the other ones, in their order */
  readonly beside: TypedRows | undefined;
  /** canonical CSV of the records that are not plain, and how many they are */
  readonly others: TypedRows | undefined;
  /** the raw text of those records by line, where the file is as it was delivered */
  readonly raws: ReadonlyMap<number, string> | undefined;
  readonly repeated: RepeatedRows;
}

/**
 * Whether exports of a table may have plain rows: the columns have types that have a usual way to
 * be written, and no SQL of the configuration makes them.
 */
export function mayBePlain(source: Source): boolean {
  const { format, decimal, thousands, columns, derivation } = source;
  if (
    format !== 'csv' ||
    decimal !== '.' ||
    thousands !== null ||
    derivation !== null ||
    hasSql(source)
  )
    return false;
  return columns.every(({ type, unit, missing }) => {
    if (type === 'text' || type === 'category') return true;
    // a word for missing that looks like a value is for the engine to tell from one
    return type !== 'boolean' && unit !== 'minutes' && !missing.some((word) => /\d/.test(word));
  });
}

/** An export, and what is wanted of it. */
export interface Given {
  readonly name: string;
  /** YYYY-MM-DD */
  readonly date: string;
  readonly prepared: Pick<
    Prepared,
    'path' | 'rewritten' | 'header' | 'csv' | 'firstLine' | 'readable' | 'longest'
  >;
  /** a folder of its own */
  readonly scratch: string;
  /** whether the rows of its own date are kept apart */
  readonly hasMain: boolean;
  /** the places of the keys whose range is wanted of the main rows, by name */
  readonly ranges: ReadonlyMap<string, number>;
}

/** Memory that one export after the other takes: new memory takes longer to get than to fill. */
class Workspace {
  text = new Uint8Array(0);
  marks = new Uint8Array(0);
  lines = new Uint32Array(0);
  starts = new Uint32Array(0);
  days = new Int32Array(0);
  main = new Uint32Array(0);
  beside = new Uint32Array(0);
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work when what came before is done. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const own = this.#last.then(work);
    this.#last = own.catch(() => undefined);
    return own;
  }

  reserve(rows: number): void {
    if (this.marks.length >= rows) return;
    const most = Math.ceil(1.25 * rows);
    this.marks = new Uint8Array(most);
    this.days = new Int32Array(most);
    this.lines = new Uint32Array(most);
    this.starts = new Uint32Array(most + 1);
    this.main = new Uint32Array(most);
    this.beside = new Uint32Array(most);
  }
}

const workspace = new Workspace();

/** Parses what of the exports of a table is written in the usual way. */
export class PlainReader {
  readonly #rules: PlainRules;
  readonly #meaningOf: MeaningOf;
  readonly #business: Days;
  readonly #local: Days;
  readonly #columns: readonly PlainColumn[];
  readonly #keys: readonly (readonly PlainColumn[])[];
  readonly #event: Times | undefined;

  constructor(rules: PlainRules, meaningOf: MeaningOf) {
    const { columns, key, event_time, date_order, delivery } = rules.source;
    this.#rules = rules;
    this.#meaningOf = meaningOf;
    this.#business = new Days(rules.business);
    this.#local = new Days(rules.local);
    this.#columns = columns.map((column) => plainColumn(column, date_order));
    const named = (names: readonly string[]) =>
      names.flatMap((name) => this.#columns.find((column) => column.name === name) ?? []);
    this.#keys = delivery === 'counter' ? [] : key.map(named);
    this.#event = named([event_time]).find((column) => column instanceof Times);
  }

  /**
   * Parses the records of an export that are written in the usual way, without the engine, into
   * files of typed rows. What that means is up to the vocabulary of the engine: a value is read
   * here only where both read the same.
   * @returns undefined where the engine has to read all records
   */
  async read(given: Given): Promise<PlainExport | undefined> {
    const layout = layoutOf(this.#rules.source, given.prepared);
    if (layout === undefined) return undefined;
    return workspace.inTurn(() => this.#read(given, layout));
  }

  async #read(given: Given, layout: Layout): Promise<PlainExport | undefined> {
    const { scratch } = given;
    const text = await readText(given);
    if (text === undefined) return undefined;
    workspace.reserve(layout.rows);
    const times = this.#times(given.date);
    for (const column of this.#columns) column.begin(layout.rows, times);
    const { marks, lines, starts } = workspace;
    if (!(await readRecords(text, layout, this.#columns, workspace))) return undefined;
    await this.#giveMeaning(layout.rows);
    this.#compareTimes(layout.rows);
    const others = rowsWith(marks, layout.rows, NOT_PLAIN);
    if (others.length > OTHERS_SHARE * layout.rows) return undefined;
    const repeated = markRepeatedRows(layout.rows, this.#columns, this.#keys, marks);
    await turn();
    const day = given.hasMain ? this.#ownDay(layout.rows) : undefined;
    const [main, beside] = divide(layout.rows, day);
    const columns = [...this.#columns, new Counts('line', lines), new Counts('repeated', marks)];
    await turn();
    const mainRows = await writeTyped(path.join(scratch, 'main.parquet'), columns, main);
    return {
      main: mainRows && {
        ...mainRows,
        date: dateOfDay(day ?? 0),
        keys: this.#ranges(given.ranges, main),
      },
      beside: await writeTyped(path.join(scratch, 'beside.parquet'), columns, beside),
      others: writeOthers(path.join(scratch, 'others.csv'), others, {
        lines,
        starts,
        text,
        layout,
        given,
      }),
      raws: layout.hasLines ? undefined : rawsOf(others, { lines, starts, text }),
      repeated,
    };
  }

  #times(date: string): TimeRules {
    const business = this.#business;
    const from = business.startOf(dayNumber(this.#rules.earliest));
    return { local: this.#local, from, to: business.startOf(dayNumber(date) + 2) };
  }

  /**
   * Gives the spellings of categories their values; rows with one that breaks a rule are not plain.
   */
  async #giveMeaning(rows: number): Promise<void> {
    const { marks } = workspace;
    for (const column of this.#columns) {
      if (!(column instanceof Categories)) continue;
      const values = await this.#meaningOf(column.name, column.spellings);
      column.mean(values);
      if (!values.includes(undefined)) continue;
      for (let row = 0; row < rows; row++)
        if (values[column.spellingOf(row)] === undefined) marks[row] = NOT_PLAIN;
    }
  }

  /** Rows with a time before the one that it must not be before break a rule. */
  #compareTimes(rows: number): void {
    const { marks } = workspace;
    for (const [i, { not_before }] of this.#rules.source.columns.entries()) {
      const time = this.#columns[i];
      const other = this.#columns.find(({ name }) => name === not_before);
      if (!(time instanceof Times) || !(other instanceof Times)) continue;
      for (let row = 0; row < rows; row++)
        if (time.numberOf(row) < other.numberOf(row)) marks[row] = NOT_PLAIN;
    }
  }

  /**
   * Finds the date of each row, and that on which most rows that count fall, of several the last;
   * undefined where none do.
   */
  #ownDay(rows: number): number | undefined {
    const { marks, days } = workspace;
    const event = this.#event;
    if (event === undefined) return undefined;
    const counts = new Map<number, number>();
    let [last, count] = [NO_DAY, 0];
    for (let row = 0; row < rows; row++) {
      const day = this.#business.dayOf(event.numberOf(row));
      days[row] = Number.isNaN(day) ? NO_DAY : day;
      if (marks[row] !== COUNTS || days[row] === NO_DAY) continue;
      if (day !== last) {
        counts.set(last, count);
        last = day;
        count = counts.get(day) ?? 0;
      }
      count++;
    }
    counts.set(last, count).delete(NO_DAY);
    const most = Math.max(...counts.values());
    const own = [...counts].flatMap(([day, rows]) => (rows === most ? [day] : []));
    return own.length === 0 ? undefined : Math.max(...own);
  }

  /**
   * The first and the last value that the first column of each key has among the rows that are told
   * apart by it.
   */
  #ranges(wanted: Given['ranges'], rows: Uint32Array): Record<string, readonly [string, string]> {
    const ranges: Record<string, readonly [string, string]> = {};
    for (const [name, place] of wanted) {
      const column = this.#keys[place]?.[0];
      if (column === undefined) continue;
      let first = -1;
      let last = -1;
      for (const row of rows) {
        if (keyOf(this.#keys, row) !== place) continue;
        if (first < 0 || column.compare(row, first) < 0) first = row;
        if (last < 0 || column.compare(row, last) > 0) last = row;
      }
      if (first >= 0) ranges[name] = [column.textOf(first), column.textOf(last)];
    }
    return ranges;
  }
}

const NO_DAY = -(2 ** 31);

/** Where the fields of the columns are; undefined where they are not read one by one. */
function layoutOf(source: Source, prepared: Given['prepared']): Layout | undefined {
  const { csv, header, rewritten, firstLine, readable: rows } = prepared;
  const { delimiter, delimiterRest, quote } = csvGrammar(csv, LINE_FEED);
  if (
    rows === 0 ||
    rows > MOST_ROWS ||
    header.length === 0 ||
    (delimiterRest.length > 0 && !rewritten)
  )
    return undefined;
  const found = placesOf(source, header);
  const before = rewritten ? 1 : 0;
  const places = source.columns.map(({ name, constant }) => {
    if (constant !== undefined) return Buffer.from(constant);
    const place = found.get(name);
    return place === undefined ? undefined : place + before;
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

/** The text of an export, which ends in a line feed; undefined where it is too long. */
async function readText({ prepared, name }: Given): Promise<Uint8Array | undefined> {
  const size = sizeOf(prepared.path, name);
  if (size > MOST_BYTES) return undefined;
  if (workspace.text.length <= size) workspace.text = new Uint8Array(Math.ceil(1.25 * size) + 1);
  const bytes = workspace.text.subarray(0, size + 1);
  const file = openExport({ path: prepared.path, name });
  try {
    const found = await file.read(bytes.subarray(0, size), 0);
    if (found !== size) return undefined;
  } finally {
    file.close();
  }
  if (bytes[size - 1] === LINE_FEED) return bytes.subarray(0, size);
  bytes[size] = LINE_FEED;
  return bytes;
}

function rowsWith(marks: Uint8Array, count: number, mark: number): Uint32Array {
  const rows: number[] = [];
  for (let row = 0; row < count; row++) if (marks[row] === mark) rows.push(row);
  return Uint32Array.from(rows);
}

/** The plain rows that count and fall on a date, and the other ones. */
function divide(rows: number, day: number | undefined): [Uint32Array, Uint32Array] {
  const { marks, days, main, beside } = workspace;
  let [mains, besides] = [0, 0];
  for (let row = 0; row < rows; row++) {
    if (marks[row] === NOT_PLAIN) continue;
    if (day !== undefined && marks[row] === COUNTS && days[row] === day) main[mains++] = row;
    else beside[besides++] = row;
  }
  return [main.subarray(0, mains), beside.subarray(0, besides)];
}

interface OtherRecords {
  readonly lines: Uint32Array;
  readonly starts: Uint32Array;
  readonly text: Uint8Array;
  readonly layout: Layout;
  readonly given: Given;
}

function rawsOf(
  rows: Uint32Array,
  { lines, starts, text }: Pick<OtherRecords, 'lines' | 'starts' | 'text'>,
) {
  const raws = new Map<number, string>();
  for (const row of rows) {
    const record = text.subarray(starts[row], (starts[row + 1] as number) - 1);
    const end = record.at(-1) === CARRIAGE_RETURN ? record.length - 1 : record.length;
    raws.set(lines[row] as number, rawText(record.subarray(0, end), Number.POSITIVE_INFINITY));
  }
  return raws;
}

/** Writes the records of rows as canonical CSV, the line first. */
function writeOthers(
  target: string,
  rows: Uint32Array,
  { lines, starts, text, layout, given: { prepared } }: OtherRecords,
): TypedRows | undefined {
  if (rows.length === 0) return undefined;
  const recordOf = (row: number) => text.subarray(starts[row], starts[row + 1]);
  if (layout.hasLines) {
    const file = new ScratchFile(target);
    try {
      for (const row of rows) file.write(recordOf(row));
    } finally {
      file.close();
    }
    return { path: target, rows: rows.length };
  }
  const grammar = csvGrammar(prepared.csv, LINE_FEED);
  const record = new RecordSplitter(grammar, { ...LIMITS, record: prepared.longest });
  record.columns = layout.width;
  const out = new CsvFile(target);
  try {
    for (const row of rows) {
      const bytes = Buffer.from(recordOf(row));
      record.split({ bytes, end: bytes.length, last: true, ascii: false }, 0);
      writeRecord(out, { line: lines[row] as number, bytes, record, grammar }, layout.width);
    }
  } finally {
    out.close();
  }
  return { path: target, rows: rows.length };
}
