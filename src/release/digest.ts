import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** sha256 of bytes or text, in hex. */
export function sha256(content: Buffer | string): string {
  return hash('sha256', content, 'hex');
}

/** Up to so many bytes a file is read at once: a stream costs more than it saves. */
const SMALL = 32 << 20;

/** sha256 of a file of so many bytes, in hex. */
export async function sha256OfFile(file: string, bytes: number): Promise<string> {
  if (bytes <= SMALL) return sha256(await readFile(file));
  const whole = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), whole);
  return whole.digest('hex');
}

/** The hash of a JSON value; the order of keys counts. */
export function digestOf(value: unknown): string {
  return sha256(JSON.stringify(value));
}

/** How much of a hash stands in an object's name: 16 hex digits, 64 bits. */
export function short(hash: string): string {
  return hash.slice(0, 16);
}
