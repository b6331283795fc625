import { loadJobs } from '../../config/jobs.js';
import { didYouMean } from '../../config/suggest.js';
import { number } from '../../counts.js';
import { ConfigError } from '../../errors.js';
import {
  type Change,
  diffPartitions,
  diffRows,
  type RowDiff,
  type TableDiff,
} from '../../inspect/diff.js';
import { withReading } from '../../inspect/session.js';
import { readRelease } from '../../release/commit.js';
import type { Release } from '../../release/release.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';
import { tableLines } from '../table.js';

/** What differs between two releases. */
export interface Difference {
  /** their numbers, the older and the newer */
  readonly from: number;
  readonly to: number;
  /** `rows` is missing for tables whose rows have no key: staged exports and pages */
  readonly tables: readonly (TableDiff & { readonly rows: RowDiff | undefined })[];
}

export interface DiffOptions {
  readonly config?: string;
  readonly table?: string;
  readonly json?: boolean;
}

/** `run-job diff`: what changed from the older to the newer of two releases. */
export async function diff(one: string, other: string, options: DiffOptions): Promise<void> {
  const config = await openConfig(options.config);
  const output = await openStore(config.output, config.base);
  const [first, second] = [
    (await readRelease(output, one)).release,
    (await readRelease(output, other)).release,
  ];
  const [before, after] = first.number <= second.number ? [first, second] : [second, first];
  const found = diffPartitions(before, after).filter(
    ({ table }) => (options.table ?? table) === table,
  );
  if (options.table !== undefined) requireTable(options.table, before, after);
  const jobs = await loadJobs(config);
  const tables = await withReading(config, output, async (reading) => {
    const compared: Difference['tables'][number][] = [];
    for (const table of found)
      compared.push({
        ...table,
        rows: await diffRows(reading, table, [before, after], jobs),
      });
    return compared;
  });
  const difference = { from: before.number, to: after.number, tables };
  process.stdout.write(
    options.json
      ? `${JSON.stringify(difference, null, 2)}\n`
      : describe(difference, options.table !== undefined),
  );
}

function requireTable(table: string, before: Release, after: Release): void {
  const known = [...new Set([...before.tables(), ...after.tables()])].sort();
  if (!known.includes(table)) {
    throw new ConfigError(
      `--table: expected one of ${known.join(', ')}, found ${table}${didYouMean(table, known)}`,
    );
  }
}

/** What differs, for a person at a terminal. */
export function describe({ from, to, tables }: Difference, isDetailed: boolean): string {
  if (tables.length === 0) return `Release ${from} and release ${to} hold the same.\n`;
  const lines = [
    `From release ${from} to release ${to}:`,
    '',
    ...tableLines([
      ['table', 'partitions added', 'removed', 'changed', 'rows added', 'removed', 'changed'],
      ...tables.map(({ table, partitions, rows }) => [
        table,
        ...CHANGES.map((change) =>
          number(partitions.filter((each) => each.change === change).length),
        ),
        ...CHANGES.map((change) => (rows === undefined ? '-' : number(rows[change]))),
      ]),
    ]),
    ...tables.flatMap(({ table, rows }) => [
      ...(rows?.columns.added ?? []).map((column) => `${table}: new column ${column}`),
      ...(rows?.columns.removed ?? []).map(
        (column) => `${table}: no longer has the column ${column}`,
      ),
    ]),
  ];
  if (isDetailed) {
    const partitions = tables.flatMap((table) => table.partitions);
    lines.push(
      '',
      ...tableLines([
        ['partition', 'change', 'rows before', 'rows after'],
        ...partitions.map(({ name, change, rows_before, rows_after }) => [
          name,
          change,
          ...[rows_before, rows_after].map(count),
        ]),
      ]),
    );
  }
  return `${lines.join('\n')}\n`;
}

const CHANGES: readonly Change[] = ['added', 'removed', 'changed'];

function count(rows: number | null): string {
  return rows === null ? '-' : number(rows);
}
