import { loadWasm, type Memory } from '../wasm.js';

/** Where something begins in the memory of the module. */
export type Address = number;

/** What wasm/ exports; its comments say more. The texts, records and columns are in its memory. */
interface Exports {
  readonly memory: Memory;
  clear(): void;
  take(bytes: number): Address;
  newWords(room: number): Address;
  addWord(words: Address, from: Address, length: number): void;
  newZone(first: number, count: number, starts: Address): Address;
  startOf(zone: Address, day: number): bigint;
  newRecords(rows: number, width: number): Address;
  setText(records: Address, at: Address, end: Address): void;
  setGrammar(records: Address, delimiter: number, quote: number, emptyIsMissing: boolean): void;
  setLines(records: Address, hasLines: boolean, firstLine: number): void;
  linesOf(records: Address): Address;
  startsOf(records: Address): Address;
  lineColumn(records: Address): Address;
  repeatedColumn(records: Address): Address;
  newColumn(records: Address, kind: number): Address;
  valuesOf(column: Address): Address;
  setPlace(column: Address, records: Address, place: number): void;
  setConstant(column: Address, from: Address, length: number): void;
  setLimits(column: Address, low: bigint, high: bigint): void;
  setEmpty(column: Address, fallback: bigint, mayBeEmpty: boolean): void;
  setWords(column: Address, missing: Address, accepted: Address): void;
  countSpellings(column: Address): number;
  spellingsOf(column: Address): Address;
  setTimes(local: Address, order: number): void;
  readRecords(records: Address, columns: Address): number;
  giveMeaning(column: Address, meanings: Address, rows: number): void;
  compareTimes(time: Address, other: Address, rows: number): void;
  markRepeated(records: Address, columns: Address, keys: Address): void;
  readonly repeated: { readonly value: number };
  readonly conflicts: { readonly value: number };
  rangeOf(keys: Address, key: Address, rows: Address, count: number): Address;
  markOtherDates(records: Address, event: Address, zone: Address): number;
  select(records: Address, marks: number): Address;
  readonly selected: { readonly value: number };
  gather(column: Address, rows: Address, count: number): Address;
  readonly gathered: { readonly value: number };
  readonly present: { readonly value: number };
  readonly levels: { readonly value: Address };
}

/** In place of a value, where a row has none; a date that is not known. */
export const MISSING = 0x7ff8000000000000n;
export const NO_DAY = -(2 ** 31);

/** The compiled module, and its memory: one export after the other takes it. */
export class Module {
  static #only: Module | undefined;
  readonly calls: Exports;

  static get(): Module {
    Module.#only ??= new Module();
    return Module.#only;
  }

  private constructor() {
    this.calls = loadWasm<Exports>('plain', {
      numbers: { longDouble: (from, to) => Number(this.textAt(from, to - from)) },
      memory: {
        noMemory: () => {
          throw new Error('expected memory for the rows of an export, found none left');
        },
      },
    });
  }

  /** The bytes from an address on, until more memory is taken. */
  bytesAt(address: Address, length?: number): Uint8Array {
    return new Uint8Array(this.calls.memory.buffer, address, length);
  }

  /** Numbers of 4 bytes, until more memory is taken. */
  numbersAt(address: Address, length: number): Uint32Array {
    return new Uint32Array(this.calls.memory.buffer, address, length);
  }

  /** The text at an address. */
  textAt(address: Address, length: number): string {
    return Buffer.from(this.calls.memory.buffer, address, length).toString();
  }

  put(bytes: Uint8Array): Address {
    const address = this.calls.take(bytes.length);
    this.bytesAt(address, bytes.length).set(bytes);
    return address;
  }

  putNumbers(numbers: readonly number[]): Address {
    const address = this.calls.take(4 * numbers.length);
    this.numbersAt(address, numbers.length).set(numbers);
    return address;
  }

  putLongs(numbers: readonly bigint[]): Address {
    const address = this.calls.take(8 * numbers.length);
    new BigInt64Array(this.calls.memory.buffer, address, numbers.length).set(numbers);
    return address;
  }

  putWords(words: readonly string[]): Address {
    const address = this.calls.newWords(words.length);
    for (const word of words) {
      const bytes = Buffer.from(word);
      this.calls.addWord(address, this.put(bytes), bytes.length);
    }
    return address;
  }
}
