import type { PlainFile, Prepared } from '../prepared.js';
import { rawText } from '../quarantine.js';
import { RecordReader } from './records.js';

const CHUNK = 1 << 16;

/**
 * The raw text of the records that begin on the given lines, without the line's end; what is not
 * UTF-8 is U+FFFD. Reads from the nearest mark of the index, never the whole file again.
 *
 * @param lines ascending
 */
export async function* rawLines(
  prepared: Pick<Prepared, 'source'>,
  lines: readonly number[],
): AsyncGenerator<readonly [line: number, raw: string]> {
  let reader: RecordReader | undefined;
  try {
    for (const line of lines) {
      const mark = prepared.source.index.before(line);
      if (mark !== undefined) {
        reader ??= await openAt(prepared.source, mark);
        if (mark.line > reader.line) reader.skipTo(mark);
      }
      if (reader === undefined || !(await goTo(reader, line))) {
        throw new RangeError(
          `expected a record of ${prepared.source.name} on line ${line}, found none`,
        );
      }
      yield [line, rawText(reader.text, Number.POSITIVE_INFINITY)];
    }
  } finally {
    await reader?.close();
  }
}

async function openAt(file: PlainFile, mark: { line: number; offset: number }) {
  const { grammar, columns, limits } = file;
  const chunk = Math.min(limits.chunk, CHUNK);
  const reader = RecordReader.open(file, grammar, { ...limits, chunk }, mark);
  reader.record.columns = columns;
  return reader;
}

/** Reads on to the record on `line`; false when none begins there. */
async function goTo(reader: RecordReader, line: number): Promise<boolean> {
  while (reader.line < line) {
    if (!reader.next() && !(await reader.fill())) return false;
  }
  return reader.line === line;
}
