import { type FileHandle, open } from 'node:fs/promises';
import { counted } from '../../counts.js';
import { StoreError } from '../../errors.js';

/** Types of Thrift's compact protocol. */
const [TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT] = [1, 2, 3, 7, 8, 9, 10, 11, 12];
/** Where the encodings of a column are: row_groups, columns, meta_data, encodings. */
const ENCODINGS = '4.1.3.2';
const ROWS = '3';

/**
 * Puts the encodings that a Parquet file lists for each column in ascending order, in place. Spark
 * writes them in the order of a hash set, which is another one in each JVM; all else of a file
 * follows from its rows. So equal rows are equal bytes, whichever cluster wrote them.
 * @returns how many rows the file has, by its footer
 * @throws StoreError for a file that is no whole Parquet file
 */
export async function settleFooter(file: string): Promise<number> {
  const handle = await open(file, 'r+');
  try {
    return await settle(handle, file);
  } finally {
    await handle.close();
  }
}

async function settle(handle: FileHandle, file: string): Promise<number> {
  const { size } = await handle.stat();
  const tail = await read(handle, Math.max(0, size - 8), Math.min(8, size));
  const length = tail.length === 8 ? tail.readUInt32LE(0) : 0;
  if (tail.toString('latin1', 4) !== 'PAR1' || length === 0 || length > size - 12) {
    throw new StoreError(
      `${file}: expected a whole Parquet file as Spark wrote it, found ` +
        `${counted(size, 'byte')} without a footer: run again`,
    );
  }
  const start = size - 8 - length;
  const footer = await read(handle, start, length);
  const rows = new Footer(footer).settle();
  await handle.write(footer, 0, length, start);
  return rows;
}

async function read(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, start);
  return bytes.subarray(0, bytesRead);
}

/**
 * A walk over the metadata of a file. Most of it is skipped; single bytes are put in another order.
 */
class Footer {
  readonly #bytes: Buffer;
  #at = 0;
  #rows = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  settle(): number {
    this.#struct('');
    return this.#rows;
  }

  #struct(path: string): void {
    let id = 0;
    for (let head = this.#byte(); head !== 0; head = this.#byte()) {
      const delta = head >> 4;
      id = delta === 0 ? Number(this.#zigzag()) : id + delta;
      this.#value(head & 15, path === '' ? `${id}` : `${path}.${id}`);
    }
  }

  #value(type: number, path: string): void {
    if (type === TRUE || type === FALSE) return; // the type is the value
    if (type === BYTE) this.#at += 1;
    else if (type === DOUBLE) this.#at += 8;
    else if (type === BINARY) this.#binary();
    else if (type === LIST || type === SET) this.#list(path);
    else if (type === MAP) this.#map(path);
    else if (type === STRUCT) this.#struct(path);
    else if (path === ROWS) this.#rows = Number(this.#zigzag());
    else this.#varint();
  }

  #binary(): void {
    const length = Number(this.#varint());
    this.#at += length;
  }

  #list(path: string): void {
    const head = this.#byte();
    const size = head >> 4 === 15 ? Number(this.#varint()) : head >> 4;
    const start = this.#at;
    const type = head & 15;
    for (let i = 0; i < size; i++) {
      if (type === TRUE || type === FALSE) this.#at += 1;
      else this.#value(type, path);
    }
    // each is one byte, because there are few encodings
    if (path === ENCODINGS && this.#at - start === size)
      this.#bytes.subarray(start, this.#at).sort();
  }

  #map(path: string): void {
    const size = Number(this.#varint());
    if (size === 0) return;
    const types = this.#byte();
    for (let i = 0; i < size; i++) {
      this.#value(types >> 4, `${path}.key`);
      this.#value(types & 15, `${path}.value`);
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined)
      throw new StoreError(
        'Expected the metadata of a Parquet file, found its end too early: run again',
      );
    return byte;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }
}
