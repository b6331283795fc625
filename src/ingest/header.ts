import { DataError } from '../errors.js';
import { rawText } from './quarantine.js';
import type { RecordReader } from './records.js';

/**
 * Reads the first record of a CSV export: the column names, trimmed, in file order. Empty when there is no record.
 *
 * @throws DataError when it is malformed, a name is missing or one stands there twice
 */
export async function readHeader(reader: RecordReader, name: string): Promise<readonly string[]> {
  let found = false;
  while (!found && (await reader.fill())) found = reader.next();
  if (!found) return [];

  const { record, line } = reader;
  const refuse = (what: string): DataError =>
    new DataError(
      `cannot read the export ${name}: expected a header with a name of its own for each column on line ${line}, ` +
        `found ${what}. Mend the export, or check that the configured format and delimiter are those of the file.`,
    );
  if (record.rule !== undefined) throw refuse(`${record.rule} (byte ${reader.offsetOf(record.faultAt)})`);

  const names: string[] = [];
  for (let field = 0; field < record.fields; field++) {
    const text = rawText(reader.bytes.subarray(record.starts[field], record.ends[field]));
    names.push((record.quoted[field] ? text.replaceAll('""', '"') : text).trim());
  }
  const unnamed = names.flatMap((column, at) => (column === '' ? [at + 1] : []));
  if (unnamed.length > 0) throw refuse(`no name for column ${unnamed.join(', ')} of ${names.length}`);
  const twice = new Set(names.filter((column, at) => names.indexOf(column) < at));
  if (twice.size > 0)
    throw refuse(`more than one column named ${[...twice].map((column) => `"${column}"`).join(', ')}`);
  return names;
}
