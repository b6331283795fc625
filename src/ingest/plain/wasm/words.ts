import { Bytes } from './bytes';
import { take, takeZeros } from './memory';

/** A set of texts, numbered as they were added. Their bytes stay where they are. */
@unmanaged
export class Words {
  count: i32;
  room: i32;
  /** a bit for each length that a word has; the highest for all longer ones */
  lengths: u64;
  /** by hash the number of a word and 1, or 0 */
  slots: usize;
  mask: u32;
  /** of each word, where it begins and its length, 4 bytes each */
  words: usize;

  static of(room: i32): Words {
    const words = changetype<Words>(take(offsetof<Words>()));
    let slots: u32 = 16;
    while (slots < 2 * <u32>room) slots *= 2;
    words.count = 0;
    words.room = room;
    words.lengths = 0;
    words.slots = takeZeros(4 * slots);
    words.mask = slots - 1;
    words.words = take(8 * room);
    return words;
  }

  @inline
  mayHave(length: usize): bool {
    return ((this.lengths >> <u64>min(length, 63)) & 1) !== 0;
  }

  /** The number of a word; -1 where it is none. */
  find(from: usize, length: usize): i32 {
    return <i32>load<u32>(this.slotOf(from, length)) - 1;
  }

  /** The number of a word, which is added if it is new; -1 where there is no room. */
  findOrAdd(from: usize, length: usize): i32 {
    const slot = this.slotOf(from, length);
    const found = <i32>load<u32>(slot) - 1;
    if (found >= 0 || this.count === this.room) return found;
    const word = this.words + 8 * this.count;
    store<u32>(word, <u32>from);
    store<u32>(word, <u32>length, 4);
    store<u32>(slot, ++this.count);
    this.lengths |= (<u64>1) << (<u64>min(length, 63));
    return this.count - 1;
  }

  /** The slot of a word, or the free one where it would be. */
  private slotOf(from: usize, length: usize): usize {
    let hash = <u32>Bytes.hash(from, length);
    while (true) {
      const slot = this.slots + 4 * (hash++ & this.mask);
      const number = load<u32>(slot);
      if (number === 0) return slot;
      const word = this.words + 8 * (number - 1);
      if (load<u32>(word, 4) === <u32>length && Bytes.areEqual(load<u32>(word), from, length))
        return slot;
    }
  }
}
