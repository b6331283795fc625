import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stagedColumns } from '../build/columns.js';
import { type PreparedModel, prepareModels, relationColumns } from '../build/models.js';
import { emptyRelation } from '../build/run_model.js';
import type { Config } from '../config/config.js';
import type { Source } from '../config/contracts.js';
import { loadJobs } from '../config/jobs.js';
import { openDuckdb } from '../engine/duckdb/open.js';
import { identifier, QueryError, type Session } from '../engine/engine.js';
import { ConfigError, StoreError } from '../errors.js';
import { type Export, listAllExports, requireAny } from '../ingest/exports.js';
import { limitsOf } from '../ingest/limits.js';
import { prepare } from '../ingest/prepare.js';
import { QuarantineFile } from '../ingest/quarantine.js';
import { mapColumns } from '../ingest/sql/columns.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import { answerOf } from '../tables/reports/answers.js';
import { parseExports } from '../tables/staged/parse.js';
import { checkStore, type StoreCheck } from './preflight_store.js';

/** What the worker would make of one column of an export. */
interface ColumnCheck {
  readonly name: string;
  readonly type: string;
  /** names in the export of which the first that is there counts */
  readonly from: readonly string[];
  /** rows that have a value, and rows that have none */
  readonly values: number;
  readonly missing: number;
  /** the first value as it would be stored */
  readonly example: string | undefined;
}

/** What the worker would make of one export. */
export interface ExportCheck {
  readonly table: string;
  /** the newest export, or undefined when there is none */
  readonly key: string | undefined;
  readonly exports: number;
  readonly records: number;
  readonly columns: readonly ColumnCheck[];
  readonly leftOut: readonly string[];
  /** how it was read, where that was found out from the file */
  readonly reading: readonly string[];
  /** records that would be quarantined, by rule */
  readonly quarantined: Readonly<Record<string, number>>;
}

export interface Checked {
  /** what was tried on the stores that are no folders, by `exports` or `output` and place */
  readonly stores: readonly { readonly name: string; readonly checks: readonly StoreCheck[] }[];
  readonly models: number;
  /** objects beside the exports, for a person */
  readonly ignored: readonly string[];
  readonly tables: readonly ExportCheck[];
}

/**
 * Looks at everything a run would use, and changes nothing: contracts, models and the newest export of each table.
 * @throws DayfoldError for the first thing that a run would fail on
 */
