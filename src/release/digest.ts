import { createHash, type Hash, hash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** sha256 of bytes or text, in hex. */
export function sha256(content: Buffer | string): string {
  return hash('sha256', content, 'hex');
}

/** Up to this many bytes a file is read at once: a stream costs more than it saves. */
const SMALL = 32 << 20;

/**
 * The bytes of small files pass through it: new buffers would keep the garbage collector
 * busy.
 */
const buffer = new Uint8Array(1 << 20);

/** sha256 of a file of this many bytes, in hex. */
export async function sha256OfFile(file: string, bytes: number): Promise<string> {
  const whole = createHash('sha256');
  if (bytes > SMALL)
    await pipeline(createReadStream(file, { highWaterMark: buffer.length }), whole);
  else addSmall(file, whole);
  return whole.digest('hex');
}

function addSmall(file: string, whole: Hash): void {
  const opened = openSync(file, 'r');
  try {
    for (let read = readSync(opened, buffer); read > 0; read = readSync(opened, buffer))
      whole.update(buffer.subarray(0, read));
  } finally {
    closeSync(opened);
  }
}

/** The hash of a JSON value; the order of keys counts. */
export function digestOf(value: unknown): string {
  return sha256(JSON.stringify(value));
}

/** The digest of a partition: of the contents of its objects, in their order. */
export function digestOfObjects(objects: readonly { readonly sha256: string }[]): string {
  return digestOf(objects.map(({ sha256 }) => sha256));
}

/** How much of a hash is in an object's name: 16 hex digits, 64 bits. */
export function short(hash: string): string {
  return hash.slice(0, 16);
}
