import type { CheckResult } from '../release/check_results.js';
import type { WindowLine } from '../release/ledger.js';
import { ABSENT, type Numbers } from './figure.js';
import { html, type Markup } from './markup.js';
import type { Report } from './report.js';

/** Data quality in one line, which opens to the ledger and the checks. */
export function quality(
  { ledger, drift, newest, checks }: Pick<Report, 'ledger' | 'drift' | 'newest' | 'checks'>,
  numbers: Numbers,
): Markup | string {
  if (ledger.length === 0) return '';
  const total = (amount: (line: WindowLine) => number) =>
    numbers.count(ledger.reduce((sum, line) => sum + amount(line), 0));
  const rows = ledger.map(
    (line) => html`<tr><th scope="row">${line.table}</th>${amounts(line).map(
      (amount) => html`<td class="n" data-v="${amount ?? ''}">${amount === null ? ABSENT : numbers.count(amount)}</td>`,
    )}<td class="fixed">${newest[line.table] ?? ABSENT}</td><td class="words">${rules(line, numbers)}</td></tr>
`,
  );
  return html`<section class="quality" aria-label="Data quality">
<details>
<summary><strong>Data quality:</strong> ${total((line) => line.records)} records read in the window, ${total(refused)} quarantined;
${kept(ledger, numbers)}; ${freshness(newest)}${verdict(checks)}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Ledger">
<table>
<thead><tr><th scope="col">Table</th><th scope="col" class="n">Records</th><th scope="col" class="n">Quarantined</th>
<th scope="col" class="n">Repeated</th><th scope="col" class="n">Staged</th><th scope="col" class="n">Duplicates</th><th scope="col" class="n">Kept</th>
<th scope="col" class="n">Conflicts</th><th scope="col">Newest export</th><th scope="col">Quarantined by rule</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>
<p class="more">Records, quarantined, repeated and staged count the exports dated in the window: records = quarantined + repeated + staged.
Duplicates, kept and conflicts count the rows dated in the window, from whichever export; a table without dates has none. Conflicts are
duplicates whose content differs; the latest export wins.</p>
${
  drift.length === 0
    ? ''
    : html`<p>Exports whose columns are not as in the one before:</p>
<ul>${drift.map((each) => html`<li>${each}</li>`)}</ul>
`
}${broken(checks)}</details>
</section>`;
}

function amounts(line: WindowLine): (number | null)[] {
  return [line.records, refused(line), line.repeated, line.staged, line.duplicates, line.kept, line.conflicts];
}

function refused(line: WindowLine): number {
  return Object.values(line.quarantined).reduce((sum, rows) => sum + rows, 0);
}

/** What became of staged rows; a table of one partition has no dates, so it is not known what of the window was kept. */
function kept(ledger: readonly WindowLine[], numbers: Numbers): string {
  const dated = ledger.filter((line) => line.kept !== null);
  const count = (amount: (line: WindowLine) => number | null) =>
    numbers.count(dated.reduce((sum, line) => sum + (amount(line) ?? 0), 0));
  const rows = `${count((line) => line.kept)} rows kept, ${count((line) => line.duplicates)} duplicates`;
  const others = ledger.filter((line) => line.kept === null && line.records > 0).map(({ table }) => table);
  return others.length === 0 ? rows : `${rows}, without ${others.join(' and ')}, which have no dates`;
}

/** The newest export of the table that lags most, and its date. */
function freshness(newest: Report['newest']): Markup {
  const dates = Object.entries(newest).sort(([, one], [, other]) => (one < other ? -1 : one > other ? 1 : 0));
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

function rules(line: WindowLine, numbers: Numbers): string {
  const counted = Object.entries(line.quarantined).filter(([, rows]) => rows > 0);
  counted.sort(([one, rows], [other, more]) => more - rows || (one < other ? -1 : 1));
  const words = counted.map(([rule, rows]) => `${rule} ${numbers.count(rows)}`);
  const { added = 0, skipped = 0 } = line;
  if (added > 0) words.push(`${numbers.count(added)} rows more, for records that are several`);
  if (skipped > 0) words.push(`${numbers.count(skipped)} records that give no row`);
  return words.length === 0 ? ABSENT : words.join(', ');
}
