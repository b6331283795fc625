import { CsvFile } from './csv_file.js';
import { type LineIndex, MARK_EVERY } from './line_index.js';
import { type QuarantineFile, rawText } from './quarantine.js';
import type { RecordReader } from './records.js';

/**
 * Writes the good records that `reader` has left as canonical CSV, the line number first, and each bad one to the
 * quarantine.
 *
 * @returns how many went where
 */
export async function rewrite(
  reader: RecordReader,
  target: string,
  quarantine: QuarantineFile,
  index: LineIndex,
): Promise<{ readonly readable: number; readonly refused: number }> {
  let readable = 0;
  let refused = 0;
  const out = new CsvFile(target);
  try {
    do {
      while (reader.next()) {
        if ((readable + refused) % MARK_EVERY === 0) index.add(reader.line, reader.offsetOf(reader.record.start));
        if (reader.record.rule === undefined) {
          writeRecord(out, reader);
          readable++;
        } else {
          const { rule } = reader.record;
          quarantine.add({
            line: reader.line,
            rule,
            column: null,
            value: faultDetail(reader),
            raw: rawText(reader.text),
          });
          refused++;
        }
      }
    } while (await reader.fill());
  } finally {
    out.close();
  }
  return { readable, refused };
}

/** Writes a record that was split as canonical CSV, the line number first. */
export function writeRecord(
  out: CsvFile,
  { line, bytes, record }: Pick<RecordReader, 'line' | 'bytes' | 'record'>,
): void {
  out.number(line);
  for (let field = 0; field < record.fields; field++) {
    const start = record.starts[field] as number;
    const end = record.ends[field] as number;
    if (start === end) out.nothing();
    else out.bytes(bytes, start, end, record.quoted[field] as boolean);
  }
  out.endRecord();
}

/** What the rule found: a number of fields or of bytes, or a byte offset in the decompressed export. */
function faultDetail(reader: RecordReader): string {
  const { record } = reader;
  if (record.rule === 'record_too_long') return `more than ${reader.limits.record} bytes`;
  if (record.rule !== 'field_count') return `byte ${reader.offsetOf(record.faultAt)}`;
  const found = record.moreFields ? `at least ${record.fields + 1}` : `${record.fields}`;
  return `${record.columns} expected, ${found} found`;
}
