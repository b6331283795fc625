import type { Source } from '../../config/source.js';
import { quote } from '../../engine/engine.js';
import { quotePath } from '../../engine/paths.js';
import { DataError } from '../../errors.js';
import { namedColumns, neededColumns } from '../csv/dialect.js';
import { placeOf } from '../csv/names.js';
import type { Prepared } from '../prepared.js';

/** Whether what a table reads is made by SQL of the configuration. */
export function hasSql({ rows, columns }: Pick<Source, 'rows' | 'columns'>): boolean {
  return rows !== null || columns.some(({ sql }) => sql !== undefined);
}

/** How the rows of one export look to SQL, before anything is parsed. */
export interface Raw {
  /**
   * a SELECT that reads the file: the line of a record, and its texts that are used in c0, c1, ...
   */
  readonly read: string;
  /** how many text columns that has */
  readonly width: number;
  /**
   * SQL over what was read (the table `raw`, or a SELECT) of the relation that holds `texts` and
   * `broken`
   */
  relation(from: string): string;
  /**
   * SQL of the texts of a record that are used, with SEPARATOR between them, for showing where they
   * differ from the export
   */
  readonly record: string;
  /** SQL of the raw text by column of the table; none where the export has no such column */
  readonly texts: ReadonlyMap<string, string>;
  /** SQL that names the rule a whole record breaks, or is NULL */
  readonly broken: string;
  /** columns of the export that no column of the table comes from */
  readonly unused: readonly string[];
  /**
   * rows come from a SELECT over the records: each has the line of its record, and there may be
   * more or fewer of them
   */
  readonly isSelected: boolean;
}

/** A file that is ready for the engine. */
export type PreparedFile = Pick<
  Prepared,
  'path' | 'rewritten' | 'header' | 'keys' | 'records' | 'csv' | 'firstLine' | 'longest'
>;

/** A byte that JSON text cannot hold: with it as delimiter a whole line is one column. */
const NO_DELIMITER = 'chr(31)';

export const SEPARATOR = '\x1f';

/**
 * Maps the columns of a table to those of an export that have their names.
 * @throws DataError when a required column is not there
 */
export function mapNames(source: Source, file: PreparedFile, name: string): Raw {
  return source.format === 'csv' ? mapCsv(source, file, name) : mapJson(source, file);
}

/** Names that a note gives of columns that are left out. */
const NAMES_SHOWN = 20;

/** The columns that are left out, for a person: the first of them, and how many more there are. */
export function describeUnused(unused: readonly string[]): string {
  const more = unused.length - NAMES_SHOWN;
  const names = unused.slice(0, NAMES_SHOWN).map((name) => (name === '' ? '""' : name));
  return names.join(', ') + (more > 0 ? `, and ${more} more` : '');
}

/** The places of the columns that are read by name in the header of an export. */
export function placesOf(source: Source, header: readonly string[]): Map<string, number> {
  return new Map(
    namedColumns(source).flatMap((column): [string, number][] => {
      const place = placeOf(header, column.from);
      return place === undefined ? [] : [[column.name, place]];
    }),
  );
}

function mapCsv(source: Source, file: PreparedFile, name: string): Raw {
  const named = namedColumns(source);
  const places = placesOf(source, file.header);
  if (named.length > 0 && places.size === 0 && !hasSql(source)) {
    throw new DataError(
      `${name}: expected a header with a column of ${source.table}, such as ` +
        `${named[0]?.from.join(' or ')}, found the header ${file.header.join(', ')}: set the ` +
        `"header" of tables.${source.table} if the file has none, or its "columns"`,
    );
  }
  const needed = neededColumns(source).find((column) => !places.has(column.name));
  if (needed !== undefined) {
    throw new DataError(
      `${name}: expected a column for ${needed.name} named ${needed.from.join(' or ')}, ` +
        `found the header ${file.header.join(', ')}: set ` +
        `tables.${source.table}.columns.${needed.name} to its name`,
    );
  }
  const used = new Set(places.values());
  const all = file.header.map((_, i) => i);
  // what is not read costs little, however many columns there are; SQL of the configuration may
  // read any
  const read = hasSql(source) || named.length === 0 ? all : all.filter((place) => used.has(place));
  const texts = [...places].map(([name, place]): [string, string] => [
    name,
    `c${read.indexOf(place)}`,
  ]);
  return {
    read: readCsv(file, read),
    width: read.length,
    relation: (from) => from,
    record: `concat_ws(${quote(SEPARATOR)}, ${read.map((_, i) => `c${i}`).join(', ')})`,
    texts: new Map(texts),
    broken: 'NULL',
    unused: file.header.flatMap((name, i) => (used.has(i) ? [] : [labelOf(name, i)])),
    isSelected: false,
  };
}

function labelOf(name: string, place: number): string {
  return name === '' ? `column ${place + 1}, which has no name` : name;
}

/**
 * A SELECT of the `line` of each record and `texts`, the list of what it has in the columns of
 * these names.
 * @param names of columns of the header, one that is there twice perhaps twice; of JSON keys of the
 *   records
 */
