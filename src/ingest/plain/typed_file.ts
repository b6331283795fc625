import { ScratchFile } from '../csv/scratch_file.js';
import type { PlainType, Writable } from './column.js';
import { Module } from './module.js';
import type { Rows } from './rows.js';

/** Rows in a row group. */
const GROUP = 122_880;

/**
 * Physical types of Parquet (https://parquet.apache.org/docs/file-format/types/), and the converted
 * type of some.
 */
const PHYSICAL: Record<PlainType, number> = {
  count: 1,
  integer: 2,
  timestamp: 2,
  double: 5,
  text: 6,
};
const CONVERTED: Partial<Record<PlainType, number>> = { text: 0, timestamp: 10 };

const [OPTIONAL, UNCOMPRESSED, DATA_PAGE, DICTIONARY_PAGE] = [1, 0, 0, 2];
const [PLAIN, RLE, RLE_DICTIONARY] = [0, 3, 8];
const MAGIC = Buffer.from('PAR1');

/** Rows in a typed file. */
export interface TypedRows {
  readonly path: string;
  readonly rows: number;
}

interface Chunk {
  readonly column: Writable;
  readonly rows: number;
  readonly offset: number;
  readonly dataOffset: number;
  readonly bytes: number;
}

/**
 * Writes rows as an uncompressed Parquet file, which the engine reads in a fraction of the time
 * that text takes. It is made for scratch: no statistics, one page a column and row group.
 * @param rows which of the rows of the columns, in the order in which they are written
 * @returns undefined where there are none
 */
export function writeTyped(
  path: string,
  columns: readonly Writable[],
  rows: Rows,
): TypedRows | undefined {
  if (rows.count === 0) return undefined;
  const file = new ScratchFile(path);
  try {
    file.write(MAGIC);
    const groups: Chunk[][] = [];
    for (let from = 0; from < rows.count; from += GROUP) {
      const some = rows.slice(from, from + GROUP);
      groups.push(columns.map((column) => writeChunk(file, column, some)));
    }
    const footer = footerOf(columns, groups, rows.count);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    for (const part of [footer, length, MAGIC]) file.write(part);
    return { path, rows: rows.count };
  } finally {
    file.close();
  }
}

/** Writes a page of the values of rows, and where they are few the dictionary before it. */
function writeChunk(file: ScratchFile, column: Writable, rows: Rows): Chunk {
  const offset = file.written;
  const module = Module.get();
  const { dictionary, address } = column;
  if (dictionary !== undefined)
    writePage(file, dictionaryHeader(dictionary.length), dictionaryOf(dictionary));
  const dataOffset = file.written;
  const at = module.calls.gather(address, rows.address, rows.count);
  const values = module.bytesAt(at, module.calls.gathered.value);
  const levels = levelsOf(rows.count);
  if (dictionary === undefined) writePage(file, dataHeader(rows.count, PLAIN), [levels, values]);
  else writePage(file, dataHeader(rows.count, RLE_DICTIONARY), [levels, ...placesOf(values)]);
  return { column, rows: rows.count, offset, dataOffset, bytes: file.written - offset };
}

/** Texts as a page holds them: each after its length in 4 bytes. */
function dictionaryOf(texts: readonly Uint8Array[]): Uint8Array[] {
  return texts.flatMap((text) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    return [length, text];
  });
}

/** Places in a dictionary, of 2 bytes each, as one run of eights. */
function placesOf(places: Uint8Array): Uint8Array[] {
  const head = new Compact();
  head.byte(16);
  head.unsigned((Math.ceil(places.length / 16) << 1) | 1);
  return [head.bytes, places, new Uint8Array((16 - (places.length % 16)) % 16)];
}

type Header = (out: Compact, size: number) => void;

function dictionaryHeader(count: number): Header {
  return (out, size) => {
    out.int(1, DICTIONARY_PAGE);
    out.int(2, size);
    out.int(3, size);
    out.inner(7, () => {
      out.int(1, count);
      out.int(2, PLAIN);
    });
  };
}

function dataHeader(rows: number, encoding: number): Header {
  return (out, size) => {
    out.int(1, DATA_PAGE);
    out.int(2, size);
    out.int(3, size);
    out.inner(5, () => {
      out.int(1, rows);
      out.int(2, encoding);
      out.int(3, RLE);
      out.int(4, RLE);
    });
  };
}

