import type { Night } from '../../build/night.js';
import { writeParquet } from '../../build/objects.js';
import { quote, type Session } from '../../engine/engine.js';
import { limitsOf } from '../../ingest/limits.js';
import { readCanonical } from '../../ingest/sql/raw.js';
import type { DataObject } from '../../release/schema.js';
import type { Loaded } from './load.js';

/** Rows whose raw text is looked up at a time. */
const QUARANTINE_BATCH = 20_000;

/**
 * Adds the rows of `careful` that break a rule to the quarantine of their export, each with its
 * line and its raw text.
 */
export async function quarantineRows(session: Session, exports: readonly Loaded[]): Promise<void> {
  const [broken] = await session.rows(
    `select count(*) as rows from ${session.careful}.careful where rule is not null`,
  );
  const count = Number(broken?.rows);
  if (count === 0) return;
  // a table of their own: where most rows are refused, each look for the next ones among all would
  // take as long as the first
  await session.run(
    `create or replace temp table refused as select export, line, rule, _bad_column, _bad_text
     from ${session.careful}.careful where rule is not null order by export, line, rowid`,
  );
  for (let from = 0; from < count; from += QUARANTINE_BATCH) {
    const bad = await session.rows(
      `select * from refused where rowid >= ${from} and rowid < ${from + QUARANTINE_BATCH} ` +
        'order by rowid',
    );
    for (const [i, { quarantine, raws, plain }] of exports.entries()) {
      const own = bad.filter((row) => row.export === i);
      const rows = own[Symbol.iterator]();
      const lines = own.map(({ line }) => Number(line));
      const texts =
        plain?.raws && lines.map((line) => [line, plain.raws?.get(line) ?? ''] as const);
      for await (const [line, raw] of texts ?? raws(lines)) {
        const row = rows.next().value;
        quarantine.add({
          line,
          rule: String(row?.rule),
          column: row?._bad_column as string | null,
          value: row?._bad_text as string | null,
          raw,
        });
      }
    }
  }
  await session.run('drop table refused');
}

const QUARANTINE_COLUMNS = new Map([
  ['export', 'VARCHAR'],
  ['line', 'BIGINT'],
  ['rule', 'VARCHAR'],
  ['column', 'VARCHAR'],
  ['value', 'VARCHAR'],
  ['raw', 'VARCHAR'],
]);

/**
 * Writes the quarantine of each export as a Parquet object; none for an export without refused
 * records.
 */
export async function writeQuarantines(
  night: Night,
  session: Session,
  exports: readonly Loaded[],
): Promise<(DataObject | undefined)[]> {
  const columns = new Map([...QUARANTINE_COLUMNS].filter(([name]) => name !== 'export'));
  const { record } = limitsOf(night.config);
  const refusing = exports.filter(({ quarantine }) => quarantine.counts.size > 0);
  const parts = refusing.map(({ source, export: each, quarantine }) => ({
    select:
      `select ${quote(each.key)} as export, * from ` +
      `${readCanonical(quarantine.path, columns, record)} order by line, rule`,
    folder: `objects/quarantine/${source.table}/export_date=${each.date}`,
  }));
  const objects = await writeParquet(night, session, parts, QUARANTINE_COLUMNS);
  return exports.map((each) => objects[refusing.indexOf(each)]);
}
