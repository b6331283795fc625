import { type FileHandle, open, stat } from 'node:fs/promises';
import { messageOf, StoreError } from '../errors.js';
import { LIMITS, type Limits, requireTime } from './limits.js';

/**
 * Buffers of chunks that are free. Making new ones keeps the garbage collector busy, which counts
 * their bytes.
 */
const spares: Uint8Array[] = [];

/** A file of an export. */
export interface ExportFile {
  readonly path: string;
  /** What messages call it. */
  readonly name: string;
}

/** A file of an export that is open for reading. */
export class OpenExport {
  readonly name: string;
  readonly #path: string;
  readonly #handle: FileHandle;

  constructor({ path, name }: ExportFile, handle: FileHandle) {
    this.name = name;
    this.#path = path;
    this.#handle = handle;
  }

  /** In bytes. */
  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /**
   * Fills `into` from `position` as far as the file goes. Returns the bytes read: fewer than asked
   * only at the end.
   * @throws StoreError when the file cannot be read
   */
  async read(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    try {
      while (filled < into.length) {
        const { bytesRead } = await this.#handle.read(
          into,
          filled,
          into.length - filled,
          position + filled,
        );
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    } catch (cause) {
      throw unreadable(this.#path, this.name, cause);
    }
    return filled;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** @throws StoreError when the file cannot be opened */
export async function openExport(file: ExportFile): Promise<OpenExport> {
  try {
    return new OpenExport(file, await open(file.path, 'r'));
  } catch (cause) {
    throw unreadable(file.path, file.name, cause);
  }
}

/**
 * The bytes of a file from `position` on, a chunk at a time; each but the last is full. While one
 * is worked on the next is being read, so a chunk is overwritten by the one after the next, and
 * those of the end once it is told.
 * @throws DataError when the time of the export is over
 */
export async function* chunksOf(
  path: string,
  name: string,
  position: number,
  limits: Limits,
): AsyncGenerator<Uint8Array> {
  const size = limits.chunk;
  const file = await openExport({ path, name });
  let spare = bufferOf(size);
  let current = bufferOf(size);
  const readInto = (chunk: Uint8Array, at: number): Promise<number> => {
    const read = file.read(chunk, at);
    // It may fail while the chunk before it is worked on: the failure is for the next turn to
    // throw.
    read.catch(() => undefined);
    return read;
  };
  let reading = readInto(current, position);
  try {
    for (let at = position; ; ) {
      const filled = await reading;
      const chunk = current.subarray(0, filled);
      if (filled === size) {
        at += filled;
        [current, spare] = [spare, current];
        reading = readInto(current, at);
      }
      requireTime(name, limits);
      if (filled > 0) yield chunk;
      if (filled < size) return;
    }
  } finally {
    await reading.catch(() => undefined);
    await file.close();
    if (size === LIMITS.chunk) spares.push(spare, current);
  }
}

function bufferOf(size: number): Uint8Array {
  return (size === LIMITS.chunk ? spares.pop() : undefined) ?? new Uint8Array(size);
}

/** The first bytes of a file, `count` or as many as it has. */
export async function openingBytes(path: string, name: string, count: number): Promise<Uint8Array> {
  const file = await openExport({ path, name });
  try {
    const bytes = new Uint8Array(count);
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

/** The size of a file in bytes, at least 1: buffers of it are made no larger than it needs. */
export async function sizeOf(path: string, name: string): Promise<number> {
  try {
    return Math.max(1, (await stat(path)).size);
  } catch (cause) {
    throw unreadable(path, name, cause);
  }
}

export function unreadable(path: string, name: string, cause: unknown): StoreError {
  return new StoreError(
    `cannot read the export ${name} (${path}): ${messageOf(cause)}. ` +
      'Check that it is a file, still there, and that the user who runs this may read it.',
    { cause },
  );
}
