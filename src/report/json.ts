import { sha256 } from '../release/digest.js';
import type { WindowLine } from '../release/ledger.js';
import { answerText } from './answer.js';
import { Numbers } from './figure.js';
import {
  type Answer,
  absentTables,
  cellOf,
  gapNotes,
  isProvisional,
  type Report,
  type ReportColumn,
  type ReportTable,
  sectionsOf,
  type Value,
} from './report.js';

/**
 * A whole report as JSON, one row a line; the sections of the page in its order, each with its
 * answer, then the data of charts, without one. `no_data` names the tables that have none; the
 * sections that need them are left out. `cards` are the metrics at the head of the page. `checks`
 * are those of data quality. `edition` names what it says. `provisional` tells whether rows may
 * still come for its date, `final_through` the last date for which none are expected. `row_count`
 * tells how many rows there are where only the first, or the newest, are here. `template` is the
 * sentence that the answer was made from, `facts` the values that sentences may name. Keys are in
 * the order of the columns. An integer beyond 2^53 is a string of its digits, because most readers
 * of JSON would round it; every other number is a number.
 */
export function toJson(report: Report): string {
  const numbers = new Numbers(report.look.locale);
  const sections = sectionsOf(report);
  const others = report.tables.filter(({ section }) => section === undefined);
  return `${object({
    as_of: JSON.stringify(report.asOf),
    time_zone: JSON.stringify(report.timeZone),
    provisional: String(isProvisional(report, report.asOf)),
    final_through: JSON.stringify(report.finalThrough),
    cards: JSON.stringify(report.look.cards),
    no_data: JSON.stringify(absentTables(report)),
    notes: list([...gapNotes(report), ...report.notes].map((note) => JSON.stringify(note))),
    ledger: list(report.ledger.map(ledgerJson)),
    checks: list(report.checks.map((each) => JSON.stringify(each))),
    drift: list(report.drift.map((each) => JSON.stringify(each))),
    previous: JSON.stringify(report.previous),
    next: JSON.stringify(report.next),
    edition: JSON.stringify(report.edition),
    restated: list(report.restated.map((each) => JSON.stringify(each))),
    restated_since: list(report.restatedSince.map((each) => JSON.stringify(each))),
    reports: list([...sections, ...others].map((table) => tableJson(table, numbers))),
  })}\n`;
}

/** How `toJson` writes that there is no edition; inside of a text, the quotes would be escaped. */
const NO_EDITION = '\n"edition": "",\n';

/**
 * JSON without an edition, `toJson` of a report whose edition is empty, and the edition that
 * follows from it, put into it.
 * @throws TypeError for JSON that has an edition
 */
export function withEdition(unnamed: string): { edition: string; json: string } {
  if (!unnamed.includes(NO_EDITION))
    throw new TypeError('Expected the JSON of a report without an edition, found one');
  const edition = sha256(unnamed).slice(0, 12);
  return { edition, json: unnamed.replace(NO_EDITION, NO_EDITION.replace('""', `"${edition}"`)) };
}

/** What a report holds that was read from its rows: all else of a table is known beforehand. */
export type TableContent = Pick<ReportTable, 'rows' | 'rowCount' | 'answer' | 'changes'>;

interface TableJson {
  readonly name: string;
  readonly template: string | null;
  readonly facts: Answer['facts'] | null;
  readonly changes: TableContent['changes'] | null;
  readonly columns: readonly Pick<ReportColumn, 'name' | 'type'>[];
  readonly row_count: number;
  readonly rows: readonly Record<string, string | number | boolean | null>[];
}

/** Reads back what `toJson` wrote of the reports, by name. */
export function fromJson(json: string): Map<string, TableContent> {
  const { reports } = JSON.parse(json) as { reports: TableJson[] };
  return new Map(reports.map((table) => [table.name, contentOf(table)]));
}

function contentOf({
  template,
  facts,
  changes,
  columns,
  row_count: rowCount,
  rows,
}: TableJson): TableContent {
  const integers = columns.filter(({ type }) => type === 'integer').map(({ name }) => name);
  for (const row of rows as Record<string, Value>[]) {
    for (const name of integers)
      row[name] = row[name] == null ? null : BigInt(row[name] as string | number);
  }
  const answer = facts === null ? undefined : { sentence: template ?? undefined, facts };
  return { rows, rowCount, answer, changes: changes ?? undefined };
}

function ledgerJson({
  table,
  read,
  records,
  added,
  skipped,
  repeated,
  staged,
  quarantined,
  unchanged,
  kept,
  duplicates,
  conflicts,
}: WindowLine): string {
  const rules = Object.fromEntries(
    Object.entries(quarantined).sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  return JSON.stringify({
    table,
    read,
    records,
    added,
    skipped,
    repeated,
    staged,
    quarantined: rules,
    unchanged,
    kept,
    duplicates,
    conflicts,
  });
}

function tableJson(table: ReportTable, numbers: Numbers): string {
  return object({
    name: JSON.stringify(table.name),
    question: JSON.stringify(table.question),
    answer: JSON.stringify(table.section === undefined ? null : answerText(table, numbers)),
    template: JSON.stringify(table.answer?.sentence ?? null),
    facts: JSON.stringify(table.answer?.facts ?? null),
    changes: JSON.stringify(table.changes ?? null),
    columns: list(
      table.columns.map(({ name, type, unit, description }) =>
        JSON.stringify({ name, type, unit, description }),
      ),
    ),
    row_count: String(table.rowCount),
    rows: list(
      table.rows.map((row) => {
        const fields = table.columns.map(
          (column) => `${JSON.stringify(column.name)}:${scalar(cellOf(row, column))}`,
        );
        return `{${fields.join(',')}}`;
      }),
    ),
    sql: JSON.stringify(table.sql),
  });
}

function scalar(value: Value): string {
  if (typeof value !== 'bigint') return JSON.stringify(value);
  return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
}

function object(fields: Record<string, string>): string {
  const lines = Object.entries(fields).map(([name, json]) => `"${name}": ${json}`);
  return `{\n${lines.join(',\n')}\n}`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '[]' : `[\n${items.join(',\n')}\n]`;
}
