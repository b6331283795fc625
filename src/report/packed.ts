/** What a number of a reference is written in: characters that stand in HTML and JSON as they are. */
const DIGITS = Array.from({ length: 91 }, (_, i) => String.fromCharCode(35 + i))
  .filter((digit) => digit !== '<' && digit !== '\\')
  .join('');
const BASE = DIGITS.length;
const MARK = '~';

/** A reference takes five characters: the mark, three for how far back, one for how long. */
const SHORTEST = 6;
const LONGEST = SHORTEST + BASE - 1;
/** So many of the last places of a piece are looked at. */
const TRIED = 8;
const FARTHEST = BASE ** 3 - 1;

/**
 * A text in fewer characters: what came before is referred to. The same text gives the same characters on every machine,
 * as no compression of the platform promises. `unpack` of the script of the page gives it back. Pure.
 */
export function packed(text: string): string {
  const seen = new Map<string, number[]>();
  let written = '';
  for (let at = 0; at < text.length; ) {
    const { start, length } = longest(text, at, seen);
    if (length > 0) written += MARK + digits(at - start, 3) + digits(length - SHORTEST, 1);
    else written += text[at] === MARK ? MARK + MARK : text[at];
    const end = at + Math.max(1, length);
    for (; at < end; at++) note(seen, text.slice(at, at + SHORTEST), at);
  }
  return written;
}

/** The longest piece that begins here and stood before, of the last places tried; its length is 0 where there is none. */
function longest(text: string, at: number, seen: ReadonlyMap<string, number[]>): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  if (at + SHORTEST > text.length) return best;
  for (const start of seen.get(text.slice(at, at + SHORTEST)) ?? []) {
    const length = at - start > FARTHEST ? 0 : lengthOf(text, start, at);
    if (length > best.length) best = { start, length };
  }
  return best;
}

function note(seen: Map<string, number[]>, piece: string, at: number): void {
  const places = seen.get(piece) ?? [];
  places.push(at);
  if (places.length > TRIED) places.shift();
  seen.set(piece, places);
}

function lengthOf(text: string, start: number, at: number): number {
  let length = SHORTEST;
  while (length < LONGEST && at + length < text.length && text[start + length] === text[at + length]) length += 1;
  return length;
}

function digits(value: number, count: number): string {
  let written = '';
  for (let i = 0, rest = value; i < count; i++, rest = Math.trunc(rest / BASE)) written += DIGITS[rest % BASE];
  return written;
}
