import { filesOf } from '../partition.js';
import type { Release } from '../release.js';
import type { DataObject, Partition } from '../schema.js';

/** Layers whose tables other programs read. */
const OPEN = /^(clean|daily|weekly|monthly|rolling|report)\//;

/** Whether a table has a Delta log: its name begins with its layer, such as clean/sessions. */
export function isOpenTable(table: string): boolean {
  return OPEN.test(table);
}

/** What becomes of a table from one release to the next. */
export interface Change {
  readonly table: string;
  readonly removed: readonly DataObject[];
  readonly added: readonly DataObject[];
  /** key of the Arrow schema, where it is new or another */
  readonly schema: string | undefined;
}

/**
 * The tables that differ, in their order; what both releases have from one manifest is not looked
 * at. Pure.
 */
export function changesBetween(before: Release, after: Release): Change[] {
  const [old, now] = [schemasOf(before), schemasOf(after)];
  const removed = new Map<string, DataObject[]>();
  const added = new Map<string, DataObject[]>();
  for (const difference of after.differences(before, (table) => old.has(table) || now.has(table))) {
    const [gone, come] = [objectsIn(difference.before), objectsIn(difference.after)];
    const table = (difference.before ?? difference.after)?.table ?? '';
    put(removed, table, missingFrom(come, gone));
    put(added, table, missingFrom(gone, come));
  }
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((table): Change | [] => {
    const key = now.get(table);
    const schema = key === old.get(table) ? undefined : key;
    const change = {
      table,
      removed: byKey(removed.get(table)),
      added: byKey(added.get(table)),
      schema,
    };
    return schema === undefined && change.removed.length + change.added.length === 0 ? [] : change;
  });
}

/** The keys of the Arrow schemas of a release's tables. */
export function schemasOf(release: Release): Map<string, string> {
  const { artifacts = {} } = release.get('index/schemas', 'all') ?? {};
  return new Map(
    Object.entries(artifacts).flatMap(([table, { key }]) =>
      isOpenTable(table) ? [[table, key]] : [],
    ),
  );
}

/** The objects that hold the rows of a table. */
export function objectsOfTable(release: Release, table: string): DataObject[] {
  return byKey(release.of(table).flatMap(objectsIn));
}

function objectsIn(partition: Partition | undefined): readonly DataObject[] {
  return partition === undefined || partition.expired ? [] : filesOf(partition.objects);
}

function missingFrom(there: readonly DataObject[], objects: readonly DataObject[]): DataObject[] {
  const keys = new Set(there.map(({ key }) => key));
  return objects.filter(({ key }) => !keys.has(key));
}

/** Each once, in one order, whatever order they were built in. */
function byKey(objects: readonly DataObject[] = []): DataObject[] {
  return filesOf(objects).toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function put(map: Map<string, DataObject[]>, table: string, objects: readonly DataObject[]): void {
  map.set(table, [...(map.get(table) ?? []), ...objects]);
}
