import { addDays, datesBetween } from '../dates.js';
import { drawings } from './chart/chart.js';
import { type ChartData, inWords } from './chart/data.js';
import { Numbers } from './figure.js';
import { grid } from './grid.js';
import { html, type Markup } from './markup.js';
import { page } from './page.js';
import type { Branding, ReportColumn, Row } from './report.js';

const MONTH = new Intl.DateTimeFormat('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** What the last year's trend on the catalogue shows; a row for each date with data. */
const TREND_COLUMNS: readonly ReportColumn[] = [
  { name: 'event_date', type: 'date', unit: '', description: 'business date' },
  {
    name: 'activities',
    type: 'integer',
    unit: 'activities',
    description: 'activities of the date',
  },
  {
    name: 'week_average',
    type: 'double',
    unit: 'activities',
    description: 'mean of the date and the six before it',
  },
];

/**
 * The page over all as-of dates (`YYYY-MM-DD`, in any order): the trend of the last year, then each
 * month as a calendar, the newest first, with a link for each report and a stroke through dates
 * that have none. Links are relative, `<date>/report.html`.
 */
export function catalogue(dates: readonly string[], trend: readonly Row[], look: Branding): string {
  const numbers = new Numbers(look.locale);
  const all = [...new Set(dates)].sort();
  const [first, latest] = [all[0], all.at(-1)];
  const missing = first === undefined || latest === undefined ? [] : missingIn(all, first, latest);
  const months = [...new Set(all.map((date) => date.slice(0, 7)))].reverse();
  const body = html`<div class="frame">
<header>
<p class="brand">${look.logo === null ? '' : html`<img src="${look.logo}" alt="" height="24"> `}${look.title}</p>
<h1>Reports</h1>
<p class="when">${
    latest === undefined
      ? 'There are none yet.'
      : html`The latest is as of <a href="${latest}/report.html">${latest}</a>.`
  } ${missing.length === 0 ? '' : html`<span class="open">${gaps(missing)}</span>`}</p>
</header>
<main>
${trend.length === 0 ? '' : trendFigure(trend, numbers)}
<div class="months">
${months.map((month) => calendarOf(month, new Set(all), first ?? '', latest ?? ''))}</div>
</main>
</div>`;
  return page(`${look.title}: reports`, body, look.accent);
}

/**
 * The days that have data, and the mean of each and the six before it where all seven have. Pure.
 * @param absent dates without an export
 */
export function withMeans(days: readonly Row[], absent: readonly string[]): Row[] {
  const [first, lacking] = [days[0], new Set(absent)];
  const amounts = new Map(days.map((day) => [String(day.event_date), Number(day.activities)]));
  return days
    .filter((day) => Number(day.activities) > 0 || !lacking.has(String(day.event_date)))
    .map((day) => {
      const last = String(day.event_date);
      const week = datesBetween(addDays(last, -6), last);
      const isWhole = String(first?.event_date) <= addDays(last, -6);
      const isKnown = isWhole && !week.some((date) => lacking.has(date));
      const sum = week.reduce((total, date) => total + (amounts.get(date) ?? 0), 0);
      return { ...day, week_average: isKnown ? sum / 7 : null };
    });
}

function missingIn(all: readonly string[], first: string, latest: string): string[] {
  const known = new Set(all);
  return datesBetween(first, latest).filter((date) => !known.has(date));
}

function gaps(missing: readonly string[]): string {
  const shown = missing.slice(-5).join(', ');
  if (missing.length === 1) return `There is no report for ${shown}.`;
  return `There is no report for ${missing.length} dates between the first and the latest${
    missing.length > 5 ? `, the last of them ${shown}` : `: ${shown}`
  }.`;
}

function trendFigure(rows: readonly Row[], numbers: Numbers): Markup {
  const data: ChartData = {
    title: '',
    spec: {
      kind: 'trend',
      title: '',
      where: {},
      x: 'event_date',
      y: 'activities',
      mean: 'week_average',
    },
    columns: TREND_COLUMNS,
    rows,
    marks: [],
  };
  const title =
    `Activities a day, and their mean over seven days, ${String(rows[0]?.event_date)} to ` +
    `${String(rows.at(-1)?.event_date)}`;
  const newestFirst = {
    label: 'Activities by date',
    columns: TREND_COLUMNS,
    rows: rows.toReversed(),
  };
  return html`<section class="card" aria-label="The last year">
<figure class="chart"><figcaption>${title}</figcaption>
<div role="img" aria-label="${inWords(data, numbers)}">
${drawings(data, numbers, null)}</div>
<details><summary>The chart as a table</summary>
${grid(newestFirst, { finalThrough: '9999-12-31' }, numbers)}</details>
</figure></section>`;
}

function calendarOf(
  month: string,
  known: ReadonlySet<string>,
  first: string,
  latest: string,
): Markup {
  const begin = `${month}-01`;
  const days = new Date(
    Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0),
  ).getUTCDate();
  const column = ((new Date(`${begin}T00:00:00Z`).getUTCDay() + 6) % 7) + 1;
  const dates = datesBetween(begin, `${month}-${String(days).padStart(2, '0')}`);
  return html`<section class="card month">
<h2>${MONTH.format(new Date(`${begin}T00:00:00Z`))}</h2>
<ol>${dates.map((date, i) => html`<li class="${i === 0 ? `from${column}` : ''}">${day(date, known, first, latest)}</li>`)}</ol>
</section>
`;
}

function day(date: string, known: ReadonlySet<string>, first: string, latest: string): Markup {
  const number = String(Number(date.slice(8)));
  if (known.has(date))
    return html`<a href="${date}/report.html" aria-label="${date}">${number}</a>`;
  if (date < first || date > latest) return html`<i>${number}</i>`;
  return html`<s title="no report"><span class="hidden">no report for </span>${number}</s>`;
}
