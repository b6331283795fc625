import { addDays, datesBetween } from '../calendar.js';
import { identifier, quote, type Session } from '../engine/engine.js';
import { DataError } from '../errors.js';
import { finalThrough } from '../plan/lateness.js';
import { digestOf } from '../release/digest.js';
import { type WindowLine, windowLedger } from '../release/ledger.js';
import type { Partition, StoredObject } from '../release/release.js';
import { catalogue } from '../report/catalogue.js';
import { toHtml } from '../report/html.js';
import { toJson } from '../report/json.js';
import { RENDERING_VERSION, type ReportColumn, type ReportTable, type Row } from '../report/report.js';
import type { PreparedModel } from './models.js';
import type { Night } from './night.js';
import { place, placeBytes, readParquet, scratchFile } from './objects.js';
import { eachWith } from './pool.js';
import { type Content, NOTHING, readsOf, type Target, update } from './update.js';

/** So many rows of each report stand in report.json; all of them in its CSV, Parquet and Arrow files. */
const ROWS_IN_JSON = 1000;

/** Rows in one record batch of an Arrow file. */
const BATCH = 10_000;

/** Writes the files that people and programs read beside the Parquet, and the page of each as-of date. */
export async function report(night: Night, models: readonly PreparedModel[], asOf: readonly string[]): Promise<void> {
  const reports = models.filter(({ model }) => model.layer === 'report');
  const files = asOf.flatMap((date) => reports.map((model) => ({ date, model })));
  night.progress.stage('reports', files.length + asOf.length + 1);
  if (night.builds) {
    await eachWith(night.engine.sessions, files, async ({ date, model }, session) => {
      await writeFiles(night, session, model, date);
      night.progress.step();
    });
  }
  const pages = asOf.map((date) => pageTarget(night, reports, date));
  await update(night, pages, async (session, batch) => {
    const contents: Content[] = [];
    for (const target of batch) contents.push(await writePage(night, session, reports, target));
    return contents;
  });
  const recipe = { dates: digestOf(asOf), rendering: digestOf(RENDERING_VERSION) };
  const index = { table: 'index/reports', name: 'all', date: 'all', recipe, reads: NOTHING };
  await update(night, [index], async () => [
    artifactsOf({ html: await placeBytes(night, Buffer.from(catalogue(asOf)), 'objects/index/reports', '.html') }),
  ]);
}

/** Gives the partition of a report its CSV and Arrow files. */
async function writeFiles(night: Night, session: Session, model: PreparedModel, date: string): Promise<void> {
  const partition = partitionOf(night, model.table, date);
  if (partition.artifacts !== undefined) return;
  const rows = await readParquet(night, partition.objects);
  const columns = reportColumns(model);
  const csv = scratchFile(night, '.csv');
  await session.run(
    `copy (select ${columns.map(({ name }) => identifier(name)).join(', ')} from ${rows})
     to ${quote(csv)} (format csv, header, delimiter ',', quote '"', escape '"', nullstr '')`,
  );
  const { ArrowFile } = await import('../report/arrow.js'); // takes long to load, and nights with nothing new do without
  const arrow = new ArrowFile(scratchFile(night, '.arrow'), columns);
  try {
    for await (const batch of batchesOf(session, columns, rows)) arrow.add(batch);
  } finally {
    await arrow.close();
  }
  const folder = `objects/${model.table}/as_of_date=${date}`;
  const artifacts = {
    arrow: await place(night, arrow.path, folder, '.arrow'),
    csv: await place(night, csv, folder, '.csv'),
  };
  night.next.add({ ...partition, artifacts });
}

function partitionOf(night: Night, table: string, date: string): Partition {
  const partition = night.next.get(table, date);
  if (partition === undefined)
    throw new DataError(`${table} ${date}: expected a partition that was built before its page`);
  return partition;
}

/** The columns of a report as its files have them, the as-of date first. */
function reportColumns({ model, columns }: PreparedModel): ReportColumn[] {
  return model.columns.map(({ name, type, unit, description }) => {
    if (type !== 'id') return { name, type, unit, description };
    return { name, type: columns.get(name) === 'BIGINT' ? 'integer' : 'text', unit, description, id: true };
  });
}

