import { counted, number } from '../../counts.js';
import { ConfigError } from '../../errors.js';
import { quoted } from '../../ingest/quarantine.js';
import { describeUnused } from '../../ingest/sql/raw.js';
import { type Checked, check as checkAll, worstOf } from '../../inspect/preflight.js';
import type { Broken, ColumnCheck, ExportCheck } from '../../inspect/preflight_export.js';
import { openConfig } from '../configuration.js';

/**
 * `run-job check`: says what a run would make of everything, and changes nothing. @throws
 * DayfoldError when a night would fail
 */
export async function check(options: { readonly config?: string }): Promise<void> {
  const config = await openConfig(options.config);
  const checked = await checkAll(config);
  process.stdout.write(describe(config.file, checked));
  const { problems } = checked;
  if (problems.length === 0) return;
  const list = problems.flatMap((error) =>
    error instanceof ConfigError ? error.problems : [error.message],
  );
  const lines = list.map((message) => `  ${message}`);
  throw worstOf(
    problems,
    [`A night would fail: ${counted(list.length, 'problem')}.`, ...lines].join('\n'),
  );
}

/** What was found, for a person at a terminal. */
export function describe(
  file: string,
  { stores, models, notes, tables, warnings, problems }: Checked,
): string {
  const lines = [
    ...stores.flatMap(({ name, checks }) =>
      checks.map(({ what, problem }) => `${name}: ${what}: ${problem ?? 'ok'}`),
    ),
    `${counted(models, 'model')} and ${counted(tables.length, 'contract')} were looked at`,
    ...notes,
    ...tables.flatMap(describeExport),
    ...(warnings.length === 0
      ? []
      : ['', 'Warnings:', ...warnings.map((warning) => `  ${warning}`)]),
    '',
    ...(problems.length === 0 ? [`${file}: ok`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function describeExport({
  table,
  isDerived,
  key,
  exports,
  records,
  columns,
  unread: leftOut,
  reading,
  broken,
}: ExportCheck): string[] {
  if (isDerived) return ['', `${table}: is made from the activities`];
  if (key === undefined) return ['', `${table}: no exports`];
  const width = Math.max(0, ...columns.map(({ name }) => name.length));
  return [
    '',
    `${table}: ${exports === 1 ? '1 export' : `${number(exports)} exports, the newest`}, ` +
      `${key}, has ${counted(records, 'record')}`,
    ...columns.flatMap((column) => [
      `  ${column.name.padEnd(width)}  ${column.type.padEnd(9)}  ${foundIn(column)}`,
      ...column.broken.flatMap(describeBroken),
    ]),
    ...(reading.length === 0 ? [] : [`  read with: ${reading.join('; ')}`]),
    ...(leftOut.length === 0 ? [] : [`  left out: ${describeUnused(leftOut)}`]),
    ...broken.flatMap(describeBroken),
  ];
}

function foundIn({ from, found, instead, values, missing, example }: ColumnCheck): string {
  if (found === undefined) {
    const made =
      values === 0
        ? ''
        : `; ${counted(values, 'record')} ${values === 1 ? 'has' : 'have'} the default ${instead}`;
    return `not found; looked for ${from.join(', ')}${made}`;
  }
  const such = example === undefined ? '' : `, such as ${example}`;
  return `in ${found}: ${counted(values, 'value')}, ${number(missing)} missing${such}`;
}

function describeBroken({ rule, records, values, cure }: Broken): string[] {
  const such = values.length === 0 ? '' : `, such as ${values.map(quoted).join(', ')}`;
  return [`    refused: ${number(records)} by ${rule}${such}`, `    cure: ${cure}`];
}
