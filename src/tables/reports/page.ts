import { pagesChangedFrom } from '../../build/changed.js';
import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { placeBytes, readParquet } from '../../build/objects.js';
import type { Recipe } from '../../build/recipe.js';
import { type Dates, reuse } from '../../build/reuse.js';
import { type Content, readsOf, type Target } from '../../build/update.js';
import { totalRows } from '../../counts.js';
import { identifier, type Session } from '../../engine/engine.js';
import { digestOf, sha256 } from '../../release/digest.js';
import type { TableContent } from '../../report/json.js';
import {
  type Branding,
  isSegment,
  type Report,
  type ReportColumn,
  type ReportTable,
} from '../../report/report.js';
import { answerOf } from './answers.js';
import { artifactsOf, changesOf, fileColumns, partitionOf, reportSelect } from './files.js';
import { datedTables, type Known, knownOf, type Neighbours, saidOf } from './said.js';

/**
 * At most this many rows of each report are shown on its page and in report.json; all of them are
 * in its CSV, Parquet and Arrow files.
 */
const ROWS_TOLD = 1000;

/**
 * The column that says over how many days a row is, and how many values it has: two windows, and
 * the lifetime.
 */
const WINDOW = 'window_days';
const WINDOWS = 3;

export interface PageTarget extends Target {
  /** of its recipe, what decides the tables */
  readonly made: Recipe;
  /** all that the page says but its tables */
  readonly said: Omit<Report, 'tables' | 'edition'>;
}

/**
 * The page and the JSON of each as-of date: stale when any report, or what is said of the data, has
 * changed.
 */
export function pageTargets(
  night: Night,
  reports: readonly PreparedModel[],
  look: Branding,
  { dates, changedFrom }: Dates,
): PageTarget[] {
  const { sources, config } = night;
  const tables = sources.map(({ table }) => table);
  // a page may say that the marker of its date is missing, and of markers nothing is kept
  const isMarked = config.wait_for.marker !== null;
  const first = isMarked ? '' : pagesChangedFrom(night, changedFrom, tables, datedTables(night));
  const open = reuse(night, 'report/report', { dates, changedFrom: beforeFirst(dates, first) });
  const known = knownOf(night, reports, look, open);
  return open.map((date) => pageTarget(night, known, date, neighboursOf(dates, date)));
}

function neighboursOf(dates: readonly string[], date: string): Neighbours {
  const at = dates.indexOf(date);
  return { previous: dates[at - 1] ?? null, next: dates[at + 1] ?? null };
}

/** The page before the first that changes links to it. */
function beforeFirst(dates: readonly string[], first: string): string {
  const at = dates.findIndex((date) => date >= first);
  return at > 0 ? (dates[at - 1] as string) : first;
}

function pageTarget(night: Night, known: Known, date: string, neighbours: Neighbours): PageTarget {
  const { reports } = known;
  const { previous, next } = neighbours;
  const tables = reports.map((model) => partitionOf(night, model.table, date));
  const earlier =
    previous === null
      ? []
      : reports
          .filter(({ model }) => isSegment(model))
          .map(({ table }) => partitionOf(night, table, previous));
  const said = saidOf(night, known, date, neighbours);
  const made: Recipe = {
    ...Object.fromEntries(tables.map((each) => [each.table, each.digest])),
    ...Object.fromEntries(
      earlier.map((each) => [`${each.table} of the report before`, each.digest]),
    ),
    models: known.models,
  };
  const { ledger, checks, drift, notes, newest, restated, restatedSince } = said;
  return {
    table: 'report/report',
    name: date,
    date,
    recipe: {
      ...made,
      ledger: digestOf([ledger, drift, notes, newest]),
      checks: digestOf(checks),
      restated: digestOf([previous, restated, restatedSince]),
      final_through: digestOf(said.finalThrough),
      next: digestOf(next),
      rendering: known.rendering,
    },
    get reads() {
      return readsOf(tables);
    },
    made,
    said,
  };
}

