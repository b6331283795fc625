import { stat } from 'node:fs/promises';
import path from 'node:path';
import { identifier, quote, type Session } from '../engine/engine.js';
import { readBack } from '../engine/readback.js';
import { sha256, sha256OfFile, short } from '../release/digest.js';
import type { DataObject, StoredObject } from '../release/release.js';
import type { Night } from './night.js';

/** A column's name and SQL type, in the order of the file. */
export type Columns = ReadonlyMap<string, string>;

let files = 0;

/** A fresh path in the scratch folder of this run. */
export function scratchFile(night: Night, extension: string): string {
  files += 1;
  return path.join(night.scratch, `${files}${extension}`);
}

/**
 * Writes the rows of a SELECT as a Parquet object in the store: to the scratch folder first, read back by a second
 * reader, then placed under a name made of its content.
 */
export async function writeParquet(
  night: Night,
  session: Session,
  select: string,
  folder: string,
  columns: Columns,
): Promise<DataObject> {
  const file = scratchFile(night, '.parquet');
  const list = [...columns]
    .map(([name, type]) => `cast(${identifier(name)} as ${type}) as ${identifier(name)}`)
    .join(', ');
  // No dictionaries: parquetjs-lite cannot read timestamps from one, and reads wrong values from one of over 256 entries.
  const [result] = await session.rows(
    `copy (select ${list} from (${select})) to ${quote(file)} (format parquet, compression ${night.config.parquet.compression}, dictionary_size_limit 0)`,
  );
  const rows = Number(result?.Count);
  if (night.config.parquet.compression !== 'zstd') await readBack(session, file, columns, rows); // it cannot read zstd
  return { ...(await place(night, file, folder, '.parquet')), rows };
}

/** Moves a finished scratch file into the store under a name made of its content. */
export async function place(night: Night, file: string, folder: string, extension: string): Promise<StoredObject> {
  const { size } = await stat(file);
  const hash = await sha256OfFile(file, size);
  const key = `${folder}/${short(hash)}${extension}`;
  await night.output.write(key, { file });
  return { key, bytes: size, sha256: hash };
}

/** Stores bytes under a name made of their content. */
export async function placeBytes(
  night: Night,
  content: Buffer,
  folder: string,
  extension: string,
): Promise<StoredObject> {
  const hash = sha256(content);
  const key = `${folder}/${short(hash)}${extension}`;
  await night.output.write(key, content);
  return { key, bytes: content.length, sha256: hash };
}

/**
 * SQL that reads Parquet objects of the output store, whose local copies are fetched when the store is remote. The
 * partition column comes from their path.
 * @param options further options of DuckDB's read_parquet
 */
export async function readParquet(night: Night, objects: readonly DataObject[], ...options: string[]): Promise<string> {
  const local = await Promise.all(objects.map((object) => night.output.fetch(object.key, night.scratch, object)));
  const all = [`[${local.map(quote).join(', ')}]`, 'hive_partitioning = true', ...options];
  return `read_parquet(${all.join(', ')})`;
}
