import { pagesChangedFrom } from '../../build/changed.js';
import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { placeBytes, readParquet } from '../../build/objects.js';
import type { Recipe } from '../../build/recipe.js';
import { type Dates, reuse } from '../../build/reuse.js';
import { type Content, readsOf, type Target } from '../../build/update.js';
import type { Source } from '../../config/contracts.js';
import { addDays, datesBetween } from '../../dates.js';
import { identifier, type Session } from '../../engine/engine.js';
import { checkResults } from '../../release/check_results.js';
import { digestOf, sha256 } from '../../release/digest.js';
import { finalThrough } from '../../release/lateness.js';
import { windowLedger } from '../../release/ledger.js';
import { type News, newsOf } from '../../release/news.js';
import { countUpTo, datedBetween, type Release } from '../../release/release.js';
import { restatements } from '../../release/restated.js';
import type { TableContent } from '../../report/json.js';
import {
  type Branding,
  isSegment,
  RENDERING_VERSION,
  type Report,
  type ReportColumn,
  type ReportTable,
} from '../../report/report.js';
import { changesOf as columnChanges, describeChanges, exportBefore } from '../staged/drift.js';
import { unmarkedNote } from '../staged/marker.js';
import { answerOf } from './answers.js';
import { artifactsOf, changesOf, fileColumns, partitionOf, reportSelect } from './files.js';

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

/**
 * The tables whose rows make the numbers of a date; a user, say, may have been created at any time
 * before.
 */
function datedTables({ sources, models }: Night): string[] {
  const daily = models.filter(({ layer }) => layer === 'daily').flatMap(({ reads }) => reads);
  const read = new Set(daily.flatMap(({ schema, table }) => (schema === 'clean' ? [table] : [])));
  return sources.flatMap(({ table }) => (read.has(table) ? [table] : []));
}

/** The as-of dates before and after a page's. */
type Neighbours = Pick<Report, 'previous' | 'next'>;

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

/**
 * What is the same for every page, or looked up by it: with a year of pages, working it out for
 * each takes seconds.
 */
interface Known {
  readonly reports: readonly PreparedModel[];
  readonly look: Branding;
  /** digests of what decides tables and looks */
  readonly models: string;
  readonly rendering: string;
  readonly finalThrough: string | undefined;
  /** of each table, what came for dates before that of its export, in the order of those dates */
  readonly late: readonly (readonly News[])[];
  /**
   * of the exports that pages report, those whose columns are not as before, in words, with their
   * dates
   */
  readonly drift: readonly { readonly date: string; readonly words: string }[];
  /** of each table that is delivered, the dates from its first export on that have none */
  readonly delivered: readonly (Pick<Source, 'table' | 'date_order'> & {
    readonly missing: readonly string[];
  })[];
}

function knownOf(
  night: Night,
  reports: readonly PreparedModel[],
  look: Branding,
  dates: readonly string[],
): Known {
  const { next, sources, config } = night;
  const first = addDays(dates[0] ?? '', 1 - config.settings.long_window_days);
  const last = dates.at(-1) ?? '';
  const texts = reports.map(({ model, section }) => [
    model.text,
    model.columns,
    model.sql,
    section,
  ]);
  const lateOf = ({ table }: Source) =>
    newsOf(next, table)
      .filter(({ date, by }) => by > date)
      .sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0)); // stable
  return {
    reports,
    look,
    // sentences may name any setting
    models: digestOf([RENDERING_VERSION, config.time_zone, config.settings, ...texts]),
    rendering: digestOf(look),
    finalThrough: finalThrough(next, datedTables(night)),
    late: sources.map(lateOf),
    drift: sources.flatMap((source) => driftOf(next, source, first)),
    delivered: sources
      .filter(({ derivation }) => derivation === null)
      .map(({ table, date_order }) => {
        const dates = new Set(next.exportsOf(table).map(({ date }) => date));
        const [first] = dates; // only tables that need not be there have come this far without any
        const due = first === undefined ? [] : datesBetween(first, last);
        return { table, date_order, missing: due.filter((date) => !dates.has(date)) };
      }),
  };
}

function saidOf(
  night: Night,
  { look, finalThrough: final, late: all, drift, delivered }: Known,
  asOf: string,
  { previous, next: following }: Neighbours,
): Omit<Report, 'tables' | 'edition'> {
  const { next, sources, config } = night;
  const first = addDays(asOf, 1 - config.settings.long_window_days);
  const late = all.flatMap((ofTable) => datedBetween(ofTable, first, asOf));
  return {
    asOf,
    timeZone: config.time_zone,
    finalThrough: final === undefined || final < first ? null : final < asOf ? final : asOf,
    ledger: windowLedger(next, sources, first, asOf),
    checks: checkResults(next, night, asOf),
    drift: drift.filter(({ date }) => date >= first && date <= asOf).map(({ words }) => words),
    newest: newestExports(night, asOf),
    notes: notesOf(night, delivered, first, asOf),
    previous,
    next: following,
    restated: previous === null ? [] : restatements(late, { first, known: previous, until: asOf }),
    restatedSince: restatements(late, { first, known: asOf, until: '9999-12-31' }),
    look,
  };
}

/** The exports of a table from a date on whose columns are not as in the one before. */
function driftOf(release: Release, source: Source, first: string): Known['drift'] {
  const exports = release.exportsOf(source.table);
  return exports.flatMap((each, i) => {
    const before = each.date < first ? undefined : exportBefore(exports, i);
    const changes = before === undefined ? [] : columnChanges(before, each, source);
    return changes.length === 0
      ? []
      : [{ date: each.date, words: `${each.name}: ${describeChanges(changes)}` }];
  });
}

function newestExports(night: Night, until: string): Record<string, string> {
  const delivered = night.sources.filter(({ derivation }) => derivation === null);
  const newest = delivered.flatMap(({ table }) => {
    const exports = night.next.exportsOf(table);
    const newest = exports[countUpTo(exports, until) - 1];
    return newest === undefined ? [] : [[table, newest.date] as const];
  });
  return Object.fromEntries(newest);
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
  const rowCount = now.objects.reduce((sum, object) => sum + object.rows, 0);
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

/** Up to three dates by name; of more, how many there are and from when to when. */
function datesInWords(dates: readonly string[]): string {
  if (dates.length < 4) return dates.join(', ');
  return `${dates.length} dates from ${dates[0]} to ${dates.at(-1)}`;
}

/**
 * What a reader should know first: exports that are missing, and dates that contradict their
 * configured order.
 */
function notesOf(
  night: Night,
  delivered: Known['delivered'],
  first: string,
  last: string,
): string[] {
  const about = delivered.flatMap(({ table, date_order, missing: all }) => {
    const missing = all.filter((date) => date >= first && date <= last);
    const contradictions = datedBetween(night.next.exportsOf(table), first, last)
      .flatMap(({ counts }) => Object.entries(counts?.quarantined ?? {}))
      .reduce(
        (sum, [rule, count]) => sum + (rule.endsWith('_contradicts_date_order') ? count : 0),
        0,
      );
    const order =
      date_order === null
        ? 'the order of day and month in the same file'
        : `date_order ${date_order}`;
    return [
      ...(missing.length === 0 ? [] : [`${table}: no export for ${datesInWords(missing)}.`]),
      ...(contradictions === 0
        ? []
        : [
            `${table}: ${contradictions} ` +
              `${contradictions === 1 ? 'time contradicts' : 'times contradict'} ${order}, ` +
              'so other times of these exports may be misread.',
          ]),
    ];
  });
  return [unmarkedNote(night, last) ?? [], about].flat();
}
