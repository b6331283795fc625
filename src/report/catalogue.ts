import { html } from './markup.js';
import { page } from './page.js';

const WEEKDAY = new Intl.DateTimeFormat('en-US', { weekday: 'short', timeZone: 'UTC' });
const MONTH = new Intl.DateTimeFormat('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/**
 * The page over all as-of dates (`YYYY-MM-DD`, in any order), the newest first. Links are relative, `<date>/report.html`.
 */
export function catalogue(dates: readonly string[]): string {
  const newestFirst = [...new Set(dates)].sort().reverse();
  const months = [...new Set(newestFirst.map((date) => date.slice(0, 7)))];
  const [latest] = newestFirst;
  const body = html`<div class="frame">
<header>
<p class="brand">Dayfold</p>
<h1>Reports</h1>
<p class="when">${
    latest === undefined
      ? 'There are none yet.'
      : html`The latest is as of <a href="${latest}/report.html">${latest}</a>.`
  }</p>
</header>
<main>
${months.map(
  (month) => html`<section class="card">
<h2>${MONTH.format(new Date(`${month}-01T00:00:00Z`))}</h2>
<ul class="dates">
${newestFirst
  .filter((date) => date.startsWith(month))
  .map(
    (
      date,
    ) => html`<li><a href="${date}/report.html">${date}</a> <span>${WEEKDAY.format(new Date(`${date}T00:00:00Z`))}</span></li>
`,
  )}</ul>
</section>
`,
)}
</main>
</div>`;
  return page('Dayfold reports', body);
}