export function readTexts(source: Source, file: PreparedFile, names: readonly string[]): string {
  if (source.format !== 'csv') {
    const keys = names.map((name) => quote(pointerTo([name]))).join(', ');
    return `select line, json_extract(c0, [${keys}]) as texts from (${readCsv(file, [0])})`;
  }
  const labels = file.header.map(labelOf);
  const places = names.map((name, i) => {
    const before = names.slice(0, i).filter((each) => each === name).length;
    return labels.flatMap((label, at) => (label === name ? [at] : []))[before] as number;
  });
  const read = [...places].sort((a, b) => a - b);
  const texts = places.map((place) => `c${read.indexOf(place)}`).join(', ');
  return `select line, [${texts}] as texts from (${readCsv(file, read)})`;
}

function mapJson(source: Source, file: PreparedFile): Raw {
  const paths: string[] = [];
  const texts = new Map<string, string>();
  const named = namedColumns(source);
  for (const column of named) {
    const fields = namesOf(column.from, file.keys)
      .flatMap(pathsOf)
      .map((path) => `fields[${paths.push(path)}]`);
    texts.set(column.name, `coalesce(${fields.join(', ')})`);
  }
  return {
    read: readCsv(file, [0]),
    width: 1,
    relation: (from) =>
      paths.length === 0
        ? from
        : `(select *, json_extract_string(c0, [${paths.map(quote).join(', ')}]) as fields from ` +
          `${from})`,
    record: 'c0',
    texts,
    broken: 'NULL',
    unused: unusedKeys(named, file.keys ?? []),
    isSelected: false,
  };
}

/** The keys of records from which nothing is read. */
function unusedKeys(named: ReturnType<typeof namedColumns>, keys: readonly string[]): string[] {
  const read = named.flatMap(({ from }) => namesOf(from, keys));
  const firsts = read.map((name) => name.split('.')[0]);
  return keys.filter((key) => !read.includes(key) && !firsts.includes(key));
}

/**
 * The names that a column is looked for by; where no record has one of them, also the one key that
 * differs by its spelling alone.
 */
export function namesOf(from: readonly string[], keys: readonly string[] = []): readonly string[] {
  const place = placeOf(keys, from);
  const key = place === undefined ? undefined : keys[place];
  return key === undefined || from.includes(key) ? from : [...from, key];
}

/**
 * Where a name is looked for: as it is, then as a path through objects, with a point between two
 * of them.
 */
function pathsOf(from: string): string[] {
  const path = from.split('.');
  return path.length > 1 && !path.includes('')
    ? [pointerTo([from]), pointerTo(path)]
    : [pointerTo([from])];
}

/** A JSON pointer, which has no wildcards (https://datatracker.ietf.org/doc/html/rfc6901). */
function pointerTo(names: readonly string[]): string {
  return names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * What read_csv is told of lines: a line is at most four times as long as the longest record, for
 * each quote in it may be doubled, and the quarantine has the raw text beside the value.
 * @param record longest record, in bytes
 */
export function readLimits(record: number): string {
  const line = 4 * record + 200_000;
  return `strict_mode = true, max_line_size = ${line}, buffer_size = ${2 * line}`;
}

/**
 * SQL that reads canonical CSV: no header, fields in quotes that are doubled within them, and lines
 * that end in a line feed. That must be said, for DuckDB takes the first line break of a file for
 * its line end, one in quotes too.
 * @param columns types by name
 * @param record longest record, in bytes
 */
export function readCanonical(
  path: string,
  columns: ReadonlyMap<string, string>,
  record: number,
): string {
  return (
    `read_csv(${quotePath(path)}, auto_detect = false, hive_partitioning = false, columns = ` +
    `${typesOf(columns)}, header = false, delim = ',', quote = '"', escape = '"', new_line = ` +
    `'\\n', ${readLimits(record)})`
  );
}

/** SQL that reads the fields at these places, in ascending order, as c0, c1, ... */
function readCsv(file: PreparedFile, places: readonly number[]): string {
  const { rewritten, path, longest, header, firstLine } = file;
  const before = rewritten ? 1 : 0; // the line number is first in a rewritten file
  const names = Array.from({ length: Math.max(1, header.length) + before }, (_, i) => `f${i}`);
  const texts = places.map((place, i) => `f${place + before} as c${i}`).join(', ');
  // rows are numbered in the order of the file
  const line = rewritten ? 'cast(f0 as bigint)' : `row_number() over () + ${firstLine - 1}`;
  const columns = new Map(names.map((name) => [name, 'VARCHAR']));
  const from = rewritten ? readCanonical(path, columns, longest) : readSimple(file, columns);
  return `select ${line} as line, ${texts} from ${from}`;
}

/**
 * No `new_line` is given: with one that does not fit the file DuckDB reads no rows, and says
 * nothing.
 */
function readSimple(
  { path, header, csv, firstLine, longest }: PreparedFile,
  columns: ReadonlyMap<string, string>,
) {
  const delim = header.length === 0 ? NO_DELIMITER : quote(csv.delimiter);
  const mark = csv.quote === 'none' ? "''" : quote(csv.quote);
  return (
    `read_csv(${quotePath(path)}, auto_detect = false, hive_partitioning = false, columns = ` +
    `${typesOf(columns)}, header = ${firstLine > 1}, delim = ${delim}, quote = ${mark}, escape ` +
    `= ${mark}, ${readLimits(longest)})`
  );
}

/** Types by name, as read_csv is told of them. */
function typesOf(columns: ReadonlyMap<string, string>): string {
  return `{${[...columns].map(([name, type]) => `${quote(name)}: ${quote(type)}`).join(', ')}}`;
}
