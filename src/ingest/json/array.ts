import { DataError } from '../../errors.js';
import { CARRIAGE_RETURN, LINE_FEED } from '../csv/dialect.js';
import { ScratchFile } from '../csv/scratch_file.js';
import { chunksOf } from '../export_file.js';
import type { Limits } from '../limits.js';
import type { Text } from '../text/decode.js';
import { JsonPath } from './path.js';

const [QUOTE, COMMA, BACKSLASH, OPEN, CLOSE, OPEN_OBJECT] = [0x22, 0x2c, 0x5c, 0x5b, 0x5d, 0x7b];
const SPACE = 0x20;
/**
 * In place of a line break within a string, where it may not occur either: such a record stays as
 * wrong as it was.
 */
const TAB = 0x09;

const BEFORE = 0;
const BETWEEN = 1;
const IN_RECORD = 2;
const AFTER = 3;

/**
 * Writes the elements of a JSON array, which may be within objects, as JSON Lines, each on the
 * line of its number; line breaks in an element become blanks. Whether an element is sound is for
 * the reader of the lines to say; that the array is whole is checked here, for nobody could tell
 * what of a broken one is missing.
 *
 * @param at the way to the array through objects, as names with points between them; null where the
 * text is the array
 * @returns the same text as JSON Lines
 * @throws DataError when it is no array, or not closed
 */
export async function linesOfArray(
  text: Text,
  target: string,
  at: string | null,
  limits: Limits,
): Promise<Text> {
  const out = new ScratchFile(target);
  const lines = new ArrayLines(text.name, at);
  const some = { ...limits, chunk: Math.min(limits.chunk, 1 << 18) };
  try {
    for await (const bytes of chunksOf(text.path, text.name, text.start, some))
      out.write(lines.push(bytes));
    lines.end();
  } finally {
    out.close();
  }
  return { ...text, path: target, start: 0 };
}

class ArrayLines {
  #state = BEFORE;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #any = false;
  #offset = 0;
  #line = 1;

  readonly #path: JsonPath;
  readonly #at: string | null;
  readonly #expected: string;

  constructor(
    readonly name: string,
    at: string | null,
  ) {
    this.#path = new JsonPath(at);
    this.#at = at;
    this.#expected = at === null ? 'a JSON array' : `a JSON array at ${at}`;
  }

  push(bytes: Uint8Array): Uint8Array {
    const out = new Uint8Array(2 * bytes.length + 1);
    let length = 0;
    for (const [at, byte] of bytes.entries()) {
      if (byte === LINE_FEED) this.#line++;
      if (this.#state === IN_RECORD) {
        if (this.#endsRecord(byte)) {
          out[length++] = LINE_FEED;
          this.#state = byte === CLOSE ? AFTER : BETWEEN;
          this.#any = byte === COMMA;
        } else
          out[length++] =
            byte === LINE_FEED || byte === CARRIAGE_RETURN ? (this.#inString ? TAB : SPACE) : byte;
      } else if (this.#state === BEFORE) {
        const isArray = this.#path.before(byte);
        if (isArray === false)
          this.#fail(this.#expected, describe(byte), at, this.#at === null && byte === OPEN_OBJECT);
        if (isArray) this.#state = BETWEEN;
      } else if (this.#state === AFTER) {
        if (this.#path.after(byte)) continue;
        if (this.#path.isTwice)
          this.#fail(`one array at ${this.#at}`, 'a name on the path there twice', at);
        this.#fail('nothing after the array', describe(byte), at);
      } else if (byte !== SPACE && byte !== TAB && byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
        if (byte === CLOSE && !this.#any) this.#state = AFTER;
        else if (byte === COMMA || byte === CLOSE)
          this.#fail('an element', String.fromCharCode(byte), at);
        else {
          this.#state = IN_RECORD;
          this.#endsRecord(byte);
          out[length++] = byte;
        }
      }
    }
    this.#offset += bytes.length;
    return out.subarray(0, length);
  }

  end(): void {
    const isWhole = this.#state === AFTER && this.#path.isClosed;
    if (!isWhole && this.#offset > 0) {
      const expected =
        this.#state === AFTER ? 'the end of the object around the array' : 'the end of the array';
      this.#fail(this.#state === BEFORE ? this.#expected : expected, 'the end of the file', 0);
    }
  }

  /** Whether the byte, which is in a record, ends it. */
  #endsRecord(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
    } else if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN || byte === OPEN_OBJECT) this.#depth++;
    else if (this.#depth === 0) return byte === COMMA || byte === CLOSE;
    else if (byte === CLOSE || byte === 0x7d) this.#depth--;
    return false;
  }

  #fail(expected: string, found: string, at: number, isObject = false): never {
    const cure = isObject
      ? 'If its rows are in an array within the object, set "rows_at" of its table to the path ' +
        'there, such as data.items.'
      : 'It was cut short or is damaged, or its format is another: deliver it again, or set ' +
        '"format" of its table.';
    throw new DataError(
      `cannot read the export ${this.name}: expected ${expected} on line ${this.#line} (byte ` +
        `${this.#offset + at}), found ${found}. ${cure}`,
    );
  }
}

function describe(byte: number): string {
  return byte > SPACE && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte ${byte}`;
}
