import { DataError } from '../errors.js';
import { openingBytes } from './export_file.js';
import type { PlainExport } from './packing/unpack.js';

/** What is often called .csv and is none, by how it begins. */
const KINDS: readonly (readonly [kind: string, cure: string, begins: RegExp])[] = [
  ['a PDF document', 'export the table as CSV', /^%PDF-/],
  ['an Excel workbook (.xls)', 'save it as CSV', /^ÐÏ\W{2}¡±/],
  [
    'an HTML page',
    'look whether it is an error page or asks to log in, and export the table as CSV',
    /^\s*<(!doctype html|html)\b/i,
  ],
  ['an XML document', 'export the table as CSV', /^\s*<\?xml\b/i],
];
const OPENING = 200;

/**
 * Refuses a text export that is a file of another kind, and says which.
 * @param members of a zip archive
 * @throws DataError
 */
export async function refuseForeign(name: string, files: readonly PlainExport[]): Promise<void> {
  const members = new Set(files.map(({ member }) => member));
  if (members.has('[Content_Types].xml'))
    throw refused(name, 'an Excel workbook (.xlsx)', 'save it as CSV');
  if (members.has('META-INF/manifest.xml'))
    throw refused(name, 'an OpenDocument spreadsheet', 'save it as CSV');
  for (const { path, name: file } of files) {
    const opening = Buffer.from(await openingBytes(path, file, OPENING))
      .toString('latin1')
      .replace(/^\xef\xbb\xbf/, '');
    for (const [kind, cure, begins] of KINDS)
      if (begins.test(opening)) throw refused(file, kind, cure);
  }
}

function refused(name: string, kind: string, cure: string): DataError {
  return new DataError(
    `cannot read the export ${name}: expected text, found ${kind}: ${cure}, and deliver that.`,
  );
}