/** Rows of a report in batches, dates and timestamps as text. */
async function* batchesOf(session: Session, columns: readonly ReportColumn[], rows: string): AsyncIterable<Row[]> {
  const waiting: Row[] = [];
  for await (const some of session.batches(`select ${columns.map(asText).join(', ')} from ${rows}`)) {
    waiting.push(...some);
    while (waiting.length >= BATCH) yield waiting.splice(0, BATCH);
  }
  if (waiting.length > 0) yield waiting;
}

function asText({ name, type }: ReportColumn): string {
  const column = identifier(name);
  if (type === 'date') return `cast(${column} as varchar) as ${column}`;
  return type === 'timestamp' ? `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ') as ${column}` : column;
}

interface PageTarget extends Target {
  readonly finalThrough: string | null;
  readonly ledger: readonly WindowLine[];
  readonly notes: readonly string[];
}

/** The page and the JSON of one as-of date: stale when any report, or what is said of the data, has changed. */
function pageTarget(night: Night, reports: readonly PreparedModel[], date: string): PageTarget {
  const tables = reports.map((model) => partitionOf(night, model.table, date));
  const first = addDays(date, 1 - night.config.settings.long_window_days);
  const ledger = windowLedger(night.next, night.sources, first, date);
  const notes = notesOf(night, first, date);
  const tablesKnown = night.sources.map((source) => source.table);
  const final = finalThrough(night.next, tablesKnown);
  const known = final === undefined || final < first ? null : final < date ? final : date;
  const texts = reports.map(({ model }) => [model.text, model.columns, model.sql]);
  return {
    table: 'report/report',
    name: date,
    date,
    recipe: {
      ...Object.fromEntries(tables.map((each) => [each.table, each.digest])),
      ledger: digestOf([ledger, notes]),
      final_through: digestOf(known),
      models: digestOf([night.config.time_zone, ...texts]),
      rendering: digestOf(RENDERING_VERSION),
    },
    reads: readsOf(tables),
    finalThrough: known,
    ledger,
    notes,
  };
}

async function writePage(
  night: Night,
  session: Session,
  reports: readonly PreparedModel[],
  { table, date, finalThrough, ledger, notes }: PageTarget,
): Promise<Content> {
  const tables: ReportTable[] = [];
  for (const model of reports) tables.push(await tableOf(night, session, model, date));
  const page = { asOf: date, timeZone: night.config.time_zone, finalThrough, tables, ledger, notes };
  const folder = `objects/${table}/as_of_date=${date}`;
  return artifactsOf({
    html: await placeBytes(night, Buffer.from(toHtml(page)), folder, '.html'),
    json: await placeBytes(night, Buffer.from(toJson(page)), folder, '.json'),
  });
}

function artifactsOf(artifacts: Record<string, StoredObject>): Content {
  return { digest: digestOf(Object.values(artifacts).map(({ sha256 }) => sha256)), objects: [], artifacts };
}

async function tableOf(night: Night, session: Session, model: PreparedModel, date: string): Promise<ReportTable> {
  const { objects } = partitionOf(night, model.table, date);
  const columns = reportColumns(model);
  const top = `(from ${await readParquet(night, objects)} limit ${ROWS_IN_JSON})`;
  const rows: Row[] = [];
  for await (const batch of batchesOf(session, columns, top)) rows.push(...batch);
  const rowCount = objects.reduce((sum, object) => sum + object.rows, 0);
  const { name, text, sql } = model.model;
  return { name, question: text, columns, rows, rowCount, sql };
}

/** What a reader should know first: exports that are missing, and dates that contradict their configured order. */
function notesOf(night: Night, first: string, last: string): string[] {
  return night.sources.flatMap(({ table, date_order }) => {
    const exports = night.next.of(`staged/${table}`).filter(({ date }) => date <= last);
    const dates = new Set(exports.map(({ date }) => date));
    const begin = [...dates].sort()[0];
    if (begin === undefined) return [`There are no exports of ${table}.`];
    const missing = datesBetween(begin < first ? first : begin, last).filter((date) => !dates.has(date));
    const contradictions = exports
      .filter(({ date }) => date >= first)
      .flatMap(({ counts }) => Object.entries(counts?.quarantined ?? {}))
      .reduce((sum, [rule, count]) => sum + (rule.endsWith('_contradicts_date_order') ? count : 0), 0);
    return [
      ...(missing.length === 0 ? [] : [`${table}: no export for ${missing.join(', ')}.`]),
      ...(contradictions === 0
        ? []
        : [
            `${table}: ${contradictions} times contradict date_order ${date_order}, so other times of these exports may be misread.`,
          ]),
    ];
  });
}
