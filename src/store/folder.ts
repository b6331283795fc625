import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  copyFileSync,
  createReadStream,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { counted } from '../counts.js';
import { ChangedObject, MissingObject, StoreError } from '../errors.js';
import { fileError } from './file_error.js';
import { Flushing, flush } from './flushing.js';
import { HIDDEN, isLink, keysIn, statOf } from './folder_keys.js';
import { localName } from './keys.js';
import type { Content, Entry, Expected, Store } from './store.js';

/** Where files are while they are written. */
const WRITING = `${HIDDEN}writing`;

/** Larger files are flushed while other work goes on. */
const LARGE = 1 << 20;

/** Larger files are copied in other threads. */
const SMALL = 1 << 16;

/** Paths that the engine cannot read: it takes a backslash beside a pattern for a slash. */
const NAMELESS = /^(?=.*\\).*[[*?]/s;

/**
 * A directory as object storage. Writes go to a file of their own first, and are then renamed.
 * Nothing names them before an object is created: creating one waits until all before it have
 * reached the disk. What takes microseconds is not awaited: handing it to another thread would take
 * several times as long.
 */
export class FileStore implements Store {
  readonly url: string;
  readonly folder: string;
  readonly requests = new Map<string, number>();
  /** the folder without links */
  #root: string | undefined;
  /**
   * keys of immutable objects that were found in the folder: a night reads the same days for each
   * of its windows
   */
  readonly #found = new Set<string>();
  /** keys that were written by this program: what is in them is known */
  readonly #written = new Set<string>();
  /** folders that are known to be there */
  readonly #folders = new Set<string>();
  readonly #flushing = new Flushing();

  /** @param folder absolute path; made when the first object is written */
  constructor(folder: string) {
    this.folder = folder;
    this.url = folder;
  }

  locate(key: string): string {
    return path.join(this.folder, key);
  }

  async *list(prefix: string | readonly string[]): AsyncIterable<Entry> {
    for (const key of keysIn(this.folder, prefix)) {
      const stat = statOf(this.folder, key);
      if (stat === undefined && isLink(this.folder, key)) {
        yield { key, bytes: 0, version: 'a link that leads nowhere', modified: new Date(0) };
        continue;
      }
      if (!stat?.isFile()) continue;
      // A file that takes another's place may have its size and its time.
      const version = `${stat.mtimeNs}-${stat.ctimeNs}-${stat.ino}-${stat.size}`;
      yield { key, bytes: Number(stat.size), version, modified: new Date(Number(stat.mtimeMs)) };
    }
  }

  async *keys(prefix: string | readonly string[]): AsyncIterable<string> {
    yield* keysIn(this.folder, prefix);
  }

  async read(key: string): Promise<Buffer | undefined> {
    return this.readNow(key);
  }

  readNow(key: string): Buffer | undefined {
    try {
      return readFileSync(this.locate(key)); // mostly one of hundreds of small manifests
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw fileError('read', this.locate(key), error);
    }
  }

  async fetch(key: string, folder: string, expected?: Expected): Promise<string> {
    const file = this.locate(key);
    if (this.#found.has(key)) return file;
    try {
      // The engine reads neither what is outside the store, where a link may lead, nor what it
      // cannot be told of.
      const real = realpathSync.native(file);
      if (expected !== undefined && !this.#written.has(key)) await requireSame(file, expected);
      this.#root ??= realpathSync.native(this.folder);
      if (!real.startsWith(this.#root + path.sep) || NAMELESS.test(file)) {
        const copy = path.join(folder, localName(key));
        await fs.copyFile(real, copy);
        return copy;
      }
      accessSync(file, constants.R_OK);
      if (expected !== undefined) this.#found.add(key);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        if (isLink(this.folder, key))
          throw new StoreError(
            `Could not read ${file} (ENOENT): it is a symbolic link that leads nowhere: correct ` +
              'it, or take it away',
            { cause: error },
          );
        throw new MissingObject(`${file}: expected an object, found none`);
      }
      throw error instanceof ChangedObject ? error : fileError('read', file, error);
    }
    return file;
  }

  async write(key: string, content: Content): Promise<void> {
    const target = this.locate(key);
    const temporary = this.#temporary(key);
    try {
      if (Buffer.isBuffer(content)) {
        writeFileSync(temporary, content);
        renameSync(temporary, target);
      } else await moveFile(content.file, target, temporary);
      this.#flushing.add(target, statSync(target).size > LARGE);
      this.#written.add(key);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw fileError('write', target, error);
    }
  }

  async create(key: string, content: Buffer): Promise<boolean> {
    const target = this.locate(key);
    await this.#flushing.done().catch((error: unknown) => {
      throw fileError('flush', this.folder, error);
    });
    const temporary = this.#temporary(key);
    try {
      writeFileSync(temporary, content);
      await flush(temporary);
      const isFree = linkUnlessThere(temporary, target);
      unlinkSync(temporary);
      await flush(path.dirname(target));
      return isFree;
    } catch (error) {
      rmSync(temporary, { force: true });
      throw fileError('write', target, error);
    }
  }

  async copy(from: string, to: string): Promise<void> {
    const [source, temporary] = [this.locate(from), this.#temporary(to)];
    try {
      if (statSync(source).size > SMALL)
        await fs.copyFile(source, temporary, constants.COPYFILE_FICLONE);
      else copyFileSync(source, temporary, constants.COPYFILE_FICLONE);
      renameSync(temporary, this.locate(to));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw fileError(`copy ${from} to`, this.locate(to), error);
    }
  }

  async remove(key: string): Promise<void> {
    this.#found.delete(key);
    this.#written.delete(key);
    try {
      rmSync(this.locate(key), { force: true });
    } catch (error) {
      throw fileError('remove', this.locate(key), error);
    }
  }

  /** By the clock of the file system, which on a network is not this machine's. */
  async time(): Promise<Date> {
    const file = this.#temporary('');
    try {
      writeFileSync(file, '');
      return statSync(file).mtime;
    } catch (error) {
      throw fileError('write', file, error);
    } finally {
      rmSync(file, { force: true });
    }
  }

  async sweep(before: Date): Promise<number> {
    const folder = this.locate(WRITING);
    let removed = 0;
    try {
      for (const name of await fs.readdir(folder)) {
        const file = path.join(folder, name);
        // placed or removed meanwhile
        const { mtime } = await fs.stat(file).catch(() => ({ mtime: before }));
        if (mtime >= before) continue;
        await fs.rm(file, { force: true });
        removed += 1;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        throw fileError('clear the folder', folder, error);
    }
    return removed;
  }

  /** A fresh path for what becomes the object, whose folder is made. */
  #temporary(key: string): string {
    const writing = this.locate(WRITING);
    for (const folder of [writing, path.dirname(this.locate(key))]) {
      if (this.#folders.has(folder)) continue;
      try {
        mkdirSync(folder, { recursive: true });
      } catch (error) {
        throw fileError('make the folder', folder, error);
      }
      this.#folders.add(folder);
    }
    return path.join(writing, randomBytes(8).toString('hex'));
  }
}

/** @throws ChangedObject when a file is not as it was when its digest was worked out */
async function requireSame(file: string, { bytes, sha256 }: Expected): Promise<void> {
  const { size } = statSync(file);
  if (size !== bytes)
    throw new ChangedObject(`${file}: expected ${counted(bytes, 'byte')}, found ${size}`);
  const hash = createHash('sha256');
  if (size > SMALL) await pipeline(createReadStream(file, { highWaterMark: LARGE }), hash);
  else hash.update(readFileSync(file));
  const found = hash.digest('hex');
  if (found !== sha256)
    throw new ChangedObject(`${file}: expected bytes with the SHA-256 ${sha256}, found ${found}`);
}

/** @param temporary a path beside the target, for a file that comes from another disk */
async function moveFile(from: string, to: string, temporary: string): Promise<void> {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await fs.copyFile(from, temporary);
    renameSync(temporary, to);
    rmSync(from);
  }
}

/**
 * Gives a file its name, which a rename would take from another one. @returns whether it was free
 */
function linkUnlessThere(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}
