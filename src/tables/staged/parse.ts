import type { Source } from '../../config/source.js';
import { totalRows } from '../../counts.js';
import { identifier, QueryError, quote, type Session } from '../../engine/engine.js';
import { ConfigError, Stopped } from '../../errors.js';
import { tooLate } from '../../ingest/limits.js';
import type { PlainExport } from '../../ingest/plain/plain.js';
import { DISCARDED } from '../../ingest/quarantine.js';
import { carefulTables, parseStatement, type StagingInput } from '../../ingest/sql/parse.js';
import { hasSql } from '../../ingest/sql/raw.js';
import { SQL_TYPE } from '../../ingest/sql/values.js';
import { type FoundOrders, findDateOrders, nameDateOrders } from './date_order.js';
import type { Loaded } from './load.js';
import { besideSelect } from './typed.js';

/**
 * At most this many records may pass through the tables of a session before they are made again:
 * deleted rows keep their memory.
 */
const ROWS_REUSED = 200_000;

/** An export to be parsed. */
export interface Unparsed {
  readonly key: string;
  /** the SELECT that reads the records that the engine parses; undefined where there are none */
  readonly read: string | undefined;
  readonly date: string;
  /** how many rows that should give */
  readonly rows: number;
  /** what was parsed of it already */
  readonly plain: PlainExport | undefined;
  /** lines of records that are given up */
  readonly discarded: readonly number[];
}

export interface Parsed {
  /** for each export, the relation that holds the text that the engine parsed */
  readonly reads: readonly (string | undefined)[];
  /** what was found out of the order of day and month */
  readonly orders: FoundOrders;
  /** for each export, how many rows the engine found */
  readonly rows: readonly number[];
  /** how many rows the engine parsed that keep to the rules */
  readonly accepted: number;
}

/** The tables of a session, through which exports of the same shape may pass again. */
interface Tables {
  readonly statement: string;
  /** how many passed */
  rows: number;
}

const tables = new WeakMap<Session, Tables>();

/**
 * Brings the rows of exports of one shape into the table `parsed` of the session: the columns of
 * the contract, `event_date`, `export`, the place of the export in the list, `line`, and `rule`,
 * why the row does not count. Records that the engine parses pass through the table `careful` of
 * the session, where their coercions, and the texts that broke a rule, are beside them. Of
 * exports that were parsed before, the main rows are not among `parsed`.
 * @param input one for all: their columns are in the same places
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
  const { source, timeZone } = input;
  const configured = source.date_order === null ? 'NULL::VARCHAR' : quote(source.date_order);
  const reads = exports.map(({ read, date }, i) =>
    read === undefined
      ? undefined
      : `(select *, DATE ${quote(date)} as export_date, ${i} as export, ${configured} as ` +
        `date_order from (${read}))`,
  );
  return withinTime(session, exports, seconds, () =>
    withSqlErrors(input, async () => {
      const expected = totalRows(exports);
      const isPlain = exports.every(({ plain }) => plain !== undefined);
      await makeTables(session, input, isPlain ? expected : undefined);
      const beside = exports.flatMap(({ plain }, i) =>
        plain?.beside ? [besideSelect(source, timeZone, plain.beside, i)] : [],
      );
      await session.run(
        'create or replace temp table parsed as ' +
          `${beside.length === 0 ? noRows(source) : beside.join(' union all ')}`,
      );
      if (expected === 0)
        return { reads, orders: new Map(), rows: exports.map(() => 0), accepted: 0 };
      const from = reads.flatMap((read) => read ?? []);
      const orders = isPlain
        ? await parseFew(session, input, from)
        : await parseAll(session, input, reads);
      for (const [i, { discarded }] of exports.entries()) await discard(session, discarded, i);
      await session.run(
        'insert into parsed select ' +
          `${[...valuesOf(source), 'export', 'line', 'rule'].join(', ')} from ` +
          `${session.careful}.careful ${isPlain ? 'where rule is null' : ''} order by rowid`,
      );
      const counts = await countRows(session, exports.length);
      return {
        reads: reads.map((read, i) => read && inOrder(read, orders.get(i)?.order)),
        orders,
        ...counts,
      };
    }),
  );
}

/** A SELECT of no row, with the columns of `parsed`. */
function noRows({ columns }: Source): string {
  const values = columns.map(({ name, type }) => `NULL::${SQL_TYPE[type]} as ${identifier(name)}`);
  return (
    `select ${values.join(', ')}, NULL::DATE as event_date, NULL::INTEGER as export, ` +
    'NULL::BIGINT as line, NULL::VARCHAR as rule where false'
  );
}

/** SQL of what is read, with the order of day and month that was found. */
function inOrder(read: string, order: string | undefined): string {
  return order === undefined
    ? read
    : `(select * replace (${quote(order)} as date_order) from ${read})`;
}

