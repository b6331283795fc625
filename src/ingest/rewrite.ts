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
        if ((readable + refused) % MARK_EVERY === 0) index.add(reader.line, reader.offsetOf(reader.span.start));
        if (reader.span.rule === undefined) {
          writeRecord(out, reader);
          readable++;
        } else {
          const { rule } = reader.span;
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

function writeRecord(out: CsvFile, { line, window, span }: RecordReader): void {
  out.text(String(line));
  for (let field = 0; field < span.fields; field++) {
    const start = span.starts[field] as number;
    const end = span.ends[field] as number;
    if (start === end) out.nothing();
    else out.bytes(window, start, end, span.quoted[field] as boolean);
  }
  out.endRecord();
}

/** What the rule found: a number of fields or of bytes, or a byte offset in the decompressed export. */
function faultDetail(reader: RecordReader): string {
  const { span } = reader;
  if (span.rule === 'record_too_long') return `more than ${reader.limits.record} bytes`;
  if (span.rule !== 'field_count') return `byte ${reader.offsetOf(span.faultAt)}`;
  const found = span.moreFields ? `at least ${span.fields + 1}` : `${span.fields}`;
  return `${reader.columns} expected, ${found} found`;
}
