import type { Source, SourceColumn } from '../config/contracts.js';
import { quote } from '../engine/engine.js';
import { DataError } from '../errors.js';

/** How the rows of one export look to SQL, before anything is parsed. */
export interface Raw {
  /** a SELECT that reads the file: the text of each record in c0, c1, ... and, where the file was rewritten, its line */
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

export interface PreparedFile {
  readonly path: string;
  readonly rewritten: boolean;
  readonly header: readonly string[];
  readonly firstLine: number;
}

/** A byte that JSON text cannot hold: with it as delimiter a whole line is one column. */
const NO_DELIMITER = 'chr(31)';

/**
 * Maps the columns of a table to those of an export that have their names.
 * @throws DataError when a required column is not there
 */
export function mapNames(source: Source, file: PreparedFile, name: string): Raw {
  return source.format === 'csv' ? mapCsv(source, file, name) : mapJson(source, file);
}

/** Whether a column comes from a column of the export by its name, not from SQL or a constant. */
function isNamed({ rows }: Source, { sql, constant }: SourceColumn): boolean {
  return rows === null && sql === undefined && constant === undefined;
}

function mapCsv(source: Source, file: PreparedFile, name: string): Raw {
  const texts = new Map<string, string>();
  const used = new Set<number>();
  for (const column of source.columns.filter((each) => isNamed(source, each))) {
    const index = column.from.map((from) => file.header.indexOf(from)).find((i) => i >= 0);
    if (index !== undefined) {
      texts.set(column.name, `c${index}`);
      used.add(index);
    } else if (column.required) {
      throw new DataError(
        `${name}: expected a column for ${column.name} named ${column.from.join(' or ')}, found the header ${file.header.join(', ')}: set tables.${source.table}.columns.${column.name} to its name`,
      );
    }
  }
  const width = file.header.length;
  return {
    read: readCsv(file, width, quote(source.delimiter)),
    width,
    firstLine: file.rewritten ? undefined : file.firstLine,
    relation: (from) => from,
    record: file.header.map((_, i) => `coalesce(c${i}, '')`).join(` || ${quote(source.delimiter)} || `),
    texts,
    broken: 'NULL',
    unused: file.header.filter((_, i) => !used.has(i)),
    isSelected: false,
  };
}

function mapJson(source: Source, file: PreparedFile): Raw {
  const names = source.columns.flatMap((column) => column.from);
  const paths = names.map((from) => quote(`$."${from.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)).join(', ');
  const texts = new Map<string, string>();
  let at = 0;
  for (const column of source.columns) {
    texts.set(column.name, `coalesce(${column.from.map(() => `fields[${++at}]`).join(', ')})`);
  }
  const object = "json_valid(c0) and json_type(c0) = 'OBJECT'";
  return {
    read: readCsv(file, 1, NO_DELIMITER),
    width: 1,
    firstLine: file.rewritten ? undefined : file.firstLine,
    relation: (from) => `(select *, case when is_object then json_extract_string(c0, [${paths}]) end as fields
      from (select *, case when ${object} then true else false end as is_object from ${from}))`,
    record: 'c0',
    texts,
    broken: "case when not is_object then 'not_a_json_object' end",
    unused: [],
    isSelected: false,
  };
}

/** The length of a record is at most 1 MiB, and that of its line twice as much when every quote in it is doubled. */
export const READ_LIMITS = 'strict_mode = true, max_line_size = 4400000, buffer_size = 8800000';

/** No `new_line` is given: with one that does not fit the file DuckDB reads no rows, and says nothing. */
function readCsv(file: PreparedFile, width: number, delimiter: string): string {
  const before = file.rewritten ? 1 : 0; // the line number stands first in a rewritten file
  const columns = Array.from({ length: width + before }, (_, i) => `'f${i}': 'VARCHAR'`).join(', ');
  const texts = Array.from({ length: width }, (_, i) => `f${i + before} as c${i}`).join(', ');
  const line = file.rewritten ? 'cast(f0 as bigint)' : 'NULL::BIGINT';
  const [header, delim] = file.rewritten ? [false, quote(',')] : [file.header.length > 0, delimiter];
  const quotes = delim === NO_DELIMITER ? "quote = '', escape = ''" : `quote = '"', escape = '"'`;
  return `select ${line} as line, ${texts} from read_csv(${quote(file.path)}, auto_detect = false, columns = {${columns}}, header = ${header}, delim = ${delim}, ${quotes}, ${READ_LIMITS})`;
}
