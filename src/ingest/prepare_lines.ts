import { join as joinPath } from 'node:path';
import { DataError } from '../errors.js';
import { describeEncoding } from './csv/describe.js';
import { type Dialect, jsonGrammar, pathsOf } from './csv/dialect.js';
import { LineIndex } from './csv/line_index.js';
import { scanLines } from './csv/plain_lines.js';
import { RecordReader } from './csv/records.js';
import { NO_HEADERS, RECORDS, rewritten } from './csv/rewrite.js';
import type { Limits } from './limits.js';
import type { Counted, Whole, Workplace } from './prepared.js';
import type { QuarantineFile } from './quarantine.js';

/**
 * Counts the records of lines of JSON, and rewrites them where some are no objects.
 * @throws DataError when none of them is an object
 */
export async function prepareLines(
  text: Whole,
  dialect: Dialect,
  { scratch, quarantine }: Workplace,
  limits: Limits,
): Promise<Counted> {
  const grammar = jsonGrammar(text.newline, pathsOf(dialect));
  const lines = await scanLines(text, grammar, limits);
  const index = lines?.index ?? new LineIndex();
  const shared = {
    header: [],
    csv: { delimiter: ',', quote: 'none', escape: 'doubled' } as const,
    firstLine: 1,
    reading: describeEncoding(text, null),
    source: { path: text.path, name: text.name, grammar, columns: undefined, limits, index },
  };
  if (lines !== undefined) {
    const { count, keys, paths } = lines;
    return {
      ...shared,
      path: text.path,
      rewritten: false,
      records: count,
      readable: count,
      refused: 0,
      keys: keysOf(text.keys ?? keys, paths),
    };
  }
  const rewriting = {
    target: joinPath(scratch, RECORDS),
    quarantine,
    index,
    width: 1,
    most: Infinity,
    headers: NO_HEADERS,
    invalid: text.invalid,
  };
  const reader = RecordReader.open(text, grammar, limits, {
    line: 1,
    offset: text.start,
  });
  const counts = await rewritten(reader, rewriting);
  requireObject(text.name, dialect, counts.records, quarantine);
  return {
    ...shared,
    ...counts,
    keys: keysOf(text.keys ?? reader.record.keys, reader.record.paths),
  };
}

/** @throws DataError when no record is a JSON object: the file is something else */
function requireObject(
  name: string,
  { format, rows_at }: Dialect,
  records: number,
  { counts }: QuarantineFile,
): void {
  const others = (counts.get('not_a_json_object') ?? 0) + (counts.get('invalid_json') ?? 0);
  if (records === 0 || others < records) return;
  const isArray = format === 'json';
  const where = isArray
    ? `in the array${rows_at === null ? '' : ` at ${rows_at}`}`
    : 'on each line';
  throw new DataError(
    `cannot read the export ${name}: expected a JSON object ${where}, found none in ` +
      `${records === 1 ? '1 record' : `${records} records`}. Correct the export, or set ` +
      `"format" of its table to what it is${isArray ? '' : ': json is one array of objects'}.`,
  );
}

function keysOf(keys: readonly string[], paths: readonly string[]): string[] {
  return [...new Set([...keys, ...paths])];
}
