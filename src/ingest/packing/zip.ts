import { crc32 } from 'node:zlib';
import { type Entry, openPromise } from 'yauzl';
import { counted } from '../../counts.js';
import { DataError } from '../../errors.js';

interface Member {
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * The files of a zip archive, in the order of its directory; each is to be read before the next is
 * asked for. Folders and what macOS adds are none.
 *
 * @throws DataError when it holds no file, too many, or one that is encrypted
 */
export async function* zipMembers(
  path: string,
  name: string,
  most: number,
): AsyncGenerator<Member> {
  const archive = await openPromise(path, { lazyEntries: true, autoClose: false });
  let members = 0;
  try {
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName.endsWith('/') || entry.fileName.startsWith('__MACOSX/')) continue;
      if (++members > most) {
        throw refused(
          name,
          `at most ${counted(most, 'file')} (limits.members)`,
          `${archive.entryCount}`,
        );
      }
      if (entry.isEncrypted())
        throw refused(name, 'files without a password', `${entry.fileName} encrypted`);
      yield {
        name: entry.fileName,
        content: verified(entry, await archive.openReadStreamPromise(entry)),
      };
    }
  } finally {
    archive.close();
  }
  if (members === 0) throw refused(name, 'a file', 'none');
}

/** yauzl checks the size of what it unpacks; the checksum is for us to check. */
async function* verified(
  entry: Entry,
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const chunk of stream) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) throw new Error(`a wrong checksum of ${entry.fileName}`);
}

function refused(name: string, expected: string, found: string): DataError {
  return new DataError(
    `cannot read the export ${name}: expected a zip archive with ${expected}, found ` +
      `${found}. Deliver it otherwise, or take it away to go on without it.`,
  );
}
