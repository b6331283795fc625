/** The part of parquetjs-lite that is used; the package has no types of its own. */
declare module 'parquetjs-lite' {
  /** Of the values of a column in a row group; a bound is undefined where the file has none. */
  export interface Statistics {
    readonly min_value?: unknown;
    readonly max_value?: unknown;
    readonly null_count: unknown;
  }
  export interface ColumnChunk {
    readonly meta_data: {
      readonly path_in_schema: readonly string[];
      readonly statistics: Statistics | null;
    };
  }
  export interface Field {
    readonly primitiveType: string;
    readonly originalType?: string;
  }
  export class ParquetReader {
    static openFile(path: string): Promise<ParquetReader>;
    static openBuffer(bytes: Buffer): Promise<ParquetReader>;
    readonly metadata: {
      readonly row_groups: readonly {
        readonly num_rows: unknown;
        readonly columns: readonly ColumnChunk[];
      }[];
    };
    getRowCount(): unknown;
    getSchema(): { readonly fields: Record<string, Field> };
    getCursor(): { nextRowGroup(): Promise<Record<string, unknown>[] | null> };
    close(): Promise<void>;
  }
}

/** Structures of the Parquet format, as Thrift reads them. */
declare module 'parquetjs-lite/gen-nodejs/parquet_types.js' {
  export class FileMetaData {
    readonly row_groups: readonly {
      readonly columns: readonly {
        readonly meta_data: {
          readonly path_in_schema: readonly string[];
          readonly data_page_offset: unknown;
          readonly dictionary_page_offset?: unknown;
          readonly total_compressed_size: unknown;
          readonly total_uncompressed_size: unknown;
        } | null;
      }[];
    }[];
  }
  export class PageHeader {
    /** bytes, of what follows the header */
    readonly compressed_page_size: number;
    /** bytes, of that when it is unpacked */
    readonly uncompressed_page_size: number;
    readonly crc: number | null;
  }
}
declare module 'parquetjs-lite/lib/util.js' {
  /** Fills the object. @returns how many bytes it took */
  export function decodeThrift(object: object, bytes: Buffer): number;
}
