import { execFile } from 'node:child_process';
import { closeSync, fsync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { together } from './together.js';

const sync = promisify(fsync);
const execute = promisify(execFile);

/** At least this many files are flushed with all of their file system at once. */
const MANY = 16;

/**
 * Files that are to survive a power cut. Large ones are flushed while other work goes on, one after
 * the other. Small ones wait for the end, because each flush of its own writes the journal of the
 * file system once more.
 */
export class Flushing {
  #small: string[] = [];
  #folders = new Set<string>();
  #large: string[] = [];
  #running: Promise<void> | undefined;
  #failure: unknown;
  #flushed: Promise<void> = Promise.resolve();

  add(file: string, isLarge: boolean): void {
    this.#folders.add(path.dirname(file));
    if (!isLarge) {
      this.#small.push(file);
      return;
    }
    this.#large.push(file);
    this.#running ??= this.#run();
  }

  /**
   * Returns when all files that were added before, and their names in their folders, have reached
   * the disk. After a failure it fails each time: what was not flushed then may never be named.
   */
  done(): Promise<void> {
    const [small, folders] = [this.#small, [...this.#folders]];
    this.#small = [];
    this.#folders = new Set();
    this.#flushed = this.#flushed.then(() => this.#flush(small, folders));
    return this.#flushed;
  }

  async #flush(small: readonly string[], folders: readonly string[]): Promise<void> {
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
    if (small.length < MANY || !(await flushFileSystems(folders)))
      await together([...small, ...folders], flushIfThere);
  }

  async #run(): Promise<void> {
    try {
      while (this.#large.length > 0) await together(this.#large.splice(0), flushIfThere);
    } catch (error) {
      this.#failure ??= error;
    } finally {
      this.#running = undefined;
    }
  }
}

/** Makes a file, or the names in a folder, survive a power cut. */
export async function flush(file: string): Promise<void> {
  const descriptor = openSync(file, 'r');
  try {
    await sync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** As `flush`; what was removed or replaced meanwhile need not be safe. */
async function flushIfThere(file: string): Promise<void> {
  try {
    await flush(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * Flushes the file systems that hold the folders: syncfs of Linux, which Node does not offer, by
 * the command `sync` of coreutils. @returns whether that was possible here
 */
async function flushFileSystems(folders: readonly string[]): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  try {
    const byDevice = new Map(folders.map((folder) => [statSync(folder).dev, folder]));
    await execute('sync', ['--file-system', ...byDevice.values()]);
    return true;
  } catch {
    return false; // each file is flushed on its own then, which tells what is wrong
  }
}
