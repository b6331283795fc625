import { html, type Markup } from '../report/markup.js';
import { page } from '../report/page.js';
import type { Look } from '../report/report.js';
import type { NightRecord } from './history.js';
import type { WorkerStatus } from './worker.js';

/** How the worker is, for whoever is on call: what is in the way, the last nights, and links to their reports. */
export function statusPage(status: WorkerStatus, { title, accent }: Pick<Look, 'title' | 'accent'>): string {
  const { schedule, running, release, problem, nights } = status;
  const body = html`<div class="frame">
<header>
<p class="brand">${title}</p>
<h1>Worker</h1>
<p class="when">${running === null ? 'No night is running.' : `The night of ${running.as_of} is running since ${running.started_at}.`}
The schedule (${schedule.cron}, ${schedule.time_zone}) fires next at <strong>${schedule.next_run}</strong>.
${release === null ? 'There is no release yet.' : html`Release ${release.number} is live since ${release.published_at}: <a href="reports/index.html">all reports</a>.`}</p>
</header>
<main>
${problem === null ? '' : html`<ul class="notes" aria-label="To know first"><li>No night can begin: ${problem}</li></ul>`}
<div class="scroll" tabindex="0" role="region" aria-label="The last nights">
<table>
<thead><tr><th scope="col">As of</th><th scope="col">Started</th><th scope="col" class="n">Seconds</th><th scope="col">Result</th><th scope="col" class="n">Release</th></tr></thead>
<tbody>
${nights.map(row)}</tbody>
</table>
</div>
</main>
<footer>All of this for programs: <a href="status">status</a>, <a href="metrics">metrics</a>.</footer>
</div>`;
  return page(`${title}: worker`, body, accent);
}

function row({ as_of, started_at, seconds, result, release, exit_code, error }: NightRecord): Markup {
  const hasReport = result === 'published' || result === 'unchanged';
  const date = hasReport ? html`<a href="${`reports/${as_of}/report.html`}">${as_of}</a>` : as_of;
  const words = error === null ? result : `${result} (${exit_code ?? 'killed'}): ${error}`;
  return html`<tr><td class="fixed">${date}</td><td class="fixed">${started_at}</td><td class="n">${seconds.toFixed(1)}</td><td class="words">${words}</td><td class="n">${release ?? ''}</td></tr>
`;
}
