import { monthOf } from '../dates.js';
import { identifier, type Session } from '../engine/engine.js';
import { digestOf } from '../release/digest.js';
import { byMonth } from '../release/months.js';
import type { Partition } from '../release/schema.js';
import type { Night } from './night.js';
import { type Columns, readParquet, writeParquet } from './objects.js';
import { formatOf } from './recipe.js';
import {
  type Content,
  oneByOne,
  readsOf,
  type Target,
  type UpdateOptions,
  update,
} from './update.js';

interface PackTarget extends Target {
  readonly partitions: readonly Partition[];
}

/** The rows of a table, in many small partitions. */
interface History {
  readonly relation: string;
  /** in the order in which they are read; those of a month are neighbours */
  readonly partitions: readonly Partition[];
  /** of the rows */
  readonly columns: Columns;
}

/**
 * What to read for the rows of a long history of small partitions: for each month before the newest
 * a partition of `packed/` with its rows, and the partitions of the newest month as they are. So
 * what is read grows by an object a month, not by one a day; on object storage each is a request.
 * @returns what to read, in the same order
 */
export async function packMonths(
  night: Night,
  { relation, partitions, columns }: History,
  options: UpdateOptions = {},
): Promise<Partition[]> {
  const table = `packed/${relation}`;
  const method = digestOf([[...columns], night.engine.version, formatOf(night.config)]);
  const over = byMonth(partitions)
    .slice(0, -1)
    .filter(([, own]) => own.length > 1);
  const targets = over.map(([month, own]): PackTarget => {
    // with their dates: that of a day is in the path of its object, and not in its content
    const recipe = { rows: digestOf(own.map(({ date, digest }) => [date, digest])), method };
    return {
      table,
      name: month,
      date: `${month}-01`,
      recipe,
      reads: readsOf(own),
      partitions: own,
    };
  });
  const build = (session: Session, batch: readonly PackTarget[]) =>
    oneByOne(batch, (target) => pack(night, session, target, columns));
  await update(night, targets, build, options);
  return [...new Set(partitions.map((each) => night.next.get(table, monthOf(each.date)) ?? each))];
}

async function pack(
  night: Night,
  session: Session,
  { table, name, partitions }: PackTarget,
  columns: Columns,
): Promise<Content> {
  const list = [...columns.keys()].map(identifier).join(', ');
  const objects = partitions.flatMap((partition) => partition.objects);
  const select =
    `select ${list} from ${await readParquet(night, objects)} order by file_index, ` +
    'file_row_number';
  const [object] = await writeParquet(
    night,
    session,
    [{ select, folder: `objects/${table}/${name}` }],
    columns,
  );
  return object && { digest: object.sha256, objects: [object] };
}
