import type { Source } from '../config/source.js';
import { END } from '../dates.js';
import { compareExports } from '../ingest/export_order.js';
import { byMonth, monthOf } from './months.js';
import type { Partition } from './schema.js';

/** A manifest: the partitions of a table and month, read when one of them is asked for. */
export interface Unread {
  /**
   * The same objects each time.
   * @throws DataError when they cannot be read
   */
  read(): readonly Partition[];
}

/** A table of a release. */
interface Table {
  readonly partitions: Map<string, Partition>;
  /** by month; none of their partitions are among those above */
  readonly unread: Map<string, Unread>;
  /** the months that are as a manifest has them, parsed or not */
  readonly whole: Map<string, Unread>;
  /** in order, as long as nothing is added: planning asks for the same ones again and again */
  sorted: readonly Partition[] | undefined;
  /** staged: in the order of the exports */
  exports: readonly Partition[] | undefined;
}

/** What is known of a release that is as it was published. */
export interface Published {
  /**
   * hash of all that decides partitions beside what they are made from: nothing of it is stale by
   * these rules
   */
  readonly rules?: string | undefined;
  /** how many there are */
  readonly partitions: number;
}

/** A partition of which two releases do not have the very same. */
export interface Difference {
  readonly before: Partition | undefined;
  readonly after: Partition | undefined;
}

/**
 * What is live, or is about to be: partitions by table and name. Years of history cost little as
 * long as nobody asks for them: months are parsed when they are needed, and reused unread
 * otherwise.
 */
export class Release {
  readonly #tables = new Map<string, Table>();

  /** @param number 0 for the empty release before the first */
  constructor(
    readonly number: number,
    /** what a listing said of each export when it was last read; its version by key */
    readonly listing: ReadonlyMap<string, string> = new Map(),
    readonly published?: Published,
  ) {}

  /** The hash of what decided the partitions; undefined where that is not known. */
  get rules(): string | undefined {
    return this.published?.rules;
  }

  /**
   * The same release without some of its partitions: to a run that builds on it they were never
   * built.
   */
  without(isRemoved: (partition: Partition) => boolean): Release {
    const release = new Release(this.number, this.listing);
    for (const partition of this.partitions()) if (!isRemoved(partition)) release.add(partition);
    return release;
  }

  add(partition: Partition): void {
    const table = this.#made(partition.table);
    const month = monthOf(partition);
    parse(table, month);
    table.partitions.set(partition.name, partition);
    table.whole.delete(month);
    table.sorted = undefined;
    table.exports = undefined;
  }

  /** Adds the partitions of a month, to be parsed when they are asked for. */
  addUnread(name: string, month: string, unread: Unread): void {
    const table = this.#made(name);
    table.unread.set(month, unread);
    table.whole.set(month, unread);
    table.sorted = undefined;
    table.exports = undefined;
  }

  /** Adds a month of a table as another release has it. */
  reuseMonth(from: Release, name: string, month: string): void {
    const table = from.#tables.get(name);
    const whole = table?.whole.get(month);
    if (whole !== undefined) this.addUnread(name, month, whole);
    else
      for (const partition of table?.partitions.values() ?? [])
        if (monthOf(partition) === month) this.add(partition);
  }

  get(name: string, partition: string): Partition | undefined {
    const table = this.#tables.get(name);
    if (table === undefined) return undefined;
    const month = /^(\d{4}-\d\d|all$)/.exec(partition)?.[0];
    // an export is named by its key, whatever that looks like
    if (month === undefined || name.startsWith('staged/')) parseAll(table);
    else parse(table, month);
    return table.partitions.get(partition);
  }

  /** The partitions of a table, by name. */
  of(name: string): readonly Partition[] {
    const table = this.#tables.get(name);
    if (table === undefined) return [];
    if (table.sorted === undefined) {
      parseAll(table);
      table.sorted = byName(table);
    }
    return table.sorted;
  }

