import path from 'node:path';
import type { Source } from '../../config/source.js';
import { LINE_FEED } from '../csv/dialect.js';
import { openExport, sizeOf } from '../export_file.js';
import type { Prepared } from '../prepared.js';
import { hasSql } from '../sql/raw.js';
import { dateOfDay } from './days.js';
import { type Layout, layoutOf } from './layout.js';
import { Module } from './module.js';
import { rawsOf, writeOthers } from './others.js';
import {
  type MeaningOf,
  type PlainRules,
  PlainTable,
  type RepeatedRows,
  type Text,
} from './table.js';
import { type TypedRows, writeTyped } from './typed_file.js';

/** Exports with more text are read by the engine alone: that of one is in memory. */
const MOST_BYTES = 64 << 20;

/** Where more than this share of the rows is not plain, the engine reads all of them. */
const OTHERS_SHARE = 1 / 5;

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

/** The reading of the export before: one after the other takes the memory of the module. */
let last: Promise<unknown> = Promise.resolve();

/** Parses what of the exports of a table is written in the usual way. */
export class PlainReader {
  readonly #rules: PlainRules;
  readonly #meaningOf: MeaningOf;

  constructor(rules: PlainRules, meaningOf: MeaningOf) {
    this.#rules = rules;
    this.#meaningOf = meaningOf;
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
    const own = last.then(() => this.#read(given, layout));
    last = own.catch(() => undefined);
    return own;
  }

  async #read(given: Given, layout: Layout): Promise<PlainExport | undefined> {
    const { scratch, prepared } = given;
    Module.get().calls.clear();
    const text = await readText(given);
    if (text === undefined) return undefined;
    const table = new PlainTable(text, layout, this.#rules, given.date);
    if (!(await table.read(this.#meaningOf))) return undefined;
    const { others } = table;
    if (others.length > OTHERS_SHARE * layout.rows) return undefined;
    const repeated = table.markRepeated();
    const { day, main, beside } = table.divide(given.hasMain);
    const keys = table.ranges(given.ranges, main);
    const columns = table.written;
    const mainRows = writeTyped(path.join(scratch, 'main.parquet'), columns, main);
    return {
      main: mainRows && { ...mainRows, date: dateOfDay(day ?? 0), keys },
      beside: writeTyped(path.join(scratch, 'beside.parquet'), columns, beside),
      others: writeOthers(path.join(scratch, 'others.csv'), others, layout, prepared),
      raws: layout.hasLines ? undefined : rawsOf(others),
      repeated,
    };
  }
}

/** Line feeds behind a text: where fields end is looked for in 64 bytes at once. */
const BEHIND = 64;

/** Reads the text of an export, which ends in a line feed; undefined where it is too long. */
async function readText({ prepared, name }: Given): Promise<Text | undefined> {
  const size = sizeOf(prepared.path, name);
  if (size > MOST_BYTES) return undefined;
  const module = Module.get();
  const at = module.calls.take(size + BEHIND);
  const bytes = module.bytesAt(at, size + BEHIND);
  const file = openExport({ path: prepared.path, name });
  try {
    const found = await file.read(bytes.subarray(0, size), 0);
    if (found !== size) return undefined;
  } finally {
    file.close();
  }
  bytes.fill(LINE_FEED, size);
  return { at, end: at + (bytes[size - 1] === LINE_FEED ? size : size + 1) };
}
