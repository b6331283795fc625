const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function isClose(byte: number): boolean {
  return byte === CLOSE_OBJECT || byte === CLOSE_ARRAY;
}

/**
 * Follows the bytes of a JSON text to the array at the end of a path through its objects, and after
 * it to the end of the text. What is beside the path is not looked at more than that.
 */
export class JsonPath {
  readonly #steps: readonly string[];
  /** Steps whose object is open. */
  #taken = 0;
  /** Objects and arrays that are open. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** A key of the object that the next step is looked for in. */
  #key: number[] = [];
  #isKey = false;
  /** After the array, the name of a step was said again in the object of that step. */
  isTwice = false;
  /** The value of the next step comes. */
  #isNext = false;

  /** @param at names with points between them; empty where the text is the array */
  constructor(at: string | null) {
    this.#steps = at === null ? [] : at.split('.');
    this.#isNext = this.#steps.length === 0;
  }

  /**
   * Reads on before the array: true for the byte that opens it, false for one that cannot lead
   * there.
   */
  before(byte: number): boolean | undefined {
    if (this.#inString) return this.#string(byte);
    if (isBlank(byte)) return undefined;
    if (this.#isNext) return this.#enter(byte);
    if (this.#depth === 0) return byte === OPEN_OBJECT ? this.#open() : false;
    const isInner = this.#depth === this.#taken + 1;
    if (isInner && isClose(byte)) return false;
    this.#isNext = this.#endsName(byte, isInner);
    return undefined;
  }

  /** Reads on after the array: false for a byte that may not be there. */
  after(byte: number): boolean {
    if (this.#inString) {
      this.#string(byte);
      return true;
    }
    if (isBlank(byte)) return true;
    if (this.#depth === 0) return false;
    const isInner = this.#depth === this.#taken + 1;
    if (isInner && isClose(byte)) this.#taken--;
    this.isTwice = this.#endsName(byte, isInner);
    return !this.isTwice;
  }

  /**
   * Reads a byte outside of a string: true where it ends the name of the next step.
   * @param isInner whether it is in the object of the last step, and in none within that
   */
  #endsName(byte: number, isInner: boolean): boolean {
    if (byte === QUOTE) {
      this.#inString = true;
      this.#key = [];
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth++;
    else if (isClose(byte)) this.#depth--;
    else if (isInner && byte === COMMA) this.#isKey = true;
    else if (isInner && byte === COLON && this.#isKey) {
      this.#isKey = false;
      return nameOf(this.#key) === this.#steps[this.#taken];
    }
    return false;
  }

  /** Everything that was opened before the array is closed. */
  get isClosed(): boolean {
    return this.#depth === 0 && !this.#inString;
  }

  #open(): undefined {
    this.#depth++;
    this.#isKey = true;
  }

  #enter(byte: number): boolean | undefined {
    if (this.#taken === this.#steps.length - 1 || this.#steps.length === 0)
      return byte === OPEN_ARRAY;
    if (byte !== OPEN_OBJECT) return false;
    this.#isNext = false;
    this.#taken++;
    return this.#open();
  }

  #string(byte: number): undefined {
    if (!this.#escaped && byte === QUOTE) {
      this.#inString = false;
      return;
    }
    this.#escaped = !this.#escaped && byte === BACKSLASH;
    if (this.#isKey && this.#key.length < 1000) this.#key.push(byte);
  }
}

function nameOf(key: readonly number[]): string | undefined {
  try {
    return String(JSON.parse(`"${Buffer.from(key).toString()}"`));
  } catch {
    return undefined;
  }
}
