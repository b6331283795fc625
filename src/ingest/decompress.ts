import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DataError, messageOf, StoreError } from '../errors.js';
import { unreadable } from './export_file.js';

/** Whether a file that begins with these bytes is gzip, whatever it is called. */
export function isGzip(opening: Uint8Array): boolean {
  return opening[0] === 0x1f && opening[1] === 0x8b;
}

/**
 * Writes the content of a gzip file (of one or several members) to `target`.
 *
 * @returns size and digest of the compressed file
 * @throws DataError when it is cut short or damaged
 */
export async function gunzipTo(
  path: string,
  target: string,
  name: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const digest = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const gunzip = createGunzip();
  try {
    await pipeline(createReadStream(path), digest, gunzip, createWriteStream(target));
  } catch (cause) {
    const { code, path: where } = cause as NodeJS.ErrnoException;
    if (code?.startsWith('Z_')) throw damaged(name, messageOf(cause), cause);
    if (where === path) throw unreadable(path, name, cause);
    throw new StoreError(
      `cannot write ${target}, the decompressed export ${name}: ${messageOf(cause)}. ` +
        'Check the free space of the scratch folder and that the user who runs this may write to it.',
      { cause },
    );
  }
  return { sha256: hash.digest('hex'), bytes };
}

function damaged(name: string, found: string, cause?: unknown): DataError {
  return new DataError(
    `cannot decompress the export ${name}: expected a complete gzip file, found "${found}". ` +
      'It was cut short or damaged on its way: deliver it again, or take it away to go on without it.',
    { cause },
  );
}
