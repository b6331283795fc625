/** Keys of one object that are compared one by one; of more, a set is made. */
const FEW = 24;

/** The keys of the objects that are open, to find one that an object has twice. */
export class Keys {
  readonly #hashes: number[] = [];
  readonly #texts: Uint8Array[] = [];
  /** By depth, where the keys of the object begin. */
  readonly #first: number[] = [];
  readonly #sets: (Set<string> | undefined)[] = [];
  #count = 0;

  /** Begins a record. */
  clear(): void {
    this.#count = 0;
  }

  /** An object begins, at a depth of objects and arrays. */
  open(depth: number): void {
    this.#first[depth] = this.#count;
    this.#sets[depth] = undefined;
  }

  close(depth: number): void {
    this.#count = this.#first[depth] as number;
  }

  /**
   * Adds a key to the innermost object; false when the object has it already. @param key between
   * its quotes
   */
  add(key: Uint8Array, depth: number): boolean {
    const text = key.includes(BACKSLASH)
      ? Buffer.from(JSON.parse(`"${Buffer.from(key).toString()}"`))
      : key;
    const first = this.#first[depth] as number;
    if (this.#count - first >= FEW) return this.#addToSet(text, depth);
    const hash = hashOf(text);
    for (let i = first; i < this.#count; i++) {
      if (this.#hashes[i] === hash && Buffer.compare(this.#texts[i] as Uint8Array, text) === 0)
        return false;
    }
    this.#hashes[this.#count] = hash;
    this.#texts[this.#count++] = text;
    return true;
  }

  #addToSet(text: Uint8Array, depth: number): boolean {
    const keys = this.#texts.slice(this.#first[depth], this.#count).map(nameOf);
    this.#sets[depth] ??= new Set(keys);
    const set = this.#sets[depth];
    const before = set.size;
    return set.add(nameOf(text)).size > before;
  }
}

const BACKSLASH = 0x5c;

function nameOf(text: Uint8Array): string {
  return Buffer.from(text).toString('latin1');
}

function hashOf(text: Uint8Array): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + (text[i] as number)) | 0;
  return hash;
}
