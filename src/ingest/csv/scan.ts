import { Utf8Check } from '../text/utf8.js';
import { loadWasm, type Memory } from '../wasm.js';
import { type Grammar, MARK, NONE, NUL } from './dialect.js';
import { LineIndex, MARK_EVERY } from './line_index.js';

/** What a line is known by that may be the header once more. */
interface Header {
  /** bytes that it may have */
  readonly sizes: ReadonlySet<number>;
  /** bytes that it may begin with: those of its fields in either case, a quote, or a mark */
  readonly firsts: ReadonlySet<number | undefined>;
  /** and bytes that it may end with */
  readonly lasts: ReadonlySet<number | undefined>;
  /** its fields, as all its spellings have them */
  readonly text: string;
}

/** What wasm/ exports; its comments say more. */
interface Exports {
  readonly memory: Memory;
  readonly state: { readonly value: number };
  room(bytes: number): number;
  scan(bytes: number): number;
  end(): number;
}

// In the state of a scan, which has 21 words of 4 bytes.
const [LINES, WIDTH, LINE_START] = [12, 13, 15] as const;
const WORDS = 21;

/** The module, which all scans share; what it asks is for the one that is at work. */
let module: Exports | undefined;
let atWork: Scanning | undefined;

interface Scanning {
  isHeader(start: number, end: number): boolean;
  mark(start: number): void;
}

function load(): Exports {
  return loadWasm('scan', {
    index: {
      isHeader: (start, end) => atWork?.isHeader(start, end),
      mark: (start) => atWork?.mark(start),
    },
  });
}

/**
 * One pass over the decompressed bytes that tells whether a file is *simple*: the engine's fast
 * reader is sure to see the same records and fields as we do. Every line ends alike, none is blank
 * or too long, all have as many fields as the first, quotes are regular and hold no newline, and
 * the text is UTF-8 without NUL.
 * The module in wasm/ looks at 64 bytes together.
 */
export class PlainScan {
  readonly index = new LineIndex();
  simple = true;
  /** Lines, the header's among them; right only for a simple file. */
  lines = 0;
  /** Fields of each line. */
  width = 0;

  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  /** The header, which no other line may be. */
  readonly #header: Header | undefined;
  readonly #utf8 = new Utf8Check();
  /** what the module knows of the bytes so far */
  readonly #state: Int32Array;
  #offset: number;

  /** Of the line that the last chunk left open, as much as tells whether it is the header. */
  #open = Buffer.alloc(0);

