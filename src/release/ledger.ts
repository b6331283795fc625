import type { Source } from '../config/source.js';
import { DataError } from '../errors.js';
import { datedBetween, type Release } from './release.js';
import type { Counts, LedgerLine, Partition } from './schema.js';

/** The same of some dates; of a table of one partition it is not known what was kept. */
export interface WindowLine extends Omit<LedgerLine, 'kept' | 'duplicates' | 'conflicts'> {
  /**
   * records of those dates: kept + duplicates + repeated + quarantined, and what gave no row of its
   * own. A row counts at its date, a record that gave none at the date of its export. So each
   * record counts once, and all dates add up to all records. Null where kept is, and of a table
   * without exports.
   */
  readonly read: number | null;
  readonly kept: number | null;
  readonly duplicates: number | null;
  readonly conflicts: number | null;
}

/**
 * The ledger of a release. In every table records + added = staged + repeated + quarantined +
 * erased + skipped, and staged = unchanged + kept + duplicates.
 * @throws DataError when a single row is unexplained
 */
export function ledgerOf(release: Release, sources: readonly Source[]): LedgerLine[] {
  return sources.map((source) => {
    const { table } = source;
    const exports = release.exportsOf(table);
    const tables = release.of(`clean/${table}`);
    const live = release.liveExportsOf(source);
    const staged = sum(exports, (counts) => counts.staged);
    const unchanged =
      sum(exports, (counts) => counts.unchanged) + staged - sum(live, (counts) => counts.staged);
    const line: LedgerLine = {
      table,
      records: sum(exports, (counts) => counts.records),
      ...differenceOf(exports),
      ...erasedOf(exports),
      staged,
      repeated: sum(exports, (counts) => counts.repeated),
      quarantined: quarantinedOf(exports),
      ...coercionsOf(exports),
      unchanged,
      kept: sum(tables, (counts) => counts.kept),
      duplicates: sum(tables, (counts) => counts.duplicates),
      conflicts: sum([...exports, ...tables], (counts) => counts.conflicts),
    };
    balance(line);
    return line;
  });
}

/**
 * The ledger of some dates: of the exports so dated, and of the clean partitions so dated. A table
 * of one partition has no dates, so what was kept of those exports is not known; nor is it of a
 * snapshot, where the next one replaces all rows.
 */
export function windowLedger(
  release: Release,
  sources: readonly Source[],
  first: string,
  last: string,
): WindowLine[] {
  return sources.map(({ table, partition, delivery, derivation }) => {
    const exports = datedBetween(release.exportsOf(table), first, last);
    const dates = datedBetween(release.of(`clean/${table}`), first, last);
    const isDated = partition !== 'all' && delivery !== 'snapshot';
    const ofDates = (count: (counts: Counts) => number | undefined) =>
      isDated ? sum(dates, count) : null;
    const line = {
      table,
      records: sum(exports, (counts) => counts.records),
      ...differenceOf(exports),
      ...erasedOf(exports),
      staged: sum(exports, (counts) => counts.staged),
      repeated: sum(exports, (counts) => counts.repeated),
      quarantined: quarantinedOf(exports),
      unchanged: sum(exports, (counts) => counts.unchanged),
      kept: ofDates((counts) => counts.kept),
      duplicates: ofDates((counts) => counts.duplicates),
      conflicts: isDated ? sum([...exports, ...dates], (counts) => counts.conflicts) : null,
    };
    return { ...line, read: derivation === null ? readOf(line) : null };
  });
}

function readOf({
  kept,
  duplicates,
  repeated,
  unchanged,
  quarantined,
  added = 0,
  skipped = 0,
}: Omit<WindowLine, 'read'>) {
  if (kept === null || duplicates === null) return null;
  const refused = Object.values(quarantined).reduce((a, b) => a + b, 0);
  return kept + duplicates + repeated + unchanged + refused + skipped - added;
}

function balance(line: LedgerLine): void {
  const refused = Object.values(line.quarantined).reduce((a, b) => a + b, 0);
  const { added = 0, skipped = 0, erased = 0 } = line;
  if (
    line.records + added !== line.staged + line.repeated + refused + erased + skipped ||
    line.staged !== line.unchanged + line.kept + line.duplicates
  ) {
    throw new DataError(
      `${line.table}: expected counts that add up, found ${line.records} read, ` +
        `${line.staged} staged, ${line.repeated} repeated, ${refused} quarantined, ${erased} ` +
        `erased, ${line.unchanged} unchanged, ${line.kept} kept, ${line.duplicates} ` +
        'duplicates. Nothing was published; please report this',
    );
  }
}

/** Why there are not as many rows as records; nothing where each record is a row. */
function differenceOf(exports: readonly Partition[]): Pick<LedgerLine, 'added' | 'skipped'> {
  if (exports.every(({ counts }) => counts?.added === undefined)) return {};
  return {
    added: sum(exports, (counts) => counts.added),
    skipped: sum(exports, (counts) => counts.skipped),
  };
}

/** Nothing where nobody was erased. */
function erasedOf(exports: readonly Partition[]): Pick<LedgerLine, 'erased'> {
  const erased = sum(exports, (counts) => counts.erased);
  return erased === 0 ? {} : { erased };
}

function sum(
  partitions: readonly Partition[],
  count: (counts: Counts) => number | undefined,
): number {
  return partitions.reduce(
    (total, { counts }) => total + (counts === undefined ? 0 : (count(counts) ?? 0)),
    0,
  );
}

/** The records that the exports of these staged partitions lost to each rule, by rule. */
export function quarantinedOf(partitions: readonly Partition[]): Record<string, number> {
  return byName(partitions, (counts) => counts.quarantined);
}

function coercionsOf(partitions: readonly Partition[]): Pick<LedgerLine, 'mended'> {
  const mended = byName(partitions, (counts) => counts.mended);
  return Object.keys(mended).length === 0 ? {} : { mended };
}

function byName(
  partitions: readonly Partition[],
  counted: (counts: Counts) => Readonly<Record<string, number>> | undefined,
): Record<string, number> {
  const found = new Map<string, number>();
  for (const { counts } of partitions) {
    for (const [name, count] of Object.entries(counted(counts ?? {}) ?? {})) {
      found.set(name, (found.get(name) ?? 0) + count);
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
