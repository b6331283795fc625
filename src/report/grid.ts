import { ABSENT, type Figure, heading, type Numbers, unitBeside, weekday } from './figure.js';
import { dataBlock, html, type Markup } from './markup.js';
import {
  cellOf,
  isAmount,
  isProvisional,
  type Report,
  type ReportColumn,
  type Row,
} from './report.js';

/** A column with a text of more characters than this is given the room for sentences. */
const LONG_TEXT = 30;

/** Texts of up to as many characters are kept on one line. */
const SHORT_TEXT = 16;

export interface Grid {
  readonly label: string;
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly Row[];
}

export interface GridOptions {
  /** what stands for a missing value, by column; a dash unless set */
  readonly missing?: Readonly<Record<string, string>>;
  /**
   * this many rows are written; the others are data, which the script of the page shows, sorts and
   * filters
   */
  readonly shown?: number;
}

/**
 * A table of rows, every value as people read it; what is rounded or put in words keeps its exact
 * value beside it.
 */
export function grid(
  { label, columns, rows }: Grid,
  report: Pick<Report, 'finalThrough'>,
  numbers: Numbers,
  { missing = {}, shown = rows.length }: GridOptions = {},
): Markup {
  const filled = columns.map((column): Filled => {
    const values = rows.map((row) => cellOf(row, column));
    const figures = numbers.figures(column, values);
    const longest = Math.max(0, ...figures.map(({ text }) => text.length));
    return { column, figures, look: lookOf(column, longest), missing: missing[column.name] };
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
<table>
<thead><tr>${filled.map(columnHeading)}</tr></thead>
<tbody>
${rows.slice(0, shown).map(
  // the end tags of cells and rows are left out, as HTML allows: there are thousands
  (_, row) => html`<tr>${filled.map((each) => cell(each, each.figures[row] as Figure, report))}
`,
)}</tbody>
</table>
${rows.length > shown ? dataBlock(filled.map((each) => each.figures.slice(shown).map((figure) => datum(figure, each.missing)))) : ''}</div>`;
}

/** A column with its figures, one for each row. */
interface Filled {
  readonly column: ReportColumn;
  readonly figures: readonly Figure[];
  /** its class: an amount, kept on one line, or with the room of names or of sentences */
  readonly look: 'n' | 'fixed' | 'text' | 'words';
  /** what stands for a missing value; a dash unless set */
  readonly missing: string | undefined;
}

/** A cell as data: its text, and where they differ its exact value. */
type Datum = string | readonly [text: string, exact: string];

/**
 * What `cell` writes, as data; the script adds weekdays to dates, and whether they are provisional.
 */
function datum({ text, exact }: Figure, missing: string | undefined): Datum {
  if (text === ABSENT && missing !== undefined) return [missing, ''];
  return exact === undefined ? text : [text, exact];
}

function columnHeading({ column, look }: Filled): Markup {
  const unit = unitBeside(column);
  return html`<th class="${look}" data-name="${column.name}">${heading(column)}${
    unit === '' ? '' : html`<small> ${unit}</small>`
  }</th>`;
}

function cell(
  { column, look, missing }: Filled,
  { text, exact }: Figure,
  { finalThrough }: Pick<Report, 'finalThrough'>,
): Markup {
  if (text === ABSENT && missing !== undefined) {
    return html`<td class="${look}" data-v="">${missing}`;
  }
  if (column.name === 'event_date' && text !== ABSENT) {
    // where all is provisional, the head of the page says so
    const isOpen = finalThrough !== null && isProvisional({ finalThrough }, text);
    return html`<td class="${look}">${text} <small>${weekday(text).slice(0, 3)}</small>${
      isOpen ? html` <small class="open">prov.</small>` : ''
    }`;
  }
  if (exact !== undefined) return html`<td class="${look}" data-v="${exact}">${text}`;
  // Isolated, so that right-to-left text does not turn its neighbours around.
  return html`<td class="${look}">${column.type === 'text' ? html`<bdi>${text}</bdi>` : text}`;
}

function lookOf(column: ReportColumn, longest: number): Filled['look'] {
  if (isAmount(column)) return 'n';
  if (longest > LONG_TEXT) return 'words';
  return column.type === 'text' && longest > SHORT_TEXT ? 'text' : 'fixed';
}
