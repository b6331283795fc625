import { html, type Markup } from '../report/markup.js';
import { page } from '../report/page.js';
import type { Branding } from '../report/report.js';
import { WallClock } from '../wall_clock.js';
import type { NightRecord } from './history.js';
import type { TableState, WorkerStatus } from './worker.js';

/**
 * How the worker is, for the person on call: what is in the way, the last night and the next one,
 * how fresh each table is, and links to the reports. Times are those of the schedule's zone.
 */
export function statusPage(
  status: WorkerStatus,
  { title, accent }: Pick<Branding, 'title' | 'accent'>,
): string {
  const { schedule, running, release, problem, nights } = status;
  const clock = new WallClock(schedule.time_zone);
  const at = (time: string) =>
    html`<time class="fixed" datetime="${time}">${new Date(clock.at(new Date(time))).toISOString().slice(0, 16).replace('T', ' ')}</time>`;
  const body = html`<div class="frame">
<header>
<p class="brand">${title}</p>
<h1>Worker</h1>
<p class="when">All times are those of ${schedule.time_zone}.</p>
</header>
<main>
${problem === null ? '' : html`<ul class="notes" aria-label="To know first"><li>No night can begin: ${problem}</li></ul>`}
<section class="card" aria-label="Nights">
<dl>
<dt>Last night</dt><dd>${nights[0] === undefined ? 'none yet' : lastNight(nights[0], at)}</dd>
<dt>Running now</dt><dd>${running === null ? 'none' : html`as of ${running.as_of}, since ${at(running.started_at)}`}</dd>
<dt>Next night</dt><dd>${at(schedule.next_run)}, by the schedule <code class="fixed">${schedule.cron}</code></dd>
<dt>Release</dt><dd>${
    release === null
      ? 'none yet'
      : html`${release.number}, live since ${at(release.published_at)}: ${release.as_of === null ? '' : html`${reportOf(release.as_of, `report of ${release.as_of}`)}, `}<a href="reports/index.html">all reports</a>`
  }</dd>
</dl>
</section>
${release === null ? '' : tablesOf(release.tables)}
${release === null ? '' : checksOf(release.checks)}
<section class="card">
<h2>The last nights</h2>
<div class="scroll" tabindex="0" role="region" aria-label="The last nights">
<table>
<thead><tr><th scope="col">As of</th><th scope="col">Started</th><th scope="col" class="n">Took</th><th scope="col">Result</th><th scope="col" class="n">Release</th></tr></thead>
<tbody>
${nights.map((night) => row(night, at))}</tbody>
</table>
</div>
${nights.length === 0 ? html`<p class="none">No night has run yet.</p>` : ''}
</section>
</main>
<footer>All of this for programs: <a href="status">status</a>, <a href="metrics">metrics</a>.</footer>
</div>`;
  return page(`${title}: worker`, body, accent);
}

type At = (time: string) => Markup;

function reportOf(asOf: string, words: string): Markup {
  return html`<a class="fixed" href="${`reports/${asOf}/report.html`}">${words}</a>`;
}

function hasReport({ result }: NightRecord): boolean {
  return result === 'published' || result === 'unchanged';
}

function resultOf({ result, exit_code, error }: NightRecord): string {
  return error === null ? result : `${result} (${exit_code ?? 'killed'}): ${error}`;
}

function lastNight(night: NightRecord, at: At): Markup {
  const words = html`as of ${hasReport(night) ? reportOf(night.as_of, night.as_of) : night.as_of}, ${at(night.started_at)}: `;
  return html`${words}${night.result === 'failed' ? html`<strong>${resultOf(night)}</strong>` : resultOf(night)}`;
}

function row(night: NightRecord, at: At): Markup {
  const { as_of, started_at, seconds, release } = night;
  const date = hasReport(night) ? reportOf(as_of, as_of) : as_of;
  return html`<tr><td class="fixed">${date}</td><td class="fixed">${at(started_at)}</td><td class="n">${tookOf(seconds)}</td><td class="words">${resultOf(night)}</td><td class="n">${release ?? ''}</td></tr>
`;
}

/** A length of time, such as 3.4 s or 1 h 5 min. */
function tookOf(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function tablesOf(tables: readonly TableState[]): Markup {
  const rows = tables.map(({ table, newest_export, records, quarantined }) => {
    const rules = Object.entries(quarantined).sort(([, one], [, other]) => other - one);
    const refused = rules.reduce((sum, [, rows]) => sum + rows, 0);
    const share = records === 0 ? '' : `${((100 * refused) / records).toFixed(1)} %`;
    const most = rules[0] === undefined || rules[0][1] === 0 ? '' : rules[0][0];
    return html`<tr><th scope="row">${table}</th><td class="fixed">${newest_export ?? 'none yet'}</td><td class="n">${records.toLocaleString('en')}</td><td class="n">${refused.toLocaleString('en')}</td><td class="n">${share}</td><td class="words">${most}</td></tr>
`;
  });
  return html`<section class="card">
<h2>Tables</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Tables">
<table>
<thead><tr><th scope="col">Table</th><th scope="col">Newest export</th><th scope="col" class="n">Records</th><th scope="col" class="n">Refused</th><th scope="col" class="n">Share</th><th scope="col">Most often by</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>
</section>`;
}

function checksOf(checks: NonNullable<WorkerStatus['release']>['checks']): Markup {
  if (checks.length === 0)
    return html`<section class="card"><h2>Checks</h2><p class="none">All checks hold.</p></section>`;
  const found = checks.flatMap(({ check, severity, found }) =>
    found.map(
      (phrase) => html`<li>${severity} ${check}: ${phrase}</li>
`,
    ),
  );
  return html`<section class="card">
<h2>Checks that do not hold</h2>
<ul>
${found}</ul>
</section>`;
}
