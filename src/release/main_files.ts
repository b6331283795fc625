import path from 'node:path';
import type { Store } from '../store/store.js';
import { together } from '../store/together.js';
import { mainOf } from './partition.js';
import type { Release } from './release.js';
import type { DataObject, Partition } from './schema.js';

/**
 * Puts each main file where it belongs: below its clean table as long as it is part of its date,
 * and otherwise below `objects/staged`, because a VACUUM of the Delta table may remove whatever its
 * log does not name.
 * @param last the release before: what both have is where it belongs
 */
export async function placeMainFiles(store: Store, next: Release, last: Release): Promise<void> {
  for (const staged of next.tables().filter((table) => table.startsWith('staged/'))) {
    const table = staged.slice('staged/'.length);
    const clean = `clean/${table}`;
    const dates = new Set<string | undefined>();
    for (const { before, after } of next.differences(
      last,
      (name) => name === clean || name === staged,
    ))
      for (const partition of [before, after])
        if (partition !== undefined)
          dates.add(partition.table === clean ? partition.name : mainDateOf(partition));
    dates.delete(undefined);
    if (dates.size === 0) continue;
    const own = next.exportsOf(table).filter((partition) => dates.has(mainDateOf(partition)));
    await together(own, (partition) => placeMainFile(store, next, partition, table));
  }
}

async function placeMainFile(
  store: Store,
  next: Release,
  partition: Partition,
  table: string,
): Promise<void> {
  const [main, date] = [mainOf(partition), mainDateOf(partition)];
  if (main === undefined || date === undefined) return;
  const isPart = partOf(next, table, date, main) !== undefined;
  const folder = `objects/${isPart ? 'clean' : 'staged'}/${table}/event_date=${date}`;
  const key = `${folder}/${path.posix.basename(main.key)}`;
  const moved = <T extends Partition>(each: T) => ({
    ...each,
    objects: each.objects.map((object) =>
      object.sha256 === main.sha256 ? { ...object, key } : object,
    ),
  });
  if (main.key !== key) {
    await store.copy(main.key, key);
    next.add(moved(partition));
  }
  // read again: another main file of the date may have been placed meanwhile
  const clean = partOf(next, table, date, main);
  if (clean?.objects.some((object) => object.sha256 === main.sha256 && object.key !== key))
    next.add(moved(clean));
}

/** The clean partition of a date, where a main file is part of it. */
function partOf(
  next: Release,
  table: string,
  date: string,
  main: DataObject,
): Partition | undefined {
  const clean = next.get(`clean/${table}`, date);
  return clean?.expired || !clean?.objects.some(({ sha256 }) => sha256 === main.sha256)
    ? undefined
    : clean;
}

/** The date of the rows of an export's main file. */
function mainDateOf({ slices }: Partition): string | undefined {
  return slices?.find(({ main }) => main !== undefined)?.date ?? undefined;
}
