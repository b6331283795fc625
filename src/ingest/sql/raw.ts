import type { Source } from '../../config/contracts.js';
import { quote } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import { namedColumns, neededColumns } from '../csv/dialect.js';
import type { Prepared } from '../prepare.js';

/** How the rows of one export look to SQL, before anything is parsed. */
export interface Raw {
  /** a SELECT that reads the file: the text of each record in c0, c1, ... and its line, where the file was rewritten or SQL of the configuration reads it */
  readonly read: string;
  /** where the file was not rewritten, row i stands on this line + i */
  readonly firstLine: number | undefined;
  /** how many text columns that has */
  readonly width: number;
  /** SQL over what was read (the table `raw`, or a SELECT) of the relation in which `texts` and `broken` stand */
  relation(from: string): string;
  /** SQL of a record as the engine read it, for showing where it differs from the export */
  readonly record: string;
  /** SQL of the raw text by column of the table; none where the export has no such column */
  readonly texts: ReadonlyMap<string, string>;
  /** SQL that names the rule a whole record breaks, or is NULL */
  readonly broken: string;
  /** columns of the export that no column of the table comes from */
  readonly unused: readonly string[];
  /** rows come from a SELECT over the records: each has the line of its record, and there may be more or fewer of them */
  readonly isSelected: boolean;
}

/** A file that is ready for the engine. */
export type PreparedFile = Pick<
  Prepared,
  'path' | 'rewritten' | 'header' | 'keys' | 'records' | 'csv' | 'firstLine' | 'longest'
>;

/** A byte that JSON text cannot hold: with it as delimiter a whole line is one column. */
const NO_DELIMITER = 'chr(31)';

/**
 * Maps the columns of a table to those of an export that have their names.
 * @throws DataError when a required column is not there
 */
export function mapNames(source: Source, file: PreparedFile, name: string): Raw {
  return source.format === 'csv' ? mapCsv(source, file, name) : mapJson(source, file);
}

/** Whether SQL of the configuration reads the line of a record. A SELECT may read it without naming it. */
function readsLine({ rows, columns }: Source): boolean {
  return rows !== null || columns.some(({ sql }) => /\bline\b/i.test(sql ?? ''));
}

function mapCsv(source: Source, file: PreparedFile, name: string): Raw {
  const texts = new Map<string, string>();
  const used = new Set<number>();
  const needed = new Set(neededColumns(source).map((column) => column.name));
  for (const column of namedColumns(source)) {
    const index = column.from.map((from) => file.header.indexOf(from)).find((i) => i >= 0);
    if (index !== undefined) {
      texts.set(column.name, `c${index}`);
      used.add(index);
    } else if (needed.has(column.name)) {
      throw new DataError(
        `${name}: expected a column for ${column.name} named ${column.from.join(' or ')}, found the header ${file.header.join(', ')}: set tables.${source.table}.columns.${column.name} to its name`,
      );
    }
  }
  const width = file.header.length;
  return {
    read: readCsv(file, width, readsLine(source)),
    width,
    firstLine: file.rewritten ? undefined : file.firstLine,
    relation: (from) => from,
    record: file.header.map((_, i) => `coalesce(c${i}, '')`).join(` || ${quote(file.csv.delimiter)} || `),
    texts,
    broken: 'NULL',
    unused: file.header.filter((name, i) => name !== '' && !used.has(i)),
    isSelected: false,
  };
}

function mapJson(source: Source, file: PreparedFile): Raw {
  const paths: string[] = [];
  const texts = new Map<string, string>();
  for (const column of namedColumns(source)) {
    const fields = column.from.flatMap(pathsOf).map((path) => `fields[${paths.push(path)}]`);
    texts.set(column.name, `coalesce(${fields.join(', ')})`);
  }
  return {
    read: readCsv(file, 1, readsLine(source)),
    width: 1,
    firstLine: file.rewritten ? undefined : file.firstLine,
    relation: (from) =>
      paths.length === 0
        ? from
        : `(select *, json_extract_string(c0, [${paths.map(quote).join(', ')}]) as fields from ${from})`,
    record: 'c0',
    texts,
    broken: 'NULL',
    unused: [],
    isSelected: false,
  };
}

/** Where a name is looked for: as it stands, then as a way through objects, with a point between two of them. */
function pathsOf(from: string): string[] {
  const path = (names: readonly string[]) =>
    `$${names.map((name) => `."${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join('')}`;
  const way = from.split('.');
  return way.length > 1 && !way.includes('') ? [path([from]), path(way)] : [path([from])];
}

/**
 * What read_csv is told of lines: a line is at most four times as long as the longest record, for each quote in it may
 * be doubled, and the quarantine has the raw text beside the value.
 * @param record longest record, in bytes
 */
export function readLimits(record: number): string {
  const line = 4 * record + 200_000;
  return `strict_mode = true, max_line_size = ${line}, buffer_size = ${2 * line}`;
}

/**
 * SQL that reads canonical CSV: no header, fields in quotes that are doubled within them, and lines that end in a line
 * feed. That must be said, for DuckDB takes the first line break of a file for its line end, one in quotes too.
 * @param columns types by name
 * @param record longest record, in bytes
 */
export function readCanonical(path: string, columns: ReadonlyMap<string, string>, record: number): string {
  return `read_csv(${quote(path)}, auto_detect = false, columns = ${typesOf(columns)}, header = false, delim = ',', quote = '"', escape = '"', new_line = '\\n', ${readLimits(record)})`;
}

function readCsv(file: PreparedFile, width: number, hasLine: boolean): string {
  const { rewritten, path, longest, firstLine } = file;
  const before = rewritten ? 1 : 0; // the line number stands first in a rewritten file
  const names = Array.from({ length: width + before }, (_, i) => `f${i}`);
  const texts = Array.from({ length: width }, (_, i) => `f${i + before} as c${i}`).join(', ');
  const counted = hasLine ? `row_number() over () + ${firstLine - 1}` : 'NULL::BIGINT'; // in the order of the file
  const line = rewritten ? 'cast(f0 as bigint)' : counted;
  const columns = new Map(names.map((name) => [name, 'VARCHAR']));
  const from = rewritten ? readCanonical(path, columns, longest) : readSimple(file, columns);
  return `select ${line} as line, ${texts} from ${from}`;
}

/** No `new_line` is given: with one that does not fit the file DuckDB reads no rows, and says nothing. */
function readSimple({ path, header, csv, firstLine, longest }: PreparedFile, columns: ReadonlyMap<string, string>) {
  const delim = header.length === 0 ? NO_DELIMITER : quote(csv.delimiter);
  const mark = csv.quote === 'none' ? "''" : quote(csv.quote);
  return `read_csv(${quote(path)}, auto_detect = false, columns = ${typesOf(columns)}, header = ${firstLine > 1}, delim = ${delim}, quote = ${mark}, escape = ${mark}, ${readLimits(longest)})`;
}

/** Types by name, as read_csv is told of them. */
function typesOf(columns: ReadonlyMap<string, string>): string {
  return `{${[...columns].map(([name, type]) => `${quote(name)}: ${quote(type)}`).join(', ')}}`;
}
