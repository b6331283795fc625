import { ORIGIN } from '../config/contracts.js';
import type { Source } from '../config/source.js';
import { totalRows } from '../counts.js';
import { addDays } from '../dates.js';
import type { Model } from '../model/model.js';
import type { Release } from '../release/release.js';
import type { Partition } from '../release/schema.js';
import { inputsOf, type Reaches } from './inputs.js';

/**
 * An event may be this many days after the date of its export: one by the rule, and one for the
 * time zone.
 */
const LATEST_DAYS = 2;

/** How the tables of a release are made. */
interface Definitions {
  readonly models: readonly Model[];
  readonly sources: readonly Source[];
  readonly reaches: Reaches;
}

/** From a partition back to the exports it was made from. */
export interface Trace {
  readonly table: string;
  readonly name: string;
  readonly rows: number;
  /**
   * the tables it was made from, directly or through others, and the partitions that were read of
   * each
   */
  readonly through: readonly Through[];
  readonly sources: readonly SourceTrace[];
}

interface Through {
  readonly table: string;
  readonly partitions: readonly string[];
  readonly rows: number;
  /** an earlier as-of date that it builds on; what that one was made from is not listed */
  readonly before: boolean;
}

/**
 * The exports of one table that hold rows of the dates that were read, or refused records that may
 * belong to them.
 */
export interface SourceTrace {
  readonly table: string;
  /** business dates that were read; null: without a limit */
  readonly first: string | null;
  readonly last: string | null;
  /**
   * looked up when they are asked for: who asks only for the dates need not go through years of
   * exports
   */
  readonly exports: readonly ExportTrace[];
}

interface ExportTrace {
  readonly export: string;
  readonly records: number;
  readonly staged: number;
  /** records refused, by rule */
  readonly quarantined: Readonly<Record<string, number>>;
}

/** The dates of a clean table that were read. */
interface Dates {
  first: string | null;
  last: string | null;
}

/**
 * Walks back from a partition of a release by what its model reads, up to the exports. Pure; no
 * I/O.
 */
export function traceOf(
  partition: Partition,
  release: Release,
  { models, sources, reaches }: Definitions,
): Trace {
  const seen = new Map<string, Map<string, Partition>>();
  const earlier = new Map<string, Map<string, Partition>>();
  const read = new Map<string, Dates>();
  const waiting = [partition];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { table, name } = next;
    if (table.startsWith('clean/')) {
      if (name !== 'all') widen(read, table, name, name);
      else if (next === partition) widen(read, table, null, null);
      continue;
    }
    const model = models.find((each) => `${each.layer}/${each.name}` === table);
    if (model === undefined) continue;
    for (const {
      read: { reach },
      partitions,
    } of inputsOf(model, name, release, reaches)) {
      for (const input of partitions) {
        // of an undated table only rows of some dates are read, so it counts each time
        if (input.name === 'all') widen(read, input.table, reach === 'until' ? null : name, name);
        if (!remember(reach === 'before' ? earlier : seen, input)) continue;
        if (reach !== 'before') waiting.push(input);
      }
    }
  }
  for (const { table, derivation } of sources) {
    const dates = read.get(`clean/${table}`);
    if (derivation === null || dates === undefined) continue;
    const { first, last } = dates;
    for (const each of release.of(`staged/${table}`))
      if (isWithin(dates, each.date)) remember(seen, each);
    // it is derived from the activities of a date and its neighbours
    widen(read, `clean/${ORIGIN}`, first && addDays(first, -1), last && addDays(last, 1));
  }
  return {
    table: partition.table,
    name: partition.name,
    rows: rowsOf([partition]),
    through: [...through(earlier, true), ...through(seen, false)],
    sources: sources
      .filter(({ derivation }) => derivation === null)
      .flatMap((source) => sourceTrace(source, read.get(`clean/${source.table}`), release)),
  };
}

/** Notes a partition; false when it was noted before. */
function remember(tables: Map<string, Map<string, Partition>>, partition: Partition): boolean {
  const names = tables.get(partition.table) ?? new Map<string, Partition>();
  tables.set(partition.table, names);
  if (names.has(partition.name)) return false;
  names.set(partition.name, partition);
  return true;
}

function widen(
  read: Map<string, Dates>,
  table: string,
  first: string | null,
  last: string | null,
): void {
  const dates = read.get(table);
  if (dates === undefined) {
    read.set(table, { first, last });
    return;
  }
  dates.first =
    first === null || dates.first === null ? null : first < dates.first ? first : dates.first;
  dates.last = last === null || dates.last === null ? null : last > dates.last ? last : dates.last;
}

function isWithin({ first, last }: Dates, date: string | null): boolean {
  return date !== null && (first ?? '') <= date && (last === null || date <= last);
}

function through(
  tables: ReadonlyMap<string, ReadonlyMap<string, Partition>>,
  before: boolean,
): Through[] {
  return [...tables]
    .map(([table, partitions]) => ({
      table,
      partitions: [...partitions.keys()].sort(),
      rows: rowsOf([...partitions.values()]),
      before,
    }))
    .sort((a, b) => (a.table < b.table ? -1 : 1));
}

function rowsOf(partitions: readonly Partition[]): number {
  return totalRows(partitions.flatMap(({ objects }) => objects));
}

function sourceTrace(source: Source, dates: Dates | undefined, release: Release): SourceTrace[] {
  if (dates === undefined) return [];
  const { first, last } = dates;
  const live = release.liveExportsOf(source);
  // a refused record has no date of its own: it counts for that of its export
  const holds = ({ slices, date, quarantine }: Partition) =>
    slices?.some((slice) => isWithin(dates, slice.date)) ||
    (quarantine !== undefined && isWithin(dates, date));
  // A staged export of an undated table is not sliced by date, but no row of an export is later
  // than the day after it.
  const mayHold = ({ date }: Partition) => first === null || date >= addDays(first, -LATEST_DAYS);
  return [
    {
      table: source.table,
      first,
      last,
      get exports() {
        const exports = live.filter(source.partition === 'all' ? mayHold : holds);
        return exports.map(({ name, counts }) => ({
          export: name,
          records: counts?.records ?? 0,
          staged: counts?.staged ?? 0,
          quarantined: counts?.quarantined ?? {},
        }));
      },
    },
  ];
}
