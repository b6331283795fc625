import type { Source } from '../config/contracts.js';
import { quote, type Session } from '../engine/engine.js';
import type { Export } from '../ingest/exports.js';
import type { Prepared } from '../ingest/prepare.js';
import type { QuarantineFile } from '../ingest/quarantine.js';
import { READ_LIMITS } from '../ingest/raw.js';
import { rawLines } from '../ingest/raw_lines.js';
import type { DataObject } from '../release/release.js';
import type { Night } from './night.js';
import { writeParquet } from './objects.js';

/** Rows whose raw text is looked up at a time. */
const QUARANTINE_BATCH = 20_000;

/**
 * Adds the rows that break a rule to the quarantine, each with its line and its raw text.
 * @param line SQL of a row's line
 */
export async function quarantineRows(
  session: Session,
  source: Source,
  prepared: Prepared,
  line: string,
  quarantine: QuarantineFile,
): Promise<void> {
  const [broken] = await session.rows(
    "select count(*) as rows, count_if(rule like '%_not_a_timestamp') as times from parsed where rule is not null",
  );
  if (Number(broken?.times) > 0) await nameContradictions(session, source);
  let after = -1;
  for (let left = Number(broken?.rows); left > 0; left -= QUARANTINE_BATCH) {
    const bad = await session.rows(
      `select ${line} as line, rule, bad_column, bad_text from parsed where rule is not null and ${line} > ${after} order by 1 limit ${QUARANTINE_BATCH}`,
    );
    after = Number(bad.at(-1)?.line);
    const rows = bad[Symbol.iterator]();
    for await (const [line, text] of rawLines(
      prepared,
      bad.map((row) => Number(row.line)),
    )) {
      const row = rows.next().value;
      quarantine.add({
        line,
        rule: String(row?.rule),
        column: row?.bad_column as string | null,
        value: row?.bad_text as string | null,
        raw: text,
      });
    }
  }
}

/** A date that only the other order can read has a rule of its own. Looked for here, where few rows are left. */
async function nameContradictions(session: Session, source: Source): Promise<void> {
  const other = source.date_order === 'month_first' ? 'day_first' : 'month_first';
  await session.run(
    `update parsed set rule = bad_column || '_contradicts_date_order'
     where rule like '%_not_a_timestamp' and parse_timestamp(bad_text, ${quote(other)}, ${quote(source.times_in)}) is not null`,
  );
}

const QUARANTINE_COLUMNS = new Map([
  ['export', 'VARCHAR'],
  ['line', 'BIGINT'],
  ['rule', 'VARCHAR'],
  ['column', 'VARCHAR'],
  ['value', 'VARCHAR'],
  ['raw', 'VARCHAR'],
]);

/** Writes the quarantine of one export as a Parquet object. */
export async function writeQuarantine(
  night: Night,
  session: Session,
  table: string,
  each: Export,
  quarantine: QuarantineFile,
): Promise<DataObject> {
  const names = "{'line': 'BIGINT', 'rule': 'VARCHAR', 'column': 'VARCHAR', 'value': 'VARCHAR', 'raw': 'VARCHAR'}";
  const select = `select ${quote(each.key)} as export, * from read_csv(${quote(quarantine.path)}, auto_detect = false, header = false,
    columns = ${names}, delim = ',', quote = '"', escape = '"', ${READ_LIMITS}) order by line, rule`;
  return writeParquet(
    night,
    session,
    select,
    `objects/quarantine/${table}/export_date=${each.date}`,
    QUARANTINE_COLUMNS,
  );
}
