import { identifier, type Session } from '../engine/engine.js';
import { digestOf } from '../release/digest.js';
import type { Partition } from '../release/release.js';
import type { Night } from './night.js';
import { type Columns, readParquet, writeParquet } from './objects.js';
import { type Content, readsOf, type Target, type UpdateOptions, update } from './update.js';

interface PackTarget extends Target {
  readonly partitions: readonly Partition[];
}

/**
 * What to read for the rows of a long history of small partitions: for each month before the newest a partition of
 * `packed/` with its rows, and the partitions of the newest month as they stand. So what is read grows by an object a
 * month, not by one a day; on object storage each is a request.
 * @param relation what the history is called
 * @param partitions in the order in which they are read; those of a month are neighbours
 * @param columns of the rows
 * @returns what to read, in the same order
 */
export async function packMonths(
  night: Night,
  relation: string,
  partitions: readonly Partition[],
  columns: Columns,
  options: UpdateOptions = {},
): Promise<Partition[]> {
  const months = new Map<string, Partition[]>();
  for (const partition of partitions) {
    const month = partition.date.slice(0, 7);
    const own = months.get(month);
    if (own === undefined) months.set(month, [partition]);
    else own.push(partition);
  }
  const newest = [...months.keys()].sort().at(-1);
  const table = `packed/${relation}`;
  const method = digestOf([[...columns], night.engine.version, night.config.parquet]);
  const targets: PackTarget[] = [];
  for (const [month, own] of months) {
    if (month === newest || own.length === 1) continue;
    const recipe = { rows: digestOf(own.map(({ digest }) => digest)), method };
    targets.push({ table, name: month, date: `${month}-01`, recipe, reads: readsOf(own), partitions: own });
  }
  night.progress.stage(table, targets.length);
  const build = async (session: Session, batch: readonly PackTarget[]) => {
    const contents: Content[] = [];
    for (const target of batch) contents.push(await pack(night, session, target, columns));
    return contents;
  };
  await update(night, targets, build, options);
  return [...months].flatMap(([month, own]) => night.next.get(table, month) ?? own);
}

async function pack(
  night: Night,
  session: Session,
  { table, name, partitions }: PackTarget,
  columns: Columns,
): Promise<Content> {
  const list = [...columns.keys()].map(identifier).join(', ');
  const objects = partitions.flatMap((partition) => partition.objects);
  const select = `select ${list} from ${await readParquet(night, objects)} order by file_index, file_row_number`;
  const [object] = await writeParquet(night, session, [{ select, folder: `objects/${table}/${name}` }], columns);
  return object && { digest: object.sha256, objects: [object] };
}
