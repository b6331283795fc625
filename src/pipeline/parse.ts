import { quote, type Session } from '../engine/engine.js';
import { parseStatement, type StagingInput, stagingTables } from '../ingest/staging.js';

/** So many rows may pass through the tables of a session before they are made anew: deleted rows keep their memory. */
const ROWS_REUSED = 200_000;

interface Standing {
  readonly shape: string;
  rows: number;
}

const standing = new WeakMap<Session, Standing>();

/**
 * Reads the rows of one export into the table `raw` of the session, and parses them into `parsed`. Planning the parse
 * costs more than running it on a small export, so tables and plan are kept for the next export of the same shape.
 */
export async function parseExport(
  session: Session,
  input: StagingInput,
  exportDate: string,
  rows: number,
): Promise<void> {
  const tables = stagingTables(input.source, input.raw.width);
  const statement = parseStatement(input);
  const last = standing.get(session);
  if (last?.shape === statement && last.rows + rows <= ROWS_REUSED) {
    last.rows += rows;
    await session.run('truncate raw; truncate parsed');
  } else {
    standing.set(session, { shape: statement, rows });
    await session.run(tables);
  }
  await session.run(`insert into raw select *, DATE ${quote(exportDate)} from (${input.raw.read})`);
  await session.repeat(statement);
}
