import { readParquet } from '../build/objects.js';
import type { Jobs } from '../config/jobs.js';
import type { Source } from '../config/source.js';
import { totalRows } from '../counts.js';
import { identifier } from '../engine/engine.js';
import { DATE_OF, type Model } from '../model/model.js';
import type { Release } from '../release/release.js';
import type { DataObject, Partition } from '../release/schema.js';
import type { Reading } from './session.js';

export type Change = 'added' | 'removed' | 'changed';

/** A partition that is not the same in two releases, with its rows; null where there is none. */
interface PartitionDiff {
  readonly name: string;
  readonly change: Change;
  readonly rows_before: number | null;
  readonly rows_after: number | null;
}

/** The partitions of one table that differ. */
export interface TableDiff {
  readonly table: string;
  readonly partitions: readonly PartitionDiff[];
}

/**
 * The rows of one table that differ. A row is changed when one of its key is in both releases.
 */
export interface RowDiff extends Record<Change, number> {
  /** columns that only one of the releases has; rows are compared by the others */
  readonly columns: { readonly added: readonly string[]; readonly removed: readonly string[] };
}

/**
 * What differs between two releases, by table; tables that are the same are left out. Pure; no I/O.
 */
export function diffPartitions(before: Release, after: Release): TableDiff[] {
  const tables = [...new Set([...before.tables(), ...after.tables()])].sort();
  return tables.flatMap((table) => {
    const names = [
      ...new Set([...before.of(table), ...after.of(table)].map(({ name }) => name)),
    ].sort();
    const partitions = names.flatMap((name) =>
      diffOne(name, before.get(table, name), after.get(table, name)),
    );
    return partitions.length === 0 ? [] : [{ table, partitions }];
  });
}

function diffOne(
  name: string,
  before: Partition | undefined,
  after: Partition | undefined,
): PartitionDiff[] {
  if (before?.digest === after?.digest) return [];
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return [{ name, change, rows_before: rowsOf(before), rows_after: rowsOf(after) }];
}

function rowsOf(partition: Partition | undefined): number | null {
  return partition === undefined ? null : totalRows(partition.objects);
}

/**
 * Compares the rows of the partitions that differ; undefined for tables that no model makes, whose
 * rows have no key.
 * @throws StoreError when an object of one of the releases is gone
 */
export async function diffRows(
  reading: Reading,
  { table, partitions }: TableDiff,
  [before, after]: readonly [Release, Release],
  { models, sources }: Jobs,
): Promise<RowDiff | undefined> {
  const model = models.find(({ layer, name }) => `${layer}/${name}` === table);
  if (model === undefined) return undefined;
  // rows that have expired in one release would look as if the other alone had them
  const isReadable = (name: string) =>
    !before.get(table, name)?.expired && !after.get(table, name)?.expired;
  const [earlier, later] = [before, after].map((release) =>
    partitions.flatMap(({ name }) =>
      isReadable(name) ? (release.get(table, name)?.objects ?? []) : [],
    ),
  ) as [DataObject[], DataObject[]];
  const [old, young] = [await columnsOf(reading, earlier), await columnsOf(reading, later)];
  if (old === undefined || young === undefined) {
    const [removed, added] = [earlier, later].map((objects) => totalRows(objects)) as [
      number,
      number,
    ];
    return { added, removed, changed: 0, columns: { added: [], removed: [] } };
  }
  const common = [...old]
    .filter((column) => young.has(column))
    .map((column) => JSON.parse(column)[0] as string);
  const names = common.map(identifier);
  const key = keyOf(model, sources, new Set(common));
  const [row] = await reading.session.rows(
    `with old as (select ${names.join(', ')} from ${await readParquet(reading, earlier)}),
     young as (select ${names.join(', ')} from ${await readParquet(reading, later)}),
     removed as (select ${key} as key from (from old except all from young)),
     added as (select ${key} as key from (from young except all from old))
     select (select count(*) from removed) as removed, (select count(*) from added) as added,
       (select count(*) from removed semi join added using (key)) as changed`,
  );
  const changed = Number(row?.changed);
  return {
    added: Number(row?.added) - changed,
    removed: Number(row?.removed) - changed,
    changed,
    columns: { added: onlyIn(young, old), removed: onlyIn(old, young) },
  };
}

/** Name and type of each column, as one text; undefined when there is no object. */
async function columnsOf(
  reading: Reading,
  objects: readonly DataObject[],
): Promise<Set<string> | undefined> {
  const [first] = objects;
  if (first === undefined) return undefined;
  const rows = await reading.session.rows(
    `describe select * from ${await readParquet(reading, [first])}`,
  );
  return new Set(rows.map((row) => JSON.stringify([row.column_name, row.column_type])));
}

function onlyIn(these: ReadonlySet<string>, those: ReadonlySet<string>): string[] {
  return [...these]
    .filter((column) => !those.has(column))
    .map((column) => JSON.parse(column).join(' '));
}

/**
 * SQL of what tells rows apart, as one list: the first key of the contract that a row has, or the
 * grain of the model. Without the columns for that every row is its own.
 */
function keyOf(model: Model, sources: readonly Source[], columns: ReadonlySet<string>): string {
  const list = (names: readonly string[]) =>
    names.every((name) => columns.has(name))
      ? `[${names.map((name) => `cast(${identifier(name)} as varchar)`).join(', ')}]`
      : 'cast(null as varchar[])';
  const date = [DATE_OF[model.layer] ?? []].flat();
  const grain = list([...new Set([...date, ...model.grain])]);
  const source =
    model.layer === 'clean' ? sources.find(({ table }) => table === model.name) : undefined;
  const keys = (source?.key ?? []).filter((key) => key.every((name) => columns.has(name)));
  if (keys.length === 0) return grain;
  const has = (key: readonly string[]) =>
    key.map((name) => `${identifier(name)} is not null`).join(' and ');
  return (
    `case ${keys.map((key) => `when ${has(key)} then ${list(key)}`).join(' ')} else ${grain} ` +
    'end'
  );
}
