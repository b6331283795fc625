import { type Address, Module } from './module.js';

/** What became of a row, as the module numbers it. */
export type Mark = keyof typeof MARKS;
const MARKS = { counts: 0, repeated: 1, notPlain: 2, otherDate: 3 };

/** Some rows of an export: their numbers in the memory of the module. */
export class Rows {
  readonly address: Address;
  readonly count: number;

  constructor(address: Address, count: number) {
    this.address = address;
    this.count = count;
  }

  /** The rows that have one of some marks, in their order. */
  static with(records: Address, ...marks: readonly Mark[]): Rows {
    const { calls } = Module.get();
    const bits = marks.reduce((sum, mark) => sum | (1 << MARKS[mark]), 0);
    const address = calls.select(records, bits);
    return new Rows(address, calls.selected.value);
  }

  slice(from: number, to: number): Rows {
    return new Rows(this.address + 4 * from, Math.min(to, this.count) - from);
  }

  /** The numbers, until more memory is taken. */
  get numbers(): Uint32Array {
    return Module.get().numbersAt(this.address, this.count);
  }
}
