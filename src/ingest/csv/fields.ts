import { withNumbersAsText } from '../json/numbers.js';
import { rawText } from '../quarantine.js';
import { type Grammar, NONE } from './dialect.js';
import type { RecordReader } from './records.js';

/**
 * The bytes of a field of the current record as they were meant: without what escapes a quote, a
 * delimiter or a line's end, and with the numbers of a JSON record that need it as text.
 */
export function fieldBytes(
  { bytes, record, grammar }: Pick<RecordReader, 'bytes' | 'record' | 'grammar'>,
  field: number,
): Uint8Array {
  if (record.inexact.length > 0) {
    const place = { start: record.starts[field] as number, end: record.ends[field] as number };
    return withNumbersAsText(bytes, place, record.inexact);
  }
  const text = bytes.subarray(record.starts[field], record.ends[field]);
  const quote = record.quoted[field] ? grammar.quote : NONE;
  return hasEscapes(text, quote, grammar) ? unescaped(text, quote, grammar) : text;
}

/** The texts of the current record's fields. */
export function fieldTexts(reader: RecordReader): string[] {
  const count = Math.min(reader.record.fields, reader.record.columns ?? Number.POSITIVE_INFINITY);
  return Array.from({ length: count }, (_, field) => rawText(fieldBytes(reader, field)));
}

function hasEscapes(text: Uint8Array, quote: number, grammar: Grammar): boolean {
  return (
    (quote !== NONE && text.includes(quote)) ||
    (grammar.escape !== NONE && text.includes(grammar.escape))
  );
}

function unescaped(text: Uint8Array, quote: number, grammar: Grammar): Uint8Array {
  const specials = [
    grammar.quote,
    grammar.escape,
    grammar.delimiter,
    grammar.newline,
    grammar.otherNewline,
  ];
  const out = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] as number;
    const next = text[at + 1] ?? NONE;
    const escapes =
      (byte === quote && next === quote) || (byte === grammar.escape && specials.includes(next));
    if (escapes) at++;
    out[length++] = text[at] as number;
  }
  return out.subarray(0, length);
}
