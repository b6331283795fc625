import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError, DayfoldError, messageOf } from '../../errors.js';
import { ScratchFile } from '../csv/scratch_file.js';
import { chunksOf, type ExportFile, openingBytes, sizeOf, unreadable } from '../export_file.js';
import type { Limits } from '../limits.js';
import { Budget } from './budget.js';
import { zipMembers } from './zip.js';
import { unzstd } from './zstd.js';

/** An export as it came, and the files that were in it: itself, unless it was packed. */
export interface Unpacked {
  /** Of the export as stored. */
  readonly sha256: string;
  readonly bytes: number;
  readonly files: readonly PlainExport[];
}

/** Messages call it by the export, and the member of an archive. */
export interface PlainExport extends ExportFile {
  /** Its name in the archive that it came in. */
  readonly member?: string;
}

type Packing = 'gzip' | 'zstd' | 'zip';

/** How a file that begins with these bytes is packed, whatever it is called. */
function packingOf([a, b, c, d]: Uint8Array): Packing | undefined {
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  return undefined;
}

/**
 * Unpacks an export of any packing that is recognised by its first bytes; checksums are verified.
 *
 * @throws DataError when it is damaged, holds another packed file, or unpacks to more than the
 * limits allow
 * @throws StoreError when it cannot be read or scratch cannot be written
 */
export async function unpack(
  path: string,
  scratch: string,
  name: string,
  limits: Limits,
): Promise<Unpacked> {
  const bytes = sizeOf(path, name);
  const stored = { ...(await hashOf(path, name, limits)), files: [{ path, name }] };
  const packing = packingOf(await openingBytes(path, name, 4));
  if (packing === undefined) return stored;
  const budget = new Budget(name, bytes, limits);
  const files: PlainExport[] = [];
  try {
    if (packing === 'zip') {
      for await (const member of zipMembers(path, name, limits.members)) {
        const file = {
          path: join(scratch, `member-${files.length}`),
          name: `${name} (${member.name})`,
          member: member.name,
        };
        await save(member.content, file.path, budget);
        files.push(file);
      }
    } else {
      const file = { path: join(scratch, 'plain'), name };
      await save(packing === 'gzip' ? gunzip(path, bytes) : unzstd(path, name), file.path, budget);
      files.push(file);
    }
  } catch (cause) {
    if (cause instanceof DayfoldError) throw cause;
    if ((cause as NodeJS.ErrnoException).path === path) throw unreadable(path, name, cause);
    throw damaged(name, packing, messageOf(cause), cause);
  }
  for (const file of files) await refusePacked(file);
  return { ...stored, files };
}

async function hashOf(
  path: string,
  name: string,
  limits: Limits,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const some = { ...limits, chunk: Math.min(limits.chunk, sizeOf(path, name)) };
  for await (const chunk of chunksOf(path, name, 0, some)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function save(
  content: AsyncIterable<Uint8Array>,
  path: string,
  budget: Budget,
): Promise<void> {
  const out = new ScratchFile(path);
  try {
    for await (const chunk of content) {
      budget.spend(chunk.length);
      out.write(chunk);
    }
  } finally {
    out.close();
  }
}

/** The content of a gzip file of one or several members; only zeros may be after the last. */
async function* gunzip(path: string, bytes: number): AsyncGenerator<Uint8Array> {
  const source = createReadStream(path);
  const unzip = createGunzip();
  source.on('error', (error) => unzip.destroy(error));
  source.pipe(unzip);
  yield* unzip as Readable as AsyncIterable<Uint8Array>;
  const rest = createReadStream(path, { start: Math.min(unzip.bytesWritten, bytes) });
  for await (const chunk of rest as AsyncIterable<Uint8Array>) {
    if (chunk.some((byte) => byte !== 0)) throw new Error('other bytes after its end');
  }
}

/**
 * A file is packed once: what would have to be unpacked again is no export but a mistake, or a
 * bomb.
 */
async function refusePacked({ path, name }: PlainExport): Promise<void> {
  const again = packingOf(await openingBytes(path, name, 4));
  if (again === undefined) return;
  throw new DataError(
    `cannot read the export ${name}: expected a file that is packed once, found ${again} in ` +
      'it. Deliver it unpacked, or packed once.',
  );
}

function damaged(name: string, packing: Packing, found: string, cause: unknown): DataError {
  return new DataError(
    `cannot decompress the export ${name}: expected a complete ${packing} file, found ` +
      `"${found}". ` +
      'It was cut short or damaged on its way: deliver it again, or take it away to go on ' +
      'without it.',
    { cause },
  );
}
