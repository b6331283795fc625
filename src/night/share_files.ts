import type { Night } from '../build/night.js';
import { fetchObject, placeParquet, scratchFile } from '../build/objects.js';
import { eachTask, withSession } from '../build/pool.js';
import { isShareable } from '../build/shared_files.js';
import { counted, totalRows } from '../counts.js';
import { type Span, spanFolder } from '../dates.js';
import { identifier, type Session } from '../engine/engine.js';
import type { InputObject } from '../engine/job.js';
import { type Run, runsOf } from '../engine/relation.js';
import { readBack, type Written } from '../engine/second_reader.js';
import { DataError } from '../errors.js';
import { SPANNED } from '../model/model.js';
import { mainOf } from '../release/partition.js';
import type { DataObject, Partition, SharedFile } from '../release/schema.js';

/** What the objects of a release are within, by key. */
type Places = Map<string, SharedFile>;

/** Objects that one file is to hold, in order. */
interface Group {
  readonly folder: string;
  readonly objects: readonly DataObject[];
}

/**
 * Brings the small objects of the release that is built into the files of a month or a year that
 * the configuration asks for. Each file of a table holds just the rows of its dates that the
 * release has; that of exports their staged rows, but for main files that are part of their clean
 * date.
 */
export async function shareFiles(night: Night): Promise<void> {
  const { next, config } = night;
  const { partition_by: span } = config.parquet;
  if (span === 'date') return;
  for (const table of next.tables()) await shareTable(night, table);
  for (const table of next.tables().filter((name) => name.startsWith('staged/'))) {
    const clean = placesOf(next.of(table.replace('staged/', 'clean/')));
    const exports = next.of(table);
    const groups = groupsOf(exports, span, (object, partition) =>
      clean.has(object.key) ? undefined : object === mainOf(partition) ? 'main' : 'rows',
    );
    settle(night, table, exports, new Map([...clean, ...(await shareAll(night, groups))]));
    await placeOthers(night, next.of(table));
  }
}

/** The same for one table, once it is up to date: what reads it opens few files then. */
export async function shareTable(night: Night, table: string): Promise<void> {
  const { partition_by: span } = night.config.parquet;
  const isSpanned = SPANNED.some((layer) => table.startsWith(`${layer}/`));
  if (span === 'date' || !night.builds || !isSpanned) return;
  const kept = night.next.of(table).filter(({ expired }) => !expired);
  const groups = groupsOf(kept, span, () => '');
  settle(night, table, kept, await shareAll(night, groups));
}

/**
 * The objects of partitions by the file that is to hold them.
 * @param roleOf tells apart objects of other columns; undefined for those that are placed already
 */
function groupsOf(
  partitions: readonly Partition[],
  span: Span,
  roleOf: (object: DataObject, partition: Partition) => string | undefined,
): Group[] {
  const groups = new Map<string, { folder: string; objects: Map<string, DataObject> }>();
  for (const partition of partitions) {
    for (const object of partition.objects) {
      const role = roleOf(object, partition);
      if (role === undefined || !isShareable(folderOf(object.key))) continue;
      const folder = `objects/${partition.table}/${spanFolder(span, partition.date)}`;
      const key = `${folder} ${role}`;
      const group = groups.get(key) ?? { folder, objects: new Map() };
      groups.set(key, group);
      group.objects.set(object.key, object); // once, though exports of equal rows share it
    }
  }
  return [...groups.values()].map(({ folder, objects }) => ({
    folder,
    objects: [...objects.values()],
  }));
}