export async function check(config: Config): Promise<Checked> {
  const { sources, models } = await loadJobs(config);
  const store = await openStore(config.exports, config.base);
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'dayfold-check-'));
  const output = await openStore(config.output, config.base);
  const stores = await checkStores({ exports: store, output });
  const readable = store.folder === undefined ? [] : [store.folder];
  try {
    const engine = await openDuckdb({ threads: 1, memoryLimit: config.engine.memory_limit, scratch, readable });
    try {
      const [session] = engine.sessions as [Session];
      await bindModels(session, await prepareModels(engine, config, sources, models), sources);
      const tables: ExportCheck[] = [];
      const { marker } = config.wait_for;
      const files = sources.filter(({ derivation }) => derivation === null).map((source) => source.files);
      const { exports, ignored } = await listAllExports(store, marker === null ? files : [...files, marker]);
      const place = { store, session, scratch };
      for (const source of sources)
        tables.push(await checkExport(config, source, exports.get(source.files) ?? [], place));
      requireAny(
        store,
        sources.map(({ files }) => files),
        tables.reduce((sum, { exports }) => sum + exports, 0),
      );
      return { stores, models: models.length, ignored, tables };
    } finally {
      engine.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function checkStores({ exports, output }: Record<'exports' | 'output', Store>): Promise<Checked['stores']> {
  const stores: Checked['stores'][number][] = [];
  for (const [name, store] of Object.entries({ exports, output })) {
    if (store.folder !== undefined) continue;
    stores.push({ name: `${name} ${store.url}`, checks: await checkStore(store, name === 'output') });
  }
  const lines = stores.flatMap(describeStore);
  if (lines.some(({ problem }) => problem !== undefined)) {
    throw new StoreError(lines.map(({ line }) => line).join('\n'));
  }
  return stores;
}

/** One line for each thing that was tried: ok, or what to do. */
export function describeStore({ name, checks }: Checked['stores'][number]) {
  return checks.map(({ what, problem }) => ({ line: `${name}: ${what}: ${problem ?? 'ok'}`, problem }));
}

/** Plans each model over empty relations: a column or a function that is not there shows itself. */
async function bindModels(
  session: Session,
  models: readonly PreparedModel[],
  sources: readonly Source[],
): Promise<void> {
  for (const source of sources) await session.run(emptyRelation(`staged.${source.table}`, stagedColumns(source)));
  for (const { model, columns } of models.filter((each) => each.model.layer === 'rolling')) {
    await session.run(emptyRelation(`previous.${model.name}`, new Map([['as_of_date', 'DATE'], ...columns])));
  }
  for (const prepared of models) {
    const { model, table, section } = prepared;
    const all = relationColumns(prepared);
    const list = [...all].map(([name, type]) => `cast(${identifier(name)} as ${type})`).join(', ');
    const nothing = [...all].map(([name, type]) => `cast(null as ${type}) as ${identifier(name)}`).join(', ');
    try {
      await session.rows(`explain select ${list} from (${model.sql})`);
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      throw new ConfigError(
        `${model.file}: expected a SELECT that runs and gives the columns of its header, found: ${error.message}`,
        { cause: error },
      );
    }
    if (model.layer !== 'report' && model.layer !== 'checks')
      await session.run(emptyRelation(table.replace('/', '.'), all));
    else if (section !== undefined)
      await answerOf(session, model, section, '1970-01-01', `(select ${nothing} where false)`);
  }
}

async function checkExport(
  config: Config,
  source: Source,
  exports: readonly Export[],
  { store, session, scratch }: { readonly store: Store; readonly session: Session; readonly scratch: string },
): Promise<ExportCheck> {
  const newest = exports.at(-1);
  const nothing = {
    table: source.table,
    key: newest?.key,
    exports: exports.length,
    records: 0,
    columns: [],
    leftOut: [],
    reading: [],
    quarantined: {},
  };
  if (newest === undefined) return nothing;
  const folder = await mkdtemp(path.join(scratch, 'export-'));
  const quarantine = new QuarantineFile(path.join(folder, 'quarantine.csv'));
  try {
    const file = await store.fetch(newest.key, folder);
    const prepared = await prepare(file, folder, source, quarantine, newest.key, limitsOf(config));
    if (prepared.readable === 0)
      return { ...nothing, records: prepared.records, quarantined: Object.fromEntries(quarantine.counts) };
    const raw = mapColumns(source, prepared, newest.key);
    const { earliest, time_zone: timeZone } = config;
    const input = { source, raw, earliest, timeZone };
    const unparsed = { key: newest.key, read: raw.read, date: newest.date, rows: prepared.readable };
    await parseExports(session, input, [unparsed], config.limits.seconds);
    const rules = await session.rows(
      'select rule, count(*) as rows from parsed where rule is not null group by rule order by rule',
    );
    const counted = rules.map((row): [string, number] => [String(row.rule), Number(row.rows)]);
    return {
      ...nothing,
      records: prepared.records,
      columns: await columnsOf(session, source),
      leftOut: raw.unused,
      reading: prepared.reading,
      quarantined: Object.fromEntries([...quarantine.counts, ...counted]),
    };
  } finally {
    quarantine.close();
  }
}

async function columnsOf(session: Session, source: Source): Promise<ColumnCheck[]> {
  const checks: ColumnCheck[] = [];
  for (const { name, type, from } of source.columns) {
    const column = identifier(name);
    const [row] = await session.rows(
      `select count(${column}) as present, count(*) - count(${column}) as absent, cast(min_by(${column}, rowid) filter (where ${column} is not null) as varchar) as example
       from parsed where rule is null`,
    );
    const example = row?.example;
    checks.push({
      name,
      type,
      from,
      values: Number(row?.present),
      missing: Number(row?.absent),
      example: example === null ? undefined : String(example),
    });
  }
  return checks;
}
