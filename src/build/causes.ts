import type { Source } from '../config/source.js';
import type { Model } from '../model/model.js';
import type { Release } from '../release/release.js';
import type { Partition } from '../release/schema.js';
import type { SourceTrace, Trace } from './trace.js';

/** An export that is not as it was, and the dates of which it holds other rows. */
export interface ChangedExport {
  readonly table: string;
  readonly export: string;
  readonly change: 'new' | 'changed' | 'gone';
  readonly dates: ReadonlySet<string>;
}

/** The exports whose rows differ between two releases. Pure. */
export function changedExports(
  before: Release,
  after: Release,
  sources: readonly Source[],
): ChangedExport[] {
  return sources.flatMap(({ table }) => {
    const changed: ChangedExport[] = [];
    for (const { before: old, after: young } of after.differences(
      before,
      (each) => each === `staged/${table}`,
    )) {
      if (old?.digest === young?.digest) continue;
      const { name } = (young ?? old) as Partition;
      const change = old === undefined ? 'new' : young === undefined ? 'gone' : 'changed';
      changed.push({ table, export: name, change, dates: differing(old, young) });
    }
    return changed.sort((a, b) => (a.export < b.export ? -1 : 1));
  });
}

function differing(old: Partition | undefined, young: Partition | undefined): Set<string> {
  const contents = (partition: Partition | undefined) => {
    // the main file and the strays may both have rows of a date
    const byDate = new Map<string, string>();
    for (const { date, digest } of partition?.slices ?? [])
      byDate.set(date ?? '', `${byDate.get(date ?? '') ?? ''} ${digest}`);
    return byDate;
  };
  const [before, after] = [contents(old), contents(young)];
  const dates = [...new Set([...before.keys(), ...after.keys()])];
  return new Set(dates.filter((date) => before.get(date) !== after.get(date)));
}

/**
 * The dates of clean tables that a partition was made from: of lifetime tables all there were
 * before, too. Pure.
 */
export function datesRead(
  { through, sources, table, name }: Trace,
  models: readonly Model[],
): DatesRead[] {
  if (!through.some(({ before }) => before)) return [...sources];
  return [...cleanTables(table, models)].map((each) => ({ table: each, first: null, last: name }));
}

type DatesRead = Pick<SourceTrace, 'table' | 'first' | 'last'>;

/** The clean tables that a table is made from, directly or through others. */
function cleanTables(table: string, models: readonly Model[]): Set<string> {
  const found = new Set<string>();
  const seen = new Set([table]);
  for (const next of seen) {
    for (const read of models.find(({ layer, name }) => `${layer}/${name}` === next)?.reads ?? []) {
      if (read.schema === 'clean') found.add(read.table);
      else seen.add(`${read.schema === 'previous' ? 'rolling' : read.schema}/${read.table}`);
    }
  }
  return found;
}

/** Of the changed exports those that hold other rows of the dates that were read. Pure. */
export function causesOf(
  changed: readonly ChangedExport[],
  read: readonly DatesRead[],
): ChangedExport[] {
  return changed.filter(({ table, dates }) =>
    read
      .filter((each) => each.table === table)
      .some(({ first, last }) =>
        [...dates].some(
          (date) => (first === null || date >= first) && (last === null || date <= last),
        ),
      ),
  );
}

/** What a recipe says beside what is read. */
const OWN_PARTS = ['model', 'settings', 'contract', 'engine'];

/**
 * What changed of how a report is made: of its own recipe `model`, and of tables that it is made
 * from, `model of daily/user_day`. A table that was not derived before has another model. Pure.
 */
export function changedParts(
  report: { readonly before: Partition; readonly after: Partition },
  { through }: Trace,
  { before, after }: { readonly before: Release; readonly after: Release },
): string[] {
  const own = partsThatDiffer(report.before, report.after);
  const others = through.flatMap(({ table, partitions }) => {
    const isNew = table.startsWith('staged/') && before.of(table).length === 0;
    const parts = partitions.flatMap((name) => {
      const [was, is] = [before.get(table, name), after.get(table, name)];
      if (isNew) return ['model'];
      if (was === undefined || is === undefined || was.digest === is.digest) return [];
      return partsThatDiffer(was, is);
    });
    return [...new Set(parts)].map((part) => `${part} of ${table}`);
  });
  return [...own, ...others.filter((each) => !own.includes(each.split(' ')[0] as string))];
}

function partsThatDiffer({ inputs: was }: Partition, { inputs: is }: Partition): string[] {
  return OWN_PARTS.filter((part) => was[part] !== is[part]);
}
