import { ABSENT, type Figure, heading, type Numbers, unitBeside, weekday } from './figure.js';
import { html, type Markup } from './markup.js';
import { cellOf, isAmount, isProvisional, type Report, type ReportColumn, type Row } from './report.js';

/** A column with a text of more characters than this is given the room for sentences. */
const LONG_TEXT = 30;

/**
 * A table of rows, every value as people read it; what is rounded or put in words keeps its exact value beside it.
 * @param missing what stands for a missing value, by column; a dash unless set
 */
export function grid(
  label: string,
  columns: readonly ReportColumn[],
  rows: readonly Row[],
  report: Pick<Report, 'finalThrough'>,
  numbers: Numbers,
  missing: Readonly<Record<string, string>> = {},
): Markup {
  const cells = columns.map((column) =>
    numbers.figures(
      column,
      rows.map((row) => cellOf(row, column)),
    ),
  );
  const isLong = cells.map((figures) => figures.some(({ text }) => text.length > LONG_TEXT));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
<table>
<thead><tr>${columns.map(columnHeading)}</tr></thead>
<tbody>
${rows.map(
  (
    _,
    row,
  ) => html`<tr>${columns.map((column, i) => cell(column, isLong[i] === true, cells[i]?.[row] as Figure, report, missing[column.name]))}</tr>
`,
)}</tbody>
</table>
</div>`;
}

function columnHeading(column: ReportColumn): Markup {
  const unit = unitBeside(column);
  return html`<th scope="col" class="${look(column)}" title="${column.description}">${heading(column)}${
    unit === '' ? '' : html`<small> ${unit}</small>`
  }</th>`;
}

function cell(
  column: ReportColumn,
  isLong: boolean,
  { text, exact }: Figure,
  { finalThrough }: Pick<Report, 'finalThrough'>,
  missing: string | undefined,
): Markup {
  if (text === ABSENT && missing !== undefined) {
    return html`<td class="${look(column)}" data-v="">${missing}</td>`;
  }
  if (column.name === 'event_date' && text !== ABSENT) {
    // where all is provisional, the head of the page says so
    const isOpen = finalThrough !== null && isProvisional({ finalThrough }, text);
    return html`<td class="${look(column)}">${text} <small>${weekday(text).slice(0, 3)}</small>${
      isOpen ? html` <small class="open" title="provisional: rows may still come">prov.</small>` : ''
    }</td>`;
  }
  if (exact !== undefined) return html`<td class="${look(column)}" data-v="${exact}">${text}</td>`;
  // Isolated, so that right-to-left text does not turn its neighbours around.
  return html`<td class="${isLong ? 'words' : look(column)}">${column.type === 'text' ? html`<bdi>${text}</bdi>` : text}</td>`;
}

function look(column: ReportColumn): string {
  if (isAmount(column)) return 'n';
  return column.type === 'text' ? 'text' : 'fixed';
}
