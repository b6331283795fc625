import { CARRIAGE_RETURN, LINE_FEED } from '../csv/dialect.js';
import { chunksOf } from '../export_file.js';
import type { Limits } from '../limits.js';
import type { Text } from './decode.js';

const CHUNK = 1 << 16;

/** A text of which it is known what ends its lines. */
export interface LinedText extends Text {
  /** The byte of a line feed, or of a carriage return. */
  readonly newline: number;
}

/**
 * The byte that ends the lines of a text: a line feed, unless the first line ends in a carriage
 * return alone, and more of them occur alone than there are line feeds. The first chunk that has
 * either decides.
 */
export async function newlineOf(text: Text, limits: Limits): Promise<number> {
  const enough = { ...limits, chunk: Math.max(limits.chunk, CHUNK) };
  for await (const chunk of chunksOf(text.path, text.name, text.start, enough)) {
    const [feed, carriageReturn] = [chunk.indexOf(LINE_FEED), chunk.indexOf(CARRIAGE_RETURN)];
    if (feed < 0 && carriageReturn < 0) continue;
    const endsFirst = carriageReturn >= 0 && (feed < 0 || carriageReturn < feed - 1);
    return endsFirst && returnsAlone(chunk) > countOf(chunk, LINE_FEED)
      ? CARRIAGE_RETURN
      : LINE_FEED;
  }
  return LINE_FEED;
}

function returnsAlone(chunk: Uint8Array): number {
  let pairs = 0;
  for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) {
    if (chunk[at - 1] === CARRIAGE_RETURN) pairs++;
  }
  return countOf(chunk, CARRIAGE_RETURN) - pairs;
}

function countOf(chunk: Uint8Array, byte: number): number {
  let count = 0;
  for (let at = chunk.indexOf(byte); at >= 0; at = chunk.indexOf(byte, at + 1)) count++;
  return count;
}
