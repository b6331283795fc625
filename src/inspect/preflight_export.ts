import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config/config.js';
import type { Source } from '../config/source.js';
import { identifier, type Session } from '../engine/engine.js';
import { placeOf } from '../ingest/csv/names.js';
import { cureOf, describeCure } from '../ingest/cures.js';
import { listExports } from '../ingest/exports.js';
import { limitsOf } from '../ingest/limits.js';
import { prepare } from '../ingest/prepare.js';
import type { Prepared } from '../ingest/prepared.js';
import { QuarantineFile } from '../ingest/quarantine.js';
import { mapColumns } from '../ingest/sql/columns.js';
import type { Store } from '../store/store.js';
import { parseExports } from '../tables/staged/parse.js';

/** Values that broke a rule, and what to do. */
export interface Broken {
  readonly rule: string;
  readonly records: number;
  /** some of the values, as the export has them */
  readonly values: readonly string[];
  readonly cure: string;
}

/** What the worker would make of one column of an export. */
export interface ColumnCheck {
  readonly name: string;
  readonly type: string;
  /** names in the export of which the first that is there counts */
  readonly from: readonly string[];
  /** the name that was found in the export; or what else the values come from */
  readonly found: string | undefined;
  /** what stands in for a value that is missing */
  readonly instead: string | undefined;
  /** records with a value, be it read or the one that stands in for it, and without any */
  readonly values: number;
  readonly missing: number;
  /** the first value as it would be stored */
  readonly example: string | undefined;
  readonly broken: readonly Broken[];
}

/** What the worker would make of one export. */
export interface ExportCheck {
  readonly table: string;
  /** whether the table has no exports, and is made from the activities */
  readonly isDerived: boolean;
  /** the newest export, or undefined when there is none */
  readonly key: string | undefined;
  readonly exports: number;
  readonly records: number;
  readonly columns: readonly ColumnCheck[];
  readonly unread: readonly string[];
  /** how it was read, where that was found out from the file */
  readonly reading: readonly string[];
  /** records that would be quarantined, by rule */
  readonly quarantined: Readonly<Record<string, number>>;
  /** of those rules the ones that are about whole records */
  readonly broken: readonly Broken[];
}

/** What an export is looked at with. */
export interface ExportTools {
  readonly config: Config;
  readonly store: Store;
  readonly session: Session;
  /** folder for temporary files */
  readonly scratch: string;
  readonly sources: readonly Source[];
}

/**
 * Looks at the newest export of a table as a night would. @throws DayfoldError where a night would
 * fail on it
 */
export async function checkExport(looking: ExportTools, source: Source): Promise<ExportCheck> {
  const { config, store, session, scratch, sources } = looking;
  const isDerived = source.derivation !== null;
  const exports = isDerived ? [] : await listExports(store, source.files);
  const newest = exports.at(-1);
  const nothing: ExportCheck = {
    ...{ table: source.table, isDerived, key: newest?.key, exports: exports.length, records: 0 },
    ...{ columns: [], unread: [], reading: [], quarantined: {}, broken: [] },
  };
  if (newest === undefined) return nothing;
  const folder = await mkdtemp(path.join(scratch, 'export-'));
  const quarantine = new QuarantineFile(path.join(folder, 'quarantine.csv'));
  try {
    const file = { path: await store.fetch(newest.key, folder), name: newest.key };
    const workplace = { scratch: folder, quarantine };
    const prepared = await prepare(file, source, workplace, limitsOf(config));
    const ofRecords = () =>
      [...quarantine.counts].map(([rule, records]): Broken => {
        return { rule, records, values: [], cure: describeCure(cureOf(rule, source, sources, [])) };
      });
    const about = { ...nothing, records: prepared.records, reading: prepared.reading };
    if (prepared.readable === 0)
      return { ...about, quarantined: Object.fromEntries(quarantine.counts), broken: ofRecords() };
    const raw = mapColumns(source, prepared, newest.key);
    const { earliest, time_zone: timeZone } = config;
    const unparsed = {
      ...{ key: newest.key, read: raw.read, date: newest.date, rows: prepared.readable },
      ...{ plain: undefined, discarded: [] },
    };
    await parseExports(
      session,
      { source, raw, earliest, timeZone },
      [unparsed],
      config.limits.seconds,
    );
    const broken = await brokenRules(session, source, sources);
    const counted = broken.map(({ rule, records }): [string, number] => [rule, records]);
    return {
      ...about,
      columns: await columnsOf(session, source, prepared, broken),
      unread: raw.unused,
      quarantined: Object.fromEntries([...quarantine.counts, ...counted]),
      broken: ofRecords(),
    };
  } finally {
    quarantine.close();
  }
}

