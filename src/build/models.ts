import type { Config, Settings } from '../config/config.js';
import { loadSections } from '../config/sections.js';
import { numbersOf, stepsOf } from '../config/settings.js';
import type { Source } from '../config/source.js';
import { quote, type Session } from '../engine/engine.js';
import type { JobEngine } from '../engine/job.js';
import { type Exports, exportsSelects, funnelSelect } from '../engine/lists.js';
import { ConfigError } from '../errors.js';
import type { Model } from '../model/model.js';
import type { Section } from '../model/section.js';
import { digestOf } from '../release/digest.js';
import { RENDERING_VERSION } from '../report/report.js';
import { modelColumns, partitionColumn } from './columns.js';
import type { Night } from './night.js';
import type { Columns } from './objects.js';
import { formatOf, type Recipe } from './recipe.js';

/** A model as it runs in this deployment. */
export interface PreparedModel {
  readonly model: Model;
  /** layer and name, such as daily/user_day */
  readonly table: string;
  /**
   * columns of its objects: those of the model without the partition column, which is in their
   * path; reports keep it, for they are also read from a folder that is not named by it
   */
  readonly columns: Columns;
  /** the column that names the partition; undated tables have none */
  readonly partitionColumn: string | undefined;
  /** what decides its results beside what it reads */
  readonly method: Recipe;
  /** how a report is shown; undefined for the data of charts, and for what is no report */
  readonly section: Section | undefined;
}

/** The columns of a model's table as other models see it: the partition column first. */
export function relationColumns({ columns, partitionColumn }: PreparedModel): Columns {
  return partitionColumn === undefined ? columns : new Map([[partitionColumn, 'DATE'], ...columns]);
}

/** Works out for each model what its results depend on. The order of the models is kept. */
export async function prepareModels(
  { engine, jobs }: Pick<Night, 'engine' | 'jobs'>,
  config: Config,
  sources: readonly Source[],
  models: readonly Model[],
): Promise<PreparedModel[]> {
  const [session] = engine.sessions;
  if (session === undefined) return [];
  await engine.setUp(settingsStatements(config.settings, config.time_zone, '1970-01-01'));
  const prepared: PreparedModel[] = [];
  const sections = await loadSections(models, config.settings);
  for (const model of models) {
    const partition = partitionColumn(model, sources);
    const syntax = await syntaxOf(session, model);
    const source =
      model.layer === 'clean' ? sources.find(({ table }) => table === model.name) : undefined;
    if (source?.partition === 'event_date') requireRowByRow(model, syntax, source);
    else if (source !== undefined) requireDates(model, source);
    const columns = new Map(
      [...modelColumns(model, sources)].filter(
        ([name]) => name !== partition || model.layer === 'report',
      ),
    );
    const method = {
      model: digestOf([[...columns], syntax, model.layer === 'report' ? RENDERING_VERSION : 0]),
      settings: digestOf(settingsUsed(model, config)),
      engine: writtenBy(jobs, config),
    };
    const section = model.layer === 'report' ? sections.get(model.name) : undefined;
    prepared.push({
      ...{ model, columns, method, section },
      table: `${model.layer}/${model.name}`,
      partitionColumn: partition,
    });
  }
  return prepared;
}

/** What decides the bytes of files beside their rows. */
function writtenBy({ version }: Pick<JobEngine, 'version'>, config: Config): string {
  return digestOf([version, formatOf(config)]);
}

/**
 * The syntax tree of a model without positions: comments, blanks and the case of keywords leave no
 * trace in it.
 */
export async function syntaxOf(session: Session, model: Model): Promise<unknown> {
  const [row] = await session.rows(`select json_serialize_sql(${quote(model.sql)}) as tree`);
  const tree = JSON.parse(String(row?.tree), (key, value) =>
    key === 'query_location' ? undefined : value,
  ) as {
    error: boolean;
    error_message?: string;
  };
  if (tree.error)
    throw new ConfigError(`${model.file}: expected one SELECT, found: ${tree.error_message}`);
  return tree;
}

/**
 * The clean model of a dated table sees the rows of one export, in the order of the file, and each
 * row it gives is one of those: the model must keep the key columns and must not sort.
 * @throws ConfigError where it does not
 */
function requireRowByRow(model: Model, syntax: unknown, source: Source): void {
  const has = new Set(model.columns.map(({ name }) => name));
  const lacking = ['event_date', ...source.key.flat()].filter((name) => !has.has(name));
  if (lacking.length > 0) {
    throw new ConfigError(
      `${model.file}: columns: expected ${lacking.join(', ')} among them, because ` +
        `${model.name} is kept by date and its rows are identified by ` +
        `${source.key.map((key) => key.join(' and ')).join(', or ')}: select them as ` +
        `staged.${model.name} has them`,
    );
  }
  const { statements } = syntax as { statements?: { node?: { modifiers?: unknown[] } }[] };
  if ((statements?.[0]?.node?.modifiers ?? []).length === 0) return;
  throw new ConfigError(
    `${model.file}: expected a SELECT without ORDER BY, DISTINCT or LIMIT at its end, ` +
      'because rows of a table that is kept by date are in the order of the export: take it out',
  );
}

/**
 * Daily models of a date read the rows of an undated table that are an event on it, or come before
 * it.
 * @throws ConfigError for a clean model without the columns that say so
 */
function requireDates(model: Model, { dates }: Source): void {
  const has = new Set(model.columns.map(({ name }) => name));
  const lacking = dates.filter((name) => !has.has(name));
  if (lacking.length === 0) return;
  throw new ConfigError(
    `${model.file}: columns: expected ${lacking.join(', ')} among them, because the contract ` +
      `of ${model.name} has its dates from there: select them as staged.${model.name} has ` +
      'them, or name other ones in "dates" of the contract',
  );
}

/**
 * The values that `settings`, `windows` and `funnel_steps` would give a model, of those it names.
 */
function settingsUsed(model: Model, config: Config): unknown {
  const all: Record<string, unknown> = {
    ...numbersOf(config.settings),
    time_zone: config.time_zone,
    funnel_steps: stepsOf(config.settings),
  };
  const named = new Set(model.sql.match(/[a-z_]+/gi)?.map((word) => word.toLowerCase()));
  if (named.has('windows')) named.add('short_window_days').add('long_window_days');
  return Object.entries(all).filter(([name]) => named.has(name));
}

/**
 * The statements that give a session the relations `settings`, `windows`, `funnel_steps`,
 * `absences` and `deliveries`; the as-of date and the exports up to it are set for each partition.
 */
export function settingsStatements(
  settings: Settings,
  timeZone: string,
  asOf: string,
  exports: Exports = { absences: [], deliveries: [] },
): string {
  const values = Object.entries(numbersOf(settings)).map(
    ([name, value]) => `cast(${value} as bigint) as ${name}`,
  );
  const windows = [settings.short_window_days, settings.long_window_days].map(
    (days) => `(cast(${days} as bigint))`,
  );
  const lists = exportsSelects(exports).map(
    ([name, select]) => `create or replace table ${name} as ${select};`,
  );
  return `create or replace table settings as select DATE ${quote(asOf)} as as_of_date,
    ${quote(timeZone)} as time_zone, ${values.join(', ')};
create or replace table windows as select * from (values ${windows.join(', ')}) as w(window_days);
create or replace table funnel_steps as ${funnelSelect(stepsOf(settings), quote)};
${lists.join('\n')}`;
}
