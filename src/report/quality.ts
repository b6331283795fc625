import type { WindowLine } from '../release/ledger.js';
import type { CheckResult } from '../release/schema.js';
import { amountOf } from './answer.js';
import { ABSENT, type Numbers } from './figure.js';
import { html, type Markup } from './markup.js';
import type { Report } from './report.js';

type Said = Pick<Report, 'ledger' | 'drift' | 'newest' | 'checks' | 'tables'>;

/** Data quality in one line that adds up, which opens to the ledger and the checks. */
export function quality(
  { ledger, drift, newest, checks, tables }: Said,
  numbers: Numbers,
): Markup | string {
  if (ledger.length === 0) return '';
  const rows = ledger.map(
    (line) => html`<tr><th scope="row">${line.table}</th>${amounts(line).map(
      (amount) =>
        html`<td class="n" data-v="${amount ?? ''}">${amount === null ? ABSENT : numbers.count(amount)}</td>`,
    )}<td class="fixed">${newest[line.table] ?? ABSENT}</td><td class="words">${breakable(rules(line, numbers))}</td></tr>
`,
  );
  return html`<section class="quality" aria-label="Data quality">
<details>
<summary><strong>Data quality:</strong> ${balance(ledger, numbers)}; ${freshness(newest)}${verdict(checks)}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Ledger">
<table>
<thead><tr><th scope="col">Table</th><th scope="col" class="n">Read</th><th scope="col" class="n">Kept</th>
<th scope="col" class="n">Duplicates</th><th scope="col" class="n">Repeated</th><th scope="col" class="n">Quarantined</th>
<th scope="col" class="n">Conflicts</th><th scope="col">Newest export</th><th scope="col">Quarantined by rule</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>
<p class="more">Read = kept + duplicates + repeated + quarantined, over the long window. A row counts at its own date, whichever export
brought it; a repeated or quarantined record counts at the date of its export. Conflicts are repeated rows and duplicates whose content
differs; the latest one wins. Of tables without dates the records of the exports dated in the window are counted.</p>
${unknowns(tables, numbers)}${
  drift.length === 0
    ? ''
    : html`<p>Exports whose columns are not as in the one before:</p>
<ul>${drift.map((each) => html`<li>${each}</li>`)}</ul>
`
}${broken(checks)}</details>
</section>`;
}

function amounts(line: WindowLine): (number | null)[] {
  const { read, records, kept, duplicates, repeated, conflicts } = line;
  return [read ?? records, kept, duplicates, repeated, refused(line), conflicts];
}

function refused(line: WindowLine): number {
  return Object.values(line.quarantined).reduce((sum, rows) => sum + rows, 0);
}

/** What became of the records of the tables that have dates: the parts add up to what was read. */
function balance(ledger: readonly WindowLine[], numbers: Numbers): string {
  const dated = ledger.filter(({ read }) => read !== null);
  const total = (amount: (line: WindowLine) => number | null | undefined) =>
    dated.reduce((sum, line) => sum + (amount(line) ?? 0), 0);
  const others = [
    { words: 'unchanged', rows: total(({ unchanged }) => unchanged) },
    { words: 'without a row', rows: total(({ skipped }) => skipped) },
    { words: 'more rows than records', rows: -total(({ added }) => added) },
  ].filter(({ rows }) => rows !== 0);
  const parts = [
    { words: 'kept', rows: total(({ kept }) => kept) },
    { words: 'duplicates', rows: total(({ duplicates }) => duplicates) },
    { words: 'repeated', rows: total(({ repeated }) => repeated) },
    { words: 'quarantined', rows: total(refused) },
    ...others,
  ].map(
    ({ words, rows }, i) =>
      `${i === 0 ? '' : rows < 0 ? '− ' : '+ '}${numbers.count(Math.abs(rows))} ${words}`,
  );
  const rest = ledger
    .filter(({ kept, records }) => kept === null && records > 0)
    .map(({ table }) => table);
  const read = amountOf(
    total(({ read }) => read),
    'records',
    numbers,
  );
  return (
    `${read} read = ` +
    `${parts.join(' ')}${rest.length === 0 ? '' : ` (without ${rest.join(' and ')})`}`
  );
}

/** The rows without a name, which count as no feature and no kind of activity. */
function unknowns(tables: Report['tables'], numbers: Numbers): Markup | string {
  const rows = tables.find(({ name }) => name === 'unknown_names')?.rows ?? [];
  const found = rows.filter((row) => Number(row.unknown_rows) > 0);
  if (found.length === 0) return '';
  const words = found.map(
    (row) =>
      `${numbers.count(Number(row.unknown_rows))} of ` +
      `${amountOf(Number(row.rows), 'rows', numbers)} of ${row.table_name}`,
  );
  return html`<p class="more">Without a name: ${words.join(', ')}. They count as no feature and no kind of activity.</p>
`;
}

/** The newest export of the table that lags most, and its date. */
function freshness(newest: Report['newest']): Markup {
  const dates = Object.entries(newest).sort(([, one], [, other]) =>
    one < other ? -1 : one > other ? 1 : 0,
  );
  const [oldest, latest] = [dates[0], dates.at(-1)];
  if (oldest === undefined || latest === undefined) return html`no exports yet`;
  if (oldest[1] === latest[1]) return html`newest exports ${date(latest[1])}`;
  return html`newest exports ${date(latest[1])}, of ${oldest[0]} ${date(oldest[1])}`;
}

/** How many checks there are, and which do not hold. */
function verdict(checks: readonly CheckResult[]): Markup | string {
  if (checks.length === 0) return '';
  const names = checks.filter(({ violations }) => violations > 0).map(({ check }) => check);
  if (names.length === 0) return html`; all ${checks.length} checks hold`;
  return html`; <strong>${names.length} of ${checks.length} checks ${names.length === 1 ? 'does' : 'do'} not hold: ${names.join(', ')}</strong>`;
}

function broken(checks: readonly CheckResult[]): Markup | string {
  const found = checks.flatMap(({ check, found }) =>
    found.map(
      (phrase) => html`<li>${check}: ${phrase}</li>
`,
    ),
  );
  if (found.length === 0) return '';
  return html`<p class="more">Checks that do not hold:</p>
<ul class="more">
${found}</ul>
`;
}

function date(text: string): Markup {
  return html`<span class="date">${text}</span>`;
}

/** A text whose long names may be broken after an underscore. */
function breakable(text: string): Markup[] {
  return text.split('_').map((part, i) => (i === 0 ? html`${part}` : html`_<wbr>${part}`));
}

function rules(line: WindowLine, numbers: Numbers): string {
  const counted = Object.entries(line.quarantined).filter(([, rows]) => rows > 0);
  counted.sort(([one, rows], [other, more]) => more - rows || (one < other ? -1 : 1));
  const words = counted.map(([rule, rows]) => `${rule} ${numbers.count(rows)}`);
  const { added = 0, skipped = 0 } = line;
  if (added > 0) words.push(`${numbers.count(added)} rows more, for records that are several`);
  if (skipped > 0) words.push(`${numbers.count(skipped)} records that give no row`);
  return words.length === 0 ? ABSENT : words.join(', ');
}