const VALUES_SHOWN = 3;

/** SELECT of the refused rows. */
function refusedSelect({ careful }: Session): string {
  return `select line, rule, _bad_column, _bad_text from ${careful}.careful where rule is not null`;
}

interface BrokenColumn extends Broken {
  readonly column: string;
}

/** The rules that values broke, each with some of them. */
async function brokenRules(
  session: Session,
  source: Source,
  sources: readonly Source[],
): Promise<BrokenColumn[]> {
  const rows = await session.rows(
    `select rule, _bad_column, count(*) as records from (${refusedSelect(session)}) group by ` +
      'rule, _bad_column order by rule, _bad_column',
  );
  const texts = await session.rows(
    `select rule, shown from (
       select rule, shown, first, row_number() over (partition by rule order by first) as place
         from (
         select rule, substr(_bad_text, 1, 60) as shown, min(line) as first
           from (${refusedSelect(session)})
         where _bad_text is not null group by rule, shown))
     where place <= ${VALUES_SHOWN} order by rule, place`,
  );
  return rows.map((row) => {
    const rule = String(row.rule);
    const values = texts.filter((each) => each.rule === row.rule).map(({ shown }) => String(shown));
    const cure = describeCure(cureOf(rule, source, sources, values));
    return {
      rule,
      records: Number(row.records),
      values,
      cure,
      column: String(row._bad_column ?? ''),
    };
  });
}

async function columnsOf(
  session: Session,
  source: Source,
  prepared: Pick<Prepared, 'header' | 'keys'>,
  broken: readonly BrokenColumn[],
): Promise<ColumnCheck[]> {
  const checks: ColumnCheck[] = [];
  for (const column of source.columns) {
    const { name, type, from } = column;
    const sql = identifier(name);
    const [row] = await session.rows(
      `select count(${sql}) as present, count(*) as every, cast(min_by(${sql}, line) filter ` +
        `(where ${sql} is not null) as varchar) as example from parsed`,
    );
    const own = broken.filter((each) => each.column === name);
    const values = Number(row?.present);
    const unread = own
      .filter(({ rule }) => rule.includes('_not_a'))
      .reduce((sum, { records }) => sum + records, 0);
    checks.push({
      ...{
        name,
        type,
        from,
        found: foundIn(source, column, prepared),
        instead: column.default?.toString(),
        values,
      },
      missing: Math.max(0, Number(row?.every) - values - unread),
      example: row?.example === null ? undefined : String(row?.example),
      broken: own.map(({ column: _, ...each }) => each),
    });
  }
  return checks;
}

function foundIn(
  { rows }: Source,
  column: Source['columns'][number],
  { header, keys }: Pick<Prepared, 'header' | 'keys'>,
): string | undefined {
  if (rows !== null) return 'rows';
  if (column.sql !== undefined) return 'sql';
  if (column.constant !== undefined) return 'constant';
  const names = keys ?? header;
  const place = placeOf(names, column.from);
  if (place !== undefined) return names[place];
  // of JSON a name may lead into an object
  return (
    keys &&
    column.from.find(
      (name) => name.includes('.') && placeOf(keys, name.split('.').slice(0, 1)) !== undefined,
    )
  );
}
