import type { Limits } from '../limits.js';
import type { Text } from '../text/decode.js';
import { CARRIAGE_RETURN, type Grammar, LINE_FEED } from './dialect.js';
import { LineIndex, MARK_EVERY } from './line_index.js';
import { RecordReader } from './records.js';

/**
 * The lines of a JSON Lines text of which each is a sound record, so that the engine can read it as
 * it is; undefined where a line is blank, ends otherwise than the first, would be refused,
 * holds a carriage return, which the engine would take for its end, or a number that the engine
 * would not read exactly.
 */
export async function scanLines(
  text: Text,
  grammar: Grammar,
  limits: Limits,
): Promise<
  | {
      readonly count: number;
      readonly index: LineIndex;
      readonly keys: readonly string[];
      readonly paths: readonly string[];
    }
  | undefined
> {
  if (grammar.newline !== LINE_FEED) return undefined;
  const reader = RecordReader.open(text, grammar, limits, {
    line: 1,
    offset: text.start,
  });
  const { record } = reader;
  const index = new LineIndex();
  let count = 0;
  let endLength = 0;
  try {
    do {
      while (reader.next()) {
        const length = record.next - record.end;
        if (count === 0) endLength = length;
        const isLast = length === 0; // only the end of the file ends a line with nothing
        if (record.inexact.length > 0) return undefined;
        if (
          record.rule !== undefined ||
          reader.line !== count + 1 ||
          (length !== endLength && !isLast)
        )
          return undefined;
        if (reader.text.includes(CARRIAGE_RETURN)) return undefined;
        if (count++ % MARK_EVERY === 0) index.add(reader.line, reader.offsetOf(record.start));
      }
    } while (await reader.fill());
    return reader.mark.line === count + 1
      ? { count, index, keys: record.keys, paths: record.paths }
      : undefined;
  } finally {
    reader.close();
  }
}
