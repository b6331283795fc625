/** A place where a record begins. */
export interface Mark {
  /** Counted from 1, in the decompressed export. */
  readonly line: number;
  /** Bytes before it, in the decompressed export. */
  readonly offset: number;
}

/** Records between two marks: the most that must be read again to find one. */
export const MARK_EVERY = 128;

/** A sparse index from line numbers to byte offsets, filled in ascending order. */
export class LineIndex {
  readonly #marks: Mark[] = [];

  add(line: number, offset: number): void {
    this.#marks.push({ line, offset });
  }

  /** The last mark that is not after `line`. */
  before(line: number): Mark | undefined {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#marks[middle] as Mark).line <= line) low = middle + 1;
      else high = middle;
    }
    return this.#marks[low - 1];
  }
}