function holdsStaged(folder: string): boolean {
  return folder.startsWith('objects/staged/');
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

function placesOf(partitions: readonly Partition[]): Places {
  return new Map(
    partitions
      .filter(({ expired }) => !expired)
      .flatMap(({ objects }) =>
        objects.flatMap(({ key, within }) => (within === undefined ? [] : [[key, within]])),
      ),
  );
}

/** Has a file for each group: the one that holds just its objects already, or a new one. */
async function shareAll(night: Night, groups: readonly Group[]): Promise<Places> {
  const placed = await eachTask(night.engine.sessions, groups, async (group) => {
    const file = holding(group) ?? (await write(night, group));
    let first = 0;
    return group.objects.map(({ key, rows }): [string, SharedFile] => {
      const place = { ...file, first };
      first += rows;
      return [key, place];
    });
  });
  return new Map(placed.flat());
}

/** The file that holds the objects of a group in their order, and no others. */
function holding({ folder, objects }: Group): Omit<SharedFile, 'first'> | undefined {
  const within = objects[0]?.within;
  if (within === undefined || folderOf(within.key) !== folder) return undefined;
  let next = 0;
  for (const { rows, within: own } of objects) {
    if (own?.key !== within.key || own.first !== next) return undefined;
    next += rows;
  }
  const { first: _, ...file } = within;
  return next === file.rows ? file : undefined;
}

async function write(night: Night, { folder, objects }: Group): Promise<Omit<SharedFile, 'first'>> {
  const isOld = objects.some(({ key, within }) => !within && !night.shared.find(key));
  const fetch = (object: InputObject) => fetchObject(night, object);
  const runs = await runsOf(objects, fetch, !holdsStaged(folder), isOld);
  const written = await withSession(night.engine.sessions, (session) =>
    writeFile(night, session, { folder, objects }, runs),
  );
  return placeParquet(night, written, folder);
}

/**
 * Writes the rows of objects one after the other: those of dated tables with their date, which
 * comes first, and the main files among staged rows without it, wherever they were before.
 */
async function writeFile(
  night: Night,
  session: Session,
  { folder, objects }: Group,
  runs: readonly Run[],
): Promise<Written> {
  const selects = runs.map(
    ({ from, where = 'true' }, i) =>
      `select *, ${i} as _run, file_index, file_row_number from ${from} where ${where}`,
  );
  const rowsOfAll = `(${selects.join(' union all by name ')})`;
  const described = await session.rows(
    `describe select * exclude (_run, file_index, file_row_number) from ${rowsOfAll}`,
  );
  const types = described.map((row) => [String(row.column_name), String(row.column_type)] as const);
  const isDate = ([name]: readonly [string, string]) =>
    folderOf(objects[0]?.key ?? '').includes(`/${name}=`);
  const dates = holdsStaged(folder) ? [] : types.filter(isDate);
  const columns = new Map([...dates, ...types.filter((each) => !isDate(each))]);
  const file = scratchFile(night, '.parquet');
  const expected = totalRows(objects);
  const { compression } = night.config.parquet;
  const rows = await session.writeParquet(
    `select ${[...columns.keys()].map(identifier).join(', ')} from ${rowsOfAll}
      order by _run, file_index, file_row_number`,
    columns,
    { file, compression, rows: expected },
  );
  if (rows !== expected) {
    throw new DataError(
      `${folder}: expected ${counted(expected, 'row')}, as its dates have, found ${rows}. ` +
        'Nothing was published; please report this',
    );
  }
  const written = { file, rows };
  const check = await readBack(session, [written], columns, compression);
  await check();
  return written;
}

/** Tells the partitions of a table where their objects are now. */
function settle(
  { next }: Night,
  table: string,
  partitions: readonly Partition[],
  places: Places,
): void {
  for (const partition of partitions) {
    const isSettled = partition.objects.every(({ key, within }) => {
      const place = places.get(key);
      return place === undefined || (within?.key === place.key && within.first === place.first);
    });
    if (isSettled) continue;
    const objects = partition.objects.map(({ stats: _, ...object }) => {
      const within = places.get(object.key);
      return within === undefined ? object : { ...object, within };
    });
    next.add({ ...partition, table, objects });
  }
}

/** Objects beside the rows of exports, which are files of their own. */
async function placeOthers(
  { output, shared }: Night,
  exports: readonly Partition[],
): Promise<void> {
  for (const { lines, quarantine, carried } of exports) {
    for (const { key } of [lines, quarantine, carried].filter((object) => object !== undefined)) {
      const kept = shared.handOver(key);
      if (kept !== undefined) await output.write(key, { file: await kept });
    }
  }
}
