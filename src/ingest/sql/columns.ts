import type { Source } from '../../config/source.js';
import { identifier, quote } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import { namedColumns } from '../csv/dialect.js';
import { mentions, placeOf, spellingsOf } from '../csv/names.js';
import { hasSql, mapNames, type PreparedFile, type Raw } from './raw.js';

/**
 * Maps the columns of a table to an export: by name, by a constant, or by the SQL of the
 * configuration.
 * @throws DataError when a required column is not there, or twice in different cases, or one of the
 * key is not there that a default would stand in for
 */
export function mapColumns(source: Source, file: PreparedFile, name: string): Raw {
  requireOneSpelling(source, file, name);
  requireKey(source, file, name);
  return withSql(source, mapNames(source, file, name), file, name);
}

/**
 * Of two columns whose names differ by their spelling alone, nobody knows which one is meant;
 * unless both are named in their order, or one is spelled as in the table but for its case.
 */
function requireOneSpelling(
  source: Source,
  { header, keys = [] }: PreparedFile,
  name: string,
): void {
  if (source.format.startsWith('json')) return; // each record may have another spelling
  const found = source.format === 'csv' ? header : keys;
  for (const { name: column, from } of namedColumns(source)) {
    const read = found[placeOf(found, from) ?? -1];
    const [one, other] =
      read === undefined
        ? spellingsOf(found, from)
        : [read, found.find((each) => isOtherCase(each, read) && !from.includes(each))];
    if (one === undefined || other === undefined) continue;
    throw new DataError(
      `${name}: expected one column for ${column}, found ${one} and ${other}, whose names ` +
        'differ by their spelling alone: rename one of them, or set ' +
        `tables.${source.table}.columns.${column}.from to [${one}, ${other}] to read the first`,
    );
  }
}

function isOtherCase(one: string, other: string): boolean {
  return one !== other && one.toLowerCase() === other.toLowerCase();
}

/**
 * Rows are identified by the first key of which an export has all columns. A default for one of
 * them would make the same key of different rows, and all but one of those would be dropped as
 * duplicates. A single object may leave a key out. A default of a required column is one that the
 * configuration asks for.
 */
function requireKey(
  source: Source,
  { header, keys = [], records }: PreparedFile,
  name: string,
): void {
  const found = source.format === 'csv' ? header : keys;
  if (found.length === 0 || (source.format.startsWith('json') && records < 2)) return;
  const missing = new Set(
    namedColumns(source)
      .filter(({ from }) => placeOf(found, from) === undefined)
      .map((column) => column.name),
  );
  const key = source.key.find((columns) =>
    columns.every((column) => !missing.has(column) || hasDefault(source, column)),
  );
  const column = source.columns.find(
    (each) => key?.includes(each.name) && missing.has(each.name) && !each.required,
  );
  if (column === undefined) return;
  throw new DataError(
    `${name}: expected a column for ${column.name} named ${column.from.join(' or ')}, ` +
      `because the key of ${source.table} is ${key?.join(', ')}, found ${found.join(', ')}: ` +
      `set tables.${source.table}.columns.${column.name} to its name, or to { constant: ` +
      `${column.default} } if the exports have no such column`,
  );
}

function hasDefault({ columns }: Source, name: string): boolean {
  return columns.some((column) => column.name === name && column.default !== undefined);
}

/**
 * Lets the SQL of the configuration make columns, or rows, from the records of an export. It sees
 * the relation `raw`: the columns of the export by their names, or of JSON and Parquet `record`,
 * the text of the object; and `line` and `export_date`, unless the export has columns of these
 * names. All of them are text but the last two.
 * @throws DataError for names that SQL cannot tell apart
 */
function withSql(source: Source, raw: Raw, file: PreparedFile, name: string): Raw {
  const constants = source.columns.flatMap(({ name, constant }): [string, string][] =>
    constant === undefined || source.rows !== null ? [] : [[name, quote(constant)]],
  );
  const texts = new Map([...raw.texts, ...constants]);
  if (!hasSql(source)) return { ...raw, texts };
  const columns = rawColumns(source, file.header, name);
  return source.rows === null
    ? withExpressions(source, { ...raw, texts }, columns)
    : withRows(source, source.rows, raw, columns);
}

/** SQL of each column of `raw`, by its name. */
function rawColumns(source: Source, header: readonly string[], name: string): Map<string, string> {
  const own = source.format === 'csv' ? header : ['record'];
  const folded = own.map((column) => column.toLowerCase());
  const isTwice = (column: string) =>
    folded.indexOf(column.toLowerCase()) < folded.lastIndexOf(column.toLowerCase());
  const statements = [source.rows ?? '', ...source.columns.map(({ sql }) => sql ?? '')];
  const twice = own.find(
    (column) => column !== '' && isTwice(column) && statements.some((sql) => mentions(sql, column)),
  );
  if (twice !== undefined) {
    throw new DataError(
      `${name}: expected columns whose names differ by more than their case, because ` +
        `tables.${source.table} reads them with SQL, found ${twice} twice in the header ` +
        `${header.join(', ')}: rename one of them in the export`,
    );
  }
  const taken = new Set(folded);
  const columns = new Map(
    own.flatMap((column, i) =>
      column === '' || isTwice(column)
        ? []
        : [[column, source.format === 'csv' ? `c${i}` : 'c0'] as const],
    ),
  );
  for (const given of ['line', 'export_date']) if (!taken.has(given)) columns.set(given, given);
  return columns;
}

function withExpressions(source: Source, raw: Raw, columns: ReadonlyMap<string, string>): Raw {
  const own = source.columns.flatMap(({ name, sql }) => (sql === undefined ? [] : [{ name, sql }]));
  const named = [...columns].map(([name, sql]) => `${sql} as ${identifier(name)}`);
  const made = own.map(({ sql }, i) => `cast((${sql}\n) as varchar) as made_${i}`);
  return {
    ...raw,
    // the row as it was goes along as a whole, so that no name in the export can stand for another
    // column of it
    relation: (from) =>
      `(select dayfold_row.*, ${made.join(', ')} from (select dayfold_row, ` +
      `${named.join(', ')} from ${raw.relation(from)} as dayfold_row) as raw)`,
    texts: new Map([...raw.texts, ...own.map(({ name }, i) => [name, `made_${i}`] as const)]),
    unused: raw.unused.filter((name) => !own.some(({ sql }) => mentions(sql, name))),
  };
}

function withRows(
  source: Source,
  select: string,
  raw: Raw,
  columns: ReadonlyMap<string, string>,
): Raw {
  const named = [...columns].map(([name, sql]) => `${sql} as ${identifier(name)}`);
  const nothing = source.columns.map(({ name }) => `NULL::VARCHAR as ${identifier(name)}`);
  const made = source.columns.map(
    ({ name }) => `cast(${identifier(name)} as varchar) as ${identifier(`made_${name}`)}`,
  );
  const read = `with raw as (select ${named.join(', ')} from ${raw.relation('temp.raw')}) select *
    from (${select}
)`;
  return {
    ...raw,
    relation: () =>
      `(select line, ${made.join(', ')},
        ${['export', 'export_date', 'date_order']
          .map(
            (given) => `(select min(${given})
          from temp.raw) as ${given}`,
          )
          .join(', ')}
        from (select NULL::BIGINT as line, ${nothing.join(', ')} where false
          union all by name (${read})))`,
    texts: new Map(source.columns.map(({ name }) => [name, identifier(`made_${name}`)])),
    unused: raw.unused.filter((name) => !mentions(select, name)),
    isSelected: true,
  };
}
