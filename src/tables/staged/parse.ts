import type { Source } from '../../config/contracts.js';
import { identifier, QueryError, quote, type Session } from '../../engine/engine.js';
import { ConfigError, Stopped } from '../../errors.js';
import { tooLate } from '../../ingest/limits.js';
import { DISCARDED } from '../../ingest/quarantine.js';
import { carefulTables, parseStatement, type StagingInput } from '../../ingest/sql/parse.js';
import { hasPlainRows, plainSelect, type Spellings, spellingsSelect, textColumns } from '../../ingest/sql/plain.js';
import { hasSql } from '../../ingest/sql/raw.js';
import { type FoundOrders, findDateOrders, nameDateOrders } from './date_order.js';
import type { Loaded } from './load.js';

/** So many records may pass through the tables of a session before they are made again: deleted rows keep their memory. */
const ROWS_REUSED = 200_000;

/** Where more than this share of the rows is not plain, all are parsed with care, at once. */
const CAREFUL_SHARE = 1 / 5;

/** Records in which the usual spellings of categories are looked for, and how many of them are kept. */
const SAMPLE = 5_000;
const SPELLINGS = 24;

/** An export to be parsed. */
export interface Unparsed {
  readonly key: string;
  /** the SELECT that reads its text */
  readonly read: string;
  readonly date: string;
  /** how many rows that should give */
  readonly rows: number;
  /** whether it holds ASCII alone, and of control characters only line ends */
  readonly isAscii: boolean;
  /** the line of its first row, where row and line grow together */
  readonly firstLine: number | undefined;
  /** lines of records that are given up */
  readonly discarded: readonly number[];
}

export interface Parsed {
  /** for each export, the relation that holds the text it was parsed from */
  readonly reads: readonly string[];
  /** what was found out of the order of day and month */
  readonly orders: FoundOrders;
  /** for each export, how many rows of `parsed` it has, and with which it begins */
  readonly rows: readonly { readonly count: number; readonly first: number }[];
}

/** The tables of a session, through which exports of the same shape may pass again. */
interface Tables {
  readonly statement: string;
  /** how many passed */
  rows: number;
}

const tables = new WeakMap<Session, Tables>();

/**
 * Reads the rows of exports of one shape and parses them into the table `parsed` of the session, in the order of the files:
 * the columns of the contract, `event_date`, `export`, the place of the export in the list, `line`, and `rule`, why the row
 * is refused. Rows that are written in the usual way are parsed as they are read. The others pass through the table
 * `careful` of the session, where their coercions, and the texts that broke a rule, stand beside them.
 * @param input one for all: their columns stand in the same places
 * @param seconds that it may take
 * @throws ConfigError when SQL of the configuration does not run
 * @throws DataError when it takes longer
 */
export async function parseExports(
  session: Session,
  input: StagingInput,
  exports: readonly Unparsed[],
  seconds: number,
): Promise<Parsed> {
  const { source } = input;
  const configured = source.date_order === null ? 'NULL::VARCHAR' : quote(source.date_order);
  const reads = exports.map(
    ({ read, date }, i) =>
      `(select *, DATE ${quote(date)} as export_date, ${i} as export, ${configured} as date_order from (${read}))`,
  );
  return inTime(session, exports, seconds, () =>
    saying(input, async () => {
      const others = hasPlainRows(input) ? await parsePlain(session, input, exports, reads) : undefined;
      const isPlain = others !== undefined;
      await makeTables(session, input, others);
      const orders = isPlain ? await parseOthers(session, input, exports) : await parseAll(session, input, reads);
      for (const [i, each] of exports.entries()) await discard(session, source, each, { i, isPlain });
      if (isPlain) await merge(session, source);
      else await session.run(carefulAlone(session, source));
      const settled = reads.map((read, i) => inOrder(read, orders.get(i)?.order));
      return { reads: settled, orders, rows: await countRows(session, exports.length) };
    }),
  );
}

/** SQL of what is read, with the order of day and month that was found. */
function inOrder(read: string, order: string | undefined): string {
  return order === undefined ? read : `(select * replace (${quote(order)} as date_order) from ${read})`;
}

