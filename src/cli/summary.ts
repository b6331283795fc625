import type { Config } from '../config/config.js';
import { counted, number } from '../counts.js';
import type { Outcome } from '../night/outcome.js';
import { openStore } from '../store/open.js';
import { heading, isQuiet } from './loudness.js';
import { grouped } from './notes.js';
import { someOf, tableLines } from './table.js';

const NOTES_SHOWN = 20;
const DATES_SHOWN = 3;
const CAUSES_SHOWN = 5;

/** Writes what a run did to stdout: as JSON, or for a person, unless nothing is to be said. */
export async function printOutcome(
  outcome: Outcome,
  config: Config,
  { json }: { readonly json?: boolean },
): Promise<void> {
  if (json) process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
  else if (!isQuiet()) process.stdout.write(await summary(outcome, config));
}

/** What a run did, for a person at a terminal. */
async function summary(outcome: Outcome, config: Config): Promise<string> {
  const output = await openStore(config.output, config.base);
  const lines = [
    ...['', ...ledgerTable(outcome), '', ...quarantine(outcome)],
    ...[...erased(outcome), ...selected(outcome), ...notes(outcome), ...checks(outcome)],
  ];
  if (!outcome.published) {
    lines.push(`Nothing new: release ${outcome.release} is unchanged. Took ${seconds(outcome)}.`);
    return `${lines.join('\n')}\n`;
  }
  lines.push(
    `${built(outcome)}; ${counted(outcome.reused, 'partition')} unchanged. Took ` +
      `${seconds(outcome)}.`,
    ...restated(outcome),
    heading(`Release ${outcome.release} is live. Look at:`),
    ...outcome.asked
      .slice(-1)
      .map((date) => `  ${output.locate(`latest/reports/${date}/report.html`)}`),
    `  ${output.locate('latest/')}   clean/ daily/ weekly/ monthly/ rolling/ reports/ ` +
      'quarantine/ as Parquet',
  );
  return `${lines.join('\n')}\n`;
}

function seconds({ seconds: taken }: Outcome): string {
  return `${taken.toFixed(1)} s`;
}

function ledgerTable({ ledger }: Outcome): string[] {
  const header = [
    'table',
    'read',
    'quarantined',
    'share',
    'repeated',
    'staged',
    'unchanged',
    'duplicate',
    'conflict',
    'kept',
  ];
  const rows = ledger.map((line) => {
    const refused = Object.values(line.quarantined).reduce((a, b) => a + b, 0);
    const after = [
      line.repeated,
      line.staged,
      line.unchanged,
      line.duplicates,
      line.conflicts,
      line.kept,
    ];
    return [
      line.table,
      number(line.records),
      number(refused),
      share(refused, line.records),
      ...after.map(number),
    ];
  });
  return tableLines([header, ...rows]);
}

/** Of all, with a digit after the point; none is `-`. */
function share(part: number, all: number): string {
  return part === 0 ? '-' : `${((100 * part) / all).toFixed(1)} %`;
}

function quarantine({ ledger }: Outcome): string[] {
  const rules = ledger.flatMap(({ table, quarantined }) =>
    Object.entries(quarantined).map(([rule, count]) => `  ${table}: ${rule} ${number(count)}`),
  );
  const mended = ledger.flatMap(({ table, mended }) =>
    Object.entries(mended ?? {}).map(([what, count]) => `  ${table}: ${what} ${number(count)}`),
  );
  return [
    ...(rules.length === 0 ? [] : [heading('Quarantined, by rule:'), ...rules, '']),
    ...(mended.length === 0 ? [] : [heading('Accepted, and counted:'), ...mended, '']),
  ];
}

function erased({ ledger }: Outcome): string[] {
  const lines = ledger.flatMap((line) =>
    line.erased ? [`  ${line.table}: ${counted(line.erased, 'record')}`] : [],
  );
  return lines.length === 0
    ? []
    : [heading('Left out, because they are of people who were erased:'), ...lines, ''];
}

/** Why tables whose rows a SELECT makes of the records have more or fewer of them. */
function selected({ ledger }: Outcome): string[] {
  const lines = ledger.flatMap(({ table, added = 0, skipped = 0 }) =>
    added + skipped === 0
      ? []
      : [
          `  ${table}: ${counted(skipped, 'record')} without a row, ${counted(added, 'row')} ` +
            'beyond the first of a record',
        ],
  );
  return lines.length === 0 ? [] : [heading('Rows that are not records:'), ...lines, ''];
}

function notes({ notes }: Outcome): string[] {
  if (notes.length === 0) return [];
  const lines = grouped(notes);
  const more = lines.length - NOTES_SHOWN;
  return [
    heading('Notes:'),
    ...lines.slice(0, NOTES_SHOWN).map((note) => `  ${note}`),
    ...(more > 0 ? [`  and ${counted(more, 'other kind')}, all in --json`] : []),
    '',
  ];
}

function checks({ checks }: Outcome): string[] {
  const found = checks.flatMap(({ check, severity, found }) =>
    found.map((each) => `  ${severity} ${check}: ${each}`),
  );
  return found.length === 0 ? [] : [heading('Checks that do not hold:'), ...found, ''];
}

function restated({ restated }: Outcome): string[] {
  if (restated.length === 0) return [];
  const dates = [...new Set(restated.map(({ as_of }) => as_of))].sort();
  const exports = [
    ...new Set(restated.flatMap(({ because }) => because.exports.map((each) => each.export))),
  ].sort();
  const causes = [...exports, ...new Set(restated.flatMap(({ because }) => because.recipe))];
  return [
    `Restated ${counted(restated.length, 'report')} published as of ` +
      `${someOf(dates, DATES_SHOWN)}` +
      `${causes.length === 0 ? '' : `, because of ${someOf(causes, CAUSES_SHOWN)}`}; --json has ` +
      'each.',
  ];
}

function built({ built }: Outcome): string {
  if (built.length === 0) return 'Built nothing';
  const layers = new Map<string, number>();
  for (const { table } of built) {
    const layer = table.split('/')[0] ?? table;
    layers.set(layer, (layers.get(layer) ?? 0) + 1);
  }
  return `Built ${[...layers].map(([layer, count]) => `${number(count)} ${layer}`).join(', ')}`;
}
