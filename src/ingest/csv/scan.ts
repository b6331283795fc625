import { Utf8Check } from '../text/utf8.js';
import { CARRIAGE_RETURN, type Grammar, LINE_FEED, MARK, NONE, NUL, QUOTE } from './dialect.js';
import { LineIndex, MARK_EVERY } from './line_index.js';

// What the bytes just read left open. The first two may be read a word at a time, the others look
// at one byte.
const OUTSIDE = 0;
const QUOTED = 1;
const AFTER_QUOTE = 2;
const AFTER_RETURN = 3;

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

const LOW_BITS = 0x7f7f7f7f;
const HIGH_BITS = 0x80808080 | 0;
const ONES = 0x01010101;
const SPACES = 0x20202020;

/**
 * One pass over the decompressed bytes that tells whether a file is *simple*: the engine's fast
 * reader is sure to see the same records and fields as we do. Every line ends alike, none is blank
 * or too long, all have as many fields as the first, quotes are regular and hold no newline, and
 * the text is UTF-8 without NUL.
 *
 * Four bytes are looked at together; only words that hold a quote or a control character are read
 * byte by byte.
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
  readonly #limit: number;
  /** The header, which no other line may be. */
  readonly #header: Header | undefined;
  readonly #utf8 = new Utf8Check();
  #offset: number;
  #lineStart: number;
  #fields = 1;
  #state = OUTSIDE;
  #previous = LINE_FEED;
  #newline: '\n' | '\r\n' = '\n';

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
    this.#limit = longest;
    this.#offset = start;
    this.#lineStart = start;
    this.index.add(1, start);
    this.#header = header === undefined ? undefined : this.#headerOf(Buffer.from(header));
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
    this.simple = !escapes && this.#utf8.push(chunk) && this.#scan(chunk);
    this.#keepOpen(chunk);
    this.#offset += chunk.length;
  }

  /** To be called once after the last chunk. */
  end(): void {
    if (!this.simple) return;
    this.simple = this.#utf8.end() && (this.#state === OUTSIDE || this.#state === AFTER_QUOTE);
    if (this.simple && this.#offset > this.#lineStart)
      this.simple = this.#endLine(this.#offset, this.#offset, this.#newline, new Uint8Array(0));
  }

  #scan(bytes: Uint8Array): boolean {
    const length = bytes.length;
    const wholeWords = bytes.byteOffset % 4 === 0 ? length >> 2 : 0;
    const words =
      wholeWords > 0
        ? new Int32Array(bytes.buffer, bytes.byteOffset, wholeWords)
        : new Int32Array(0);
    const delimiter = this.#delimiter;
    const quote = this.#quote;
    const delimiters = Math.imul(delimiter, ONES);
    const quotes = Math.imul(quote, ONES);
    let fields = this.#fields;
    let state = this.#state;

    let at = 0;
    while (at < length) {
      if (state <= QUOTED && (at & 3) === 0) {
        const counted = state === OUTSIDE ? ONES : 0;
        let word = at >> 2;
        for (; word < wholeWords; word++) {
          const four = words[word] as number;
          const asQuote = four ^ quotes;
          // High bit set where a byte is below a space, or is the quote.
          if (((((four - SPACES) & ~four) | ((asQuote - ONES) & ~asQuote)) & HIGH_BITS) !== 0)
            break;
          const asDelimiter = four ^ delimiters;
          const found = ~(((asDelimiter & LOW_BITS) + LOW_BITS) | asDelimiter | LOW_BITS);
          fields += Math.imul(found >>> 7, counted) >>> 24;
        }
        at = word << 2;
        if (at >= length) break;
      }
      const byte = bytes[at] as number;
      if (
        byte > QUOTE &&
        byte !== quote &&
        (state === QUOTED || (state === OUTSIDE && byte !== delimiter))
      ) {
        at++;
        continue;
      }
      if (byte === NUL) return false;
      if (state === QUOTED) {
        if (byte === quote) state = AFTER_QUOTE;
        else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) return false;
      } else if (byte === LINE_FEED) {
        const end = this.#offset + at;
        this.#fields = fields;
        const whole =
          state === AFTER_RETURN
            ? this.#endLine(end - 1, end + 1, '\r\n', bytes)
            : this.#endLine(end, end + 1, '\n', bytes);
        if (!whole) return false;
        fields = 1;
        state = OUTSIDE;
      } else if (state === AFTER_RETURN) {
        return false;
      } else if (byte === delimiter) {
        fields++;
        state = OUTSIDE;
      } else if (byte === CARRIAGE_RETURN) {
        state = AFTER_RETURN;
      } else if (byte === quote) {
        const before = at > 0 ? (bytes[at - 1] as number) : this.#previous;
        if (state !== AFTER_QUOTE && before !== delimiter && before !== LINE_FEED) return false;
        state = QUOTED;
      } else if (state === AFTER_QUOTE) {
        return false;
      }
      at++;
    }
    this.#fields = fields;
    this.#state = state;
    if (length > 0) this.#previous = bytes[length - 1] as number;
    return true;
  }

  /**
   * Whether a line of this many bytes may be the header once more, in quotes or without, in another
   * case or order, or behind a byte order mark where files were joined. Such a file is read with
   * care.
   */
  #isHeader(
    bytes: number,
    { sizes, firsts, lasts, text }: Header,
    end: number,
    chunk: Uint8Array,
  ): boolean {
    if (!sizes.has(bytes)) return false;
    if (end > this.#offset && !lasts.has(chunk[end - this.#offset - 1])) return false;
    const inOpen = this.#lineStart < this.#offset;
    if (!firsts.has(inOpen ? this.#open[0] : chunk[this.#lineStart - this.#offset])) return false;
    const inChunk = chunk.subarray(
      Math.max(0, this.#lineStart - this.#offset),
      Math.max(0, end - this.#offset),
    );
    const line = inOpen ? Buffer.concat([this.#open, inChunk]) : inChunk;
    return this.#likeness(line.subarray(0, bytes)) === text;
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
    const rest = chunk.subarray(Math.max(0, this.#lineStart - this.#offset));
    const before = this.#lineStart < this.#offset ? this.#open : Buffer.alloc(0);
    const room = Math.max(...this.#header.sizes) + 1 - before.length;
    this.#open = Buffer.concat([before, rest.subarray(0, Math.max(0, room))]);
  }

  /** Counts the line that ends here; false when it is not like the ones before. */
  #endLine(end: number, next: number, newline: '\n' | '\r\n', chunk: Uint8Array): boolean {
    if (this.lines === 0) {
      this.#newline = newline;
      this.width = this.#fields;
    }
    const bytes = end - this.#lineStart;
    if (
      bytes === 0 ||
      bytes > this.#limit ||
      this.#fields !== this.width ||
      newline !== this.#newline
    )
      return false;
    if (
      this.lines > 0 &&
      this.#header !== undefined &&
      this.#isHeader(bytes, this.#header, end, chunk)
    )
      return false;
    this.lines++;
    this.#lineStart = next;
    if (this.lines % MARK_EVERY === 0) this.index.add(this.lines + 1, next);
    return true;
  }
}
