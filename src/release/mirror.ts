import path from 'node:path';
import { counted } from '../counts.js';
import { DataError } from '../errors.js';
import { DATE_OF, type Layer } from '../model/model.js';
import type { Store } from '../store/store.js';
import { together } from '../store/together.js';
import { type Live, readWhole } from './commit.js';
import { sha256 } from './digest.js';
import { isMarker, type Marker, readMarker, writeMarker } from './marker.js';
import { filesOf, objectsOf } from './partition.js';
import type { Release } from './release.js';
import type { Partition, StoredObject } from './schema.js';

const FOLDER = 'latest/';

/**
 * The stable names of a release's objects, as people who read with a glob see them: path to object
 * key.
 */
export function mirrorOf(release: Release): Map<string, string> {
  const files = new Map<string, string>();
  for (const partition of release.partitions()) {
    for (const [file, key] of namesOf(partition)) files.set(FOLDER + file, key);
  }
  return files;
}

function namesOf(partition: Partition | undefined): [string, string][] {
  if (partition === undefined || partition.expired) return [];
  const { table, name, date, objects } = partition;
  const [layer, relation] = table.split('/') as [string, string];
  const [object] = objects;
  switch (layer) {
    case 'staged':
      return partition.quarantine === undefined
        ? []
        : [
            [
              `quarantine/${relation}/export_date=${date}/${flat(name)}.parquet`,
              partition.quarantine.key,
            ],
          ];
    case 'moved':
    case 'packed':
      return [];
    case 'report': {
      const artifacts = Object.entries(partition.artifacts ?? {}).map(
        ([extension, { key }]): [string, string] => [
          `reports/${name}/${relation}.${extension}`,
          key,
        ],
      );
      return object === undefined
        ? artifacts
        : [...artifacts, [`reports/${name}/${relation}.parquet`, object.key]];
    }
    case 'index':
      return Object.entries(partition.artifacts ?? {}).map(([file, { key }]) => [
        relation === 'schemas' ? `schemas/${file}.arrow` : `reports/index.${file}`,
        key,
      ]);
    case 'checks': {
      // the folder of the object says what the check is of: event_date=, as_of_date= or all
      const of = object?.key.split('/').at(-2);
      return object === undefined
        ? []
        : [[`${table}/${of === 'all' ? '' : `${of}/`}data.parquet`, object.key]];
    }
    default: {
      const date = `${DATE_OF[layer as Layer] ?? 'event_date'}=${name}`;
      // the folder of a file that holds other dates, too, says which month or year it is of
      const of = object?.within === undefined ? date : object.within.key.split('/').at(-2);
      const folder = name === 'all' ? '' : `${of}/`;
      return filesOf(objects).map(({ key }, i) => [
        `${layer}/${relation}/${folder}data${i === 0 ? '' : `-${i + 1}`}.parquet`,
        key,
      ]);
    }
  }
}

/** An export's key as one part of a path. */
function flat(key: string): string {
  return path.posix.basename(key) === key ? key : key.replaceAll('/', '--');
}

/**
 * What is to be done to the mirror: the object to be copied to each file, and the files to be
 * removed.
 */
interface Changes {
  readonly copies: Map<string, string>;
  readonly removals: Set<string>;
}

interface Refresh {
  /** the number of the release that is live, when a run that built an equal one gave it up */
  readonly live?: number;
  /** what the Delta logs show now; as the marker says unless set */
  readonly delta?: Marker['delta'] | 'none';
  /** what the marker says, where it was read already */
  readonly marker?: Marker | undefined;
}

/**
 * Brings `latest/` in line with a release: copies what is new or changed, removes what the release
 * has no longer. What it showed before is known from the release that its marker names, so that
 * this costs what has changed, not what there is. It may stop at any point; the next run goes on
 * from there.
 * @param base what the run built on, most often what the mirror shows
 * @returns how many files were written or removed
 */
