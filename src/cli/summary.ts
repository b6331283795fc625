import type { Config } from '../config/config.js';
import type { Outcome } from '../night/run.js';
import { openStore } from '../store/open.js';
import { number, someOf, tableLines } from './table.js';

const NOTES_SHOWN = 10;
const DATES_SHOWN = 3;
const CAUSES_SHOWN = 5;

/** What a run did, for a person at a terminal. */
export async function summary(outcome: Outcome, config: Config): Promise<string> {
  const output = await openStore(config.output, config.base);
  const lines = [
    ...['', ...ledgerTable(outcome), '', ...quarantine(outcome)],
    ...[...selected(outcome), ...notes(outcome), ...checks(outcome)],
  ];
  if (!outcome.published) {
    lines.push(`Nothing new: release ${outcome.release} stands as it is. Took ${seconds(outcome)}.`);
    return `${lines.join('\n')}\n`;
  }
  lines.push(
    `Built ${builtByLayer(outcome)}; ${outcome.reused} partitions stand as they were. Took ${seconds(outcome)}.`,
    ...restated(outcome),
    `Release ${outcome.release} is live. Look at:`,
    ...outcome.asked.slice(-1).map((date) => `  ${output.locate(`latest/reports/${date}/report.html`)}`),
    `  ${output.locate('latest/')}   clean/ daily/ rolling/ reports/ quarantine/ as Parquet`,
  );
  return `${lines.join('\n')}\n`;
}

function seconds({ seconds: taken }: Outcome): string {
  return `${taken.toFixed(1)} s`;
}

function ledgerTable({ ledger }: Outcome): string[] {
  const header = ['table', 'read', 'quarantined', 'repeated', 'staged', 'unchanged', 'duplicate', 'kept'];
  const rows = ledger.map((line) => {
    const refused = Object.values(line.quarantined).reduce((a, b) => a + b, 0);
    const counts = [line.records, refused, line.repeated, line.staged, line.unchanged, line.duplicates, line.kept];
    return [line.table, ...counts.map(number)];
  });
  return tableLines([header, ...rows]);
}

function quarantine({ ledger }: Outcome): string[] {
  const rules = ledger.flatMap(({ table, quarantined }) =>
    Object.entries(quarantined).map(([rule, count]) => `  ${table}: ${rule} ${number(count)}`),
  );
  const mended = ledger.flatMap(({ table, mended }) =>
    Object.entries(mended ?? {}).map(([what, count]) => `  ${table}: ${what} ${number(count)}`),
  );
  return [
    ...(rules.length === 0 ? [] : ['Quarantined, by rule:', ...rules, '']),
    ...(mended.length === 0 ? [] : ['Accepted, and counted:', ...mended, '']),
  ];
}

/** Why tables whose rows a SELECT makes of the records have more or fewer of them. */
function selected({ ledger }: Outcome): string[] {
  const lines = ledger.flatMap(({ table, added = 0, skipped = 0 }) =>
    added + skipped === 0
      ? []
      : [`  ${table}: ${number(skipped)} records give no row, ${number(added)} rows are more than one of their record`],
  );
  return lines.length === 0 ? [] : ['Rows that are not records:', ...lines, ''];
}

function notes({ notes }: Outcome): string[] {
  if (notes.length === 0) return [];
  const more = notes.length - NOTES_SHOWN;
  return [
    'Notes:',
    ...notes.slice(0, NOTES_SHOWN).map((note) => `  ${note}`),
    ...(more > 0 ? [`  and ${more} more, all in --json`] : []),
    '',
  ];
}

function checks({ checks }: Outcome): string[] {
  const found = checks.flatMap(({ check, severity, found }) => found.map((each) => `  ${severity} ${check}: ${each}`));
  return found.length === 0 ? [] : ['Checks that do not hold:', ...found, ''];
}

function restated({ restated }: Outcome): string[] {
  if (restated.length === 0) return [];
  const dates = [...new Set(restated.map(({ as_of }) => as_of))].sort();
  const exports = [...new Set(restated.flatMap(({ because }) => because.exports.map((each) => each.export)))].sort();
  const causes = [...exports, ...new Set(restated.flatMap(({ because }) => because.recipe))];
  return [
    `Restated ${number(restated.length)} report${restated.length === 1 ? '' : 's'} published as of ${someOf(dates, DATES_SHOWN)}, because of ${someOf(causes, CAUSES_SHOWN)}; --json has each.`,
  ];
}

function builtByLayer({ built }: Outcome): string {
  const layers = new Map<string, number>();
  for (const { table } of built) {
    const layer = table.split('/')[0] ?? table;
    layers.set(layer, (layers.get(layer) ?? 0) + 1);
  }
  return [...layers].map(([layer, count]) => `${count} ${layer}`).join(', ');
}
