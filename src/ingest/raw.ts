import type { Source } from '../config/contracts.js';
import { quote } from '../engine/engine.js';
import { DataError } from '../errors.js';

/** How the rows of one export look to SQL, before anything is parsed. */
export interface Raw {
  /** a relation with the columns c0, c1, ... */
  readonly relation: string;
  /** SQL of a row's text as the engine read it, for showing where it differs from the export */
  readonly record: string;
  /** SQL of a row's line number; undefined where row i stands on line i + firstLine */
  readonly line: string | undefined;
  /** SQL of the raw text by column of the table; none where the export has no such column */
  readonly texts: ReadonlyMap<string, string>;
  /** SQL that names the rule a whole record breaks, or is NULL */
  readonly broken: string;
  /** columns of the export that no column of the table comes from */
  readonly unused: readonly string[];
}

interface PreparedFile {
  readonly path: string;
  readonly rewritten: boolean;
  readonly header: readonly string[];
  readonly newline: '\n' | '\r\n';
}

/** A byte that JSON text cannot hold: with it as delimiter a whole line is one column. */
const NO_DELIMITER = "chr(31)";

/**
 * Maps the columns of a table to those of an export.
 * @throws DataError when a required column is not there
 */
export function mapColumns(source: Source, file: PreparedFile, name: string): Raw {
  return source.format === 'csv' ? mapCsv(source, file, name) : mapJson(source, file);
}

function mapCsv(source: Source, file: PreparedFile, name: string): Raw {
  const first = file.rewritten ? 1 : 0;
  const texts = new Map<string, string>();
  const used = new Set<number>();
  for (const column of source.columns) {
    const index = column.from.map((from) => file.header.indexOf(from)).find((i) => i >= 0);
    if (index !== undefined) {
      texts.set(column.name, `c${index + first}`);
      used.add(index);
    } else if (column.required) {
      throw new DataError(
        `${name}: expected a column for ${column.name} named ${column.from.join(' or ')}, found the header ${file.header.join(', ')}: set tables.${source.table}.columns.${column.name} to its name`,
      );
    }
  }
  return {
    relation: readCsv(file, file.header.length + first, quote(source.delimiter)),
    record: file.header.map((_, i) => `coalesce(c${i + first}, '')`).join(` || ${quote(source.delimiter)} || `),
    line: file.rewritten ? 'cast(c0 as BIGINT)' : undefined,
    texts,
    broken: 'NULL',
    unused: file.header.filter((_, i) => !used.has(i)),
  };
}

function mapJson(source: Source, file: PreparedFile): Raw {
  const record = file.rewritten ? 'c1' : 'c0';
  const names = source.columns.flatMap((column) => column.from);
  const paths = names.map((from) => quote(`$."${from.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)).join(', ');
  const texts = new Map<string, string>();
  let at = 0;
  for (const column of source.columns) {
    texts.set(column.name, `coalesce(${column.from.map(() => `fields[${++at}]`).join(', ')})`);
  }
  const object = `json_valid(${record}) and json_type(${record}) = 'OBJECT'`;
  const lines = readCsv(file, file.rewritten ? 2 : 1, NO_DELIMITER);
  return {
    record,
    relation: `(select *, case when is_object then json_extract_string(${record}, [${paths}]) end as fields
      from (select *, case when ${object} then true else false end as is_object from ${lines}))`,
    line: file.rewritten ? 'cast(c0 as BIGINT)' : undefined,
    texts,
    broken: "case when not is_object then 'not_a_json_object' end",
    unused: [],
  };
}

function readCsv(file: PreparedFile, columns: number, delimiter: string): string {
  const names = Array.from({ length: columns }, (_, i) => `'c${i}': 'VARCHAR'`).join(', ');
  const lines = file.rewritten
    ? `header = false, delim = ',', quote = '"', escape = '"', new_line = '\\n'`
    : `header = ${file.header.length > 0}, delim = ${delimiter}, ${delimiter === NO_DELIMITER ? `quote = '', escape = ''` : `quote = '"', escape = '"'`}, new_line = '${file.newline === '\n' ? '\\n' : '\\r\\n'}'`;
  return `read_csv(${quote(file.path)}, auto_detect = false, columns = {${names}}, ${lines}, strict_mode = true, max_line_size = 2200000, buffer_size = 8800000)`;
}
