import { addDays, periodEnd } from '../dates.js';
import type { Model, Read } from '../model/model.js';
import { digestOf, sha256 } from '../release/digest.js';
import { countUpTo, datedBetween, type Release } from '../release/release.js';
import type { Partition } from '../release/schema.js';

/** What a model reads of one relation when it is built for one date. Pure; no I/O. */
export interface Input {
  readonly read: Read;
  /**
   * looked up when they are asked for: of a lifetime table, the newest as-of before that has been
   * built by then
   */
  readonly partitions: readonly Partition[];
  /** of all that is read; another digest makes the reader stale */
  readonly digest: string;
}

/** The digest where nothing is read, whether or not the table is there. */
const NOTHING = digestOf([]);

/** How far back models reach, in days. */
export interface Reaches {
  readonly window: number;
}

/** The date that a model is built for, and how far back it reaches from there. */
interface AsOf extends Reaches {
  readonly date: string;
  /** the newest as-of before it that the model can build on */
  readonly earlier: () => string | undefined;
}

/** The partitions a model reads for a date, and their digests. */
export function inputsOf(model: Model, date: string, release: Release, reaches: Reaches): Input[] {
  const asOf = { date, ...reaches, earlier: () => earlierAsOf(model, date, release) };
  return model.reads.map((read) => inputOf(read, release, asOf));
}

/**
 * The newest as-of before `date` for which every lifetime table that the model builds on is there.
 */
function earlierAsOf(model: Model, date: string, release: Release): string | undefined {
  const tables = model.reads
    .filter((read) => read.reach === 'before')
    .map((read) => `rolling/${read.table}`);
  const [first, ...others] = tables;
  if (first === undefined) return undefined;
  for (const { name } of release.before(first, date)) {
    if (others.every((table) => release.get(table, name) !== undefined)) return name;
  }
  return undefined;
}

function inputOf(read: Read, release: Release, { date, window, earlier }: AsOf): Input {
  const table = `${read.schema}/${read.table}`;
  switch (read.reach) {
    case 'same': {
      const undated = release.get(table, 'all');
      if (undated !== undefined) {
        const slice = undated.slices?.find((each) => each.date === date);
        return { read, partitions: slice ? [undated] : [], digest: slice?.digest ?? NOTHING };
      }
      const partition = release.get(table, date);
      return partition ? { read, ...alone(partition) } : { read, partitions: [], digest: NOTHING };
    }
    case 'week':
    case 'month':
      return within(read, release.of(table), date, periodEnd(read.reach, date));
    case 'window':
      return within(read, release.of(table), addDays(date, 1 - window), date);
    case 'two_windows':
      return within(read, release.of(table), addDays(date, 1 - 2 * window), date);
    case 'since': {
      // The result is the same from whichever earlier as-of it is built, so every day up to the
      // date counts as read.
      const days = release.of(table);
      return {
        read,
        get partitions() {
          const known = earlier();
          return filled(datedBetween(days, known === undefined ? '' : addDays(known, 1), date));
        },
        digest: digestUpTo(days, date),
      };
    }
    case 'before':
      return {
        read,
        get partitions() {
          const known = earlier();
          return known === undefined
            ? []
            : [release.get(`rolling/${read.table}`, known)].flatMap((each) => each ?? []);
        },
        digest: '',
      };
    case 'until': {
      const undated = release.get(table, 'all');
      const slices =
        undated?.slices?.filter((slice) => slice.date === null || slice.date <= date) ?? [];
      return {
        read,
        partitions: undated && slices.length > 0 ? [undated] : [],
        digest: digestOf(slices.map((slice) => slice.digest)),
      };
    }
  }
}

/** What was worked out once: the same partitions are read for many dates, and by many models. */
type Known = Omit<Input, 'read'>;

const ofOne = new WeakMap<Partition, Known>();

function alone(partition: Partition): Known {
  let found = ofOne.get(partition);
  if (found === undefined) {
    found = whole([partition]);
    ofOne.set(partition, found);
  }
  return found;
}

function whole(partitions: readonly Partition[]): Known {
  const found = filled(partitions);
  return { partitions: found, digest: sha256(`[${found.map(textOf).join(',')}]`) };
}

/** Partitions without rows count for nothing: it makes no difference whether one is there. */
function filled(partitions: readonly Partition[]): Partition[] {
  return partitions.filter(({ objects }) => objects.length > 0);
}

const texts = new WeakMap<Partition, string>();

/** What of a partition makes its readers stale, as JSON. */
function textOf(partition: Partition): string {
  let text = texts.get(partition);
  if (text === undefined) {
    text = JSON.stringify([partition.name, partition.digest]);
    texts.set(partition, text);
  }
  return text;
}

/**
 * What was worked out for a table. It is kept as long as the release gives the same array, that is,
 * until the table changes.
 */
interface KnownTable {
  readonly windows: Map<string, Known>;
  /**
   * at i, the digest of the first i partitions; each from the one before, so that all of them cost
   * one pass
   */
  upTo: readonly string[] | undefined;
}

const known = new WeakMap<readonly Partition[], KnownTable>();

function knownOf(table: readonly Partition[]): KnownTable {
  let found = known.get(table);
  if (found === undefined) {
    found = { windows: new Map(), upTo: undefined };
    known.set(table, found);
  }
  return found;
}

/** The partitions of some dates; several models read the same window. */
function within(read: Read, table: readonly Partition[], first: string, last: string): Input {
  const { windows } = knownOf(table);
  const key = `${first} ${last}`;
  let window = windows.get(key);
  if (window === undefined) {
    window = whole(datedBetween(table, first, last));
    windows.set(key, window);
  }
  return { read, ...window };
}

function digestUpTo(table: readonly Partition[], last: string): string {
  const entry = knownOf(table);
  if (entry.upTo === undefined) {
    const digests = [''];
    for (const { name, digest, objects } of table) {
      const before = digests.at(-1) ?? '';
      digests.push(objects.length > 0 ? digestOf([before, name, digest]) : before);
    }
    entry.upTo = digests;
  }
  return entry.upTo[countUpTo(table, last)] ?? '';
}
