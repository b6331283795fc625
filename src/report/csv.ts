import { cellOf, type ReportColumn, type Row } from './report.js';

/**
 * Rows as CSV (RFC 4180): UTF-8, a header, lines that end in a bare newline. A null is an empty field, the empty text
 * is `""`; numbers have a decimal point, no grouping and every digit. Values are never changed, so text that a
 * spreadsheet takes for a formula stands as it is.
 */
export function csvRows(columns: readonly ReportColumn[], rows: readonly Row[]): string {
  return rows.map((row) => line(columns.map((column) => field(cellOf(row, column))))).join('');
}

/** The first line of such a CSV: the names of the columns. */
export function csvHeader(columns: readonly ReportColumn[]): string {
  return line(columns.map(({ name }) => quoted(name)));
}

function line(fields: readonly string[]): string {
  return `${fields.join(',')}\n`;
}

function field(value: ReturnType<typeof cellOf>): string {
  if (value === null) return '';
  return typeof value === 'string' ? quoted(value) : String(value);
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
