import { CARRIAGE_RETURN, LINE_FEED } from '../csv/dialect.js';
import { chunksOf } from '../export_file.js';
import type { Limits } from '../limits.js';
import type { Text } from './decode.js';

/** The byte that ends the lines of a text: a carriage return alone ends one only in a text without a single line feed. */
export async function newlineOf(text: Text, limits: Limits): Promise<number> {
  let hasReturn = false;
  for await (const chunk of chunksOf(text.path, text.name, text.start, limits)) {
    if (chunk.includes(LINE_FEED)) return LINE_FEED;
    hasReturn ||= chunk.includes(CARRIAGE_RETURN);
  }
  return hasReturn ? CARRIAGE_RETURN : LINE_FEED;
}
