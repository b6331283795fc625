import type { PreparedModel } from '../../build/models.js';
import type { Content, Target } from '../../build/update.js';
import type { Source } from '../../config/source.js';
import { counted, totalRows } from '../../counts.js';
import { DataError } from '../../errors.js';
import { digestOfObjects } from '../../release/digest.js';
import type { DataObject, Slice } from '../../release/schema.js';
import type { Lost } from './duplicates.js';

/** The rows of one date in one export: its main file, or some of its strays. */
export interface Piece {
  /** of the export among all of the table: the one that wins comes last */
  readonly place: number;
  readonly object: DataObject;
  readonly slice: Slice;
}

/** One date of a table. */
export interface DateTarget extends Target {
  readonly mains: readonly Piece[];
  readonly strays: readonly Piece[];
  /** whether rows of it have a later row on another date */
  readonly isLeft: boolean;
}

/** A table, and what makes its rows. */
export interface Table {
  readonly source: Source;
  readonly model: PreparedModel;
}

/** What was found of a date whose rows were compared. */
export interface Settled {
  readonly lost: Lost;
  /** whether its main files are replaced */
  readonly isBroken: boolean;
  /** the file beside its main files, or in place of them */
  readonly more: DataObject | undefined;
}

export const UNTOUCHED: Settled = {
  lost: { duplicates: 0, conflicts: 0 },
  isBroken: false,
  more: undefined,
};

/** Whether there is anything to compare: a date of one main file is that file. */
export function isOpen({
  mains,
  strays,
  isLeft,
}: Pick<DateTarget, 'mains' | 'strays' | 'isLeft'>): boolean {
  return mains.length !== 1 || strays.length > 0 || isLeft;
}

/** The content of a date: its main files and, where it has more rows, one more file. */
export function contentOf(target: DateTarget, settled: Settled = UNTOUCHED): Content {
  const { mains, strays } = target;
  const { lost, isBroken, more } = settled;
  const kept = isBroken ? [] : mains;
  const objects = [...kept.map(({ object }) => object), ...(more === undefined ? [] : [more])];
  const staged = [...mains, ...strays].reduce((sum, { slice }) => sum + slice.rows, 0);
  const { duplicates, conflicts } = lost;
  const rows = totalRows(objects);
  if (rows !== staged - duplicates) {
    throw new DataError(
      `${target.table} ${target.name}: expected ${counted(staged - duplicates, 'row')}, one for ` +
        `each key, found ${rows}. Nothing was published; please report this`,
    );
  }
  return {
    digest: digestOfObjects(objects),
    objects,
    counts: { staged, kept: staged - duplicates, duplicates, conflicts },
  };
}
