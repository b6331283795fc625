import type { DataObject, Partition, StoredObject } from './schema.js';

/**
 * The files with the rows of objects, each once: their own ones, or those of a month or a year.
 */
export function filesOf(objects: readonly DataObject[]): DataObject[] {
  const files = new Map<string, DataObject>();
  for (const { within, ...object } of objects) {
    const { first: _, ...file } = within ?? { ...object, first: 0 };
    files.set(file.key, file);
  }
  return [...files.values()];
}

/** All files of a partition that are to be there. */
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
    ...filesOf(objects),
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
