import type { Csv } from '../ingest/dialect.js';
/** An immutable object of a release, named by its content. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A Parquet object. */
export interface DataObject extends StoredObject {
  readonly rows: number;
}

/** The first and the last value of a key in the order of the engine, as text. */
export type KeyRange = readonly [first: string, last: string];

/** The rows of a partition that belong to one date, so that a reader of that date alone sees whether it changed. */
export interface Slice {
  /** null: rows without any date */
  readonly date: string | null;
  readonly rows: number;
  readonly digest: string;
  /** staged: the range of each key by which a row could be told apart from one of another date */
  readonly keys?: Readonly<Record<string, KeyRange>>;
}

/** Records of an export that a person has looked at and given up: they stay refused whatever the rules become. */
export interface Discard {
  /** lines on which they begin, ascending */
  readonly lines: readonly number[];
  readonly reason: string;
}

/** Row counts of a partition; which are there depends on its layer (see ledger.ts). */
export interface Counts {
  /** records read from the export, by the worker's own count */
  readonly records?: number;
  /** rows that came into this partition: of an export, those that keep to the contract; of a clean date, all slices */
  readonly staged?: number;
  /** where a SELECT makes rows of the records: rows beyond the first of each record, and records without a row */
  readonly added?: number;
  readonly skipped?: number;
  /** records refused, by rule */
  readonly quarantined?: Readonly<Record<string, number>>;
  /** staged rows of an export in which something was accepted though it is no matter of course, by what was done */
  readonly mended?: Readonly<Record<string, number>>;
  /** rows of a counter export that add nothing to the export before */
  readonly unchanged?: number;
  /** rows that stand in the clean table */
  readonly kept?: number;
  /** rows left out because another row of their key is newer */
  readonly duplicates?: number;
  /** of the duplicates, those whose content differs from the row that is kept */
  readonly conflicts?: number;
  /** checks: rows that break them, by check, and for those of the contracts by column */
  readonly violations?: Readonly<Record<string, number>>;
}

/** One table, one date: the unit that is built, and named by a release. */
export interface Partition {
  /** layer and table, such as clean/sessions */
  readonly table: string;
  /** the date, `all`, or for a staged partition the key of its export */
  readonly name: string;
  /** the date that decides the manifest; `all` for undated partitions */
  readonly date: string;
  /** hash of all that decides its content: SQL, settings, engine, inputs; empty when the content is damaged */
  readonly fingerprint: string;
  /** hash of its content; a reader is stale only when this changes */
  readonly digest: string;
  /** what the fingerprint is made of, for saying why a partition is stale */
  readonly inputs: Readonly<Record<string, string>>;
  readonly objects: readonly DataObject[];
  /** staged: the names of the export's columns in their order; none where it has no header */
  readonly header?: readonly string[];
  /** staged CSV: how the records of the export are written, and so the text of those refused */
  readonly csv?: Csv;
  /** staged: the records refused */
  readonly quarantine?: DataObject;
  /** staged: of the records refused, those that are given up */
  readonly discards?: readonly Discard[];
  /** staged counters: the last counts of keys that exports before this one had, and it has not */
  readonly carried?: DataObject;
  /** reports: the same rows in other formats, by file extension */
  readonly artifacts?: Readonly<Record<string, StoredObject>>;
  /** its objects are not kept any more: they are built again where something needs them */
  readonly expired?: true;
  readonly slices?: readonly Slice[];
  readonly counts?: Counts;
}

/** All objects of a partition that are to be there. */
export function objectsOf({
  objects,
  quarantine,
  carried,
  artifacts,
  expired,
}: Pick<Partition, 'objects' | 'quarantine' | 'carried' | 'artifacts' | 'expired'>): StoredObject[] {
  if (expired) return [];
  return [...objects, ...[quarantine, carried].flatMap((each) => each ?? []), ...Object.values(artifacts ?? {})];
}

/** What is live, or is about to be: partitions by table and name. */
export class Release {
  readonly #tables = new Map<string, Map<string, Partition>>();
  /** tables in order, as long as nothing is added to them: planning asks for the same ones again and again */
  readonly #sorted = new Map<string, readonly Partition[]>();
  /** staged partitions in the order of their exports, as long as nothing is added to them */
  readonly #exports = new Map<string, readonly Partition[]>();

  /** @param number 0 for the empty release before the first */
  constructor(
    readonly number: number,
    /** what a listing said of each export when it was last read; its version by key */
    readonly listing: ReadonlyMap<string, string> = new Map(),
  ) {}

  /** The same release without some of its partitions: to a run that builds on it they were never built. */
  without(isLeftOut: (partition: Partition) => boolean): Release {
    const release = new Release(this.number, this.listing);
    for (const partition of this.partitions()) if (!isLeftOut(partition)) release.add(partition);
    return release;
  }

  add(partition: Partition): void {
    let table = this.#tables.get(partition.table);
    if (table === undefined) {
      table = new Map();
      this.#tables.set(partition.table, table);
    }
    table.set(partition.name, partition);
    this.#sorted.delete(partition.table);
    this.#exports.delete(partition.table);
  }

  get(table: string, name: string): Partition | undefined {
    return this.#tables.get(table)?.get(name);
  }

  /** The partitions of a table, by name. */
  of(table: string): readonly Partition[] {
    let sorted = this.#sorted.get(table);
    if (sorted === undefined) {
      sorted = [...(this.#tables.get(table)?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
      this.#sorted.set(table, sorted);
    }
    return sorted;
  }

  /** The staged partitions of a table in the order of their exports: the oldest first; of one date, by key. */
  exportsOf(table: string): readonly Partition[] {
    const staged = `staged/${table}`;
    let exports = this.#exports.get(staged);
    if (exports === undefined) {
      exports = this.of(staged).toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0)); // stable
      this.#exports.set(staged, exports);
    }
    return exports;
  }

  /** The tables that have partitions, by name. */
  tables(): string[] {
    return [...this.#tables.keys()].sort();
  }

  *partitions(): Iterable<Partition> {
    for (const table of this.tables()) yield* this.of(table);
  }
}

type Dated = { readonly date: string };

/** How many of some things in the order of their dates are not dated after `last`. */
export function countUpTo(dated: readonly Dated[], last: string): number {
  let [low, high] = [0, dated.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((dated[middle]?.date ?? '') <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of some things in the order of their dates, those dated from `first` to `last`. */
export function datedBetween<T extends Dated>(dated: readonly T[], first: string, last: string): readonly T[] {
  const to = countUpTo(dated, last);
  let from = to;
  while (from > 0 && (dated[from - 1]?.date ?? '') >= first) from--;
  return dated.slice(from, to);
}