export async function refreshMirror(
  store: Store,
  release: Release,
  base?: Live,
  options: Refresh = {},
): Promise<number> {
  const { live = release.number, marker = await readMarker(store) } = options;
  const delta = options.delta === 'none' ? undefined : (options.delta ?? marker?.delta);
  const done: Marker = { release: live, ...(delta === undefined ? {} : { delta }) };
  const shown = marker && (await releaseShown(store, marker.release, base));
  const { copies, removals } =
    marker && shown ? changesTo(release, shown, marker.changing) : await allOf(store, release);
  if (copies.size + removals.size === 0) {
    if (JSON.stringify(marker) !== JSON.stringify(done)) await writeMarker(store, done);
    return 0;
  }
  // told first: after a crash half-way every file of these counts as not known
  if (marker && shown)
    await writeMarker(store, {
      ...done,
      release: marker.release,
      changing: [...copies.keys(), ...removals],
    });
  await together(copies, ([file, key]) => store.copy(key, file));
  await together(removals, (file) => store.remove(file));
  await writeMarker(store, done);
  return copies.size + removals.size;
}

/** The release of this number; undefined when it cannot be read any more. */
async function releaseShown(
  store: Store,
  number: number,
  base: Live | undefined,
): Promise<Release | undefined> {
  if (base?.commit?.release.number === number) return base.release;
  try {
    return (await readWhole(store, number)).release;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

/**
 * What differs between what the mirror shows and a release. Partitions that were taken over are the
 * same objects.
 */
function changesTo(release: Release, shown: Release, unsure: readonly string[] = []): Changes {
  const before = new Map<string, string>();
  const after = new Map<string, string>();
  for (const difference of release.differences(shown)) {
    for (const [name, key] of namesOf(difference.before)) before.set(FOLDER + name, key);
    for (const [name, key] of namesOf(difference.after)) after.set(FOLDER + name, key);
  }
  const copies = new Map([...after].filter(([file, key]) => before.get(file) !== key));
  const removals = new Set([...before.keys()].filter((file) => !after.has(file)));
  const wanted = unsure.length === 0 ? undefined : mirrorOf(release);
  for (const file of unsure) {
    const key = wanted?.get(file);
    if (key === undefined) removals.add(file);
    else copies.set(file, key);
  }
  return { copies, removals };
}

/**
 * All files of a release, and what is there beside them: for a mirror of which nothing is
 * known.
 */
async function allOf(store: Store, release: Release): Promise<Changes> {
  const copies = mirrorOf(release);
  const removals = new Set<string>();
  for await (const key of store.keys(FOLDER))
    if (!isMarker(key) && !copies.has(key)) removals.add(key);
  return { copies, removals };
}

/**
 * Brings `latest/` in line with a release as if nothing were known of it: every file is copied.
 * @returns how many were written or removed
 */
export async function copyMirror(store: Store, release: Release): Promise<number> {
  const delta = (await readMarker(store))?.delta;
  await writeMarker(store, { release: 0, ...(delta === undefined ? {} : { delta }) });
  return refreshMirror(store, release);
}

/**
 * How the mirror differs from a release: what is missing, what is too much, and what is other than
 * it should be.
 */
export async function compareMirror(
  store: Store,
  release: Release,
  isContentRead: boolean,
): Promise<string[]> {
  const objects = new Map<string, StoredObject>();
  for (const partition of release.partitions())
    for (const object of objectsOf(partition)) objects.set(object.key, object);
  const wanted = mirrorOf(release);
  const existing = new Map<string, number>();
  for await (const { key, bytes } of store.list(FOLDER))
    if (!isMarker(key)) existing.set(key, bytes);
  const compared = await together(wanted, async ([file, key]) => {
    const [object, bytes] = [objects.get(key), existing.get(file)];
    if (object === undefined || bytes === undefined) return `${file}: is missing`;
    if (bytes !== object.bytes)
      return `${file}: expected ${counted(object.bytes, 'byte')}, found ${bytes}`;
    const isOther = isContentRead && sha256((await store.read(file)) ?? '') !== object.sha256;
    return isOther ? `${file}: expected the content of ${key}, found other bytes` : undefined;
  });
  const extra = [...existing.keys()]
    .filter((file) => !wanted.has(file))
    .map((file) => `${file}: is not in the release`);
  return [...compared.filter((line) => line !== undefined), ...extra];
}
