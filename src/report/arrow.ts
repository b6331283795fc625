import { writeFile } from 'node:fs/promises';
import {
  Bool,
  type Data,
  type DataType,
  DateDay,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Table,
  TimestampMicrosecond,
  tableToIPC,
  Utf8,
} from 'apache-arrow';
import { type ColumnType, type ReportColumn, typedValue, type Value } from './report.js';

/**
 * The Arrow schema of columns: integer Int64, double Float64, text Utf8, date Date32, timestamp in
 * microseconds without a zone (it holds UTC), boolean Bool. All are nullable; the unit and the
 * description are metadata of the field.
 */
export function arrowSchema(
  columns: readonly ReportColumn[],
  metadata = new Map<string, string>(),
): Schema {
  return new Schema(
    columns.map(({ name, type, unit, description }) => {
      const metadata = new Map([['description', description]]);
      if (unit !== '') metadata.set('unit', unit);
      return new Field(name, ARROW_TYPES[type](), true, metadata);
    }),
    metadata,
  );
}

const ARROW_TYPES: Record<ColumnType, () => DataType> = {
  integer: () => new Int64(),
  double: () => new Float64(),
  text: () => new Utf8(),
  date: () => new DateDay(),
  timestamp: () => new TimestampMicrosecond(),
  boolean: () => new Bool(),
};

/**
 * An Arrow IPC file of the schema alone.
 * @param partition the date column that is in the paths of the files, and not in them; it is
 * metadata of the schema
 */
export function schemaFile(
  columns: readonly ReportColumn[],
  partition?: Pick<ReportColumn, 'name' | 'description'>,
): Buffer {
  const metadata = new Map(
    partition === undefined
      ? []
      : [
          ['partition', partition.name],
          ['partition_description', partition.description],
        ],
  );
  return Buffer.from(tableToIPC(new Table(arrowSchema(columns, metadata)), 'file'));
}

/** The values of columns, as one record batch of their schema. */
export function arrowBatch(
  schema: Schema,
  columns: readonly ReportColumn[],
  values: readonly (readonly Value[])[],
): RecordBatch {
  const children = columns.map((column, i) =>
    columnData(
      column.type,
      (values[i] ?? []).map((value) => typedValue(value, column)),
    ),
  );
  const length = values[0]?.length ?? 0;
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }),
  );
}

/** An Arrow IPC file, written batch by batch to disk; the same batches give the same bytes. */
export class ArrowFile {
  readonly #schema: Schema;
  readonly #writer = new RecordBatchFileWriter();
  readonly #written: Promise<void>;

  constructor(
    readonly path: string,
    readonly columns: readonly ReportColumn[],
  ) {
    this.#schema = arrowSchema(columns);
    this.#writer.reset(undefined, this.#schema);
    this.#written = writeFile(path, this.#writer);
    this.#written.catch(() => {}); // close throws the failure, and may come later
  }

  /** Adds rows. @param values of each column */
  add(values: readonly (readonly Value[])[]): void {
    this.#writer.write(arrowBatch(this.#schema, this.columns, values));
  }

  /** Writes the footer; the file is complete only then. */
  async close(): Promise<void> {
    this.#writer.finish();
    await this.#written;
  }
}

/**
 * The buffers are filled here rather than by Arrow's builders: those take dates and timestamps as
 * milliseconds in a double, and so cannot hold every microsecond.
 */
function columnData(type: ColumnType, values: readonly Value[]): Data {
  const length = values.length;
  const nulls = values.filter((value) => value === null).length;
  const validity = {
    length,
    nullCount: nulls,
    nullBitmap: nulls === 0 ? null : bits(values.map((value) => value !== null)),
  };
  switch (type) {
    case 'integer':
      return makeData({
        type: new Int64(),
        ...validity,
        data: BigInt64Array.from(values, (value) => BigInt(value ?? 0)),
      });
    case 'double':
      return makeData({
        type: new Float64(),
        ...validity,
        data: Float64Array.from(values, (value) => Number(value ?? 0)),
      });
    case 'date':
      return makeData({ type: new DateDay(), ...validity, data: Int32Array.from(values, days) });
    case 'timestamp':
      return makeData({
        type: new TimestampMicrosecond(),
        ...validity,
        data: BigInt64Array.from(values, microseconds),
      });
    case 'boolean':
      return makeData({
        type: new Bool(),
        ...validity,
        data: bits(values.map((value) => value === true)),
      });
    case 'text': {
      const texts = values.map((value) => Buffer.from(value === null ? '' : String(value)));
      const valueOffsets = new Int32Array(length + 1);
      for (const [index, text] of texts.entries())
        valueOffsets[index + 1] = (valueOffsets[index] ?? 0) + text.length;
      return makeData({
        type: new Utf8(),
        ...validity,
        valueOffsets,
        data: new Uint8Array(Buffer.concat(texts)),
      });
    }
  }
}

/** Least significant bit first, as Arrow packs them. */
function bits(flags: readonly boolean[]): Uint8Array {
  const packed = new Uint8Array(Math.ceil(flags.length / 8));
  for (const [index, flag] of flags.entries()) {
    if (flag) packed[index >> 3] = (packed[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return packed;
}

/** What was worked out before: a column has few dates, and one of them in most rows. */
const dayNumbers = new Map<Value, number>([[null, 0]]);

function days(date: Value): number {
  let number = dayNumbers.get(date);
  if (number === undefined) {
    number = Date.parse(`${date}T00:00:00Z`) / 86_400_000;
    dayNumbers.set(date, number);
  }
  return number;
}

function microseconds(value: Value): bigint {
  if (value === null) return 0n;
  const [seconds = '', decimals = ''] = String(value).slice(0, -1).split('.');
  return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(decimals.padEnd(6, '0'));
}
