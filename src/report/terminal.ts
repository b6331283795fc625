import stringWidth from 'string-width';
import type { CheckResult } from '../release/schema.js';
import { ABSENT, type Numbers, weekday } from './figure.js';
import { tilesOf, tileText } from './metrics.js';
import { absenceNote, type Row } from './report.js';

/** The parts of `report.json` that a terminal shows. */
export interface PublishedReport {
  readonly as_of: string;
  readonly time_zone: string;
  readonly provisional: boolean;
  readonly final_through: string | null;
  readonly previous: string | null;
  readonly notes: readonly string[];
  /** the metrics at the head, in their order */
  readonly cards: readonly string[];
  /** tables that questions need, and that have no data */
  readonly no_data: readonly string[];
  readonly checks?: readonly CheckResult[];
  readonly reports: readonly {
    readonly name: string;
    readonly question: string;
    readonly answer: string | null;
    readonly changes: { readonly added: number; readonly removed: number } | null;
    readonly rows: readonly Row[];
  }[];
}

const NARROWEST = 24;
const BARS = '▁▂▃▄▅▆▇█';

/**
 * A report as text: the same numbers and answers as on the page.
 * @param width columns that a line may take
 * @param bold how headings are set off; as they are, where nothing shows it
 */
export function toText(
  report: PublishedReport,
  width: number,
  numbers: Numbers,
  bold: (text: string) => string = (text) => text,
): string {
  const columns = Math.max(NARROWEST, width);
  const paragraph = (text: string, indent = '') =>
    wrapped(harmless(text), columns - indent.length).map((line) => indent + line);
  const lines = [
    ...paragraph(`${weekday(report.as_of)}, ${report.as_of}, ${report.time_zone}`).map(bold),
    ...paragraph(finality(report)),
    '',
    ...headline(report, columns, numbers),
    ...[absenceNote(report.no_data) ?? [], report.notes].flat().flatMap((note) => paragraph(note)),
    ...(report.checks ?? []).flatMap(({ check, found }) =>
      found.flatMap((each) => paragraph(`The check ${check} does not hold: ${each}.`)),
    ),
  ];
  for (const { question, answer, changes } of report.reports) {
    if (answer === null) continue;
    const since =
      changes === null
        ? ''
        : ` Since ${report.previous}: ${numbers.count(changes.added)} added, ` +
          `${numbers.count(changes.removed)} removed.`;
    lines.push('', ...paragraph(question).map(bold), ...paragraph(answer + since, '  '));
  }
  return `${lines.join('\n')}\n`;
}

function finality({ provisional, final_through }: PublishedReport): string {
  if (!provisional) return 'All numbers are final.';
  return (
    'Provisional: late rows may still come for ' +
    `${final_through === null ? 'any date' : `dates after ${final_through}`}.`
  );
}

/**
 * A line for each number: its name, value, course, and what it is compared with, as far as there is
 * room.
 */
function headline(report: PublishedReport, columns: number, numbers: Numbers): string[] {
  const tiles = tilesOf(
    report.as_of,
    report.reports.find(({ name }) => name === 'headline')?.rows ?? [],
    report.cards,
  );
  const percent = (value: unknown) =>
    typeof value === 'number' ? numbers.percent(value, 'exceptZero') : ABSENT;
  const level = (today: Row) =>
    today.previous_level === null
      ? `data since ${String(today.data_begin_date)}`
      : `${percent(today.level_change_percent)} ${String(today.level_days)} days`;
  const rows = tiles.map(({ label, unit, today, days }) => ({
    name: label,
    value: tileText(today.value, unit, numbers),
    course: sparkline(days.map(({ value }) => value)),
    against:
      `${today.week_before === null ? 'no week before' : `${percent(today.week_change_percent)} week`}, ` +
      `${level(today)}`,
  }));
  const longest = (of: (row: (typeof rows)[number]) => string) =>
    Math.max(0, ...rows.map((row) => of(row).length));
  const [names, values, against] = [
    longest((row) => row.name),
    longest((row) => row.value),
    longest((row) => row.against),
  ];
  const room = columns - names - values - 4;
  return rows.map((row) => {
    const days = Math.min(row.course.length, room - against - 2);
    const course = days < 7 ? '' : `  ${row.course.slice(-days)}`;
    const change = against + 2 > room + 2 ? '' : `  ${row.against}`;
    return `${row.name.padEnd(names)}  ${row.value.padStart(values)}${course}${change}`.trimEnd();
  });
}

/** Values as bars of one character; a blank where there is none. */
export function sparkline(values: readonly unknown[]): string {
  const most = Math.max(0, ...values.map((value) => (typeof value === 'number' ? value : 0)));
  return values
    .map((value) => {
      if (typeof value !== 'number') return ' ';
      return BARS[most === 0 ? 0 : Math.round((Math.max(0, value) / most) * (BARS.length - 1))];
    })
    .join('');
}

/** Names come from outside, and a terminal obeys control characters. */
function harmless(text: string): string {
  return text.replace(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, '�');
}

/**
 * Lines that a terminal shows in at most this many columns, broken at blanks; a wider word is
 * broken where it must.
 */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && stringWidth(`${line} ${word}`) <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = broken(word, width);
    line = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  return [...lines, line];
}

const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A word in pieces of at most this many columns, no character of it (such as an emoji of several)
 * cut in two.
 */
function broken(word: string, width: number): string[] {
  if (stringWidth(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  let taken = 0;
  for (const { segment } of CHARACTERS.segment(word)) {
    const columns = stringWidth(segment);
    if (taken + columns > width) {
      pieces.push(piece);
      piece = '';
      taken = 0;
    }
    piece += segment;
    taken += columns;
  }
  return [...pieces, piece];
}