  /**
   * @param grammar of a CSV file
   * @param start offset of the first byte that will be pushed (after a byte order mark)
   * @param longest line in bytes, without its end
   * @param header text of the first line; undefined where that is a record
   */
  constructor(grammar: Grammar, start: number, longest: number, header?: string) {
    this.#delimiter = grammar.delimiter;
    // NUL for a quote that is none: a byte that makes no file simple anyway.
    this.#quote = grammar.quote === NONE ? NUL : grammar.quote;
    this.#escape = grammar.escape;
    this.#offset = start;
    this.index.add(1, start);
    this.#header = header === undefined ? undefined : this.#headerOf(Buffer.from(header));
    const sizes = [...(this.#header?.sizes ?? []), 0, 0, 0, 0, 0, 0, 0, 0].slice(0, 8);
    const settings = [this.#delimiter, this.#quote, longest, MARK_EVERY];
    // the first line has one field so far, and nothing before it
    this.#state = Int32Array.of(...sizes, ...settings, 0, 0, 0, 0, 1, 0, 0, 0, 1);
    this.simple = this.#delimiter <= 0xff && this.#quote <= 0xff;
  }

  #headerOf(line: Buffer): Header {
    const quotes = line.filter((byte) => byte === this.#quote).length;
    const fields = line.filter((byte) => byte === this.#delimiter).length + 1;
    const bare = line.length - quotes;
    const sizes = [line.length, bare, bare + 2 * fields].flatMap((size) => [
      size,
      size + MARK.length,
    ]);
    const text = this.#likeness(line);
    const fieldTexts = text.split('\n');
    const inEitherCase = (letters: string[]) =>
      letters.flatMap((letter) => [letter.charCodeAt(0), letter.toUpperCase().charCodeAt(0)]);
    const firsts = inEitherCase(fieldTexts.map((field) => field.slice(0, 1)));
    const lasts = inEitherCase(fieldTexts.map((field) => field.slice(-1)));
    // a field without a name begins with what follows it, and ends with what comes before it
    const others = [this.#quote, this.#delimiter];
    return {
      sizes: new Set(sizes),
      firsts: new Set([...firsts, ...others, MARK[0]]),
      lasts: new Set([...lasts, ...others]),
      text,
    };
  }

  /** Reads on. The bytes are not kept. */
  push(chunk: Uint8Array): void {
    if (!this.simple) return;
    const escapes = this.#escape !== NONE && chunk.includes(this.#escape);
    this.simple =
      !escapes && this.#utf8.push(chunk) && this.#run(chunk, ({ scan }) => scan(chunk.length));
    this.#keepOpen(chunk);
    this.#offset += chunk.length;
  }

  /** To be called once after the last chunk. */
  end(): void {
    if (!this.simple) return;
    const nothing = new Uint8Array(0);
    this.simple = this.#utf8.end() && this.#run(nothing, ({ end }) => end());
    this.lines = this.#state[LINES] as number;
    this.width = this.#state[WIDTH] as number;
  }

  /** Has the module read a chunk, or the end. @returns whether the text is simple so far */
  #run(chunk: Uint8Array, read: (module: Exports) => number): boolean {
    module ??= load();
    const at = module.room(chunk.length);
    const { buffer } = module.memory;
    new Uint8Array(buffer).set(chunk, at);
    const state = new Int32Array(buffer, module.state.value, WORDS);
    state.set(this.#state);
    atWork = {
      isHeader: (start, end) => this.#isHeader(start, end, chunk),
      mark: (start) => this.index.add((state[LINES] as number) + 1, this.#offset + start),
    };
    const isSimple = read(module) !== 0;
    this.#state.set(state);
    return isSimple;
  }

  /**
   * Whether a line of as many bytes as the header is the header once more, in quotes or without, in
   * another case or order, or behind a byte order mark where files were joined. Such a file is read
   * with care.
   * @param start in the chunk, as `end`; below 0 where it was open before
   */
  #isHeader(start: number, end: number, chunk: Uint8Array): boolean {
    if (this.#header === undefined) return false;
    if (end > 0 && !this.#header.lasts.has(chunk[end - 1])) return false;
    if (!this.#header.firsts.has(start < 0 ? this.#open[0] : chunk[start])) return false;
    const inChunk = chunk.subarray(Math.max(0, start), Math.max(0, end));
    const line = start < 0 ? Buffer.concat([this.#open, inChunk]) : inChunk;
    return this.#likeness(line.subarray(0, end - start)) === this.#header.text;
  }

  /**
   * The fields of a line, in an order that does not depend on theirs, whatever their case and
   * quotes.
   */
  #likeness(line: Uint8Array): string {
    const quote = String.fromCharCode(this.#quote);
    const text = Buffer.from(MARK.equals(line.subarray(0, 3)) ? line.subarray(3) : line).toString(
      'latin1',
    );
    const fields = text
      .toLowerCase()
      .replaceAll(quote, '')
      .split(String.fromCharCode(this.#delimiter));
    return fields.sort().join('\n');
  }

  /** Keeps the part of a line that ends in a later chunk, unless it is longer than the header. */
  #keepOpen(chunk: Uint8Array): void {
    if (this.#header === undefined) return;
    // the state is of the next chunk
    const start = chunk.length + (this.#state[LINE_START] as number);
    const before = start < 0 ? this.#open : Buffer.alloc(0);
    const room = Math.max(...this.#header.sizes) + 1 - before.length;
    this.#open = Buffer.concat([
      before,
      chunk.subarray(Math.max(0, start)).subarray(0, Math.max(0, room)),
    ]);
  }
}
