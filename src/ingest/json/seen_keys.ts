/**
 * At most this many keys are kept: an object with more of them is a map, not a record with columns.
 */
const MOST = 1_000;

/** The keys that JSON records have, in the order in which they first appear. */
export class SeenKeys {
  readonly names: string[] = [];
  readonly #known: Uint8Array[] = [];
  readonly #texts = new Set<string>();
  /**
   * Where in `#known` the next key is likely: records mostly have the same keys in the same order.
   */
  #likely = 0;

  /** A key of a record, in its quotes, from start to end. */
  see(bytes: Uint8Array, start: number, end: number): void {
    if (this.#likely >= this.#known.length) this.#likely = 0;
    if (isAt(bytes, start, end, this.#known[this.#likely])) {
      this.#likely++;
      return;
    }
    const text = Buffer.from(bytes.subarray(start, end)).toString();
    if (this.#texts.has(text)) {
      this.#likely = this.#known.findIndex((known) => isAt(bytes, start, end, known)) + 1;
    } else if (this.#texts.size < MOST) {
      this.#texts.add(text);
      this.#known.push(bytes.slice(start, end));
      this.#likely = 0;
      const name = JSON.parse(text) as string;
      if (!this.names.includes(name)) this.names.push(name); // it may be escaped in two ways
    }
  }
}

function isAt(
  bytes: Uint8Array,
  start: number,
  end: number,
  known: Uint8Array | undefined,
): boolean {
  if (known === undefined || known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (bytes[start + i] !== known[i]) return false;
  return true;
}
