/**
 * Reproducible random numbers: a Weyl sequence stepped by the 32-bit golden ratio, each state mixed
 * by the finaliser of MurmurHash3. Sources: Steele, Lea and Flood, "Fast Splittable Pseudorandom
 * Number Generators" (OOPSLA 2014) for the construction; Austin Appleby, MurmurHash3 (public
 * domain), `fmix32`, for the mixing. Integers only, so every machine draws the same numbers. Not
 * for secrets.
 */
export class Random {
  #state: number;

  /** @param seed any integer; its low 32 bits count */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  }

  /**
   * A whole number from 0 to `limit` - 1; `limit` is at most 2^21, so that the product below is
   * exact.
   */
  below(limit: number): number {
    return Math.floor((this.next() * limit) / 0x1_0000_0000);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True `share` times in ten thousand. */
  chance(share: number): boolean {
    return this.below(10_000) < share;
  }

  pick<Choices extends readonly [unknown, ...unknown[]]>(choices: Choices): Choices[number] {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** An index into `weights`, drawn in proportion to them; their sum must be above 0. */
  weighted(weights: readonly number[]): number {
    let left = this.below(weights.reduce((sum, weight) => sum + weight, 0));
    for (const [index, weight] of weights.entries()) {
      if (left < weight) return index;
      left -= weight;
    }
    throw new RangeError(`Expected weights with a sum above 0, found [${weights.join(', ')}]`);
  }

  /**
   * A value between two neighbours of an ascending table of quantiles, each stretch equally likely.
   */
  quantile(table: readonly number[]): number {
    const stretch = this.below(table.length - 1);
    const low = table[stretch] ?? 0;
    const high = table[stretch + 1] ?? low;
    return this.between(low, high);
  }
}
