import { QueryError, quote, type Session } from '../../engine/engine.js';
import { ConfigError, Stopped } from '../../errors.js';
import { tooLate } from '../../ingest/limits.js';
import { parseStatement, type StagingInput, stagingTables } from '../../ingest/sql/parse.js';
import { hasSql } from '../../ingest/sql/raw.js';
import { type FoundOrders, findDateOrders, nameDateOrders, placesOf } from './date_order.js';

/** From so many rows on, an export is parsed as it is read. */
const LARGE = 50_000;

/** So many rows may pass through the tables of a session before they are made anew: deleted rows keep their memory. */
const ROWS_REUSED = 200_000;

/** An export to be parsed: the SELECT that reads its text, its date, and how many rows it should give. */
export interface Unparsed {
  readonly key: string;
  readonly read: string;
  readonly date: string;
  readonly rows: number;
}

export interface Parsed {
  /** for each export, the relation that holds the text it was parsed from */
  readonly reads: readonly string[];
  /** what was found out of the order of day and month */
  readonly orders: FoundOrders;
}

interface Standing {
  readonly shape: string;
  rows: number;
}

const standing = new WeakMap<Session, Standing>();

/**
 * Reads the rows of exports of one shape and parses them into the table `parsed` of the session, whose column `export`
 * has their place in the list. Planning the parse costs more than running it on a small export; so those are read into
 * the table `raw` first, parsed together, and tables and plan are kept for the next ones of the same shape. Times refused
 * for the order of day and month get the rule that says so.
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
  const { source, raw } = input;
  const configured = source.date_order === null ? 'NULL::VARCHAR' : quote(source.date_order);
  const reads = exports.map(
    ({ read, date }, i) =>
      `(select *, DATE ${quote(date)} as export_date, ${i} as export, ${configured} as date_order from (${read}))`,
  );
  const rows = exports.reduce((sum, each) => sum + each.rows, 0);
  const [only] = reads;
  const isLarge = reads.length === 1 && rows >= LARGE && !raw.isSelected;
  return inTime(session, exports, seconds, async () => {
    const parsed = await (only !== undefined && isLarge
      ? parseLarge(session, input, only)
      : parseTogether(session, input, reads, rows));
    await nameDateOrders(session, source, parsed.orders);
    return parsed;
  });
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

async function parseLarge(session: Session, input: StagingInput, read: string): Promise<Parsed> {
  standing.delete(session);
  await session.run(stagingTables(input.source, input.raw.width));
  return saying(input, async () => {
    const orders = await findDateOrders(session, input, read);
    const order = orders.get(0)?.order;
    const settled = order !== undefined ? `(select * replace (${quote(order)} as date_order) from ${read})` : read;
    await session.run(parseStatement(input, settled));
    return { reads: [settled], orders };
  });
}

async function parseTogether(
  session: Session,
  input: StagingInput,
  reads: readonly string[],
  rows: number,
): Promise<Parsed> {
  const statement = parseStatement(input, 'raw');
  const last = standing.get(session);
  if (last?.shape === statement && last.rows + rows <= ROWS_REUSED) {
    last.rows += rows;
    await session.run('truncate raw; truncate parsed');
  } else {
    standing.set(session, { shape: statement, rows });
    await session.run(stagingTables(input.source, input.raw.width));
  }
  for (const read of reads) await session.run(`insert into raw ${read}`);
  return saying(input, async () => {
    const orders = await findDateOrders(session, input, 'raw');
    for (const order of ['day_first', 'month_first'] as const) {
      const places = placesOf(orders, order);
      if (places.length === 0) continue;
      await session.run(`update raw set date_order = ${quote(order)} where export in (${places.join(', ')})`);
    }
    await session.repeat(statement);
    return { reads: reads.map((_, i) => `(select * from raw where export = ${i})`), orders };
  });
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
