import { CsvFile } from './csv/canonical.js';

/** Raw text that is kept of one quarantined record, in bytes. */
const RAW_LIMIT = 1 << 16;

/** The rule under which records count that a person has given up; its value is the reason. */
export const DISCARDED = 'discarded';

/** A record that is kept out of the staged rows, and why. */
export interface QuarantineEntry {
  /** Where it begins in the decompressed export, counted from 1. */
  readonly line: number;
  readonly rule: string;
  /** The column that the rule speaks of; null when it speaks of the whole record. */
  readonly column: string | null;
  /** The value, or the detail, that broke the rule. */
  readonly value: string | null;
  readonly raw: string;
}

/**
 * The records of one export that were refused, as canonical CSV in scratch: line, rule, column,
 * value, raw. All fields are quoted; a null is an empty field without quotes. Append-only, in
 * constant memory.
 */
export class QuarantineFile {
  readonly #file: CsvFile;
  readonly #counts = new Map<string, number>();
  readonly #discards: ReadonlyMap<number, string>;
  readonly #isErased: (raw: string) => boolean;
  /** lines of the records that are left out, because they are of a person who was erased */
  readonly erased: number[] = [];

  /**
   * @param discards why the records that begin on these lines are given up, whichever rule they
   * break
   * @param isErased whether the text of a record is of a person who was erased
   */
  constructor(
    path: string,
    discards: ReadonlyMap<number, string> = new Map(),
    isErased: (raw: string) => boolean = () => false,
  ) {
    this.#file = new CsvFile(path);
    this.#discards = discards;
    this.#isErased = isErased;
  }

  get path(): string {
    return this.#file.path;
  }

  /** Records by rule. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  add(found: QuarantineEntry): void {
    // where a column is named, the record was read, and its rows were looked at
    if (found.column === null && this.#isErased(found.raw)) {
      this.erased.push(found.line);
      return;
    }
    const reason = this.#discards.get(found.line);
    const entry =
      reason === undefined ? found : { ...found, rule: DISCARDED, column: null, value: reason };
    this.#file.number(entry.line);
    this.#file.text(entry.rule);
    this.#optional(entry.column);
    this.#optional(entry.value);
    this.#file.text(entry.raw);
    this.#file.endRecord();
    this.#counts.set(entry.rule, (this.#counts.get(entry.rule) ?? 0) + 1);
  }

  /** Writes what is still in memory. The file is complete only then. */
  close(): void {
    this.#file.close();
  }

  #optional(text: string | null): void {
    if (text === null) this.#file.nothing();
    else this.#file.text(text);
  }
}

/**
 * Bytes as text: what is not UTF-8 becomes U+FFFD, and no more than `limit` bytes are taken, in
 * whole characters.
 */
export function rawText(bytes: Uint8Array, limit = RAW_LIMIT): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return bytes.length <= limit
    ? decoder.decode(bytes)
    : decoder.decode(bytes.subarray(0, limit), { stream: true });
}

/** Text of an export for a message: quoted, so that nothing in it acts on a terminal. */
export function quoted(text: string | null): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (found) => {
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
