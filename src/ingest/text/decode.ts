import { encodingOf } from '../../config/encodings.js';
import { DataError } from '../../errors.js';
import { ScratchFile } from '../csv/scratch_file.js';
import { chunksOf, type ExportFile, openingBytes } from '../export_file.js';
import type { Limits } from '../limits.js';

/**
 * Bytes that are no text of their encoding: where they are in the export, and where their mark
 * is in the text.
 */
export interface InvalidBytes {
  readonly mark: number;
  readonly offset: number;
  readonly byte: number;
}

/** An export as UTF-8. */
export interface Text extends ExportFile {
  /** Bytes of a byte order mark before the text. */
  readonly start: number;
  /** By name, as TextDecoder has it. */
  readonly encoding: string;
  /** In ascending order; none where the export is UTF-8 itself. */
  readonly invalid: readonly InvalidBytes[];
  /** Parquet: the names of all columns of the file, of which the records may have some. */
  readonly keys?: readonly string[];
}

/** Never in UTF-8, so that a record in which it stands for invalid bytes is refused. */
const MARK = Uint8Array.of(0xff);
const MOST_INVALID = 100_000;
const BYTE_ORDER_MARKS: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * Brings text to UTF-8. Its encoding is what its byte order mark says, else what is configured,
 * else UTF-8, which is left as it is.
 *
 * @param configured a name that encodingOf knows
 * @throws DataError when most of it is no text of that encoding
 */
export async function decode(
  { path, name }: ExportFile,
  target: string,
  configured: string | null,
  limits: Limits,
): Promise<Text> {
  const opening = await openingBytes(path, name, 3);
  const found = BYTE_ORDER_MARKS.find(([, mark]) => mark.every((byte, at) => opening[at] === byte));
  const start = found?.[1].length ?? 0;
  const encoding = found?.[0] ?? encodingOf(configured ?? 'utf-8') ?? 'utf-8';
  if (encoding === 'utf-8') return { path, name, start, encoding, invalid: [] };

  const out = new ScratchFile(target);
  const invalid: InvalidBytes[] = [];
  const decoder = new LineDecoder(encoding, start, limits.record, {
    text: (text) => out.write(Buffer.from(text)),
    invalid: (offset, byte) => {
      if (invalid.length === MOST_INVALID) {
        throw new DataError(
          `cannot read the export ${name}: expected ${encoding} text, found bytes that are ` +
            `none in ${MOST_INVALID} places. Set "encoding" of its table to that of the file.`,
        );
      }
      invalid.push({ mark: out.written, offset, byte });
      out.write(MARK);
    },
  });
  try {
    for await (const chunk of chunksOf(path, name, start, limits)) decoder.push(chunk);
    decoder.end();
  } finally {
    out.close();
  }
  return { path: target, name, start: 0, encoding, invalid };
}

/** Takes what is decoded, in order. */
interface Decoded {
  text(text: string): void;
  /** A byte that is no text, and its offset in the export. */
  invalid(offset: number, byte: number): void;
}

/**
 * Decodes whole lines at a time. No encoding that TextDecoder knows goes on with a character, or
 * with a shifted state, across a line feed; so where bytes are no text, their line can be looked at
 * again by itself.
 */
class LineDecoder {
  readonly #wide: boolean;
  #held = Buffer.alloc(0);
  /** In the export, of what is decoded next. */
  #offset: number;

  constructor(
    readonly encoding: string,
    offset: number,
    readonly longest: number,
    readonly decoded: Decoded,
  ) {
    this.#offset = offset;
    this.#wide = encoding.startsWith('utf-16');
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#held, chunk]);
    let end = this.#lastLineEnd(bytes);
    // a line too long to be read: cut anywhere, for it is refused whatever is in it
    if (end === 0 && bytes.length > 4 * this.longest) end = bytes.length - (bytes.length % 4);
    this.#decode(bytes.subarray(0, end));
    this.#held = Buffer.from(bytes.subarray(end));
  }

  end(): void {
    this.#decode(this.#held);
  }

  /** The end of the last whole line; 0 when there is none. */
  #lastLineEnd(bytes: Buffer): number {
    if (!this.#wide) return bytes.lastIndexOf(0x0a) + 1;
    for (let at = bytes.length - (bytes.length % 2) - 2; at >= 0; at -= 2)
      if (this.#isFeed(bytes, at)) return at + 2;
    return 0;
  }

  #isFeed(bytes: Buffer, at: number): boolean {
    return (
      (this.encoding === 'utf-16le' ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)) === 0x0a
    );
  }

  #decode(bytes: Buffer): void {
    if (bytes.length > 0) {
      const text = this.#textOf(bytes);
      if (text !== undefined) this.decoded.text(text);
      else this.#decodeLines(bytes);
    }
    this.#offset += bytes.length;
  }

  #decodeLines(bytes: Buffer): void {
    for (let from = 0; from < bytes.length; ) {
      const end = this.#lineEnd(bytes, from);
      const line = bytes.subarray(from, end);
      const text = this.#textOf(line);
      if (text !== undefined) this.decoded.text(text);
      else this.#decodeBytes(line, this.#offset + from);
      from = end;
    }
  }

  /** The end of the line that begins at `from`. */
  #lineEnd(bytes: Buffer, from: number): number {
    if (!this.#wide) return bytes.indexOf(0x0a, from) + 1 || bytes.length;
    for (let at = from; at + 1 < bytes.length; at += 2) if (this.#isFeed(bytes, at)) return at + 2;
    return bytes.length;
  }

  /**
   * Byte by byte: what makes no character is told, and reading goes on at the byte (of UTF-16, the
   * unit) after it.
   */
  #decodeBytes(line: Buffer, offset: number): void {
    const unit = this.#wide ? 2 : 1;
    for (let from = 0; from < line.length; ) {
      let length = 0;
      let text: string | undefined;
      while (text === undefined && length < 8 && from + length < line.length) {
        length += unit;
        text = this.#textOf(line.subarray(from, from + length));
      }
      if (text === undefined) {
        this.decoded.invalid(offset + from, line[from] as number);
        from += unit;
      } else {
        this.decoded.text(text);
        from += length;
      }
    }
  }

  /** The bytes as text; undefined when they are none. */
  #textOf(bytes: Uint8Array): string | undefined {
    // Some releases of Node decode windows-1252 as if it were ISO 8859-1 unless they are told to
    // stream.
    const decoder = new TextDecoder(this.encoding, { fatal: true, ignoreBOM: true });
    try {
      return decoder.decode(bytes, { stream: true }) + decoder.decode();
    } catch {
      return undefined;
    }
  }
}
