import { cellOf, type ReportTable } from './report.js';

/**
 * A table as CSV (RFC 4180): UTF-8, a header, lines that end in a bare newline. A null is an empty field, the empty text
 * is `""`; numbers have a decimal point, no grouping and every digit. Values are never changed, so text that a
 * spreadsheet takes for a formula stands as it is.
 */
export function toCsv(table: ReportTable): string {
  const header = table.columns.map((column) => quoted(column.name));
  const rows = table.rows.map((row) => table.columns.map((column) => field(cellOf(row, column))));
  return [header, ...rows].map((fields) => `${fields.join(',')}\n`).join('');
}

function field(value: ReturnType<typeof cellOf>): string {
  if (value === null) return '';
  return typeof value === 'string' ? quoted(value) : String(value);
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
