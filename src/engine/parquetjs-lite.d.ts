/** The part of parquetjs-lite that is used; the package has no types of its own. */
declare module 'parquetjs-lite' {
  export interface ColumnChunk {
    readonly meta_data: { readonly path_in_schema: readonly string[] };
  }
  export interface Field {
    readonly primitiveType: string;
    readonly originalType?: string;
  }
  export class ParquetReader {
    static openFile(path: string): Promise<ParquetReader>;
    readonly metadata: {
      readonly row_groups: readonly { readonly num_rows: unknown; readonly columns: readonly ColumnChunk[] }[];
    };
    getRowCount(): unknown;
    getSchema(): { readonly fields: Record<string, Field> };
    getCursor(): { nextRowGroup(): Promise<Record<string, unknown>[] | null> };
    close(): Promise<void>;
  }
}