  /**
   * The months of a table in order, with what is known of each: its partitions by name, or where to
   * read them.
   */
  months(name: string): Map<string, readonly Partition[] | Unread> {
    const table = this.#tables.get(name);
    if (table === undefined) return new Map();
    const parsed: [string, readonly Partition[] | Unread][] = byMonth(byName(table));
    return new Map([...table.unread, ...parsed].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The partitions of a dated table that are dated before a date, the newest first. */
  *before(name: string, date: string): Iterable<Partition> {
    const table = this.#tables.get(name);
    if (table === undefined) return;
    const months = new Set([
      ...table.unread.keys(),
      ...[...table.partitions.values()].map(monthOf),
    ]);
    for (const month of [...months].sort().reverse()) {
      if (month > date) continue;
      parse(table, month);
      const own = [...table.partitions.values()].filter(
        (each) => monthOf(each) === month && each.date < date,
      );
      yield* own.sort((a, b) => (a.date > b.date ? -1 : 1));
    }
  }

  /** The partition of a dated table that is dated last. */
  newest(name: string): Partition | undefined {
    for (const partition of this.before(name, END)) return partition;
    return undefined;
  }

  /**
   * The staged partitions of a table in the order of their exports: the oldest first; of one date,
   * by name.
   */
  exportsOf(name: string): readonly Partition[] {
    const staged = this.of(`staged/${name}`);
    const table = this.#tables.get(`staged/${name}`);
    if (table === undefined) return staged;
    table.exports ??= staged
      .map((partition) => ({ key: partition.name, date: partition.date, partition }))
      .sort(compareExports)
      .map(({ partition }) => partition);
    return table.exports;
  }

  /**
   * The exports of a table whose rows count: of snapshots only the latest, which replaces the
   * others.
   */
  liveExportsOf({ table, delivery }: Pick<Source, 'table' | 'delivery'>): readonly Partition[] {
    const exports = this.exportsOf(table);
    return delivery === 'snapshot' ? exports.slice(-1) : exports;
  }

  /** The tables that have partitions, by name. */
  tables(): string[] {
    return [...this.#tables.keys()].sort();
  }

  *partitions(): Iterable<Partition> {
    for (const table of this.tables()) yield* this.of(table);
  }

  /**
   * How many partitions there are, reckoned from another release: the months that both have are not
   * read.
   */
  sizeFrom(last: Release): number {
    let size = last.published?.partitions ?? [...last.partitions()].length;
    for (const { before, after } of this.differences(last))
      size += Number(!!after) - Number(!!before);
    return size;
  }

  /** Reads all that is not read yet, so that what cannot be read is found here. */
  readAll(): void {
    for (const table of this.#tables.values()) parseAll(table);
  }

  /**
   * The partitions that are not the very same objects as in another release; months that both have
   * from one manifest are not looked at.
   * @param isAsked which tables; all unless set
   */
  *differences(
    last: Release,
    isAsked: (table: string) => boolean = () => true,
  ): Iterable<Difference> {
    for (const name of [...new Set([...this.tables(), ...last.tables()])].filter(isAsked).sort()) {
      const table = this.#tables.get(name);
      const before = last.#tables.get(name);
      const isShared = (month: string) => {
        const whole = table?.whole.get(month);
        return whole !== undefined && before?.whole.get(month) === whole;
      };
      const [now, then] = [apart(table, isShared), apart(before, isShared)];
      for (const after of now.values()) {
        const existing = then.get(after.name);
        if (existing !== after) yield { before: existing, after };
      }
      for (const existing of then.values()) {
        if (!now.has(existing.name)) yield { before: existing, after: undefined };
      }
    }
  }

  #made(name: string): Table {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = {
        partitions: new Map(),
        unread: new Map(),
        whole: new Map(),
        sorted: undefined,
        exports: undefined,
      };
      this.#tables.set(name, table);
    }
    return table;
  }
}

/** The partitions that are parsed. */
function byName({ partitions }: Table): Partition[] {
  return [...partitions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function parse(table: Table, month: string): void {
  const unread = table.unread.get(month);
  if (unread === undefined) return;
  for (const partition of unread.read()) table.partitions.set(partition.name, partition);
  table.unread.delete(month);
}

function parseAll(table: Table): void {
  for (const month of [...table.unread.keys()]) parse(table, month);
}

/** The partitions of a table, by name, but those of shared months, which are not parsed for it. */
function apart(
  table: Table | undefined,
  isShared: (month: string) => boolean,
): Map<string, Partition> {
  const found = new Map<string, Partition>();
  if (table === undefined) return found;
  for (const month of [...table.unread.keys()]) if (!isShared(month)) parse(table, month);
  for (const partition of table.partitions.values())
    if (!isShared(monthOf(partition))) found.set(partition.name, partition);
  return found;
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
export function datedBetween<T extends Dated>(
  dated: readonly T[],
  first: string,
  last: string,
): readonly T[] {
  const to = countUpTo(dated, last);
  let from = to;
  while (from > 0 && (dated[from - 1]?.date ?? '') >= first) from--;
  return dated.slice(from, to);
}
