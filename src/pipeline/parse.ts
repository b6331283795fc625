import { QueryError, quote, type Session } from '../engine/engine.js';
import { ConfigError } from '../errors.js';
import { hasSql } from '../ingest/select.js';
import { parseStatement, type StagingInput, stagingTables } from '../ingest/staging.js';

/** From so many rows on, an export is parsed as it is read. */
const LARGE = 50_000;

/** So many rows may pass through the tables of a session before they are made anew: deleted rows keep their memory. */
const ROWS_REUSED = 200_000;

/** An export to be parsed: the SELECT that reads its text, its date, and how many rows it should give. */
export interface Unparsed {
  readonly read: string;
  readonly date: string;
  readonly rows: number;
}

interface Standing {
  readonly shape: string;
  rows: number;
}

const standing = new WeakMap<Session, Standing>();

/**
 * Reads the rows of exports of one shape and parses them into the table `parsed` of the session, whose column `export`
 * has their place in the list. Planning the parse costs more than running it on a small export; so those are read into
 * the table `raw` first, parsed together, and tables and plan are kept for the next ones of the same shape.
 * @param input one for all: their columns stand in the same places
 * @returns for each, the relation that holds the text it was parsed from
 */
export async function parseExports(
  session: Session,
  input: StagingInput,
  exports: readonly Unparsed[],
): Promise<string[]> {
  const tables = stagingTables(input.source, input.raw.width);
  const reads = exports.map(
    ({ read, date }, i) => `(select *, DATE ${quote(date)} as export_date, ${i} as export from (${read}))`,
  );
  const rows = exports.reduce((sum, each) => sum + each.rows, 0);
  const [only] = reads;
  if (only !== undefined && reads.length === 1 && rows >= LARGE && !input.raw.isSelected) {
    standing.delete(session);
    await session.run(tables);
    await saying(input, session.run(parseStatement(input, only)));
    return [only];
  }
  const statement = parseStatement(input, 'raw');
  const last = standing.get(session);
  if (last?.shape === statement && last.rows + rows <= ROWS_REUSED) {
    last.rows += rows;
    await session.run('truncate raw; truncate parsed');
  } else {
    standing.set(session, { shape: statement, rows });
    await session.run(tables);
  }
  for (const read of reads) await session.run(`insert into raw ${read}`);
  await saying(input, session.repeat(statement));
  return exports.map((_, i) => `(select * from raw where export = ${i})`);
}

/** Tells an error of SQL that stands in the configuration as one. */
async function saying({ source, raw }: StagingInput, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof QueryError) || !hasSql(source)) throw error;
    throw new ConfigError(
      `tables.${source.table}.${raw.isSelected ? 'rows' : 'columns'}: expected SQL that runs on its exports, found: ${error.message}`,
      { cause: error },
    );
  }
}
