import { addDays } from '../calendar.js';
import type { Model, Read } from '../model/model.js';
import { digestOf } from '../release/digest.js';
import type { Partition, Release } from '../release/release.js';

/** What a model reads of one relation when it is built for one date. Pure; no I/O. */
export interface Input {
  readonly read: Read;
  readonly partitions: readonly Partition[];
  /** of all that is read; another digest makes the reader stale */
  readonly digest: string;
}

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
    .map(({ name }) => name)
    .filter((name) => name < date && others.every((table) => release.get(table, name) !== undefined))
    .at(-1);
}

function inputOf(read: Read, date: string, release: Release, { window }: Reaches, earlier: string | undefined): Input {
  const table = `${read.schema}/${read.table}`;
  switch (read.reach) {
    case 'same': {
      const undated = release.get(table, 'all');
      if (undated !== undefined) {
        const slice = undated.slices?.find((each) => each.date === date);
        return { read, partitions: slice ? [undated] : [], digest: slice?.digest ?? '' };
      }
      const partition = release.get(table, date);
      return whole(read, partition ? [partition] : []);
    }
    case 'window':
      return whole(read, between(release, table, addDays(date, 1 - window), date));
    case 'two_windows':
      return whole(read, between(release, table, addDays(date, 1 - 2 * window), date));
    case 'since': {
      // The result is the same from whichever earlier as-of it is built, so every day up to the date counts as read.
      const { digest } = whole(read, between(release, table, '', date));
      const unseen = between(release, table, earlier === undefined ? '' : addDays(earlier, 1), date);
      return { read, partitions: whole(read, unseen).partitions, digest };
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

function between(release: Release, table: string, first: string, last: string): Partition[] {
  return release.of(table).filter(({ name }) => name >= first && name <= last);
}

/** Partitions without rows count for nothing: it makes no difference whether one is there. */
function whole(read: Read, partitions: readonly Partition[]): Input {
  const filled = partitions.filter(({ objects }) => objects.length > 0);
  return { read, partitions: filled, digest: digestOf(filled.map(({ name, digest }) => [name, digest])) };
}
