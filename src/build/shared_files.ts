import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { identifier, type Session } from '../engine/engine.js';
import type { InputObject, SharedFile } from '../engine/job.js';
import { parquetRelation } from '../engine/relation.js';
import { SPANNED } from '../model/model.js';
import { unreadable } from '../release/expiry.js';
import { borrowing } from '../store/cached.js';
import type { Store } from '../store/store.js';

/** Objects of dated tables and of exports: those that files of a month or a year may hold. */
const SHAREABLE = new RegExp(
  `^objects/(${[...SPANNED, 'staged'].join('|')})/[^/]+/(event|week|month|export)_date=`,
);

/** An object that is part of a larger file. */
interface PartObject extends InputObject {
  readonly within: SharedFile;
}

interface Asked {
  readonly object: PartObject;
  resolve(file: string): void;
  reject(error: unknown): void;
}

/**
 * Small objects that are parts of larger files of the store. Those that a night writes stay in a
 * local folder until it publishes; those of a release are taken out of their files when they are
 * read. So whatever reads objects sees one file for each, wherever its rows are.
 */
export class SharedFiles {
  readonly #store: Store;
  readonly #folder: string;
  readonly #session: Session;
  readonly #local = new Map<string, Promise<string>>();
  readonly #folders = new Set<string>();
  #placed = 0;
  #asked: Asked[] = [];
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param folder a local one of its own
   * @param session nobody waits for an object while a statement runs in it
   */
  constructor(store: Store, folder: string, session: Session) {
    this.#store = store;
    this.#folder = folder;
    this.#session = session;
  }

  /** Keeps a file as an object until it is known which file of the store has its rows. */
  async keep(key: string, file: string): Promise<void> {
    const kept = await this.#place(key);
    await rename(file, kept);
    this.#local.set(key, Promise.resolve(kept));
  }

  /** The local file of an object that was kept or taken out of a file; undefined for others. */
  find(key: string): Promise<string> | undefined {
    return this.#local.get(key);
  }

  /** The same, which the caller moves away: it is not found here any more. */
  handOver(key: string): Promise<string> | undefined {
    const kept = this.#local.get(key);
    this.#local.delete(key);
    return kept;
  }

  /** A local file with the rows of an object, which are part of a file of the store. */
  take(object: PartObject): Promise<string> {
    const known = this.#local.get(object.key);
    if (known !== undefined) return known;
    const taken = new Promise<string>((resolve, reject) => {
      this.#asked.push({ object, resolve, reject });
    });
    // those that are asked for at once are taken out together
    if (this.#asked.length === 1)
      this.#last = this.#last.then(nextTurn).then(() => this.#takeAll());
    this.#local.set(object.key, taken);
    return taken;
  }

  async #takeAll(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    const byFile = new Map<string, Asked[]>();
    for (const each of asked) {
      const { key } = each.object.within;
      byFile.set(key, [...(byFile.get(key) ?? []), each]);
    }
    for (const parts of byFile.values()) {
      try {
        const files = await borrowing(() => this.#takeFrom(parts.map(({ object }) => object)));
        for (const [i, { resolve }] of parts.entries()) resolve(files[i] as string);
      } catch (error) {
        for (const { object, reject } of parts) {
          this.#local.delete(object.key);
          reject(error);
        }
      }
    }
  }

  /** Takes objects out of the file that has them all. */
  async #takeFrom(parts: readonly PartObject[]): Promise<string[]> {
    const [{ within: shared }] = parts as [PartObject];
    const from = parquetRelation([shared], [await this.#fetch(shared)], false);
    const described = await this.#session.rows(`describe select * from ${from}`);
    const types = new Map(
      described.map((row) => [String(row.column_name), String(row.column_type)]),
    );
    const files: string[] = [];
    for (const { key, rows, within } of parts) {
      const columns = new Map(types);
      columns.delete(dateOf(key)); // in the path of the object, and not in it
      const file = await this.#place(key);
      await this.#session.writeParquet(
        `select ${[...columns.keys()].map(identifier).join(', ')} from ${from}
         where file_row_number >= ${within.first} and file_row_number < ${within.first + rows}
         order by file_row_number`,
        columns,
        { file, compression: 'snappy', rows },
      );
      files.push(file);
    }
    return files;
  }

  async #fetch(shared: SharedFile): Promise<string> {
    try {
      return await this.#store.fetch(shared.key, this.#folder, shared);
    } catch (error) {
      throw unreadable(error, shared.key, this.#store.locate(shared.key));
    }
  }

  /**
   * A new place for an object, in a folder of its date that all tables have in common: objects of
   * several tables may have the same content, and so the same name.
   */
  async #place(key: string): Promise<string> {
    const date = key.split('/').at(-2) ?? '';
    const folder = path.join(this.#folder, date);
    if (!this.#folders.has(date)) await mkdir(folder, { recursive: true });
    this.#folders.add(date);
    this.#placed += 1;
    return path.join(folder, `${this.#placed}.parquet`);
  }
}

/** Whether files of a month or a year may hold what is in a folder of the store. */
export function isShareable(folder: string): boolean {
  return SHAREABLE.test(`${folder}/`);
}

/** The name of the date that is in the path of an object. */
function dateOf(key: string): string {
  return /\/(\w+_date)=[^/]+\/[^/]+$/.exec(key)?.[1] ?? '';
}
