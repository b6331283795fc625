import type { SourceColumn } from '../../config/source.js';
import { type Address, MISSING, Module } from './module.js';

/** The type of a column in a typed file. */
export type PlainType = 'integer' | 'double' | 'timestamp' | 'text' | 'count';

/** A column as it is written: its values are in the memory of the module. */
export interface Writable {
  readonly name: string;
  readonly type: PlainType;
  readonly address: Address;
  /** the values of a category */
  readonly dictionary?: readonly Uint8Array[];
}

/** Kinds of columns, as the module numbers them, and the type of each in a typed file. */
const KINDS: Record<SourceColumn['type'], readonly [number, PlainType]> = {
  integer: [0, 'integer'],
  duration: [0, 'integer'],
  double: [1, 'double'],
  timestamp: [2, 'timestamp'],
  text: [3, 'text'],
  boolean: [3, 'text'],
  category: [4, 'text'],
};

/** No whole number that is read is as large. */
const LARGE = 1e18;
/** Microseconds up to this instant, in the year 2255, are exact in a double. */
const LAST_INSTANT = BigInt(Number.MAX_SAFE_INTEGER);

/** In place of the value of a spelling that breaks a rule. */
const BROKEN = MISSING + 1n;

/** The first instant that is accepted, and the first after it that is not; MISSING: not known. */
export interface Accepted {
  readonly from: bigint;
  readonly to: bigint;
}

/** One column of the rows of an export that are written in the usual way. */
export class PlainColumn implements Writable {
  readonly name: string;
  readonly type: PlainType;
  readonly address: Address;
  /** in their order, from when it is known what spellings mean */
  dictionary?: readonly Buffer[];
  readonly #module = Module.get();
  readonly #column: SourceColumn;

  /** @param times that are accepted */
  constructor(records: Address, column: SourceColumn, times: Accepted) {
    const { calls } = this.#module;
    const [kind, type] = KINDS[column.type];
    this.#column = column;
    this.name = column.name;
    this.type = type;
    this.address = calls.newColumn(records, kind);
    if (column.type === 'category') return;
    const { missing, accepted } = column;
    const words = this.#module.putWords(missing.filter((word) => word !== ''));
    const all = type === 'text' && accepted ? this.#module.putWords(accepted) : 0;
    calls.setWords(this.address, words, all);
    const [low, high] = this.#limits(times);
    calls.setLimits(this.address, low, high);
    calls.setEmpty(this.address, ...this.#empty(low, high));
  }

  get isTime(): boolean {
    return this.type === 'timestamp';
  }

  get isCategory(): boolean {
    return this.#column.type === 'category';
  }

  /** The least and the greatest value that is accepted; of doubles their bits. */
  #limits({ from, to }: Accepted): readonly [bigint, bigint] {
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = this.#column;
    const within = (value: number, most: number) => Math.min(Math.max(value, -most), most);
    if (this.type === 'double')
      return [bitsOf(within(min, Number.MAX_VALUE)), bitsOf(within(max, Number.MAX_VALUE))];
    if (this.type === 'integer')
      return [BigInt(Math.ceil(within(min, LARGE))), BigInt(Math.floor(within(max, LARGE)))];
    if (to === MISSING) return [from, from - 1n];
    return [from, to > LAST_INSTANT ? LAST_INSTANT : to - 1n];
  }

  /** The value of a row without text, and whether such a row is plain. */
  #empty(low: bigint, high: bigint): [bigint, boolean] {
    const { required, default: fallback, accepted, min, max } = this.#column;
    if (fallback === undefined) return [MISSING, !required];
    const text = String(fallback);
    if (this.type === 'integer') {
      const value = BigInt(text);
      return [value, value >= low && value <= high];
    }
    if (this.type === 'double') {
      const value = Number(text);
      const isPlain = /^-?[0-9]+([.][0-9]+)?$/.test(text) && Number.isFinite(value);
      return [bitsOf(value), isPlain && value >= (min ?? -Infinity) && value <= (max ?? Infinity)];
    }
    if (this.isTime) return [MISSING, false];
    const bytes = Buffer.from(text);
    const value = BigInt(this.#module.put(bytes)) | (BigInt(bytes.length) << 32n);
    return [value, accepted === undefined || accepted.includes(text)];
  }

  /** The spellings that were read; an empty one stands for no text. */
  get spellings(): string[] {
    const { calls } = this.#module;
    const count = calls.countSpellings(this.address);
    const words = this.#module.numbersAt(calls.spellingsOf(this.address), 2 * count);
    return Array.from({ length: count }, (_, i) =>
      this.#module.textAt(words[2 * i] as number, words[2 * i + 1] as number),
    );
  }

  /** Gives each spelling its value: null for none, undefined where a row with it breaks a rule. */
  mean(meanings: readonly (string | null | undefined)[], rows: number): void {
    const values = [...new Set(meanings)].flatMap((value) =>
      value === null || value === undefined ? [] : [Buffer.from(value)],
    );
    this.dictionary = values.sort(Buffer.compare);
    const places = new Map(values.map((value, i) => [value.toString(), BigInt(i)]));
    const found = meanings.map((value) => {
      if (value === undefined) return BROKEN;
      return value === null ? MISSING : (places.get(value) ?? BROKEN);
    });
    this.#module.calls.giveMeaning(this.address, this.#module.putLongs(found), rows);
  }

  /** The value of a row, which has one, as SQL would print it. */
  textOf(row: number): string {
    const { calls } = this.#module;
    const at = calls.valuesOf(this.address) + 8 * row;
    const view = new DataView(calls.memory.buffer, at, 8);
    if (this.dictionary !== undefined) return String(this.dictionary[view.getUint32(0, true)]);
    if (this.type === 'text')
      return this.#module.textAt(view.getUint32(0, true), view.getUint32(4, true));
    if (this.type === 'double') return String(view.getFloat64(0, true));
    const value = view.getBigInt64(0, true);
    return this.isTime ? timeText(Number(value)) : String(value);
  }
}

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigInt64(0);
}

function timeText(micros: number): string {
  const millis = Math.floor(micros / 1000);
  const rest = String(micros - 1000 * millis).padStart(3, '0');
  return `${new Date(millis).toISOString().replace('T', ' ').replace('Z', rest)}`.replace(
    /\.?0+$/,
    '',
  );
}
