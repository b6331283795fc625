import { Numbers, weekday } from './figure.js';
import { headline } from './headline.js';
import { html, type Markup } from './markup.js';
import { page } from './page.js';
import { quality } from './quality.js';
import { answer, explanations, framed, section } from './question.js';
import {
  absenceNote,
  absentTables,
  gapNotes,
  isProvisional,
  isSegment,
  type Report,
  type ReportTable,
  type Restated,
  sectionsOf,
} from './report.js';
import { rowsOf, shareRoom } from './rows.js';
import { SCRIPT } from './script.js';
import { style } from './style.js';

/**
 * A report as one page that needs no other file: the numbers of the day, data quality, what has changed, then each
 * question with its answer, chart, first rows, definition and SQL. It links to the files of each table and to
 * `report.json` beside it, and to the catalogue one folder up.
 */
export function toHtml(report: Report): string {
  const numbers = new Numbers(report.look.locale);
  const sections = sectionsOf(report);
  const { title, logo } = report.look;
  const notes = [absenceNote(absentTables(report)) ?? [], gapNotes(report), report.notes].flat();
  const body = html`<a class="skip" href="#content">To the content</a>
<div class="frame">
<header>
<p class="brand"><a href="../index.html">${logo === null ? '' : html`<img src="${logo}" alt="" height="24"> `}${title}</a></p>
<h1>${weekday(report.asOf)}, <span class="date">${report.asOf}</span></h1>
<p class="when">The day ended at midnight, ${report.timeZone}. ${finality(report)}${
    report.previous === null
      ? ''
      : html` <a rel="prev" href="../${report.previous}/report.html">Report of ${report.previous}</a>`
  }${report.next === null ? '' : html` <a rel="next" href="../${report.next}/report.html">Report of ${report.next}</a>`}</p>
</header>
<main id="content" data-final="${report.finalThrough ?? ''}">
${headline(report, numbers)}
${quality(report, numbers)}
${notes.length === 0 ? '' : html`<ul class="notes" aria-label="To know first">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${changes(report)}
${sections.length === 0 ? html`<p class="none">There are no reports.</p>` : contents(sections, numbers)}
${sectionsWithRows(sections, report, numbers)}
</main>
${explanations(sections)}
<footer>All of this for programs: <a href="report.json">report.json</a>. Other dates: <a href="../index.html">all reports</a>.
Edition ${report.edition}: <code>run-job report --date ${report.asOf}</code> says which release has it.</footer>
</div>`;
  return page(`${title}, ${report.asOf}`, body, report.look.accent);
}

/** Bytes of a page at most, less what its numbers of rows and its frame take. */
const LARGEST_PAGE = 292_000;

/** The sections, each with as many of its rows as leave the page small enough. */
function sectionsWithRows(sections: readonly ReportTable[], report: Report, numbers: Numbers): Markup[] {
  const frames = sections.map((table) => framed(table, report, numbers));
  const sectionsIn = (room: number) => {
    const rooms = shareRoom(sections, room);
    return frames.map((frame) =>
      section(frame, rowsOf(frame.table, report, { numbers, room: rooms.get(frame.table) ?? 0 })),
    );
  };
  const first = sectionsIn(0);
  const others = [
    headline(report, numbers),
    quality(report, numbers),
    contents(sections, numbers),
    explanations(sections),
    style(report.look.accent),
    SCRIPT,
  ];
  const taken = sizeOf([...first, ...others]);
  const left = LARGEST_PAGE - taken;
  // rows are packed; how much that saves is known afterwards
  for (const saved of [2.8, 2, 1.4]) {
    const all = sectionsIn(left * saved);
    if (sizeOf(all) - sizeOf(first) <= left) return all;
  }
  return sectionsIn(left);
}

function sizeOf(pieces: readonly (Markup | string)[]): number {
  return pieces.reduce((sum, each) => sum + Buffer.byteLength(each.toString()), 0);
}

/** What is provisional, in a sentence. */
function finality(report: Report): Markup {
  if (!isProvisional(report, report.asOf)) return html`<span>All numbers are final.</span>`;
  const open =
    report.finalThrough === null ? 'any date: too few exports are there to tell' : `dates after ${report.finalThrough}`;
  return html`<span class="open">Provisional: late rows may still come for ${open}.</span>`;
}

/** What came for dates that were reported before. */
function changes({ previous, restated, restatedSince, asOf }: Report): Markup | string {
  const lines = [
    ...restated.map((each) => `Since the report of ${previous}, ${each.table} brought rows for ${span(each)}.`),
    ...restatedSince.map(
      (each) => `After ${asOf}, ${each.table} brought rows for ${span(each)}; they are counted here.`,
    ),
  ];
  if (lines.length === 0) return '';
  return html`<section class="changes" aria-label="Restated">
<details><summary><strong>Restated:</strong> rows came late or were corrected, and earlier dates have new numbers</summary>
<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></details>
</section>`;
}

function span({ dates }: Restated): string {
  if (dates.length < 4) return dates.join(', ');
  return `${dates.length} dates, ${dates[0]} to ${dates.at(-1)}`;
}

function contents(tables: readonly ReportTable[], numbers: Numbers): Markup {
  const groups = [
    { title: 'Questions', chosen: tables.filter((table) => !isSegment(table)) },
    { title: 'Lists to act on', chosen: tables.filter(isSegment) },
  ];
  return html`<nav class="contents" aria-label="Contents">${groups.map(({ title, chosen }) =>
    chosen.length === 0
      ? ''
      : html`<h2>${title}</h2>
<ol>${chosen.map(
          (table) => html`<li><a href="#${table.name}">${table.question}</a> <span>${answer(table, numbers)}</span></li>
`,
        )}</ol>`,
  )}</nav>`;
}
