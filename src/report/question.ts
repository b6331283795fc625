import { answerPieces } from './answer.js';
import { drawings } from './chart/chart.js';
import { cohortTable } from './chart/cohorts.js';
import { type ChartData, chartData, inWords } from './chart/data.js';
import { legend } from './chart/series.js';
import type { Numbers } from './figure.js';
import { grid } from './grid.js';
import { html, type Markup } from './markup.js';
import type { Report, ReportColumn, ReportTable } from './report.js';

/**
 * The chart's data are told as a table up to this many rows; beyond, and always as CSV, in the
 * files of their report.
 */
const CHART_ROWS = 100;

/**
 * A section of the page without its rows, whose number depends on the room that all sections leave.
 */
export interface Framed {
  readonly table: ReportTable;
  readonly above: Markup;
  readonly below: Markup;
}

/**
 * One question: its answer as a sentence and a chart above its rows, what the columns mean and the
 * SQL below them, which the script of the page fills in.
 * @param options `written` is how many rows of the data of a chart are written
 */
export function framed(
  table: ReportTable,
  report: Report,
  options: { readonly numbers: Numbers; readonly written: number },
): Framed {
  const { numbers } = options;
  const chart = chartData(table, report.tables, numbers);
  const above = html`<h2 id="${table.name}-question">${table.question}</h2>
<p class="answer">${answer(table, numbers)}</p>
${table.changes === undefined ? '' : changed(table, report, numbers)}
${chart === undefined ? '' : figure(chart, report, options)}`;
  const below = html`<details class="columns"><summary>What the columns mean</summary>
<dl>${table.columns.map(definition)}</dl></details>
<details class="sql"><summary>The SQL behind it</summary>
<pre tabindex="0"><code>Without scripts: see report.json.</code></pre></details>`;
  return { table, above, below };
}

/** A whole section. @param rows its rows, or where they are */
export function section({ table, above, below }: Framed, rows: Markup): Markup {
  return html`<section class="card" id="${table.name}" aria-labelledby="${table.name}-question">
${above}
${rows}
${below}
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

function figure(
  chart: ChartData,
  report: Report,
  { numbers, written }: { readonly numbers: Numbers; readonly written: number },
): Markup {
  const words = inWords(chart, numbers);
  if (chart.spec.kind === 'cohorts') {
    return html`<figure class="chart">
<figcaption>${chart.title}</figcaption>
${cohortTable(chart, chart.spec, words, numbers)}</figure>`;
  }
  return html`<figure class="chart">
<figcaption>${chart.title}</figcaption>
${legend(chart.spec)}<div role="img" aria-label="${words}">
${drawings(chart, numbers, report.finalThrough)}</div>
${
  chart.spec.data === undefined || chart.rows.length > CHART_ROWS
    ? dataFiles(chart)
    : html`<details><summary>The chart as a table</summary>
${grid({ label: `Data of the chart: ${chart.title}`, columns: chart.columns, rows: chart.rows }, report, numbers, { shown: written })}</details>`
}</figure>`;
}

/**
 * Where the numbers of a chart are that has no table of its own: in the rows below it, or in the
 * files of its data.
 */
function dataFiles({ spec }: ChartData): Markup | string {
  if (spec.data === undefined) return '';
  return html`<p class="more">Its numbers as <a href="${encodeURIComponent(spec.data)}.csv">CSV</a>.</p>
`;
}

function definition({ name, description, type, unit }: ReportColumn): Markup {
  return html`<dt>${name}</dt><dd>${description} (${type}${unit === '' ? '' : `, ${unit}`})</dd>
`;
}
