import type { Source } from '../../config/source.js';
import { PlainColumn, type Writable } from './column.js';
import { dayNumber, type Starts } from './days.js';
import { firstRecord, type Layout } from './layout.js';
import { type Address, Module, NO_DAY } from './module.js';
import type { OtherRecord } from './others.js';
import { Rows } from './rows.js';

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

/** Rows whose key comes again further down. */
export interface RepeatedRows {
  readonly rows: number;
  /** of them, those that differ from the row that counts */
  readonly conflicts: number;
}

/** The text of an export, in the memory of the module. */
export interface Text {
  readonly at: Address;
  /** where it ends, in a line feed */
  readonly end: Address;
}

/** The rows of one export, in the memory of the module until that is cleared. */
export class PlainTable {
  readonly #module = Module.get();
  readonly #rules: PlainRules;
  readonly #layout: Layout;
  readonly #records: Address;
  readonly #columns: readonly PlainColumn[];
  /** lists of columns: all of them, and those of each key, which follow each other */
  readonly #all: Address;
  readonly #keys: readonly (readonly PlainColumn[])[];
  readonly #keyLists: Address;
  readonly #business: Address;

  /** @param date of the export */
  constructor(text: Text, layout: Layout, rules: PlainRules, date: string) {
    const { calls } = this.#module;
    const { source, earliest } = rules;
    this.#rules = rules;
    this.#layout = layout;
    this.#business = this.#zone(rules.business);
    const from = calls.startOf(this.#business, dayNumber(earliest));
    const to = calls.startOf(this.#business, dayNumber(date) + 2);
    calls.setTimes(this.#zone(rules.local), ORDERS[source.date_order ?? 'unknown']);
    this.#records = this.#newRecords(text);
    this.#columns = source.columns.map((column, i) => {
      const made = new PlainColumn(this.#records, column, { from, to });
      this.#place(made, layout.places[i] ?? NOTHING);
      return made;
    });
    const keys = source.delivery === 'counter' ? [] : source.key;
    this.#keys = keys.map((key) => this.#named(key));
    this.#all = this.#module.putNumbers(listOf(this.#columns));
    this.#keyLists = this.#module.putNumbers([...this.#keys.flatMap(listOf), 0]);
  }

  /** UTC where it is not known when dates begin. */
  #zone(starts: Starts | undefined): Address {
    const { first, instants } = starts ?? { first: 0, instants: new Float64Array(0) };
    const longs = this.#module.putLongs(Array.from(instants, (instant) => BigInt(instant)));
    return this.#module.calls.newZone(first, instants.length, longs);
  }

  #newRecords({ at, end }: Text): Address {
    const { calls } = this.#module;
    const { rows, width, delimiter, quote, emptyIsMissing, hasLines, firstLine } = this.#layout;
    const records = calls.newRecords(rows, width);
    const first = firstRecord(this.#module.bytesAt(at, end - at), this.#layout);
    calls.setText(records, at + first, end);
    calls.setGrammar(records, delimiter, quote, emptyIsMissing);
    calls.setLines(records, hasLines, firstLine);
    return records;
  }

  /** Says where the texts of a column are. */
  #place({ address }: PlainColumn, place: number | Uint8Array): void {
    const { calls } = this.#module;
    if (typeof place === 'number') calls.setPlace(address, this.#records, place);
    else calls.setConstant(address, this.#module.put(place), place.length);
  }

  #named(names: readonly string[]): PlainColumn[] {
    return names.flatMap((name) => this.#columns.find((column) => column.name === name) ?? []);
  }

  /**
   * Reads the records.
   * @returns whether they are as the layout says
   */
  async read(meaningOf: MeaningOf): Promise<boolean> {
    const { calls } = this.#module;
    const { rows } = this.#layout;
    if (calls.readRecords(this.#records, this.#all) === 0) return false;
    for (const column of this.#columns) {
      if (!column.isCategory) continue;
      column.mean(await meaningOf(column.name, column.spellings), rows);
    }
    for (const [i, { not_before: earlier }] of this.#rules.source.columns.entries()) {
      const time = this.#columns[i];
      const other = this.#columns.find(({ name }) => name === earlier);
      if (time?.isTime && other?.isTime) calls.compareTimes(time.address, other.address, rows);
    }
    return true;
  }

  /** The records that are not plain. */
  get others(): OtherRecord[] {
    const { calls } = this.#module;
    const { rows } = this.#layout;
    const others = Rows.with(this.#records, 'notPlain').numbers;
    const lines = this.#module.numbersAt(calls.linesOf(this.#records), rows);
    const starts = this.#module.numbersAt(calls.startsOf(this.#records), rows + 1);
    return Array.from(others, (row) => ({
      line: lines[row] as number,
      address: starts[row] as number,
      length: (starts[row + 1] as number) - (starts[row] as number),
    }));
  }

  /** Marks the rows whose key comes again further down: the last one counts. */
  markRepeated(): RepeatedRows {
    const { calls } = this.#module;
    calls.markRepeated(this.#records, this.#all, this.#keyLists);
    return { rows: calls.repeated.value, conflicts: calls.conflicts.value };
  }

  /**
   * Finds the date on which most rows that count fall, of several the last.
   * @returns its number, or undefined, and the rows that count and fall on it, and the other ones
   */
  divide(hasMain: boolean): { day: number | undefined; main: Rows; beside: Rows } {
    const event = this.#named([this.#rules.source.event_time]).find(({ isTime }) => isTime);
    const records = this.#records;
    const day =
      hasMain && event !== undefined
        ? this.#module.calls.markOtherDates(records, event.address, this.#business)
        : NO_DAY;
    if (day === NO_DAY)
      return {
        day: undefined,
        main: Rows.with(records),
        beside: Rows.with(records, 'counts', 'repeated', 'otherDate'),
      };
    return {
      day,
      main: Rows.with(records, 'counts'),
      beside: Rows.with(records, 'repeated', 'otherDate'),
    };
  }

  /**
   * The first and the last value of each key's first column, among the rows that this key
   * identifies.
   */
  ranges(
    wanted: ReadonlyMap<string, number>,
    rows: Rows,
  ): Record<string, readonly [string, string]> {
    const ranges: Record<string, readonly [string, string]> = {};
    for (const [name, place] of wanted) {
      const column = this.#keys[place]?.[0];
      if (column === undefined) continue;
      const before = this.#keys.slice(0, place).flatMap(listOf).length;
      const key = this.#keyLists + 4 * before;
      const range = this.#module.calls.rangeOf(this.#keyLists, key, rows.address, rows.count);
      const [first = NO_ROW, last = NO_ROW] = this.#module.numbersAt(range, 2);
      if (first !== NO_ROW) ranges[name] = [column.textOf(first), column.textOf(last)];
    }
    return ranges;
  }

  /** The columns of the contract, and two more. */
  get written(): readonly Writable[] {
    const { calls } = this.#module;
    return [
      ...this.#columns,
      { name: 'line', type: 'count', address: calls.lineColumn(this.#records) },
      { name: '_repeated', type: 'count', address: calls.repeatedColumn(this.#records) },
    ];
  }
}

const ORDERS = { unknown: 0, month_first: 1, day_first: 2 };
const NO_ROW = 2 ** 32 - 1;
const NOTHING = new Uint8Array(0);

/** Columns as the module lists them: how many they are, and their addresses. */
function listOf(columns: readonly PlainColumn[]): number[] {
  return [columns.length, ...columns.map(({ address }) => address)];
}
