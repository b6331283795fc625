import { Decompress } from 'fzstd';
import xxhash from 'xxhash-wasm';
import { openExport } from '../export_file.js';

/**
 * https://datatracker.ietf.org/doc/html/rfc8878 gives the format: frames of blocks, each frame with
 * a checksum or none.
 */
const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

/**
 * The content of a zstd file of one or several frames. A frame's checksum, where it has one, is
 * verified here, for the library that unpacks does not.
 * @throws Error when it is damaged or cut short
 */
export async function* unzstd(path: string, name: string): AsyncGenerator<Uint8Array> {
  const file = openExport({ path, name });
  let at = 0;
  const read = async (count: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(count);
    if ((await file.read(bytes, at)) < count) throw new Error('the end in the middle of a frame');
    at += count;
    return bytes;
  };
  try {
    const size = file.size();
    while (at < size) {
      const magic = await read(4);
      const kind = magic.readUInt32LE();
      if (kind === FRAME) yield* frame(magic, read);
      else if (kind >>> 4 === SKIPPABLE >>> 4) {
        const length = (await read(4)).readUInt32LE();
        at += length;
      } else throw new Error('other bytes between or after its frames');
    }
    if (at > size) throw new Error('the end in the middle of a frame');
  } finally {
    file.close();
  }
}

async function* frame(
  magic: Buffer,
  read: (count: number) => Promise<Buffer>,
): AsyncGenerator<Uint8Array> {
  const hash = (await xxhash()).create64();
  let unpacked: Uint8Array[] = [];
  const decompress = new Decompress((chunk) => unpacked.push(chunk));
  const push = (bytes: Uint8Array, last = false): Uint8Array[] => {
    decompress.push(bytes, last);
    const chunks = unpacked;
    unpacked = [];
    for (const chunk of chunks) hash.update(chunk);
    return chunks;
  };
  const [descriptor] = (await read(1)) as unknown as [number];
  const hasChecksum = (descriptor & 4) !== 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  // the checksum is read here, and the frame handed on as one that has none
  const header = [
    Buffer.of(descriptor & ~4),
    await read((isSingle ? 0 : 1) + dictionaryBytes + sizeBytes),
  ];
  yield* push(Buffer.concat([magic, ...header]));
  for (let last = false; !last; ) {
    const head = await read(3);
    const block = head.readUIntLE(0, 3);
    last = (block & 1) === 1;
    const repeats = ((block >> 1) & 3) === 1; // one byte, that many times
    const content = await read(repeats ? 1 : block >> 3);
    yield* push(Buffer.concat([head, content]), last);
  }
  if (hasChecksum && (await read(4)).readUInt32LE() !== Number(hash.digest() & 0xffffffffn)) {
    throw new Error('a wrong checksum');
  }
}
