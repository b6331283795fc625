import { stagedColumns } from '../../build/columns.js';
import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { readParquet } from '../../build/objects.js';
import { packMonths } from '../../build/pack.js';
import { buildModel, type Made } from '../../build/run_model.js';
import { type Content, readsOf, type Target, update } from '../../build/update.js';
import type { Source } from '../../config/contracts.js';
import { counted } from '../../counts.js';
import { identifier, type Session } from '../../engine/engine.js';
import { emptyRelation } from '../../engine/relation.js';
import { DataError } from '../../errors.js';
import { datesOf } from '../../ingest/sql/dates.js';
import { digestOf } from '../../release/digest.js';
import type { Counts, DataObject, Partition, Slice } from '../../release/release.js';
import { requireFewConflicts } from './conflicts.js';
import { cleanDates } from './dated.js';
import { countDuplicates } from './duplicates.js';
import { noteUnreadDifferences } from './unread_between.js';

/** All of an undated table. */
interface WholeTarget extends Target {
  readonly source: Source;
  readonly model: PreparedModel;
  /** packs of the staged partitions that hold rows of it, the export that wins last */
  readonly staged: readonly Partition[];
  /** how many rows they hold */
  readonly rows: number;
}

/** Brings the rows of a table together from all exports that hold some, one row for each key. */
export async function clean(
  night: Night,
  models: readonly PreparedModel[],
  source: Source,
): Promise<void> {
  const model = models.find(({ table }) => table === `clean/${source.table}`);
  if (model === undefined) return;
  if (source.partition === 'all') await cleanWhole(night, source, model);
  else await cleanDates(night, source, model);
  await requireFewConflicts(night, source);
  await noteUnreadDifferences(night, source);
}

async function cleanWhole(night: Night, source: Source, model: PreparedModel): Promise<void> {
  // its dates are known only when it is built, so that a plan builds it too
  const options = source.derivation === null ? { builds: true } : {};
  const table = `clean/${source.table}`;
  // one without rows changes nothing
  const exports = night.next.liveExportsOf(source).filter(({ objects }) => objects.length > 0);
  const targets: WholeTarget[] = [];
  if (exports.length > 0) {
    const { key, delivery, dates, counter, latest_by } = source;
    const columns = stagedColumns(source);
    const history = { relation: source.table, partitions: exports, columns };
    const packed = await packMonths(night, history, options);
    const digests = packed.map(({ digest }) => digest);
    const contract = digestOf([
      key,
      delivery,
      dates,
      counter,
      latest_by,
      source.derivation === null,
      [...columns],
      night.config.time_zone,
    ]);
    const rows = exports.reduce(
      (sum, { counts }) => sum + (counts?.staged ?? 0) - (counts?.unchanged ?? 0),
      0,
    );
    targets.push({
      ...{ table, name: 'all', date: 'all', source, model, staged: packed, rows },
      recipe: { [`staged/${source.table}`]: digestOf(digests), contract, ...model.method },
      reads: { rows, bytes: readsOf(packed).bytes },
    });
  }
  await update(
    night,
    targets,
    async (session, [target]) =>
      target === undefined ? [] : [await makeWhole(night, session, target)],
    options,
  );
}

async function makeWhole(night: Night, session: Session, target: WholeTarget): Promise<Content> {
  const { source, model } = target;
  const counts = await bindWithoutDuplicates(night, session, target);
  const place = await buildModel(night, session, model, { names: ['all'], reads: [] });
  const [made] = (await place()) as [Made];
  await session.run(`drop view staged.${source.table}; drop table if exists found`);
  if (made.rows !== counts.kept) {
    throw new DataError(
      `${target.table}: expected ${counted(counts.kept, 'row')} from ${model.model.file}, ` +
        `one for each row that is left without duplicates, found ${made.rows}: a clean model ` +
        'must keep every row',
    );
  }
  if (counts.staged === 0) return undefined;
  const slices = await slicesOf(night, session, target, made.objects);
  return {
    digest: digestOf(made.objects.map(({ sha256 }) => sha256)),
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
): Promise<Required<Pick<Counts, 'staged' | 'kept' | 'duplicates' | 'conflicts'>>> {
  const columns = new Map(
    [...stagedColumns(source)].filter(([name]) => name !== 'line' && name !== 'counter'),
  );
  const names = [...columns.keys()].map(identifier).join(', ');
  const objects = staged.flatMap((partition) => partition.objects);
  if (objects.length === 0) {
    await session.run(emptyRelation(`staged.${source.table}`, columns));
    return { staged: 0, kept: 0, duplicates: 0, conflicts: 0 };
  }
  const where =
    source.delivery === 'counter' && source.counter
      ? `where ${identifier(source.counter.value)} > 0`
      : '';
  // The place of a row is a column, for which row is the last must not hang on the order in which
  // the engine reads.
  await session.run(
    `create or replace temp table found as select ${names}, file_index as place,
      file_row_number as row from ${await readParquet(night, objects)} ${where};
     create or replace view staged.${source.table} as select ${names} from found`,
  );
  const [count] = await session.rows('select count(*) as rows from found');
  const rows = Number(count?.rows);
  if (rows !== expected) {
    throw new DataError(
      `${table}: expected ${counted(expected, 'staged row')}, as in the ledger, found ` +
        `${rows}. Nothing was published; please report this`,
    );
  }
  const lost = await countDuplicates(session, source, { names, by: [] });
  const { duplicates, conflicts } = lost.get('all') ?? { duplicates: 0, conflicts: 0 };
  await session.run('delete from found where rowid in (select id from lost)');
  return { staged: rows, kept: rows - duplicates, duplicates, conflicts };
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
     from (select hash(${columns}) as h, unnest(${datesOf(source, night.config.time_zone)}) as date
       from ${await readParquet(night, objects)})
     group by date order by date nulls first`,
  );
  return rows.map((row) => ({
    date: row.date === null ? null : String(row.date),
    rows: Number(row.rows),
    digest: String(row.digest),
  }));
}
