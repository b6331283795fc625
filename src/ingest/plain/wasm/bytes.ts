const PRIME: u64 = 0x9e3779b97f4a7c15;

/** Bytes as words of 8, little-endian. All loads may reach up to 8 bytes behind what is given. */
export class Bytes {
  /** The first bytes of a word, at most 7 of them. */
  @inline
  static few(from: usize, length: usize): u64 {
    return load<u64>(from) & (((<u64>1) << ((<u64>length) << 3)) - 1);
  }

  @inline
  static mix(hash: u64, word: u64): u64 {
    const product = (hash ^ word) * PRIME;
    return product ^ (product >> 32);
  }

  static hash(from: usize, length: usize): u64 {
    let hash: u64 = length;
    if (length < 8) return Bytes.mix(hash, Bytes.few(from, length));
    const last = from + length - 8;
    for (let at = from; at < last; at += 8) hash = Bytes.mix(hash, load<u64>(at));
    return Bytes.mix(hash, load<u64>(last));
  }

  static areEqual(one: usize, other: usize, length: usize): bool {
    if (length < 8) return Bytes.few(one, length) === Bytes.few(other, length);
    const last = length - 8;
    for (let i: usize = 0; i < last; i += 8)
      if (load<u64>(one + i) !== load<u64>(other + i)) return false;
    return load<u64>(one + last) === load<u64>(other + last);
  }

  /** Copies bytes, and anything up to 16 bytes behind them. */
  @inline
  static copy(into: usize, from: usize, length: usize): void {
    for (let i: usize = 0; i < length; i += 16) v128.store(into + i, v128.load(from + i));
  }
}
