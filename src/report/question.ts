import { amountOf, answerPieces } from './answer.js';
import { drawings } from './chart.js';
import { type ChartData, chartData, inWords } from './chart_data.js';
import type { Numbers } from './figure.js';
import { grid } from './grid.js';
import { html, type Markup } from './markup.js';
import { type Report, type ReportColumn, type ReportTable, type Row, sectionsOf, type Value } from './report.js';

/** So many rows of a report stand in the page; all of them in its files. */
const TOP_ROWS = 25;

/** One question: its answer as a sentence, a chart, the first rows, what the columns mean, and the SQL. */
export function question(table: ReportTable, report: Report, numbers: Numbers): Markup {
  const chart = chartData(table, report.tables, numbers);
  return html`<section class="card" id="${table.name}" aria-labelledby="${table.name}-question">
<h2 id="${table.name}-question">${table.question}</h2>
<p class="answer">${answer(table, numbers)}</p>
${table.changes === undefined ? '' : changed(table, report, numbers)}
${chart === undefined ? '' : figure(table, chart, report, numbers)}
${listElsewhere(table, report) ?? topRows(table, report, numbers)}
<details><summary>What the columns mean</summary>
<dl>${table.columns.map(definition)}</dl></details>
<details><summary>The SQL behind it</summary>
<pre tabindex="0"><code>${table.sql.trim()}</code></pre></details>
</section>
`;
}

/** A report's answer, its facts marked with their exact values. */
export function answer(table: ReportTable, numbers: Numbers): Markup[] {
  return answerPieces(table, numbers).map(({ text, fact }) => {
    if (fact === undefined) return html`${text}`;
    if (/^\d{4}-\d\d-\d\d$/.test(text)) return html`<time class="date">${text}</time>`;
    const [only] = fact;
    return typeof only === 'number' && fact.length === 1
      ? html`<data value="${only}">${text}</data>`
      : html`<bdi>${text}</bdi>`;
  });
}

function changed(table: ReportTable, { previous }: Report, numbers: Numbers): Markup {
  const { added, removed } = table.changes ?? { added: 0, removed: 0 };
  const words =
    added + removed === 0
      ? `The same as on ${previous}`
      : `Since ${previous}: ${numbers.count(added)} added, ${numbers.count(removed)} removed`;
  return html`<p class="more">${words} (<a href="${encodeURIComponent(table.name)}_changes.csv">CSV</a>).</p>`;
}

function figure(table: ReportTable, chart: ChartData, report: Report, numbers: Numbers): Markup {
  const words = inWords(chart, numbers);
  const isInTable = chart.spec.data === undefined && chart.rows.length === table.rowCount && table.rowCount <= TOP_ROWS;
  return html`<figure class="chart">
<figcaption>${chart.title}</figcaption>
<div role="img" aria-label="${words}">
${drawings(chart, numbers, report.finalThrough)}</div>
${
  isInTable
    ? ''
    : html`<details><summary>The chart as a table</summary>
${grid(`Data of the chart: ${chart.title}`, chart.columns, chart.rows, report, numbers)}</details>`
}</figure>`;
}

/** Where another section lists the same rows, a link to it. */
function listElsewhere(table: ReportTable, report: Report): Markup | undefined {
  const other = sectionsOf(report).find(({ name }) => name === table.section?.list);
  if (other === undefined) return undefined;
  return html`<p class="more">The list is below, with the reason for each: <a href="#${other.name}">${other.question}</a></p>`;
}

function topRows(table: ReportTable, report: Report, numbers: Numbers): Markup {
  if (table.rowCount === 0) return extent(table, 0, numbers);
  const rows = chosenRows(table);
  return html`${grid(`Rows: ${table.question}`, chosenColumns(table, report, rows), rows, report, numbers, table.section?.missing)}
${extent(table, rows.length, numbers)}`;
}

/** The first rows, or those with the largest values of the column that comes newest first. */
function chosenRows({ rows, section }: ReportTable): Row[] {
  const by = section?.newest_first;
  if (by === undefined) return rows.slice(0, TOP_ROWS);
  return rows
    .toSorted((one, other) => largestFirst(one[by] ?? null, other[by] ?? null)) // stable
    .slice(0, TOP_ROWS);
}

/** The order of two values of a column, those that are missing last. */
function largestFirst(one: Value, other: Value): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return one < other ? 1 : one > other ? -1 : 0;
}

/**
 * The columns of a section that say something: not an as-of date that only repeats the page's, and none without a value in
 * any row.
 */
function chosenColumns(table: ReportTable, report: Report, rows: readonly Row[]): ReportColumn[] {
  const chosen = table.section?.columns;
  const asked =
    chosen?.flatMap((name) => table.columns.find((column) => column.name === name) ?? []) ??
    table.columns.filter(({ name }) => name !== 'as_of_date' || rows.some((row) => row[name] !== report.asOf));
  return asked.filter(({ name }) => rows.some((row) => row[name] !== null));
}

function extent(table: ReportTable, shown: number, numbers: Numbers): Markup {
  const file = (ending: string) => `${encodeURIComponent(table.name)}.${ending}`;
  const total = amountOf(table.rowCount, 'rows', numbers);
  const words =
    table.rowCount === 0
      ? 'No rows. The empty table'
      : table.rowCount > shown
        ? `${numbers.count(shown)} of ${total}; all`
        : `${total}; also`;
  return html`<p class="more">${words} as <a href="${file('csv')}">CSV</a>, <a href="${file('parquet')}">Parquet</a> or <a href="${file('arrow')}">Arrow</a>.</p>`;
}

function definition(column: ReportColumn): Markup {
  const unit = column.unit === '' ? '' : `, ${column.unit}`;
  return html`<dt><code>${column.name}</code></dt><dd>${column.description} (${column.type}${unit})</dd>
`;
}
