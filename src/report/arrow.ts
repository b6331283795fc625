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
  const children = columns.map((column, i) => columnData(column, values[i] ?? []));
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
function columnData(column: ReportColumn, values: readonly Value[]): Data {
  const length = values.length;
  const nullCount = values.reduce<number>((nulls, value) => nulls + Number(value === null), 0);
  const nullBitmap = nullCount === 0 ? null : bits(values, (value) => value !== null);
  const validity = { length, nullCount, nullBitmap };
  switch (column.type) {
    case 'integer': {
      const data = filled(new BigInt64Array(length), column, values, BigInt);
      return makeData({ type: new Int64(), ...validity, data });
    }
    case 'double': {
      const data = filled(new Float64Array(length), column, values, Number);
      return makeData({ type: new Float64(), ...validity, data });
    }
    case 'date': {
      const data = new Int32Array(length);
      for (const [i, value] of values.entries()) data[i] = days(value, column);
      return makeData({ type: new DateDay(), ...validity, data });
    }
    case 'timestamp': {
      const data = filled(new BigInt64Array(length), column, values, microseconds);
      return makeData({ type: new TimestampMicrosecond(), ...validity, data });
    }
    case 'boolean': {
      const data = bits(values, (value) => typedValue(value, column) === true);
      return makeData({ type: new Bool(), ...validity, data });
    }
    case 'text': {
      const texts = values.map((value) => String(typedValue(value, column) ?? ''));
      const valueOffsets = new Int32Array(length + 1);
      for (const [i, text] of texts.entries())
        valueOffsets[i + 1] = (valueOffsets[i] ?? 0) + Buffer.byteLength(text);
      const data = new Uint8Array(valueOffsets[length] ?? 0);
      const buffer = Buffer.from(data.buffer);
      for (const [i, text] of texts.entries()) buffer.write(text, valueOffsets[i] ?? 0);
      return makeData({ type: new Utf8(), ...validity, valueOffsets, data });
    }
  }
}

/** Puts the values of a column into numbers of one width; a value that is missing stays 0. */
function filled<N extends number | bigint, A extends { [index: number]: N }>(
  data: A,
  column: ReportColumn,
  values: readonly Value[],
  numberOf: (value: Exclude<Value, null>) => N,
): A {
  for (let i = 0; i < values.length; i++) {
    const value = typedValue(values[i], column);
    if (value !== null) data[i] = numberOf(value);
  }
  return data;
}

/** Least significant bit first, as Arrow packs them. */
function bits(values: readonly Value[], isSet: (value: Value) => boolean): Uint8Array {
  const packed = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) {
    if (isSet(values[i] as Value)) packed[i >> 3] = (packed[i >> 3] ?? 0) | (1 << (i & 7));
  }
  return packed;
}

/** What was worked out before: a column has few dates, and one of them in most rows. */
const dayNumbers = new Map<Value, number>([[null, 0]]);

function days(date: Value, column: ReportColumn): number {
  let number = dayNumbers.get(date);
  if (number === undefined) {
    number = Date.parse(`${typedValue(date, column)}T00:00:00Z`) / 86_400_000;
    dayNumbers.set(date, number);
  }
  return number;
}

function microseconds(value: Exclude<Value, null>): bigint {
  const [seconds = '', decimals = ''] = String(value).slice(0, -1).split('.');
  return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(decimals.padEnd(6, '0'));
}
