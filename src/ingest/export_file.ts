import { closeSync, fstatSync, openSync, read, readSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { messageOf, StoreError } from '../errors.js';
import { LIMITS, type Limits, requireTime } from './limits.js';

const readAside = promisify(read);

/**
 * At most this many bytes are read at once: handing less to another thread takes longer than
 * reading it.
 */
const SMALL = 1 << 18;

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
  readonly #descriptor: number;

  constructor({ path, name }: ExportFile, descriptor: number) {
    this.name = name;
    this.#path = path;
    this.#descriptor = descriptor;
  }

  /** In bytes. */
  size(): number {
    return fstatSync(this.#descriptor).size;
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
        const rest = into.length - filled;
        const from = position + filled;
        const found =
          rest <= SMALL
            ? readSync(this.#descriptor, into, filled, rest, from)
            : (await readAside(this.#descriptor, into, filled, rest, from)).bytesRead;
        if (found === 0) break;
        filled += found;
      }
    } catch (cause) {
      throw unreadable(this.#path, this.name, cause);
    }
    return filled;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** @throws StoreError when the file cannot be opened */
export function openExport(file: ExportFile): OpenExport {
  try {
    return new OpenExport(file, openSync(file.path, 'r'));
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
  const file = openExport({ path, name });
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
    file.close();
    if (size === LIMITS.chunk) spares.push(spare, current);
  }
}

function bufferOf(size: number): Uint8Array {
  return (size === LIMITS.chunk ? spares.pop() : undefined) ?? new Uint8Array(size);
}

/** The first bytes of a file, `count` or as many as it has. */
export async function openingBytes(path: string, name: string, count: number): Promise<Uint8Array> {
  const file = openExport({ path, name });
  try {
    const bytes = new Uint8Array(count);
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    file.close();
  }
}

/** The size of a file in bytes, at least 1: buffers of it are made no larger than it needs. */
export function sizeOf(path: string, name: string): number {
  try {
    return Math.max(1, statSync(path).size);
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
