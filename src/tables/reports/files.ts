import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { place, readParquet, scratchFile } from '../../build/objects.js';
import { type Dates, reuse } from '../../build/reuse.js';
import { type Content, readsOf, type Target } from '../../build/update.js';
import { identifier, quote, type Session } from '../../engine/engine.js';
import { DataError } from '../../errors.js';
import { digestOf, digestOfObjects } from '../../release/digest.js';
import type { Partition, StoredObject } from '../../release/schema.js';
import { RENDERING_VERSION, type ReportColumn } from '../../report/report.js';

/** Gives the partition of a report its CSV and Arrow files. */
export async function writeFiles(
  night: Night,
  session: Session,
  model: PreparedModel,
  date: string,
): Promise<void> {
  const partition = partitionOf(night, model.table, date);
  if (partition.artifacts !== undefined) return;
  const rows = await readParquet(night, partition.objects);
  const columns = fileColumns(model);
  const csv = await writeCsv(
    night,
    session,
    `select ${columns.map(guarded).join(', ')} from ${rows}`,
  );
  // takes long to load, and nights with nothing new do without
  const { ArrowFile } = await import('../../report/arrow.js');
  const arrow = new ArrowFile(scratchFile(night, '.arrow'), columns);
  try {
    for await (const values of session.columns(reportSelect(columns, rows))) arrow.add(values);
  } finally {
    await arrow.close();
  }
  // not beside the rows: a VACUUM of a Delta table removes all that its log does not name
  const folder = `objects/files/${model.table}/as_of_date=${date}`;
  const artifacts = {
    arrow: await place(night, arrow.path, folder, '.arrow'),
    csv: await place(night, csv, folder, '.csv'),
  };
  night.next.add({ ...partition, artifacts });
}

/** The CSV of who was added to a segment and who was removed from it since the report before. */
export interface ChangesTarget extends Target {
  readonly model: PreparedModel;
  readonly now: Partition;
  readonly before: Partition;
}

/** The changes of a segment at each as-of date that has one before it. */
export function changesTargets(night: Night, model: PreparedModel, asOf: Dates): ChangesTarget[] {
  const table = `${model.table}_changes`;
  const rendering = digestOf([RENDERING_VERSION, [...model.columns], model.model.grain]);
  return reuse(night, table, asOf).flatMap((date) => {
    const previous = asOf.dates[asOf.dates.indexOf(date) - 1];
    if (previous === undefined) return [];
    const [before, now] = [previous, date].map((each) => partitionOf(night, model.table, each)) as [
      Partition,
      Partition,
    ];
    const inputs = { now: now.digest, before: before.digest };
    return {
      table,
      name: date,
      date,
      recipe: { ...inputs, rendering },
      get reads() {
        return readsOf([now, before]);
      },
      model,
      now,
      before,
    };
  });
}

/**
 * Writes what has changed in a segment: the new rows, then those that are no longer there, as they
 * were.
 */
export async function writeChanges(
  night: Night,
  session: Session,
  target: ChangesTarget,
): Promise<Content> {
  const { model, table, date } = target;
  const columns = fileColumns(model).filter(({ name }) => name !== 'as_of_date');
  const list = columns.map(guarded).join(', ');
  const key = model.model.grain.map((name) => `${identifier(name)} nulls last`).join(', ');
  const { added, removed } = await changesOf(night, target);
  const csv = await writeCsv(
    night,
    session,
    `select * from (select 'added' as change, ${list} from ${added} order by ${key})
     union all select * from (select 'removed' as change, ${list} from ${removed} order by ${key})`,
  );
  const folder = `objects/${table}/as_of_date=${date}`;
  return artifactsOf({ csv: await place(night, csv, folder, '.csv') });
}

/** SQL of the rows of a segment whose keys are new, and of those whose keys are gone. */
export async function changesOf(
  night: Night,
  { model, now, before }: Pick<ChangesTarget, 'model' | 'now' | 'before'>,
): Promise<{ added: string; removed: string }> {
  const [these, those] = [
    await readParquet(night, now.objects),
    await readParquet(night, before.objects),
  ];
  const key = `using (${model.model.grain.map(identifier).join(', ')})`;
  return {
    added: `${these} as these anti join ${those} as those ${key}`,
    removed: `${those} as those anti join ${these} as these ${key}`,
  };
}

async function writeCsv(night: Night, session: Session, select: string): Promise<string> {
  const csv = scratchFile(night, '.csv');
  await session.run(
    `copy (${select}) to ${quote(csv)} (format csv, header, delimiter ',', quote '"', escape ` +
      "'\"', nullstr '')",
  );
  return csv;
}

/**
 * A column for a file that people open in a spreadsheet: text that would be read as a formula gets
 * an apostrophe before it.
 */
function guarded({ name, type }: ReportColumn): string {
  const column = identifier(name);
  if (type !== 'text') return column;
  return (
    `case when regexp_matches(${column}, '^[=+\\-@\\t\\r\\n]') then '''' || ${column} else ` +
    `${column} end as ${column}`
  );
}

/** The partition of a report. */
export function partitionOf(night: Night, table: string, date: string): Partition {
  const partition = night.next.get(table, date);
  if (partition === undefined)
    throw new DataError(
      `${table} ${date}: expected a partition that was built before its page, found none`,
    );
  return partition;
}

/**
 * The columns of a table as its files have them; the date that names a partition is a column of
 * reports only.
 */
export function fileColumns({ model, columns }: PreparedModel): ReportColumn[] {
  return model.columns
    .filter(({ name }) => columns.has(name))
    .map(({ name, type, unit, description }) => {
      if (type !== 'id') return { name, type, unit, description };
      return {
        name,
        type: columns.get(name) === 'BIGINT' ? 'integer' : 'text',
        unit,
        description,
        id: true,
      };
    });
}

/** A SELECT of the rows of a report, dates and timestamps as text. */
export function reportSelect(columns: readonly ReportColumn[], rows: string): string {
  return `select ${columns.map(asText).join(', ')} from ${rows}`;
}

function asText({ name, type }: ReportColumn): string {
  const column = identifier(name);
  if (type === 'date') return `cast(${column} as varchar) as ${column}`;
  return type === 'timestamp'
    ? `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ') as ${column}`
    : column;
}

/** What a partition of files alone holds. */
export function artifactsOf(artifacts: Record<string, StoredObject>): Content {
  return {
    digest: digestOfObjects(Object.values(artifacts)),
    objects: [],
    artifacts,
  };
}
