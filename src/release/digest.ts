import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** sha256 of bytes or text, in hex. */
export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** sha256 of a file, in hex. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** The hash of a JSON value; the order of keys counts. */
export function digestOf(value: unknown): string {
  return sha256(JSON.stringify(value));
}

/** How much of a hash stands in an object's name: 16 hex digits, 64 bits. */
export function short(hash: string): string {
  return hash.slice(0, 16);
}
