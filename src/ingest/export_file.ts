import { type FileHandle, open } from 'node:fs/promises';
import { messageOf, StoreError } from '../errors.js';

/** Opens an export for reading. `name` is what messages call it. */
export async function openExport(path: string, name: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw unreadable(path, name, cause);
  }
}

/** Fills `into` from `position` as far as the file goes. Returns the bytes read: fewer than asked only at the end. */
export async function readFully(
  file: FileHandle,
  into: Uint8Array,
  position: number,
  path: string,
  name: string,
): Promise<number> {
  let filled = 0;
  try {
    while (filled < into.length) {
      const { bytesRead } = await file.read(into, filled, into.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
  } catch (cause) {
    throw unreadable(path, name, cause);
  }
  return filled;
}

/** The bytes of a file from `position` on, a chunk at a time. A chunk is overwritten by the next. */
export async function* chunksOf(
  path: string,
  name: string,
  position: number,
  size: number,
): AsyncGenerator<Uint8Array> {
  const file = await openExport(path, name);
  try {
    const buffer = new Uint8Array(size);
    for (let at = position; ; ) {
      const filled = await readFully(file, buffer, at, path, name);
      if (filled > 0) yield buffer.subarray(0, filled);
      if (filled < size) return;
      at += filled;
    }
  } finally {
    await file.close();
  }
}

/** The first bytes of a file, `count` or as many as it has. */
export async function openingBytes(path: string, name: string, count: number): Promise<Uint8Array> {
  const file = await openExport(path, name);
  try {
    const bytes = new Uint8Array(count);
    return bytes.subarray(0, await readFully(file, bytes, 0, path, name));
  } finally {
    await file.close();
  }
}

export function unreadable(path: string, name: string, cause: unknown): StoreError {
  return new StoreError(
    `cannot read the export ${name} (${path}): ${messageOf(cause)}. ` +
      'Check that it is a file, still there, and that the user who runs this may read it.',
    { cause },
  );
}
