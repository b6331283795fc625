import { LINE_FEED, QUOTE } from './dialect.js';
import { ScratchFile } from './scratch_file.js';

const COMMA = 0x2c;
const DIGIT_ZERO = 0x30;
const FLUSH_AT = 1 << 16;

/**
 * A canonical CSV file in the scratch folder, written from its start in constant memory: commas,
 * `\n`, no header, every text quoted.
 */
export class CsvFile {
  readonly #file: ScratchFile;
  #buffer = Buffer.alloc(0);
  #filled = 0;
  #atRecordStart = true;
  #closed = false;

  constructor(path: string) {
    this.#file = new ScratchFile(path);
  }

  get path(): string {
    return this.#file.path;
  }

  /** A quoted field. */
  text(value: string): void {
    this.bytes(Buffer.from(value));
  }

  /** A quoted whole number, not negative. */
  number(value: number): void {
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    this.#field(digits + 2);
    const first = this.#filled;
    this.#filled = first + digits + 2;
    this.#buffer[first] = QUOTE;
    this.#buffer[first + digits + 1] = QUOTE;
    for (let at = first + digits, rest = value; at > first; at--, rest = Math.floor(rest / 10)) {
      this.#buffer[at] = DIGIT_ZERO + (rest % 10);
    }
  }

  /** A quoted field from bytes. */
  bytes(source: Uint8Array): void {
    this.#field(2 * source.length + 2);
    this.#quote(source);
  }

  /** An empty field without quotes. */
  nothing(): void {
    this.#field(0);
  }

  endRecord(): void {
    this.#reserve(1);
    this.#buffer[this.#filled++] = LINE_FEED;
    this.#atRecordStart = true;
  }

  /** Writes what is left; a second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#flush();
    } finally {
      this.#file.close();
    }
  }

  #field(bytes: number): void {
    this.#reserve(bytes + 1);
    if (!this.#atRecordStart) this.#buffer[this.#filled++] = COMMA;
    this.#atRecordStart = false;
  }

  #quote(source: Uint8Array): void {
    const buffer = this.#buffer;
    let at = this.#filled;
    buffer[at++] = QUOTE;
    for (let from = 0; from < source.length; from++) {
      const byte = source[from] as number;
      buffer[at++] = byte;
      if (byte === QUOTE) buffer[at++] = QUOTE;
    }
    buffer[at++] = QUOTE;
    this.#filled = at;
  }

  #reserve(bytes: number): void {
    if (this.#filled + bytes <= this.#buffer.length) return;
    this.#flush();
    if (bytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(Math.max(bytes, FLUSH_AT));
  }

  #flush(): void {
    this.#file.write(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }
}
