import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { PageHeader as Header } from 'parquetjs-lite/gen-nodejs/parquet_types.js';

/** Bytes of a page header that are read at first; one with long statistics is read again. */
const HEADER = 4096;
/** Bytes after the footer: its length, and the mark of the format. */
const TAIL = 8;

/**
 * Compares the pages of a Parquet file with their checksums, where the writer gave them any (CRC-32 of the page as stored,
 * https://parquet.apache.org/docs/file-format/data-pages/checksumming/): the engine does not look at them, and a byte that
 * was changed in a file is a wrong value otherwise. Whatever else is wrong with a file is left for the engine to find.
 *
 * @returns where the first page is that is not as it was written; undefined when there is none
 */
export async function findChangedPage(path: string): Promise<string | undefined> {
  const { FileMetaData } = await import('parquetjs-lite/gen-nodejs/parquet_types.js');
  const { decodeThrift } = await import('parquetjs-lite/lib/util.js');
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = (await bytesAt(file, size - TAIL, 4)).readUInt32LE();
    const footer = new FileMetaData();
    decodeThrift(footer, await bytesAt(file, size - TAIL - length, length));
    for (const [group, { columns }] of footer.row_groups.entries()) {
      for (const { meta_data: chunk } of columns) {
        if (!chunk) continue; // stored in another file, or encrypted
        const page = await changedPageOf(file, chunk);
        if (page !== undefined)
          return `page ${page} of column ${chunk.path_in_schema.join('.')}, row group ${group + 1}`;
      }
    }
    return undefined;
  } catch (error) {
    if (isOfTheSystem(error)) throw error;
    return undefined; // no footer or header where one should be: the engine says so better
  } finally {
    await file.close();
  }
}

interface Chunk {
  readonly data_page_offset: unknown;
  readonly dictionary_page_offset?: unknown;
  readonly total_compressed_size: unknown;
}

/** The number of the first page of a column chunk whose checksum does not fit, from 1. */
async function changedPageOf(file: FileHandle, chunk: Chunk): Promise<number | undefined> {
  const dictionary = Number(chunk.dictionary_page_offset ?? 0);
  let at = dictionary > 0 ? dictionary : Number(chunk.data_page_offset);
  const end = at + Number(chunk.total_compressed_size);
  for (let page = 1; at < end; page++) {
    const { header, length } = await headerAt(file, at, end);
    const data = await bytesAt(file, at + length, header.compressed_page_size);
    if (typeof header.crc === 'number' && header.crc >>> 0 !== crc32(data)) return page;
    at += length + header.compressed_page_size;
  }
  return undefined;
}

async function headerAt(file: FileHandle, at: number, end: number): Promise<{ header: Header; length: number }> {
  const { PageHeader } = await import('parquetjs-lite/gen-nodejs/parquet_types.js');
  const { decodeThrift } = await import('parquetjs-lite/lib/util.js');
  for (let most = HEADER; ; most *= 8) {
    const header = new PageHeader();
    try {
      return { header, length: decodeThrift(header, await bytesAt(file, at, Math.min(most, end - at))) };
    } catch (error) {
      if (most >= end - at) throw error;
    }
  }
}

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { size } = await file.stat(); // a footer may lie, and Node dies of a length or place that it cannot read
  if (!(at >= 0 && length >= 0 && at + length <= size))
    throw new RangeError(`expected ${length} bytes at ${at} of ${size}`);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead < length) throw new RangeError(`expected ${length} bytes at ${at}, found ${bytesRead}`);
  return buffer;
}

function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
