import type { Numbers } from '../figure.js';
import { html, type Markup } from '../markup.js';
import type { Row } from '../report.js';
import type { ChartOf } from './canvas.js';
import { byDate, type ChartData, figureOf } from './data.js';

/** Steps of colour from none to all. */
const STEPS = 10;

/**
 * A share by cohort and by weeks since then, as a table whose cells are shaded; those of weeks that
 * are not over are outlined.
 */
export function cohortTable(
  data: ChartData,
  spec: ChartOf<'cohorts'>,
  label: string,
  numbers: Numbers,
): Markup {
  const { row, column, y, complete, size } = spec;
  const weeks = Array.from(
    { length: 1 + Math.max(...data.rows.map((each) => Number(each[column]))) },
    (_, i) => i,
  );
  const cohorts = new Map<string, Row[]>();
  for (const each of byDate(data.rows, row)) {
    cohorts.set(String(each[row]), [...(cohorts.get(String(each[row])) ?? []), each]);
  }
  const cell = (each: Row | undefined) => {
    if (each === undefined) return html`<td></td>`;
    const share = Number(each[y]);
    const look = each[complete] === true ? `s${Math.round((share / 100) * STEPS)}` : 'so';
    return html`<td class="${look}">${numbers.count(Math.round(share))}</td>`;
  };
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
<table class="cohorts">
<thead><tr><th scope="col">Week from</th><th scope="col" class="n">Users</th>${weeks.map((week) => html`<th scope="col">${week}</th>`)}</tr></thead>
<tbody>
${[...cohorts].map(
  ([
    cohort,
    own,
  ]) => html`<tr><th scope="row" class="fixed">${cohort}</th><td class="n">${figureOf(data, own[0], size, numbers)}</td>${weeks.map((week) => cell(own.find((each) => Number(each[column]) === week)))}</tr>
`,
)}</tbody>
</table>
</div>`;
}
