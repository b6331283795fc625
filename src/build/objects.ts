import { statSync } from 'node:fs';
import path from 'node:path';
import type { Session } from '../engine/engine.js';
import type { InputObject } from '../engine/job.js';
import { parquetRelation } from '../engine/relation.js';
import { readBack, type Written } from '../engine/second_reader.js';
import { isOpenTable } from '../release/delta/changes.js';
import { sha256, sha256OfFile, short } from '../release/digest.js';
import { unreadable } from '../release/expiry.js';
import type { DataObject, StoredObject } from '../release/schema.js';
import type { Content } from '../store/store.js';
import type { Night } from './night.js';
import { isShareable } from './shared_files.js';

/** A column's name and SQL type, in the order of the file. */
export type Columns = ReadonlyMap<string, string>;

let files = 0;

/** A fresh path in the scratch folder of this run. */
export function scratchFile(night: Night, extension: string): string {
  files += 1;
  return path.join(night.scratch, `${files}${extension}`);
}

/** Rows that become one Parquet object, and the folder it belongs in. */
export interface Part {
  readonly select: string;
  readonly folder: string;
  /** how many they are, where that is known */
  readonly rows?: number;
  /** what comes before they are read */
  bind?(): Promise<void>;
  /** throws when there are not as many as expected */
  require?(found: number): void;
}

/**
 * Writes the rows of each SELECT as a Parquet object in the store, under a name made of its
 * content.
 * @param columns of all of them
 */
export async function writeParquet(
  night: Night,
  session: Session,
  parts: readonly Part[],
  columns: Columns,
): Promise<DataObject[]> {
  const places = await writeFiles(night, session, parts, columns);
  return Promise.all(places.map((place) => place()));
}

/**
 * Writes the rows of each SELECT as a Parquet file in the scratch folder, all of the same columns.
 * @returns what places each of them in the store, which takes no session
 */
export async function writeFiles(
  night: Night,
  session: Session,
  parts: readonly Part[],
  columns: Columns,
): Promise<(() => Promise<DataObject>)[]> {
  const files: Written[] = [];
  for (const part of parts) {
    await part.bind?.();
    const written = await copyParquet(night, session, part, columns);
    part.require?.(written.rows);
    files.push(written);
  }
  return placingOf(night, session, parts, files, columns);
}

/** The same for small parts whose numbers of rows are known, in one call of the engine. */
export async function writeSmallFiles(
  night: Night,
  session: Session,
  parts: readonly Required<Pick<Part, 'select' | 'folder' | 'rows'>>[],
  columns: Columns,
): Promise<(() => Promise<DataObject>)[]> {
  const files = parts.map(({ rows }): Written => ({ file: scratchFile(night, '.parquet'), rows }));
  const selects = new Map(parts.map(({ select }, i) => [(files[i] as Written).file, select]));
  await session.writeParquetFiles(selects, columns, night.config.parquet.compression);
  return placingOf(night, session, parts, files, columns);
}

/** What places files, each in the folder of its part, once a second reader has read them all. */
async function placingOf(
  night: Night,
  session: Session,
  parts: readonly Pick<Part, 'folder'>[],
  files: readonly Written[],
  columns: Columns,
): Promise<(() => Promise<DataObject>)[]> {
  const published = files.filter((_, i) => !isKept(night, parts[i]?.folder ?? ''));
  const check = await readBack(session, published, columns, night.config.parquet.compression);
  let checked: Promise<void> | undefined;
  return parts.map(({ folder }, i) => async () => {
    checked ??= check();
    await checked;
    return placeParquet(night, files[i] as Written, folder);
  });
}

/** Whether what is placed in a folder becomes part of a file, which is then read again. */
export function isKept({ config }: Night, folder: string): boolean {
  return config.parquet.partition_by !== 'date' && isShareable(folder);
}

/** Writes the rows of a SELECT, in their order, as a Parquet file in the scratch folder. */
async function copyParquet(
  night: Night,
  session: Session,
  { select, rows }: Pick<Part, 'select' | 'rows'>,
  columns: Columns,
): Promise<Written> {
  const file = scratchFile(night, '.parquet');
  const { compression } = night.config.parquet;
  const to = { file, compression, ...(rows === undefined ? {} : { rows }) };
  return { file, rows: await session.writeParquet(select, columns, to) };
}

/**
 * Moves a finished Parquet file into the store. What its footer says is kept of tables that other
 * programs read.
 */
export async function placeParquet(
  night: Night,
  { file, rows, stats, content }: Written,
  folder: string,
): Promise<DataObject> {
  const named = { content: { file }, ...(content ?? (await contentOf(file))) };
  const object = await placeNamed(night, named, folder, '.parquet');
  return stats !== undefined && isOpenTable(folder.replace(/^objects\//, ''))
    ? { ...object, rows, stats }
    : { ...object, rows };
}

/** Moves a finished scratch file into the store under a name made of its content. */
export async function place(
  night: Night,
  file: string,
  folder: string,
  extension: string,
): Promise<StoredObject> {
  const named = { content: { file }, ...(await contentOf(file)) };
  return placeNamed(night, named, folder, extension);
}

/** What becomes an object, and what names it. */
interface Named {
  readonly content: Content;
  readonly bytes: number;
  readonly sha256: string;
}

async function contentOf(file: string): Promise<Omit<Named, 'content'>> {
  const { size } = statSync(file);
  return { bytes: size, sha256: await sha256OfFile(file, size) };
}

async function placeNamed(
  night: Night,
  { content, bytes, sha256 }: Named,
  folder: string,
  extension: string,
): Promise<StoredObject> {
  const key = `${folder}/${short(sha256)}${extension}`;
  if ('file' in content && isKept(night, folder)) await night.shared.keep(key, content.file);
  else await night.output.write(key, content);
  return { key, bytes, sha256 };
}

/** Stores bytes under a name made of their content. */
export async function placeBytes(
  night: Night,
  content: Buffer,
  folder: string,
  extension: string,
): Promise<StoredObject> {
  const named = { content, bytes: content.length, sha256: sha256(content) };
  return placeNamed(night, named, folder, extension);
}

/** Where objects are read from. */
export type Objects = Pick<Night, 'output' | 'scratch' | 'shared'>;

/** The local file of an object of the output store, or a copy in the scratch folder. */
export async function fetchObject(
  { output, scratch, shared }: Objects,
  object: InputObject,
): Promise<string> {
  const { key, within } = object;
  const kept = shared.find(key) ?? (within && shared.take({ ...object, within }));
  if (kept !== undefined) return kept;
  try {
    return await output.fetch(key, scratch, object);
  } catch (error) {
    throw unreadable(error, key, output.locate(key));
  }
}

/**
 * SQL that reads Parquet objects of the output store, whose local copies are fetched when the store
 * is remote. The partition column comes from their path, where all of them have one in it, unless
 * told otherwise.
 */
export async function readParquet(
  where: Objects,
  objects: readonly DataObject[],
  { isHive = objects.every(({ key }) => key.includes('=')) } = {},
): Promise<string> {
  const local = await Promise.all(objects.map((object) => fetchObject(where, object)));
  return parquetRelation(objects, local, isHive);
}
