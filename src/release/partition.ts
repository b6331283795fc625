import type { DataObject, Partition, StoredObject } from './schema.js';

/** All objects of a partition that are to be there. */
export function objectsOf({
  objects,
  lines,
  quarantine,
  carried,
  artifacts,
  expired,
}: Pick<
  Partition,
  'objects' | 'lines' | 'quarantine' | 'carried' | 'artifacts' | 'expired'
>): StoredObject[] {
  if (expired) return [];
  return [
    ...objects,
    ...[lines, quarantine, carried].flatMap((each) => each ?? []),
    ...Object.values(artifacts ?? {}),
  ];
}

/** The main file of a staged export: the rows of its own date, in the order of the export. */
export function mainOf({
  objects,
  slices,
}: Pick<Partition, 'objects' | 'slices'>): DataObject | undefined {
  const main = slices?.find((slice) => slice.main !== undefined)?.main;
  return main === undefined ? undefined : objects.find(({ sha256 }) => sha256 === main);
}

/** The other rows of a staged export of a dated table, by date: its strays. */
export function straysOf(partition: Pick<Partition, 'objects' | 'slices'>): DataObject | undefined {
  const main = mainOf(partition);
  return partition.objects.find((object) => object !== main);
}