/** Writes the page and the JSON of one as-of date. */
export async function writePage(
  night: Night,
  session: Session,
  reports: readonly PreparedModel[],
  target: PageTarget,
): Promise<Content> {
  const { table, date, said } = target;
  // these take long to load, and nights with nothing new do without
  const { toHtml } = await import('../../report/html.js');
  const { fromJson, toJson, withEdition } = await import('../../report/json.js');
  const known = await publishedContent(night, target);
  const tables: ReportTable[] = [];
  for (const model of reports) {
    const { section } = model;
    const { name, text, sql } = model.model;
    const content = known?.get(name) ?? (await contentOf(night, session, model, target));
    tables.push({ name, question: text, columns: fileColumns(model), sql, section, ...content });
  }
  const { edition, json } = withEdition(toJson({ ...said, tables, edition: '' }));
  // the page is made of what report.json holds, so that it is the same whether or not the tables
  // were asked for again
  const shown = fromJson(json);
  const html = toHtml({
    ...said,
    edition,
    tables: tables.map((each) => ({ ...each, ...shown.get(each.name) })),
  });
  const folder = `objects/${table}/as_of_date=${date}`;
  return artifactsOf({
    html: await placeBytes(night, Buffer.from(html), folder, '.html'),
    json: await placeBytes(night, Buffer.from(json), folder, '.json'),
  });
}

/**
 * What the report.json of the live release holds of the tables, where nothing that decides them has
 * changed: late rows change what many pages say of the data beside their tables, and asking for
 * those again takes dozens of statements.
 */
async function publishedContent(
  night: Night,
  { table, name, made }: PageTarget,
): Promise<Map<string, TableContent> | undefined> {
  const last = night.live.release.get(table, name);
  const json = last?.artifacts?.json;
  if (last === undefined || json === undefined) return undefined;
  if (Object.entries(made).some(([input, digest]) => last.inputs[input] !== digest))
    return undefined;
  const content = await night.output.read(json.key);
  // gone or changed: it is made again
  if (content === undefined || sha256(content) !== json.sha256) return undefined;
  return (await import('../../report/json.js')).fromJson(String(content));
}

async function contentOf(
  night: Night,
  session: Session,
  model: PreparedModel,
  { date, said: { previous } }: PageTarget,
): Promise<TableContent> {
  const now = partitionOf(night, model.table, date);
  const columns = fileColumns(model);
  const all = await readParquet(night, now.objects);
  const { section } = model;
  const rows = await session.rows(
    reportSelect(columns, toldRows(all, columns, section?.newest_first)),
  );
  const rowCount = totalRows(now.objects);
  return {
    rows,
    rowCount,
    answer:
      section === undefined
        ? undefined
        : await answerOf(session, { model: model.model, section }, date, all),
    changes:
      previous === null || !isSegment(model.model)
        ? undefined
        : await countChanges(night, session, {
            model,
            now,
            before: partitionOf(night, model.table, previous),
          }),
  };
}

/**
 * SQL of the first rows of a report, of each window as many, or of those with the largest values of
 * a column; all in the order of the report.
 */
function toldRows(
  all: string,
  columns: readonly ReportColumn[],
  newest: string | undefined,
): string {
  if (columns.some(({ name }) => name === WINDOW)) {
    const placed = `(select *, row_number() over () as "place of the row" from ${all})`;
    const ranked =
      `(select *, row_number() over (partition by ${WINDOW} order by "place of the row") as ` +
      `"place in the window" from ${placed})`;
    return (
      `(from ${ranked} where "place in the window" <= ${Math.floor(ROWS_TOLD / WINDOWS)} order ` +
      'by "place of the row")'
    );
  }
  if (newest === undefined) return `(from ${all} limit ${ROWS_TOLD})`;
  const placed = `(select *, row_number() over () as "place of the row" from ${all})`;
  const chosen =
    `(from ${placed} order by ${identifier(newest)} desc nulls last, "place of the row" limit ` +
    `${ROWS_TOLD})`;
  return `(from ${chosen} order by "place of the row")`;
}

async function countChanges(
  night: Night,
  session: Session,
  change: Parameters<typeof changesOf>[1],
): Promise<{ added: number; removed: number }> {
  const { added, removed } = await changesOf(night, change);
  const [row] = await session.rows(
    `select (select count(*) from ${added}) as added, (select count(*) from ${removed}) as removed`,
  );
  return { added: Number(row?.added), removed: Number(row?.removed) };
}
