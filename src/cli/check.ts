import { type Checked, check as checkAll, describeStore, type ExportCheck } from '../inspect/preflight.js';
import { openConfig } from './configuration.js';
import { number } from './table.js';

/** `run-job check`: says what a run would make of everything, and changes nothing. */
export async function check(options: { readonly config?: string }): Promise<void> {
  const config = await openConfig(options.config);
  process.stdout.write(describe(config.file, await checkAll(config)));
}

/** What was found, for a person at a terminal. */
export function describe(file: string, { stores, models, tables }: Checked): string {
  const lines = [
    `${file}: ok`,
    ...stores.flatMap(describeStore).map(({ line }) => line),
    `${models} models and ${tables.length} contracts: ok`,
    ...tables.flatMap(describeExport),
  ];
  return `${lines.join('\n')}\n`;
}

function describeExport({
  table,
  key,
  exports,
  records,
  columns,
  leftOut,
  reading,
  quarantined,
}: ExportCheck): string[] {
  if (key === undefined) return ['', `${table}: no exports`];
  const refused = Object.entries(quarantined).map(([rule, rows]) => `${rule} ${number(rows)}`);
  const width = Math.max(0, ...columns.map(({ name }) => name.length));
  return [
    '',
    `${table}: ${exports === 1 ? '1 export' : `${number(exports)} exports, the newest`}, ${key}, has ${number(records)} records`,
    ...columns.map(({ name, type, from, values, missing, example }) => {
      const found =
        values === 0
          ? `none found; looked for ${from.join(', ')}`
          : `${number(values)} values, ${number(missing)} missing, such as ${example}`;
      return `  ${name.padEnd(width)}  ${type.padEnd(9)}  ${found}`;
    }),
    ...(reading.length === 0 ? [] : [`  read with: ${reading.join('; ')}`]),
    ...(leftOut.length === 0 ? [] : [`  left out: ${leftOut.join(', ')}`]),
    ...(refused.length === 0 ? [] : [`  would be quarantined: ${refused.join(', ')}`]),
  ];
}
