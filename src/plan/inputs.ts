import { addDays } from '../calendar.js';
import type { Model, Read } from '../model/model.js';
import { digestOf } from '../release/digest.js';
import { countUpTo, datedBetween, type Partition, type Release } from '../release/release.js';

/** What a model reads of one relation when it is built for one date. Pure; no I/O. */
export interface Input {
  readonly read: Read;
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

/** The partitions a model reads for a date, and their digests. */
export function inputsOf(model: Model, date: string, release: Release, reaches: Reaches): Input[] {
  const earlier = earlierAsOf(model, date, release);
  return model.reads.map((read) => inputOf(read, date, release, reaches, earlier));
}

/** The newest as-of before `date` for which every lifetime table that the model builds on is there. */
function earlierAsOf(model: Model, date: string, release: Release): string | undefined {
  const tables = model.reads.filter((read) => read.reach === 'before').map((read) => `rolling/${read.table}`);
  const [first, ...others] = tables;
  if (first === undefined) return undefined;
  return release
    .of(first)
    .findLast(({ name }) => name < date && others.every((table) => release.get(table, name) !== undefined))?.name;
}

function inputOf(read: Read, date: string, release: Release, { window }: Reaches, earlier: string | undefined): Input {
  const table = `${read.schema}/${read.table}`;
  switch (read.reach) {
    case 'same': {
      const undated = release.get(table, 'all');
      if (undated !== undefined) {
        const slice = undated.slices?.find((each) => each.date === date);
        return { read, partitions: slice ? [undated] : [], digest: slice?.digest ?? NOTHING };
      }
      const partition = release.get(table, date);
      return whole(read, partition ? [partition] : []);
    }
    case 'window':
      return within(read, release.of(table), addDays(date, 1 - window), date);
    case 'two_windows':
      return within(read, release.of(table), addDays(date, 1 - 2 * window), date);
    case 'since': {
      // The result is the same from whichever earlier as-of it is built, so every day up to the date counts as read.
      const days = release.of(table);
      const unseen = datedBetween(days, earlier === undefined ? '' : addDays(earlier, 1), date);
      return { read, partitions: filled(unseen), digest: digestUpTo(days, date) };
    }
    case 'before': {
      const partition = earlier === undefined ? undefined : release.get(`rolling/${read.table}`, earlier);
      return { read, partitions: partition ? [partition] : [], digest: '' };
    }
    case 'until': {
      const undated = release.get(table, 'all');
      const slices = undated?.slices?.filter((slice) => slice.date === null || slice.date <= date) ?? [];
      return {
        read,
        partitions: undated && slices.length > 0 ? [undated] : [],
        digest: digestOf(slices.map((slice) => slice.digest)),
      };
    }
  }
}

function whole(read: Read, partitions: readonly Partition[]): Input {
  const found = filled(partitions);
  return { read, partitions: found, digest: digestOf(found.map(({ name, digest }) => [name, digest])) };
}

/** Partitions without rows count for nothing: it makes no difference whether one is there. */
function filled(partitions: readonly Partition[]): Partition[] {
  return partitions.filter(({ objects }) => objects.length > 0);
}

/** What was worked out for a table. It is kept as long as the release gives the same array, that is, until the table changes. */
interface Known {
  readonly windows: Map<string, Input>;
  /** at i, the digest of the first i partitions; each from the one before, so that all of them cost one pass */
  upTo: readonly string[] | undefined;
}

const known = new WeakMap<readonly Partition[], Known>();

function knownOf(table: readonly Partition[]): Known {
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
  const input = windows.get(key) ?? whole(read, datedBetween(table, first, last));
  windows.set(key, input);
  return { ...input, read };
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
