import type { Store } from '../../store/store.js';
import { GoneObject } from '../expiry.js';

/** A column of a table as Delta Lake names it. */
export interface Field {
  readonly name: string;
  readonly type: 'long' | 'double' | 'string' | 'date' | 'timestamp_ntz' | 'boolean';
  /** description and unit */
  readonly comment: string;
  /** whether it is in the paths of the objects, and not in them */
  readonly isPartition: boolean;
}

const TYPES: Record<string, Field['type']> = {
  Int64: 'long',
  Float64: 'double',
  Utf8: 'string',
  'Date32<DAY>': 'date',
  'Timestamp<MICROSECOND>': 'timestamp_ntz',
  Bool: 'boolean',
};

/** The columns of a table, from the Arrow schema that a release has of it. */
export async function readFields(store: Store, key: string): Promise<Field[]> {
  const body = await store.read(key);
  if (body === undefined) throw new GoneObject(key, store.locate(key), undefined);
  // takes long to load, and nights with nothing new do without
  const { tableFromIPC } = await import('apache-arrow');
  const { schema } = tableFromIPC(body);
  const fields = schema.fields.map(({ name, type, metadata }): Field => {
    const [description, unit] = [metadata.get('description') ?? '', metadata.get('unit')];
    const comment = unit === undefined ? description : `${description} [${unit}]`.trim();
    return { name, type: TYPES[String(type)] ?? 'string', comment, isPartition: false };
  });
  const partition = schema.metadata.get('partition');
  if (partition === undefined) return fields;
  const comment = schema.metadata.get('partition_description') ?? '';
  return [{ name: partition, type: 'date', comment, isPartition: true }, ...fields];
}
