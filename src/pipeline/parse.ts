import { quote, type Session } from '../engine/engine.js';
import { parseStatement, type StagingInput, stagingTables } from '../ingest/staging.js';

/** From so many rows on, an export is parsed as it is read. */
const LARGE = 50_000;

/** So many rows may pass through the tables of a session before they are made anew: deleted rows keep their memory. */
const ROWS_REUSED = 200_000;

interface Standing {
  readonly shape: string;
  rows: number;
}

const standing = new WeakMap<Session, Standing>();

/**
 * Reads the rows of one export and parses them into the table `parsed` of the session. Planning the parse costs more
 * than running it on a small export; so those are read into the table `raw` first, and tables and plan are kept for the
 * next export of the same shape.
 * @returns the relation that holds the text it was parsed from
 */
export async function parseExport(
  session: Session,
  input: StagingInput,
  exportDate: string,
  rows: number,
): Promise<string> {
  const tables = stagingTables(input.source, input.raw.width);
  const read = `select *, DATE ${quote(exportDate)} as export_date from (${input.raw.read})`;
  if (rows >= LARGE) {
    standing.delete(session);
    await session.run(tables);
    await session.run(parseStatement(input, `(${read})`));
    return `(${read})`;
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
  await session.run(`insert into raw ${read}`);
  await session.repeat(statement);
  return 'raw';
}
