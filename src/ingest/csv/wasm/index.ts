// The program gives a scan its state, and then one chunk of its text after the other. Positions are
// from where the chunk begins.

const LINE_FEED: u8 = 0x0a;
const CARRIAGE_RETURN: u8 = 0x0d;
/** Bytes of a block; as many may be read behind a chunk. */
const BLOCK: u32 = 64;
const PAGE: usize = 1 << 16;

/** Asks whether a line may be the header once more. */
declare function isHeader(start: i32, end: i32): bool;
/** Tells where a line begins that is marked. */
declare function mark(start: i32): void;

/** What is known of the bytes so far, in words of 4 bytes. */
@unmanaged
class State {
  /** bytes of lines that may be the header, eight numbers; 0 for none */
  sizes0: u64;
  sizes1: u64;
  sizes2: u64;
  sizes3: u64;
  /** bytes */
  delimiter: u32;
  quote: u32;
  /** bytes of the longest line, without its end */
  limit: u32;
  /** lines from one mark to the next */
  markEvery: u32;
  /** lines so far, and fields of each */
  lines: u32;
  width: u32;
  /** whether lines end in a carriage return, too */
  hasReturns: u32;
  /** of the line that is open, where it begins, and its fields so far */
  lineStart: i32;
  fields: u32;
  // Of the byte before, 1 or 0: whether it is in quotes, or one that opens; one that closes; a
  // carriage return; a delimiter, a line feed or nothing.
  inQuotes: u32;
  isClosing: u32;
  isReturn: u32;
  isEnd: u32;

  /** Counts the line that ends here; false where it is not like the ones before. */
  endLine(end: i32, next: i32, hasReturn: u32): bool {
    const bytes = <u32>(end - this.lineStart);
    if (bytes === 0 || bytes > this.limit) return false;
    if (this.lines === 0) {
      this.hasReturns = hasReturn;
      this.width = this.fields;
    } else if (this.mayBeHeader(bytes) && isHeader(this.lineStart, end)) return false;
    if (this.fields !== this.width || hasReturn !== this.hasReturns) return false;
    this.lineStart = next;
    this.fields = 1;
    if (++this.lines % this.markEvery === 0) mark(next);
    return true;
  }

  @inline
  mayBeHeader(bytes: u32): bool {
    const sizes = changetype<usize>(this);
    const same = i32x4.splat(bytes);
    const found = v128.or(i32x4.eq(v128.load(sizes), same), i32x4.eq(v128.load(sizes, 16), same));
    return v128.any_true(found);
  }
}

/** Where the state of a scan is to be put. */
export const state = memory.data(offsetof<State>());

/** Where a chunk is to be put. @param bytes of it */
export function room(bytes: usize): usize {
  const pages = <i32>((__heap_base + bytes + BLOCK + PAGE - 1) / PAGE) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
  return __heap_base;
}

/** 64 bytes of text. */
class Block {
  /** A bit for each byte that is equal to another. */
  @inline
  static bits(at: usize, bytes: v128): u64 {
    return (
      Block.bits16(at, bytes) |
      (Block.bits16(at + 16, bytes) << 16) |
      (Block.bits16(at + 32, bytes) << 32) |
      (Block.bits16(at + 48, bytes) << 48)
    );
  }

  @inline
  static bits16(at: usize, bytes: v128): u64 {
    return <u32>i8x16.bitmask(i8x16.eq(v128.load(at), bytes));
  }

  /** Whether a byte is a quote, a carriage return or NUL. */
  @inline
  static isRare(at: usize, quotes: v128): bool {
    return v128.any_true(
      v128.or(
        v128.or(Block.rare16(at, quotes), Block.rare16(at + 16, quotes)),
        v128.or(Block.rare16(at + 32, quotes), Block.rare16(at + 48, quotes)),
      ),
    );
  }

  @inline
  static rare16(at: usize, quotes: v128): v128 {
    const bytes = v128.load(at);
    const returns = i8x16.eq(bytes, i8x16.splat(<i8>CARRIAGE_RETURN));
    return v128.or(v128.or(i8x16.eq(bytes, quotes), returns), i8x16.eq(bytes, i8x16.splat(0)));
  }
}

/** Each bit set where an odd number of those up to it is. */
function parities(bits: u64): u64 {
  let odd = bits;
  for (let shift: u64 = 1; shift < 64; shift <<= 1) odd ^= odd << shift;
  return odd;
}

/** Reads a chunk. @returns false where the text is not simple */
export function scan(bytes: u32): bool {
  const now = changetype<State>(state);
  const delimiter = i8x16.splat(<i8>now.delimiter);
  const quote = i8x16.splat(<i8>now.quote);
  for (let at: u32 = 0; at < bytes; at += BLOCK) {
    const block = __heap_base + at;
    const last = <u64>(min(bytes - at, BLOCK) - 1);
    const valid = ~(<u64>0) >> (63 - last);
    let delimiters = Block.bits(block, delimiter) & valid;
    let lineFeeds = Block.bits(block, i8x16.splat(<i8>LINE_FEED)) & valid;
    let quotes: u64 = 0;
    let returns: u64 = 0;
    if (Block.isRare(block, quote)) {
      if ((Block.bits(block, i8x16.splat(0)) & valid) !== 0) return false;
      quotes = Block.bits(block, quote) & valid;
      returns = Block.bits(block, i8x16.splat(<i8>CARRIAGE_RETURN)) & valid;
    }
    if ((quotes | now.inQuotes | now.isClosing) !== 0) {
      const inside = parities(quotes) ^ (0 - <u64>now.inQuotes);
      const closing = quotes & ~inside;
      if ((inside & (lineFeeds | returns) & valid) !== 0) return false;
      delimiters &= ~inside;
      const mayOpen = ((delimiters | lineFeeds | closing) << 1) | now.isEnd | now.isClosing;
      if ((quotes & inside & ~mayOpen) !== 0) return false;
      const afterClosing = ((closing << 1) | now.isClosing) & valid;
      if ((afterClosing & ~(quotes | delimiters | lineFeeds | returns)) !== 0) return false;
      now.inQuotes = <u32>(inside >> last) & 1;
      now.isClosing = <u32>(closing >> last) & 1;
    }
    const afterReturn = ((returns << 1) | now.isReturn) & valid;
    if ((afterReturn & ~lineFeeds) !== 0) return false;
    now.isReturn = <u32>(returns >> last) & 1;
    now.isEnd = <u32>((delimiters | lineFeeds) >> last) & 1;
    while (lineFeeds !== 0) {
      const upTo = lineFeeds ^ (lineFeeds - 1);
      const place = ctz(lineFeeds);
      const hasReturn = <u32>(afterReturn >> place) & 1;
      const end = <i32>(at + <u32>place);
      now.fields += <u32>popcnt(delimiters & upTo);
      if (!now.endLine(end - hasReturn, end + 1, hasReturn)) return false;
      delimiters &= ~upTo;
      lineFeeds &= lineFeeds - 1;
    }
    now.fields += <u32>popcnt(delimiters);
  }
  now.lineStart -= bytes;
  return now.lineStart > -(1 << 30);
}

/** Ends the text. @returns false where it is not simple */
export function end(): bool {
  const now = changetype<State>(state);
  if (now.inQuotes + now.isReturn > 0) return false;
  return now.lineStart === 0 || now.endLine(0, 0, now.hasReturns);
}
