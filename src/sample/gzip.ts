import { crc32 } from 'node:zlib';

const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
const LONGEST_BLOCK = 0xffff;

/**
 * A gzip file (RFC 1952) of stored blocks (RFC 1951, 3.2.4), with no name, no time and no operating
 * system in its header. Not zlib, whose compressed bytes differ between versions and processors:
 * the sample is the same everywhere.
 */
export function gzipStored(content: Buffer): Buffer {
  const parts: Buffer[] = [HEADER];
  let start = 0;
  do {
    const block = content.subarray(start, start + LONGEST_BLOCK);
    start += block.length;
    const head = Buffer.alloc(5);
    head.writeUInt8(start === content.length ? 1 : 0, 0);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    parts.push(head, block);
  } while (start < content.length);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length % 0x1_0000_0000, 4);
  return Buffer.concat([...parts, trailer]);
}
