import { DataError } from '../errors.js';
import type { Dialect } from './csv/dialect.js';
import { openingBytes } from './export_file.js';
import type { PlainExport } from './packing/unpack.js';

const DELIVER = 'Deliver the table itself as CSV, JSON or Parquet.';
const SAVE = 'Save it as CSV, and deliver that.';
const PACK = 'Deliver it unpacked, or packed with gzip, zstd or zip.';
const WORKBOOK = 'an Excel workbook (.xlsx)';

/** What is delivered in place of a table, by how it begins. */
const KINDS: readonly (readonly [kind: string, cure: string, begins: RegExp])[] = [
  ['a PDF document', DELIVER, /^%PDF-/],
  ['an Excel workbook (.xls)', SAVE, /^ÐÏ\W{2}¡±/],
  [
    'an HTML page',
    `Look whether it is an error page or asks to log in. ${DELIVER}`,
    /^\s*<(!doctype html|html)\b/i,
  ],
  ['an XML document', DELIVER, /^\s*<(\?xml\b|!--|!doctype\b)/i],
  // an element on the line after the root, or on its line and no delimiter: <A>,<B> is a header
  [
    'an XML document',
    DELIVER,
    /^\s*<[a-z_][\w.:-]*(\s[^<>]*)?>(\s*\n\s*<[a-z_]|<[a-z_][^,;|\t\n]*(\n|$))/i,
  ],
  ['an SQLite database', DELIVER, /^SQLite format 3\0/],
  ['an Avro file', DELIVER, /^Obj\W{2,6}avro\./],
  ['an Arrow file', DELIVER, /^ARROW1\0/],
  ['a bzip2 file', PACK, /^BZh[1-9]1AY&SY/],
  ['an xz file', PACK, /^\xfd7zXZ\0/],
  ['a 7z archive', PACK, /^7z\xbc\xaf'/],
  ['a RAR archive', PACK, /^Rar!\W\W\W?\0/],
  ['a tar archive', 'Deliver its files, or a zip archive.', /^[\s\S]{257}ustar[ \0]/],
];
const PARQUET = [['a Parquet file', 'Set "format" of its table to parquet.', /^PAR1/]] as const;
const OPENING = 1000;

const EXPECTED: Record<Dialect['format'], string> = {
  csv: 'CSV',
  json: 'JSON',
  jsonl: 'JSON Lines',
  parquet: 'a Parquet file',
};

/**
 * Refuses an export that is a file of another kind, and says which.
 * @param files of a zip archive its members
 * @throws DataError
 */
export async function refuseForeign(
  name: string,
  files: readonly PlainExport[],
  format: Dialect['format'],
): Promise<void> {
  const refused = (file: string, kind: string, cure: string) =>
    new DataError(
      `cannot read the export ${file}: expected ${EXPECTED[format]}, found ${kind}. ${cure}`,
    );
  const members = new Set(files.map(({ member }) => member));
  if (members.has('[Content_Types].xml')) throw refused(name, WORKBOOK, SAVE);
  if (members.has('META-INF/manifest.xml'))
    throw refused(name, 'an OpenDocument spreadsheet', SAVE);
  for (const { path, name: file } of files) {
    const bytes = Buffer.from(await openingBytes(path, file, OPENING)).toString('latin1');
    // of UTF-16 what UTF-8 would be
    const text = bytes.replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '').replaceAll('\0', '');
    for (const [kind, cure, begins] of format === 'parquet' ? KINDS : [...KINDS, ...PARQUET])
      if (begins.test(bytes) || begins.test(text)) throw refused(file, kind, cure);
  }
}