function writePage(file: ScratchFile, header: Header, parts: readonly Uint8Array[]): void {
  const out = new Compact();
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  out.struct(() => header(out, size));
  for (const part of [out.bytes, ...parts]) file.write(part);
}

/** Which rows have a value that was gathered: one run where all have one, else a bit each. */
function levelsOf(rows: number): Uint8Array {
  const module = Module.get();
  const haveAll = module.calls.present.value === rows;
  const bits = module.bytesAt(module.calls.levels.value, haveAll ? 0 : Math.ceil(rows / 8));
  const run = new Compact();
  run.unsigned(haveAll ? rows << 1 : (bits.length << 1) | 1);
  if (haveAll) run.byte(1);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(run.bytes.length + bits.length);
  return Buffer.concat([length, run.bytes, bits]);
}

function footerOf(
  columns: readonly Writable[],
  groups: readonly (readonly Chunk[])[],
  rows: number,
): Uint8Array {
  const out = new Compact();
  out.struct(() => {
    out.int(1, 1);
    out.list(2, columns.length + 1, (i) => {
      const column = columns[i - 1];
      if (column === undefined) {
        out.text(4, 'rows');
        out.int(5, columns.length);
        return;
      }
      out.int(1, PHYSICAL[column.type]);
      out.int(3, OPTIONAL);
      out.text(4, column.name);
      const converted = CONVERTED[column.type];
      if (converted !== undefined) out.int(6, converted);
    });
    out.long(3, rows);
    out.list(4, groups.length, (i) => {
      const chunks = groups[i] ?? [];
      out.list(1, chunks.length, (j) => {
        const { column, ...chunk } = chunks[j] as Chunk;
        out.long(2, chunk.offset);
        out.inner(3, () => {
          out.int(1, PHYSICAL[column.type]);
          out.ints(2, [PLAIN, RLE, RLE_DICTIONARY]);
          out.texts(3, [column.name]);
          out.int(4, UNCOMPRESSED);
          out.long(5, chunk.rows);
          out.long(6, chunk.bytes);
          out.long(7, chunk.bytes);
          out.long(9, chunk.dataOffset);
          if (chunk.dataOffset !== chunk.offset) out.long(11, chunk.offset);
        });
      });
      out.long(
        2,
        chunks.reduce((sum, { bytes }) => sum + bytes, 0),
      );
      out.long(3, chunks[0]?.rows ?? 0);
    });
  });
  return out.bytes;
}

const [I32, I64, BINARY, LIST, STRUCT] = [5, 6, 8, 9, 12];

/**
 * Thrift's compact protocol, as far as Parquet's metadata need it
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
 */
class Compact {
  readonly #bytes: number[] = [];
  #field = 0;

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  byte(value: number): void {
    this.#bytes.push(value);
  }

  unsigned(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#bytes.push((rest % 128) | 0x80);
    this.#bytes.push(rest);
  }

  struct(fields: () => void): void {
    const outer = this.#field;
    this.#field = 0;
    fields();
    this.#bytes.push(0);
    this.#field = outer;
  }

  int(field: number, value: number): void {
    this.#open(field, I32);
    this.unsigned(2 * value);
  }

  long(field: number, value: number): void {
    this.#open(field, I64);
    this.unsigned(2 * value);
  }

  text(field: number, value: string): void {
    this.#open(field, BINARY);
    this.#text(value);
  }

  inner(field: number, fields: () => void): void {
    this.#open(field, STRUCT);
    this.struct(fields);
  }

  list(field: number, count: number, item: (i: number) => void): void {
    this.#openList(field, STRUCT, count);
    for (let i = 0; i < count; i++) this.struct(() => item(i));
  }

  ints(field: number, values: readonly number[]): void {
    this.#openList(field, I32, values.length);
    for (const value of values) this.unsigned(2 * value);
  }

  texts(field: number, values: readonly string[]): void {
    this.#openList(field, BINARY, values.length);
    for (const value of values) this.#text(value);
  }

  #openList(field: number, type: number, count: number): void {
    this.#open(field, LIST);
    if (count < 15) this.#bytes.push((count << 4) | type);
    else {
      this.#bytes.push(0xf0 | type);
      this.unsigned(count);
    }
  }

  #open(field: number, type: number): void {
    const step = field - this.#field;
    this.#bytes.push((step << 4) | type); // fields of Parquet are never further apart than 15
    this.#field = field;
  }

  #text(value: string): void {
    const bytes = Buffer.from(value);
    this.unsigned(bytes.length);
    this.#bytes.push(...bytes);
  }
}
