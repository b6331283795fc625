import type { WindowLine } from '../release/ledger.js';
import { count, type Figure, figures, heading, unitBeside } from './figure.js';
import { html, type Markup } from './markup.js';
import { page } from './page.js';
import { cellOf, isAmount, isProvisional, type Report, type ReportColumn, type ReportTable } from './report.js';

const TOP_ROWS = 10;

/**
 * A report as one page that needs no other file: data quality, then each question with its first rows, its definition
 * and its SQL. It links to `<name>.csv`, `<name>.parquet` and `<name>.arrow` of each table and to `report.json` beside
 * it, and to the catalogue one folder up.
 */
export function toHtml(report: Report): string {
  const body = html`<div class="frame">
<header>
<p class="brand"><a href="../index.html">Dayfold</a></p>
<h1>Report as of ${report.asOf}</h1>
<p class="when">${weekday(report.asOf)}. Days run from midnight to midnight, ${report.timeZone}.</p>
${isProvisional(report, report.asOf) ? provisional(report.finalThrough) : ''}
${report.notes.length === 0 ? '' : html`<ul class="notes">${report.notes.map((note) => html`<li>${note}</li>`)}</ul>`}
</header>
<main>
${report.ledger.length === 0 ? '' : quality(report.ledger)}
${report.tables.length === 0 ? html`<p class="none">There are no reports.</p>` : contents(report.tables)}
${report.tables.map((table) => section(table, report))}
</main>
<footer>All of this for programs: <a href="report.json">report.json</a>. Other dates: <a href="../index.html">all reports</a>.</footer>
</div>`;
  return page(`Dayfold report, ${report.asOf}`, body);
}

function provisional(finalThrough: string | null): Markup {
  const open = finalThrough === null ? 'any date: too few exports are there to tell' : `dates after ${finalThrough}`;
  return html`<p class="open">Provisional: late rows may still come for ${open}.</p>`;
}

