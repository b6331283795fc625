import { open } from 'node:fs/promises';
import { addDays } from '../calendar.js';
import type { Session, Row as SqlRow } from '../engine/engine.js';
import { DataError } from '../errors.js';
import { fingerprintOf, type Recipe, staleReason } from '../plan/stale.js';
import { digestOf } from '../release/digest.js';
import { windowLedger } from '../release/ledger.js';
import type { Partition, StoredObject } from '../release/release.js';
import { ArrowFile } from '../report/arrow.js';
import { catalogue } from '../report/catalogue.js';
import { csvHeader, csvRows } from '../report/csv.js';
import { toHtml } from '../report/html.js';
import { toJson } from '../report/json.js';
import { RENDERING_VERSION, type ReportColumn, type ReportTable, type Row } from '../report/report.js';
import type { PreparedModel } from './models.js';
import type { Night } from './night.js';
import { place, placeBytes, readParquet, scratchFile } from './objects.js';
import { eachWith } from './pool.js';

/** So many rows of each report stand in report.json; all of them in its CSV, Parquet and Arrow files. */
const ROWS_IN_JSON = 1000;

/** Rows in one record batch of an Arrow file. */
const BATCH = 10_000;

/** Writes the files that people and programs read beside the Parquet, and the page of each as-of date. */
export async function report(night: Night, models: readonly PreparedModel[], asOf: readonly string[]): Promise<void> {
  const reports = models.filter(({ model }) => model.layer === 'report');
  night.progress.stage('reports', asOf.length);
  await eachWith(night.engine.sessions, asOf, async (date, session) => {
    const tables = [];
    for (const model of reports) tables.push(await withFiles(night, session, model, date));
    await writePage(night, session, reports, date, tables);
    night.progress.step();
  });
  await writeCatalogue(night, asOf);
}

/** The partition of a report with its CSV and Arrow files. */
async function withFiles(night: Night, session: Session, model: PreparedModel, date: string): Promise<Partition> {
  const partition = partitionOf(night, model.table, date);
  if (partition.artifacts !== undefined) return partition;
  const columns = reportColumns(model);
  const csvFile = scratchFile(night, '.csv');
  const csv = await open(csvFile, 'w');
  const arrow = new ArrowFile(scratchFile(night, '.arrow'), columns);
  try {
    await csv.write(csvHeader(columns));
    for await (const rows of batchesOf(night, session, model, date)) {
      await csv.write(csvRows(columns, rows));
      arrow.add(rows);
    }
  } finally {
    await csv.close();
    await arrow.close();
  }
  const folder = `objects/${model.table}/as_of_date=${date}`;
  const artifacts = {
    arrow: await place(night, arrow.path, folder, '.arrow'),
    csv: await place(night, csvFile, folder, '.csv'),
  };
  const complete = { ...partition, artifacts };
  night.next.add(complete);
  return complete;
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

async function* batchesOf(
  night: Night,
  session: Session,
  model: PreparedModel,
  date: string,
  limit?: number,
): AsyncIterable<Row[]> {
  const { objects } = partitionOf(night, model.table, date);
  const columns = reportColumns(model);
  const select = `select ${columns.map(({ name }) => `"${name}"`).join(', ')} from ${await readParquet(night, objects)} ${limit === undefined ? '' : `limit ${limit}`}`;
  const waiting: Row[] = [];
  for await (const rows of session.batches(select)) {
    for (const row of rows) waiting.push(toReportRow(row, columns));
    while (waiting.length >= BATCH) yield waiting.splice(0, BATCH);
  }
  if (waiting.length > 0) yield waiting;
}

function toReportRow(row: SqlRow, columns: readonly ReportColumn[]): Row {
  for (const { name, type } of columns) {
    if (type === 'timestamp' && row[name] !== null) row[name] = `${String(row[name]).replace(' ', 'T')}Z`;
  }
  return row;
}

/** The page and the JSON of one as-of date: stale when any report, or what is said of the data, has changed. */
async function writePage(
  night: Night,
  session: Session,
  reports: readonly PreparedModel[],
  date: string,
  tables: readonly Partition[],
): Promise<void> {
  const table = 'report/report';
  const first = addDays(date, 1 - night.config.settings.long_window_days);
  const ledger = windowLedger(night.next, night.sources, first, date);
  const notes = notesOf(night, first, date);
  const recipe: Recipe = {
    method: digestOf([
      RENDERING_VERSION,
      night.config.time_zone,
      ...reports.map(({ model }) => [model.text, model.columns, model.sql]),
    ]),
    inputs: {
      ...Object.fromEntries(tables.map((each) => [each.table, each.digest])),
      ledger: digestOf([ledger, notes]),
    },
  };
  const last = night.live.release.get(table, date);
  const reason = staleReason(recipe, last);
  if (reason === undefined && last !== undefined) return night.next.add(last);
  const started = performance.now();
  const contents: ReportTable[] = [];
  for (const model of reports) contents.push(await tableOf(night, session, model, date));
  const page = { asOf: date, timeZone: night.config.time_zone, tables: contents, ledger, notes };
  const folder = `objects/${table}/as_of_date=${date}`;
  const artifacts = {
    html: await placeBytes(night, Buffer.from(toHtml(page)), folder, '.html'),
    json: await placeBytes(night, Buffer.from(toJson(page)), folder, '.json'),
  };
  night.next.add(artifactPartition(table, date, recipe, artifacts));
  night.built.push({
    table,
    name: date,
    reason: reason ?? 'new',
    rows: 0,
    seconds: (performance.now() - started) / 1000,
  });
}

async function tableOf(night: Night, session: Session, model: PreparedModel, date: string): Promise<ReportTable> {
  const rows: Row[] = [];
  for await (const batch of batchesOf(night, session, model, date, ROWS_IN_JSON)) rows.push(...batch);
  const rowCount = partitionOf(night, model.table, date).objects.reduce((sum, object) => sum + object.rows, 0);
  const { name, text, sql } = model.model;
  return { name, question: text, columns: reportColumns(model), rows, rowCount, sql };
}

/** What a reader should know first: exports that are missing, and dates that contradict their configured order. */
function notesOf(night: Night, first: string, last: string): string[] {
  return night.sources.flatMap(({ table, date_order }) => {
    const exports = night.next.of(`staged/${table}`).filter(({ date }) => date <= last);
    const dates = new Set(exports.map(({ date }) => date));
    const begin = [...dates].sort()[0];
    if (begin === undefined) return [`There are no exports of ${table}.`];
    const missing: string[] = [];
    for (let date = begin < first ? first : begin; date <= last; date = addDays(date, 1))
      if (!dates.has(date)) missing.push(date);
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

async function writeCatalogue(night: Night, asOf: readonly string[]): Promise<void> {
  const table = 'index/reports';
  const recipe: Recipe = { method: digestOf(RENDERING_VERSION), inputs: { dates: digestOf(asOf) } };
  const last = night.live.release.get(table, 'all');
  if (last !== undefined && staleReason(recipe, last) === undefined) return night.next.add(last);
  const html = await placeBytes(night, Buffer.from(catalogue(asOf)), 'objects/index/reports', '.html');
  night.next.add(artifactPartition(table, 'all', recipe, { html }));
}

function artifactPartition(
  table: string,
  date: string,
  recipe: Recipe,
  artifacts: Record<string, StoredObject>,
): Partition {
  const digest = digestOf(Object.values(artifacts).map(({ sha256 }) => sha256));
  return {
    table,
    name: date,
    date,
    fingerprint: fingerprintOf(recipe),
    digest,
    inputs: recipe.inputs,
    objects: [],
    artifacts,
  };
}