/**
 * Parses few records: their texts pass through a table, so that the plan of the statement lasts.
 */
async function parseFew(
  session: Session,
  input: StagingInput,
  reads: readonly string[],
): Promise<FoundOrders> {
  const { careful } = session;
  const inserts = reads.map((read) => `insert into ${careful}.raw by name select * from ${read}`);
  await session.run(inserts.join(';\n'));
  const orders = await findDateOrders(session, input, `${careful}.raw`);
  for (const [i, { order }] of orders) {
    if (order !== undefined)
      await session.run(
        `update ${careful}.raw set date_order = ${quote(order)} where export = ${i}`,
      );
  }
  await session.repeat(parseStatement(input, `${careful}.raw`, `${careful}.careful`));
  await nameDateOrders(session, input.source, orders);
  return orders;
}

/** Parses records as they are read. */
async function parseAll(
  session: Session,
  input: StagingInput,
  reads: readonly (string | undefined)[],
): Promise<FoundOrders> {
  const { source, raw } = input;
  const given = reads.flatMap((read) => read ?? []);
  if (raw.isSelected)
    await session.run(`create or replace temp table raw as select * from ${given[0]}`);
  const all = (from: readonly string[]) =>
    raw.isSelected
      ? 'temp.raw'
      : `(${from.map((read) => `select * from ${read}`).join(' union all ')})`;
  const orders = await findDateOrders(session, input, all(given));
  if (raw.isSelected && orders.get(0)?.order !== undefined)
    await session.run(`update temp.raw set date_order = ${quote(orders.get(0)?.order ?? '')}`);
  const settled = reads.flatMap((read, i) =>
    read === undefined ? [] : [inOrder(read, orders.get(i)?.order)],
  );
  await session.run(parseStatement(input, all(settled), `${session.careful}.careful`));
  await nameDateOrders(session, source, orders);
  return orders;
}

/** For each export, how many rows the engine parsed. */
async function countRows(
  session: Session,
  exports: number,
): Promise<Pick<Parsed, 'rows' | 'accepted'>> {
  const rows = Array.from({ length: exports }, () => 0);
  let accepted = 0;
  const found = await session.rows(
    'select export, count(*) as count, count_if(rule is null) as accepted from ' +
      `${session.careful}.careful group by export`,
  );
  for (const row of found) {
    rows[Number(row.export)] = Number(row.count);
    accepted += Number(row.accepted);
  }
  return { rows, accepted };
}

/**
 * Makes the tables through which records pass that are parsed with care, or clears them.
 * @param others how many records there will be; undefined for all
 */
async function makeTables(
  session: Session,
  { source, raw }: StagingInput,
  others: number | undefined,
): Promise<void> {
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

/**
 * Records that are given up stay refused, also when they keep to the rules as they are now. @param
 * i the place of the export
 */
async function discard(session: Session, lines: readonly number[], i: number): Promise<void> {
  if (lines.length === 0) return;
  await session.run(
    `update ${session.careful}.careful set rule = ${quote(DISCARDED)}, _bad_column = NULL,
      _bad_text = NULL
     where rule is null and export = ${i} and line in (${lines.join(', ')})`,
  );
}

/**
 * Stops the session once its time is over: again each second, for an interrupt between two
 * statements is lost.
 */
async function withinTime<T>(
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

/** Tells an error of SQL that is in the configuration as one. */
async function withSqlErrors<T>({ source, raw }: StagingInput, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof QueryError) || !hasSql(source)) throw error;
    throw new ConfigError(
      `tables.${source.table}.${raw.isSelected ? 'rows' : 'columns'}: expected SQL that runs ` +
        `on its exports, found: ${error.message}`,
      { cause: error },
    );
  }
}

/** Adds the rows of exports that are gone and were staged before. */
export async function addKept(session: Session, exports: readonly Loaded[]): Promise<void> {
  for (const [i, { source, kept }] of exports.entries()) {
    if (kept === undefined) continue;
    const dated = source.partition === 'event_date' ? ['event_date'] : [];
    const columns = [...source.columns.map(({ name }) => identifier(name)), ...dated, 'line'].join(
      ', ',
    );
    await session.run(
      `insert into parsed by name select ${columns}, ${i} as export from (${kept})`,
    );
  }
}

/** Brings the rows of `parsed` into the order of their lines. */
export async function orderRows(session: Session, { columns }: Source): Promise<void> {
  const values = columns.map(({ name }) => identifier(name)).join(', ');
  await replaceParsed(session, `select * from parsed order by export, line, ${values}`);
}

/** Makes `parsed` again of a SELECT over it. */
export async function replaceParsed(session: Session, select: string): Promise<void> {
  await session.run(`create or replace temp table replaced as ${select};
    create or replace temp table parsed as select * from replaced;
    drop table replaced`);
}
