import { crc32, deflateRawSync } from 'node:zlib';
import xxhash from 'xxhash-wasm';

/**
 * A zip archive of these files, as the format has it: local headers with their content, then the
 * directory.
 */
export function zipOf(
  files: Record<string, string | Uint8Array>,
  change: (entry: Buffer) => void = () => {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content as string);
    const packed = deflateRawSync(bytes);
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt16LE(8, 4); // deflate
    about.writeUInt32LE(crc32(bytes), 10);
    about.writeUInt32LE(packed.length, 14);
    about.writeUInt32LE(bytes.length, 18);
    about.writeUInt16LE(Buffer.byteLength(name), 22);
    change(about);
    const entry = Buffer.concat([Buffer.from('PK\x03\x04'), about, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), about, tail, Buffer.from(name)]),
    );
    parts.push(entry);
    offset += entry.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, list, Buffer.from('PK\x05\x06'), end]);
}

/** A zstd frame with a checksum, its content in one block as it is (RFC 8878). */
export async function zstdOf(content: string): Promise<Buffer> {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(9);
  header.writeUInt32LE(0xfd2fb528);
  header[4] = 0b1010_0100; // size in four bytes, one segment, checksum
  header.writeUInt32LE(bytes.length, 5);
  const block = Buffer.alloc(3);
  block.writeUIntLE((bytes.length << 3) | 1, 0, 3);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(Number((await xxhash()).create64().update(bytes).digest() & 0xffffffffn));
  return Buffer.concat([header, block, bytes, sum]);
}