function weekday(date: string): string {
  return new Intl.DateTimeFormat('en-US', { weekday: 'long', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
}

function quality(ledger: readonly WindowLine[]): Markup {
  const total = (amount: (line: WindowLine) => number | null) =>
    count(ledger.reduce((sum, line) => sum + (amount(line) ?? 0), 0));
  const amounts = (line: WindowLine) => [
    line.records,
    refused(line),
    line.staged,
    line.duplicates,
    line.kept,
    line.conflicts,
  ];
  const rows = ledger.map(
    (line) => html`<tr><th scope="row">${line.table}</th>${amounts(line).map(
      (amount) => html`<td class="amount" data-value="${amount ?? ''}">${amount === null ? '–' : count(amount)}</td>`,
    )}<td class="words">${rules(line)}</td></tr>
`,
  );
  return html`<section class="card quality" aria-label="Data quality">
<details>
<summary><strong>Data quality:</strong> ${total((line) => line.records)} records read in the window, ${total(refused)} quarantined,
${total((line) => line.duplicates)} duplicates</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Ledger">
<table>
<thead><tr><th scope="col">Table</th><th scope="col" class="amount">Records</th><th scope="col" class="amount">Quarantined</th>
<th scope="col" class="amount">Staged</th><th scope="col" class="amount">Duplicates</th><th scope="col" class="amount">Kept</th>
<th scope="col" class="amount">Conflicts</th><th scope="col">Quarantined by rule</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>
<p class="more">Records, quarantined and staged count the exports dated in the window: records = quarantined + staged. Duplicates, kept
and conflicts count the rows dated in the window, from whichever export; a table without dates has none. Conflicts are
duplicates whose content differs; the latest export wins.</p>
</details>
</section>`;
}

function refused(line: WindowLine): number {
  return Object.values(line.quarantined).reduce((sum, rows) => sum + rows, 0);
}

function rules(line: WindowLine): string {
  const counted = Object.entries(line.quarantined).filter(([, rows]) => rows > 0);
  counted.sort(([one, rows], [other, more]) => more - rows || (one < other ? -1 : 1));
  return counted.length === 0 ? '–' : counted.map(([rule, rows]) => `${rule} ${count(rows)}`).join(', ');
}

function contents(tables: readonly ReportTable[]): Markup {
  const groups = [
    { title: 'Questions', chosen: tables.filter((table) => !isSegment(table)) },
    { title: 'Lists to act on', chosen: tables.filter(isSegment) },
  ];
  return html`<nav class="contents" aria-label="Contents">${groups.map(({ title, chosen }) =>
    chosen.length === 0
      ? ''
      : html`<h2>${title}</h2>
<ol>${chosen.map((table) => html`<li><a href="#${table.name}">${table.question}</a></li>`)}</ol>`,
  )}</nav>`;
}

function isSegment(table: ReportTable): boolean {
  return table.name.startsWith('segment_');
}

function section(table: ReportTable, report: Report): Markup {
  return html`<section class="card" id="${table.name}" aria-labelledby="${table.name}-question">
<h2 id="${table.name}-question">${table.question}</h2>
${table.rows.length === 0 ? '' : topRows(table, report)}
${extent(table)}
<details><summary>What the columns mean</summary>
<dl>${table.columns.map(definition)}</dl></details>
<details><summary>The SQL behind it</summary>
<pre tabindex="0"><code>${table.sql.trim()}</code></pre></details>
</section>
`;
}

function topRows(table: ReportTable, report: Report): Markup {
  const rows = table.rows.slice(0, TOP_ROWS);
  // Every row of a report has the as-of date of the page; it is left out where it says nothing new.
  const columns = table.columns.filter(
    ({ name }) => name !== 'as_of_date' || table.rows.some((row) => row[name] !== report.asOf),
  );
  const shown = columns.map((column) => ({
    column,
    cells: figures(
      column,
      rows.map((row) => cellOf(row, column)),
    ),
  }));
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="${table.name}-question">
<table>
<thead><tr>${columns.map(columnHeading)}</tr></thead>
<tbody>
${rows.map(
  (_, row) => html`<tr>${shown.map(({ column, cells }) => cell(column, cells[row] as Figure, report))}</tr>
`,
)}</tbody>
</table>
</div>`;
}

function columnHeading(column: ReportColumn): Markup {
  const unit = unitBeside(column);
  return html`<th scope="col" class="${look(column)}" title="${column.description}">${heading(column)}${
    unit === '' ? '' : html`<small>${unit}</small>`
  }</th>`;
}

function cell(column: ReportColumn, { text, exact }: Figure, report: Report): Markup {
  if (column.name === 'event_date' && /^\d/.test(text) && isProvisional(report, text)) {
    return html`<td class="${look(column)}">${text} <small class="open">provisional</small></td>`;
  }
  if (exact !== undefined) {
    const title = `${exact} ${column.unit}`.trim();
    return html`<td class="${look(column)}" data-value="${exact}" title="${title}">${text}</td>`;
  }
  // Isolated, so that right-to-left text does not turn its neighbours around.
  return html`<td class="${look(column)}">${column.type === 'text' ? html`<bdi>${text}</bdi>` : text}</td>`;
}

function look(column: ReportColumn): string {
  if (isAmount(column)) return 'amount';
  return column.type === 'text' ? 'text' : 'fixed';
}

function extent(table: ReportTable): Markup {
  const file = (ending: string) => `${encodeURIComponent(table.name)}.${ending}`;
  const total = table.rowCount;
  const shown =
    total > TOP_ROWS
      ? `${TOP_ROWS} of ${count(total)} rows, all`
      : total === 1
        ? '1 row, also'
        : `${count(total)} rows, also`;
  const formats = html`<a href="${file('parquet')}">Parquet</a> or <a href="${file('arrow')}">Arrow</a>`;
  return total === 0
    ? html`<p class="none">No rows. The empty table as <a href="${file('csv')}">CSV</a>, ${formats}.</p>`
    : html`<p class="more">${shown} in <a href="${file('csv')}">CSV</a>, ${formats}.</p>`;
}

function definition(column: ReportColumn): Markup {
  const unit = column.unit === '' ? '' : `, ${column.unit}`;
  return html`<dt><code>${column.name}</code></dt><dd>${column.description} (${column.type}${unit})</dd>
`;
}
