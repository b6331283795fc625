/** Bytes that may be read behind all that is taken: a vector is loaded where less is left. */
const BEHIND: usize = 64;
const PAGE: usize = 1 << 16;

/** Throws an error. */
declare function noMemory(): void;

let top: usize = 0;

/** Gives all memory back that was taken, for the next export. */
export function clear(): void {
  top = (__heap_base + BEHIND) & ~(BEHIND - 1);
}

/** Memory that may hold anything, at an address that 64 divides. */
export function take(bytes: usize): usize {
  const start = top;
  top = (start + bytes + BEHIND - 1) & ~(BEHIND - 1);
  const pages = <i32>((top + BEHIND + PAGE - 1) / PAGE) - memory.size();
  if (top < start || (pages > 0 && memory.grow(pages) < 0)) noMemory();
  return start;
}

/** The same, all 0. */
export function takeZeros(bytes: usize): usize {
  const start = take(bytes);
  memory.fill(start, 0, bytes);
  return start;
}

/** Memory that is good until more is taken. */
export function room(bytes: usize): usize {
  const start = take(bytes);
  top = start;
  return start;
}
