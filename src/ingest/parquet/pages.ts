import { crc32 } from 'node:zlib';
import { FileMetaData, PageHeader } from 'parquetjs-lite/gen-nodejs/parquet_types.js';
import { decodeThrift } from 'parquetjs-lite/lib/util.js';
import { counted } from '../../counts.js';
import { StoreError } from '../../errors.js';
import { type OpenExport, openExport } from '../export_file.js';

/** Bytes of a page header that are read at first; one with long statistics is read again. */
const HEADER = 4096;
/** Bytes after the footer: its length, and the mark of the format. */
const TAIL = 8;
/** Bytes that Node reads at once at most. */
const MOST = 2 ** 31 - 1;

/** Reads bytes of a file; all that are asked for, or it throws. */
type BytesAt = (at: number, length: number) => Promise<Buffer>;

/**
 * Compares the pages of a Parquet file with their checksums, where the writer gave them any (CRC-32
 * of the page as stored, https://parquet.apache.org/docs/file-format/data-pages/checksumming/): the
 * engine does not look at them, and a byte that was changed in a file is a wrong value otherwise.
 * Whatever else is wrong with a file is left for the engine to find.
 *
 * @param name what messages call the export
 * A page that says it is larger than all of its column is not as it was written either.
 *
 * @returns where the first page is that is not as it was written; undefined when there is none
 * @throws StoreError when the file cannot be read
 */
export async function findChangedPage(path: string, name: string): Promise<string | undefined> {
  const file = openExport({ path, name });
  try {
    const size = file.size();
    const bytesAt = reading(file, size);
    const length = (await bytesAt(size - TAIL, 4)).readUInt32LE();
    const footer = new FileMetaData();
    decodeThrift(footer, await bytesAt(size - TAIL - length, length));
    for (const [group, { columns }] of footer.row_groups.entries()) {
      for (const { meta_data: chunk } of columns) {
        if (!chunk) continue; // stored in another file, or encrypted
        const page = await changedPageOf(chunk, bytesAt);
        if (page !== undefined)
          return `page ${page} of column ${chunk.path_in_schema.join('.')}, row group ${group + 1}`;
      }
    }
    return undefined;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    return undefined; // no footer or header where one should be: the engine says so better
  } finally {
    file.close();
  }
}

type Chunk = NonNullable<FileMetaData['row_groups'][number]['columns'][number]['meta_data']>;

/** The number of the first page of a column chunk whose checksum does not fit, from 1. */
async function changedPageOf(chunk: Chunk, bytesAt: BytesAt): Promise<number | undefined> {
  const dictionary = Number(chunk.dictionary_page_offset ?? 0);
  let at = dictionary > 0 ? dictionary : Number(chunk.data_page_offset);
  const end = at + Number(chunk.total_compressed_size);
  for (let page = 1; at < end; page++) {
    const { header, length } = await headerAt(at, end, bytesAt);
    const data = await bytesAt(at + length, header.compressed_page_size);
    const { uncompressed_page_size: size } = header;
    if (size < 0 || size > Number(chunk.total_uncompressed_size)) return page;
    if (typeof header.crc === 'number' && header.crc >>> 0 !== crc32(data)) return page;
    at += length + header.compressed_page_size;
  }
  return undefined;
}

async function headerAt(
  at: number,
  end: number,
  bytesAt: BytesAt,
): Promise<{ header: PageHeader; length: number }> {
  for (let most = HEADER; ; most *= 8) {
    const header = new PageHeader();
    const bytes = await bytesAt(at, Math.min(most, end - at));
    try {
      return { header, length: decodeThrift(header, bytes) };
    } catch (error) {
      if (most >= end - at) throw error;
    }
  }
}

function reading(file: OpenExport, size: number): BytesAt {
  return async (at, length) => {
    // a footer may lie, and Node dies of a length or place that it cannot read
    if (!(at >= 0 && length >= 0 && length <= MOST && at + length <= size))
      throw new RangeError(
        `expected a place within ${counted(size, 'byte')}, found ${length} at ${at}`,
      );
    const bytes = Buffer.alloc(length);
    const read = await file.read(bytes, at);
    if (read < length)
      throw new RangeError(`expected ${counted(length, 'byte')} at ${at}, found ${read}`);
    return bytes;
  };
}
