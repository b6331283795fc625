import { Numbers, weekday } from './figure.js';
import { headline } from './headline.js';
import { dataBlock, html, type Markup } from './markup.js';
import { page } from './page.js';
import { quality } from './quality.js';
import { answer, type Framed, framed, section } from './question.js';
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
import { rowsOf, shareRoom, sizeOfRows, WRITTEN_ROWS } from './rows.js';

/**
 * A report as one page that needs no other file: the numbers of the day, data quality, what has
 * changed, then each question with its answer, chart, first rows, definition and SQL. It links to
 * the files of each table and to `report.json` beside it, and to the catalogue one folder up.
 */
export function toHtml(report: Report): string {
  const numbers = new Numbers(report.look.locale);
  const sections = sectionsOf(report);
  const { title, logo } = report.look;
  const notes = [absenceNote(absentTables(report)) ?? [], gapNotes(report), report.notes].flat();
  const above = html`<a class="skip" href="#content">To the content</a>
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
`;
  const below = html`</main>
<footer>All of this for programs: <a href="report.json">report.json</a>. Other dates: <a href="../index.html">all reports</a>.
Edition ${report.edition}: <code>run-job report --date ${report.asOf}</code> says which release has it.</footer>
</div>`;
  const sources = html`<div class="sources" hidden>${dataBlock(sections.map(({ sql }) => sql.trim()))}</div>`;
  const whole = (shown: readonly Markup[], written: number) =>
    page(
      `${title}, ${report.asOf}`,
      html`${above}${withoutScripts(written)}${shown}${sources}${below}`,
      report.look.accent,
    );
  return withRows(sections, report, numbers, whole);
}

/** Bytes of a page at most. */
const LARGEST_PAGE = 300_000;

/** Bytes of rows that are data, for which fewer are written. */
const ROOM_FOR_DATA = 15_000;

/** How many times smaller rows get when they are deflated, about. */
const DEFLATED = 5;

/** The page is drawn this many times at most to see how many rows fit. */
const TRIES = 4;

/** The page around its sections, whose tables have at most this many written rows. */
type Around = (shown: readonly Markup[], written: number) => string;

/**
 * The page with as many rows of its sections as leave it small enough: first those that are
 * written, then those that are data.
 */
function withRows(
  sections: readonly ReportTable[],
  report: Report,
  numbers: Numbers,
  whole: Around,
): string {
  const [most, ...fewer] = WRITTEN_ROWS;
  let drawable = drawnWith(most);
  for (const written of fewer) {
    if (Buffer.byteLength(drawable.least) <= LARGEST_PAGE - ROOM_FOR_DATA) break;
    drawable = drawnWith(written);
  }
  return fullest(drawable);

  function drawnWith(written: number): Drawable {
    const frames = sections.map((table) => framed(table, report, { numbers, written }));
    const pageOf = (room: number) => {
      const rooms = shareRoom(sections, { written, room });
      const rows = ({ table }: Framed) =>
        rowsOf(table, report, { numbers, written, room: rooms.get(table) ?? 0 });
      return whole(
        frames.map((frame) => section(frame, rows(frame))),
        written,
      );
    };
    return { pageOf, least: pageOf(0), size: sizeOfRows(sections, written) };
  }
}

/** A page by the bytes of rows that are data, the one without any, and the bytes of all of them. */
interface Drawable {
  readonly pageOf: (room: number) => string;
  readonly least: string;
  readonly size: number;
}

function fullest({ pageOf, least, size }: Drawable): string {
  const left = LARGEST_PAGE - Buffer.byteLength(least);
  let best = least;
  for (let tried = 0, room = left * DEFLATED; tried < TRIES && room > 0; tried++) {
    const drawn = pageOf(room);
    const taken = Buffer.byteLength(drawn) - Buffer.byteLength(least);
    if (taken <= left && drawn.length > best.length) best = drawn;
    if (taken <= left && (taken > 0.9 * left || room >= size)) break;
    room = Math.floor((0.96 * room * left) / taken);
  }
  return best;
}

/** What is missing where scripts do not run. */
function withoutScripts(written: number): Markup {
  return html`<noscript><p class="more">Without scripts, tables show their first ${written} rows. Their CSV files hold all of them, and report.json the SQL.</p></noscript>
`;
}

/** What is provisional, in a sentence. */
function finality(report: Report): Markup {
  if (!isProvisional(report, report.asOf)) return html`<span>All numbers are final.</span>`;
  const open =
    report.finalThrough === null
      ? 'any date: too few exports are there to tell'
      : `dates after ${report.finalThrough}`;
  return html`<span class="open">Provisional: late rows may still come for ${open}.</span>`;
}

/** What came for dates that were reported before. */
function changes({ previous, restated, restatedSince, asOf }: Report): Markup | string {
  const lines = [
    ...restated.map(
      (each) => `Since the report of ${previous}, ${each.table} brought rows for ${span(each)}.`,
    ),
    ...restatedSince.map(
      (each) =>
        `After ${asOf}, ${each.table} brought rows for ${span(each)}; they are counted here.`,
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
          (
            table,
          ) => html`<li><a href="#${table.name}">${table.question}</a> <span>${answer(table, numbers)}</span></li>
`,
        )}</ol>`,
  )}</nav>`;
}
