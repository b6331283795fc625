import path from 'node:path';
import type { Store } from '../store/store.js';
import { together } from '../store/together.js';
import { sha256 } from './digest.js';
import { objectsOf, type Partition, type Release, type StoredObject } from './release.js';

const FOLDER = 'latest/';
/** What the mirror held when it was last refreshed: the object behind each file. Never read as truth. */
const MARKER = 'latest/_mirror.json';
const HEAD = '{"release":';

/** The stable names of a release's objects, as people who read with a glob see them: path to object key. */
export function mirrorOf(release: Release): Map<string, string> {
  const files = new Map<string, string>();
  for (const partition of release.partitions()) {
    for (const [file, key] of namesOf(partition)) files.set(FOLDER + file, key);
  }
  return files;
}

function namesOf(partition: Partition): [string, string][] {
  const { table, name, date, objects, expired } = partition;
  if (expired) return [];
  const [layer, relation] = table.split('/') as [string, string];
  const [object] = objects;
  switch (layer) {
    case 'staged':
      return partition.quarantine === undefined
        ? []
        : [[`quarantine/${relation}/export_date=${date}/${flat(name)}.parquet`, partition.quarantine.key]];
    case 'moved':
    case 'packed':
      return [];
    case 'report': {
      const artifacts = Object.entries(partition.artifacts ?? {}).map(([extension, { key }]): [string, string] => [
        `reports/${name}/${relation}.${extension}`,
        key,
      ]);
      return object === undefined ? artifacts : [...artifacts, [`reports/${name}/${relation}.parquet`, object.key]];
    }
    case 'index':
      return Object.entries(partition.artifacts ?? {}).map(([file, { key }]) => [
        relation === 'schemas' ? `schemas/${file}.arrow` : `reports/index.${file}`,
        key,
      ]);
    case 'checks': {
      // the folder of the object says what the check is of: event_date=, as_of_date= or all
      const of = object?.key.split('/').at(-2);
      return object === undefined ? [] : [[`${table}/${of === 'all' ? '' : `${of}/`}data.parquet`, object.key]];
    }
    default: {
      if (object === undefined) return [];
      const folder = name === 'all' ? '' : `${layer === 'rolling' ? 'as_of_date' : 'event_date'}=${name}/`;
      return [[`${layer}/${relation}/${folder}data.parquet`, object.key]];
    }
  }
}

/** An export's key as one part of a path. */
function flat(key: string): string {
  return path.posix.basename(key) === key ? key : key.replaceAll('/', '--');
}

/**
 * Brings `latest/` in line with a release: copies what is new or changed, removes what the release has no longer.
 * It may stop at any point; the next run goes on from what is there.
 * @param live the number of the release that is live, when a run that built an equal one gave it up
 * @returns how many files were written or removed
 */
export async function refreshMirror(store: Store, release: Release, live = release.number): Promise<number> {
  const wanted = mirrorOf(release);
  const { files: known, release: number } = await readMarker(store);
  const standing = await readStanding(store);
  const copies = [...wanted].filter(([file, key]) => !standing.has(file) || known.get(file) !== key);
  const leftovers = [...standing].filter((file) => !wanted.has(file));
  if (copies.length + leftovers.length === 0) {
    if (number !== live) await writeMarker(store, live, wanted);
    return 0;
  }
  // forgotten first: after a crash half-way every file of these counts as not known
  const sure = [...wanted].filter(([file, key]) => known.get(file) === key);
  await writeMarker(store, 0, new Map(sure));
  await together(copies, ([file, key]) => store.copy(key, file));
  await together(leftovers, (file) => store.remove(file));
  await writeMarker(store, live, wanted);
  return copies.length + leftovers.length;
}

/** Brings `latest/` in line with a release as if nothing were known of it: every file is copied. @returns how many were written or removed */
export async function copyMirror(store: Store, release: Release): Promise<number> {
  await store.remove(MARKER);
  return refreshMirror(store, release);
}

/**
 * Whether the mirror was brought in line with the release of this number. What somebody else did to it since is not
 * seen here, for that would mean to list it; the next night that builds something mends it.
 */
export async function isMirrored(store: Store, number: number): Promise<boolean> {
  const marker = await store.read(MARKER);
  // the number stands first; the files of years behind it take longer to read than all else a night with nothing new does
  return marker?.toString('latin1', 0, HEAD.length + 16).startsWith(`${HEAD}${number},`) ?? false;
}

/** How the mirror differs from a release: what is missing, what is too much, and what is other than it should be. */
export async function compareMirror(store: Store, release: Release, isContentRead: boolean): Promise<string[]> {
  const objects = new Map<string, StoredObject>();
  for (const partition of release.partitions())
    for (const object of objectsOf(partition)) objects.set(object.key, object);
  const wanted = mirrorOf(release);
  const standing = new Map<string, number>();
  for await (const { key, bytes } of store.list(FOLDER)) if (key !== MARKER) standing.set(key, bytes);
  const compared = await together(wanted, async ([file, key]) => {
    const [object, bytes] = [objects.get(key), standing.get(file)];
    if (object === undefined || bytes === undefined) return `${file}: is missing`;
    if (bytes !== object.bytes) return `${file}: expected ${object.bytes} bytes, found ${bytes}`;
    const isOther = isContentRead && sha256((await store.read(file)) ?? '') !== object.sha256;
    return isOther ? `${file}: expected the content of ${key}, found other bytes` : undefined;
  });
  const extra = [...standing.keys()]
    .filter((file) => !wanted.has(file))
    .map((file) => `${file}: is not in the release`);
  return [...compared.filter((line) => line !== undefined), ...extra];
}

async function readStanding(store: Store): Promise<Set<string>> {
  const standing = new Set<string>();
  for await (const key of store.keys(FOLDER)) if (key !== MARKER) standing.add(key);
  return standing;
}

interface Marker {
  /** the release that the mirror shows; 0 while it is being refreshed */
  readonly release: number;
  /** the object behind each file */
  readonly files: ReadonlyMap<string, string>;
}

async function readMarker(store: Store): Promise<Marker> {
  const body = await store.read(MARKER);
  try {
    const { release, files } = JSON.parse(String(body)) as { release: number; files: Record<string, string> };
    return { release, files: new Map(Object.entries(files)) };
  } catch {
    return { release: 0, files: new Map() }; // not there, or torn: everything is copied anew
  }
}

async function writeMarker(store: Store, release: number, files: ReadonlyMap<string, string>): Promise<void> {
  await store.write(MARKER, Buffer.from(`${HEAD}${release},"files":${JSON.stringify(Object.fromEntries(files))}}\n`));
}