/** Parses the rows that are not plain with care. They are few, so that their texts pass through a table. */
async function parseOthers(session: Session, input: StagingInput, exports: readonly Unparsed[]): Promise<FoundOrders> {
  const { careful } = session;
  const texts = textColumns(input).map((name, i) => `texts[${i + 1}] as ${name}`);
  const dates = exports.map(({ date }, i) => `(${i}, DATE ${quote(date)})`);
  const configured = input.source.date_order === null ? 'NULL' : quote(input.source.date_order);
  await session.run(
    `insert into ${careful}.raw by name select parsed.rowid as row, line, ${texts.join(', ')}, dates.export_date, parsed.export, ${configured} as date_order
     from parsed join (values ${dates.join(', ')}) as dates(export, export_date) on parsed.export = dates.export
     where texts is not null order by parsed.rowid`,
  );
  const orders = await findDateOrders(session, input, `${careful}.raw`);
  for (const [i, { order }] of orders) {
    if (order !== undefined)
      await session.run(`update ${careful}.raw set date_order = ${quote(order)} where export = ${i}`);
  }
  await session.repeat(parseStatement(input, `${careful}.raw`, `${careful}.careful`));
  await nameDateOrders(session, input.source, orders);
  return orders;
}

/** Parses all rows with care, as they are read. */
async function parseAll(session: Session, input: StagingInput, reads: readonly string[]): Promise<FoundOrders> {
  const { source, raw } = input;
  const careful = `${session.careful}.careful`;
  await session.run('drop table if exists parsed'); // what was plain is parsed again
  if (raw.isSelected) await session.run(`create or replace temp table raw as select * from ${reads[0]}`);
  const all = (from: readonly string[]) =>
    raw.isSelected
      ? 'temp.raw'
      : `(${from.map((read) => `select *, NULL::BIGINT as row from ${read}`).join(' union all ')})`;
  const orders = await findDateOrders(session, input, all(reads));
  if (raw.isSelected && orders.get(0)?.order !== undefined)
    await session.run(`update temp.raw set date_order = ${quote(orders.get(0)?.order ?? '')}`);
  const settled = reads.map((read, i) => inOrder(read, orders.get(i)?.order));
  await session.run(parseStatement(input, all(settled), careful));
  await nameDateOrders(session, source, orders);
  await session.run(`update ${careful} set row = rowid - (select min(rowid) from ${careful})`);
  return orders;
}

/** Parses the plain rows; the texts of the others stand beside them. @returns how many others there are; undefined where most are none */
async function parsePlain(
  session: Session,
  input: StagingInput,
  exports: readonly Unparsed[],
  reads: readonly string[],
): Promise<number | undefined> {
  const spellings = await usualSpellings(session, input, reads[0] ?? '');
  const all = reads.length === 1 ? reads[0] : `(${reads.map((read) => `select * from ${read}`).join(' union all ')})`;
  const isAscii = exports.every((each) => each.isAscii);
  await session.run(`create or replace temp table parsed as ${plainSelect(input, all ?? '', spellings, isAscii)}`);
  const [count] = await session.rows('select count(*) as rows, count(rule) as careful from parsed');
  const others = Number(count?.careful);
  return others <= CAREFUL_SHARE * Number(count?.rows) ? others : undefined;
}

async function countRows(session: Session, exports: number): Promise<Parsed['rows']> {
  const rows = Array.from({ length: exports }, () => ({ count: 0, first: 0 }));
  const found = await session.rows('select export, count(*) as count, min(rowid) as first from parsed group by export');
  for (const { export: i, count, first } of found) rows[Number(i)] = { count: Number(count), first: Number(first) };
  return rows;
}

/** The usual spellings of categories that were found in an export of the table; what is parsed does not hang on them. */
const known = new WeakMap<Source, Map<string, ReadonlyMap<string, string>>>();

async function usualSpellings(session: Session, input: StagingInput, read: string): Promise<Spellings> {
  const { source, raw } = input;
  const spellings = known.get(source) ?? new Map<string, ReadonlyMap<string, string>>();
  known.set(source, spellings);
  for (const column of source.columns) {
    if (column.type !== 'category' || spellings.has(column.name) || !raw.texts.has(column.name)) continue;
    const sample = `(select * from ${read} limit ${SAMPLE})`;
    const rows = await session.rows(spellingsSelect(column, input, sample, SPELLINGS));
    spellings.set(column.name, new Map(rows.map((row) => [String(row.spelling), String(row.value)])));
  }
  return spellings;
}

/**
 * Makes the tables through which records pass that are parsed with care, or clears them.
 * @param others how many records there will be; undefined for all
 */
async function makeTables(session: Session, { source, raw }: StagingInput, others: number | undefined): Promise<void> {
  const { careful } = session;
  const statement = carefulTables(source, raw.width, careful);
  const last = tables.get(session);
  if (others !== undefined && last?.statement === statement && last.rows + others <= ROWS_REUSED) {
    last.rows += others;
    await session.run(`truncate ${careful}.raw; truncate ${careful}.careful`);
    return;
  }
  tables.set(session, { statement, rows: others ?? ROWS_REUSED });
  await session.run(statement);
}

