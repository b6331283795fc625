import type { Source } from '../config/contracts.js';
import { DataError } from '../errors.js';
import type { Partition, Release } from '../release/release.js';

/** What became of the records of one table. */
export interface LedgerLine {
  readonly table: string;
  /** records read, by the worker's own count */
  readonly records: number;
  /** of them, rows that keep to the contract */
  readonly staged: number;
  /** of them, records refused, by rule */
  readonly quarantined: Readonly<Record<string, number>>;
  /** staged rows of counters that add nothing to the export before, and rows of replaced snapshots */
  readonly unchanged: number;
  /** rows that stand in the clean table */
  readonly kept: number;
  /** staged rows left out because another row of their key is newer */
  readonly duplicates: number;
  /** of the duplicates, those whose content differs from the row kept */
  readonly conflicts: number;
}

/**
 * The ledger of a release: records = staged + quarantined, and staged = unchanged + kept + duplicates, in every table.
 * @throws DataError when a single row is unexplained
 */
export function ledgerOf(release: Release, sources: readonly Source[]): LedgerLine[] {
  return sources.map((source) => {
    const { table } = source;
    const exports = release.of(`staged/${table}`);
    const tables = release.of(`clean/${table}`);
    const live = source.delivery === 'snapshot' ? newest(exports) : exports;
    const staged = sum(exports, (counts) => counts.staged);
    const unchanged = sum(exports, (counts) => counts.unchanged) + staged - sum(live, (counts) => counts.staged);
    const line: LedgerLine = {
      table,
      records: sum(exports, (counts) => counts.records),
      staged,
      quarantined: rules(exports),
      unchanged,
      kept: sum(tables, (counts) => counts.kept),
      duplicates: sum(tables, (counts) => counts.duplicates),
      conflicts: sum(tables, (counts) => counts.conflicts),
    };
    balance(line);
    return line;
  });
}

function balance(line: LedgerLine): void {
  const refused = Object.values(line.quarantined).reduce((a, b) => a + b, 0);
  if (line.records !== line.staged + refused || line.staged !== line.unchanged + line.kept + line.duplicates) {
    throw new DataError(
      `${line.table}: the ledger does not balance: ${line.records} records read, ${line.staged} staged, ${refused} quarantined, ${line.unchanged} unchanged, ${line.kept} kept, ${line.duplicates} duplicates. Nothing was published; please report this`,
    );
  }
}

function newest(exports: readonly Partition[]): Partition[] {
  return [...exports].sort((a, b) => (`${a.date} ${a.name}` < `${b.date} ${b.name}` ? -1 : 1)).slice(-1);
}

function sum(
  partitions: readonly Partition[],
  count: (counts: NonNullable<Partition['counts']>) => number | undefined,
): number {
  return partitions.reduce((total, { counts }) => total + (counts === undefined ? 0 : (count(counts) ?? 0)), 0);
}

function rules(partitions: readonly Partition[]): Record<string, number> {
  const found = new Map<string, number>();
  for (const { counts } of partitions) {
    for (const [rule, count] of Object.entries(counts?.quarantined ?? {}))
      found.set(rule, (found.get(rule) ?? 0) + count);
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
