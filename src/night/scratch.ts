import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Config } from '../config/config.js';
import { isRunning } from '../release/lease/alive.js';
import { fileError } from '../store/file_error.js';
import type { Store } from '../store/store.js';

/**
 * What the names of scratch folders begin with; the machine and the run, whose id ends with its
 * process, follow.
 */
const PREFIX = '.dayfold-run-';

/** After so long without a change, what another machine left is nobody's any more. */
const ABANDONED_MS = 24 * 3_600_000;

/**
 * Makes a folder of this run alone, and removes those that killed runs left. It is on the disk
 * of the output where that is a folder, so that files can be moved into place.
 */
export async function makeScratch(config: Config, output: Store, run: string): Promise<string> {
  const parent =
    config.engine.scratch === null
      ? (output.folder ?? os.tmpdir())
      : path.resolve(config.base, config.engine.scratch);
  const scratch = path.join(parent, `${PREFIX}${os.hostname()}-${run}`);
  try {
    // in two steps: with both at once Node says of a read-only file system that the path is not
    // there
    await mkdir(parent, { recursive: true });
    await mkdir(scratch);
    for (const name of await readdir(parent)) {
      const other = path.join(parent, name);
      if (!name.startsWith(PREFIX) || other === scratch || !(await isAbandoned(other, name)))
        continue;
      await rm(other, { recursive: true, force: true });
    }
  } catch (error) {
    throw fileError('make the folder', scratch, error);
  }
  return scratch;
}

/**
 * Processes of this machine can be asked for; a container sees no other's, and has a name of its
 * own.
 */
async function isAbandoned(folder: string, name: string): Promise<boolean> {
  if (name.startsWith(`${PREFIX}${os.hostname()}-`))
    return !isRunning(Number(name.split('-').at(-1)));
  // gone meanwhile
  const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
  return Date.now() - mtimeMs > ABANDONED_MS;
}

/** The bytes of a size such as 4GB. */
export function bytesOf(size: string): number {
  return Number.parseInt(size, 10) * (size.endsWith('GB') ? 1e9 : 1e6);
}
