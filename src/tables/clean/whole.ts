import { stagedColumns } from '../../build/columns.js';
import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { type Columns, readParquet } from '../../build/objects.js';
import { buildModel, type Made } from '../../build/run_model.js';
import type { Content, Target } from '../../build/update.js';
import type { Source } from '../../config/source.js';
import { counted } from '../../counts.js';
import { identifier, type Session } from '../../engine/engine.js';
import { emptyRelation } from '../../engine/relation.js';
import { DataError } from '../../errors.js';
import { datesOf } from '../../ingest/sql/dates.js';
import { digestOfObjects } from '../../release/digest.js';
import type { DataObject, Partition, Slice } from '../../release/schema.js';
import { countDuplicates } from './duplicates.js';

/** All of an undated table. */
export interface WholeTarget extends Target {
  readonly source: Source;
  readonly model: PreparedModel;
  /** packs of the staged partitions that hold rows of it, the export that wins last */
  readonly staged: readonly Partition[];
  /** how many rows they hold */
  readonly rows: number;
}

/** Makes the content of an undated table: its model reads one row of each key. */
export async function makeWhole(
  night: Night,
  session: Session,
  target: WholeTarget,
): Promise<Content> {
  const { source, model } = target;
  const counts = await bindWithoutDuplicates(night, session, target);
  const place = await buildModel(night, session, model, { names: ['all'], reads: [] });
  const [made] = (await place()) as [Made];
  await session.run(`drop view staged.${source.table}; drop table if exists found`);
  return wholeContent(night, session, target, { ...made, counts });
}

/** Of the rows of a table, how many are staged, and which are left. */
export type WholeCounts = Record<'staged' | 'kept' | 'duplicates' | 'conflicts', number>;

/** The content of a table that was made, with what is said of each date. */
export async function wholeContent(
  night: Night,
  session: Session,
  target: WholeTarget,
  made: Made & { readonly counts: WholeCounts },
): Promise<Content> {
  const { model } = target;
  const { counts } = made;
  if (made.rows !== counts.kept) {
    throw new DataError(
      `${target.table}: expected ${counted(counts.kept, 'row')} from ${model.model.file}, one ` +
        `for each row that is left without duplicates, found ${made.rows}: a clean model must ` +
        'keep every row',
    );
  }
  if (counts.staged === 0) return undefined;
  const slices = await slicesOf(night, session, target, made.objects);
  return {
    digest: digestOfObjects(made.objects),
    objects: made.objects,
    slices,
    counts,
  };
}

/**
 * Makes `staged.<table>` a view of the staged rows, one for each key: the one that countDuplicates
 * leaves.
 */
async function bindWithoutDuplicates(
  night: Night,
  session: Session,
  { source, table, staged, rows: expected }: WholeTarget,
): Promise<WholeCounts> {
  const columns = rowColumns(source);
  const names = [...columns.keys()].map(identifier).join(', ');
  const objects = staged.flatMap((partition) => partition.objects);
  if (objects.length === 0) {
    await session.run(emptyRelation(`staged.${source.table}`, columns));
    return { staged: 0, kept: 0, duplicates: 0, conflicts: 0 };
  }
  // The place of a row is a column, for which row is the last must not hang on the order in which
  // the engine reads.
  await session.run(
    `create or replace temp table found as
       select ${names}, file_index as place, file_row_number as row
       from ${await readParquet(night, objects)} where ${countsSql(source)};
     create or replace view staged.${source.table} as select ${names} from found`,
  );
  const [count] = await session.rows('select count(*) as rows from found');
  const rows = Number(count?.rows);
  requireRows(table, expected, rows);
  const lost = await countDuplicates(session, source, { names, by: [] });
  const { duplicates, conflicts } = lost.get('all') ?? { duplicates: 0, conflicts: 0 };
  await session.run('delete from found where rowid in (select id from lost)');
  return { staged: rows, kept: rows - duplicates, duplicates, conflicts };
}

/** The columns of a staged row that its clean model sees. */
export function rowColumns(source: Source): Columns {
  return new Map(
    [...stagedColumns(source)].filter(([name]) => name !== 'line' && name !== 'counter'),
  );
}

/** SQL that is true for the rows that count: of a counter, those that add something. */
export function countsSql({ delivery, counter }: Source): string {
  return delivery === 'counter' && counter ? `${identifier(counter.value)} > 0` : 'true';
}

/** @throws DataError unless as many staged rows were found as the ledger has */
export function requireRows(table: string, expected: number, rows: number): void {
  if (rows === expected) return;
  throw new DataError(
    `${table}: expected ${counted(expected, 'staged row')}, as in the ledger, found ${rows}. ` +
      'Nothing was published; please report this',
  );
}

/**
 * The rows of an undated table by each date on which they are an event, so that daily models of a
 * date see theirs change.
 */
async function slicesOf(
  night: Night,
  session: Session,
  { source, model }: WholeTarget,
  objects: readonly DataObject[],
): Promise<Slice[]> {
  const columns = [...model.columns.keys()].map(identifier).join(', ');
  const rows = await session.rows(
    `select date, count(*) as rows, cast(sum(h) as varchar) as digest
     from (select hash(${columns}) as h,
         unnest(${datesOf(source, night.config.time_zone)}) as date
       from ${await readParquet(night, objects)})
     group by date order by date nulls first`,
  );
  return rows.map((row) => ({
    date: row.date === null ? null : String(row.date),
    rows: Number(row.rows),
    digest: String(row.digest),
  }));
}