function valuesOf({ columns }: Source): string[] {
  return [...columns.map(({ name }) => identifier(name)), 'event_date'];
}

/** Records that are given up stay refused, also when they keep to the rules as they are now. */
async function discard(
  session: Session,
  source: Source,
  { discarded, firstLine }: Unparsed,
  { i, isPlain }: { readonly i: number; readonly isPlain: boolean },
): Promise<void> {
  if (discarded.length === 0) return;
  const careful = `${session.careful}.careful`;
  const [from, row] = isPlain ? ['parsed', 'rowid'] : [careful, 'row'];
  const [found] = await session.rows(`select min(${row}) as first from ${from} where export = ${i}`);
  const line = (of: string) => (firstLine === undefined ? 'line' : `${of} + ${firstLine - Number(found?.first ?? 0)}`);
  const isDiscarded = (of: string) => `export = ${i} and ${line(of)} in (${discarded.join(', ')})`;
  if (isPlain) {
    const columns = [...valuesOf(source), 'export', 'line'].join(', ');
    await session.run(
      `insert into ${careful} by name select rowid as row, ${columns} from parsed where texts is null and ${isDiscarded('rowid')}`,
    );
  }
  await session.run(
    `update ${careful} set rule = ${quote(DISCARDED)}, bad_column = NULL, bad_text = NULL where rule is null and ${isDiscarded('row')}`,
  );
}

/** Puts what became of records that were parsed with care in its place among the others. Those that are refused are marked already. */
async function merge(session: Session, source: Source): Promise<void> {
  const careful = `${session.careful}.careful`;
  const [accepted] = await session.rows(
    `select count(*) as rows from ${careful} where rule is null or rule = ${quote(DISCARDED)}`,
  );
  if (Number(accepted?.rows) === 0) return;
  const sets = [...valuesOf(source), 'rule'].map((name) => `${name} = careful.${name}`);
  await session.run(`update parsed set ${sets.join(', ')} from ${careful} as careful where parsed.rowid = careful.row`);
}

/** The statement that makes `parsed` where all records were parsed with care. */
function carefulAlone({ careful }: Session, source: Source): string {
  return `create or replace temp table parsed as select ${valuesOf(source).join(', ')}, export, line, rule from ${careful}.careful order by rowid`;
}

/** Stops the session once its time is over: again each second, for an interrupt between two statements is lost. */
async function inTime<T>(
  session: Session,
  exports: readonly Unparsed[],
  seconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  const isOver = () => performance.now() >= deadline;
  const timer = setInterval(() => isOver() && session.interrupt(), 1000);
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Stopped && isOver())) throw error;
    throw tooLate(exports.map(({ key }) => key).join(', '), seconds);
  } finally {
    clearInterval(timer);
  }
}

/** Tells an error of SQL that stands in the configuration as one. */
async function saying<T>({ source, raw }: StagingInput, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof QueryError) || !hasSql(source)) throw error;
    throw new ConfigError(
      `tables.${source.table}.${raw.isSelected ? 'rows' : 'columns'}: expected SQL that runs on its exports, found: ${error.message}`,
      { cause: error },
    );
  }
}

/**
 * Adds the rows of exports that are gone and were staged before, and brings the rows of `parsed` into the order of their
 * lines, where they are not: a SELECT over the records gives its rows in any order.
 */
export async function orderRows(session: Session, exports: readonly Loaded[]): Promise<void> {
  for (const [i, { source, kept }] of exports.entries()) {
    if (kept === undefined) continue;
    const dated = source.partition === 'event_date' ? ['event_date'] : [];
    const columns = [...source.columns.map(({ name }) => identifier(name)), ...dated, 'line'].join(', ');
    await session.run(`insert into parsed by name select ${columns}, ${i} as export from (${kept})`);
  }
  const [first] = exports;
  if (first === undefined || exports.every(({ source, kept }) => source.rows === null && kept === undefined)) return;
  const columns = first.source.columns.map(({ name }) => identifier(name)).join(', ');
  await replaceParsed(session, `select * from parsed order by export, line, ${columns}`);
}

/** Makes `parsed` anew of a SELECT over it. */
export async function replaceParsed(session: Session, select: string): Promise<void> {
  await session.run(`create or replace temp table replaced as ${select};
    create or replace temp table parsed as select * from replaced;
    drop table replaced`);
}
