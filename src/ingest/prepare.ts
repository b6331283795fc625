import { join as joinPath } from 'node:path';
import type { Dialect } from './csv/dialect.js';
import { type ExportFile, sizeOf } from './export_file.js';
import { refuseForeign } from './foreign.js';
import { linesOfArray } from './json/array.js';
import { LIMITS, type Limits } from './limits.js';
import { type PlainExport, unpack } from './packing/unpack.js';
import { linesOfParquet } from './parquet/rows.js';
import { prepareCsv } from './prepare_csv.js';
import { prepareLines } from './prepare_lines.js';
import type { Prepared, Workplace } from './prepared.js';
import { decode, type Text } from './text/decode.js';
import { join } from './text/join.js';
import { newlineOf } from './text/newline.js';

/**
 * Unpacks and decodes an export if need be, counts its records independently of the engine, and
 * makes sure that the engine will read them right: a simple file stays as it is, any other is
 * rewritten, its bad records quarantined one by one.
 *
 * @throws DataError when the export cannot be read as what it is said to be
 * @throws StoreError when the export cannot be opened or scratch cannot be written
 */
export async function prepare(
  { path, name }: ExportFile,
  dialect: Dialect,
  workplace: Workplace,
  given: Limits = LIMITS,
): Promise<Prepared> {
  const { scratch } = workplace;
  const { files: all, ...stored } = await unpack(path, scratch, name, given);
  const { files, ignored } = dataOf(all, dialect);
  await refuseForeign(name, files, dialect.format);
  const texts: Text[] = [];
  for (const [i, each] of files.entries())
    texts.push(await textOf(each, joinPath(scratch, `text-${i}`), dialect, given));
  const joined = await join(texts, name, joinPath(scratch, 'text'), given);
  const limits = { ...given, chunk: Math.min(given.chunk, sizeOf(joined.path, name)) };
  const text = { ...joined, newline: await newlineOf(joined, limits) };
  const prepared =
    dialect.format === 'csv'
      ? await prepareCsv(text, dialect, workplace, limits)
      : await prepareLines(text, dialect, workplace, limits);
  const reading = [...prepared.reading, ...ignored];
  return { ...prepared, ...stored, reading, longest: limits.record };
}

/** How the members of an archive end that are of a format. */
const MEMBERS: Record<Dialect['format'], RegExp> = {
  csv: /\.(csv|tsv|tab|psv)$/i,
  json: /\.json$/i,
  jsonl: /\.(jsonl|ndjson|json)$/i,
  parquet: /\.parquet$/i,
};

/**
 * The files of an archive that are data: where some are called so, the others are not, such as a
 * readme.
 */
function dataOf(files: readonly PlainExport[], { format }: Dialect) {
  const isData = ({ member = '' }: PlainExport) => MEMBERS[format].test(member);
  if (!files.some(isData)) return { files, ignored: [] };
  const ignored = files.filter((file) => !isData(file)).map(({ member }) => member);
  const note =
    `${ignored.length === 1 ? 'a file' : `${ignored.length} files`} of the archive left out: ` +
    `${ignored.slice(0, 3).join(', ')}`;
  return { files: files.filter(isData), ignored: ignored.length === 0 ? [] : [note] };
}

/** One file of an export as UTF-8 text with records that end in a line's end. */
async function textOf(
  file: PlainExport,
  target: string,
  dialect: Dialect,
  limits: Limits,
): Promise<Text> {
  if (dialect.format === 'parquet') return linesOfParquet(file, target, dialect, limits);
  const text = await decode(file, `${target}.utf8`, dialect.encoding, limits);
  return dialect.format === 'json'
    ? linesOfArray(text, `${target}.jsonl`, dialect.rows_at, limits)
    : text;
}
