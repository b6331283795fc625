import { sha256 } from '../digest.js';
import type { Commit, DataObject } from '../schema.js';
import type { Field } from './fields.js';

/** The application whose transactions are the numbers of releases. */
const APP = 'dayfold';

/**
 * Days for which a VACUUM of another program leaves a removed object, unless it is told otherwise.
 */
export const RETENTION_DAYS = 30;

/** What a version says of the release that it belongs to. */
export interface About {
  readonly table: string;
  readonly commit: Commit;
  /** the newest as-of date of the release */
  readonly asOf: string | undefined;
}

/** How much of a table garbage collection removes. */
export interface Collected {
  readonly files: number;
  readonly bytes: number;
}

/** An action of the Delta protocol: one line of a version, one row of a checkpoint. */
export type Action = Readonly<Record<string, unknown>>;

/** Which release a version of a table belongs to, and why it was written. */
export function originActions({ commit: { envelope, release }, asOf }: About): Action[] {
  const timestamp = Date.parse(envelope.created_at);
  return [
    {
      commitInfo: {
        timestamp,
        operation: envelope.again === undefined ? 'WRITE' : 'RESTORE',
        operationParameters:
          envelope.again === undefined
            ? { mode: 'Overwrite' }
            : { release: String(envelope.again) },
        engineInfo: envelope.program,
        release: release.number,
        ...(asOf === undefined ? {} : { asOf }),
        run: envelope.run,
      },
    },
    txnAction(release.number, timestamp),
  ];
}

/** What a VACUUM says of itself when it begins, and when it has ended. */
export function vacuumAction(
  phase: 'START' | 'END',
  { files, bytes }: Collected,
  at: number,
): Action {
  const [operationParameters, operationMetrics] =
    phase === 'START'
      ? [
          { retentionCheckEnabled: 'false' },
          { numFilesToDelete: String(files), sizeOfDataToDelete: String(bytes) },
        ]
      : [{ status: 'COMPLETED' }, { numDeletedFiles: String(files) }];
  return {
    commitInfo: {
      timestamp: at,
      operation: `VACUUM ${phase}`,
      operationParameters,
      operationMetrics,
    },
  };
}

export function txnAction(release: number, lastUpdated: number): Action {
  return { txn: { appId: APP, version: release, lastUpdated } };
}

/**
 * The number of the release that a version belongs to; undefined where another program wrote it.
 */
export function releaseOf(body: Buffer): number | undefined {
  for (const line of body.toString('utf8').split('\n')) {
    if (!line.startsWith('{"txn"')) continue;
    const { txn } = JSON.parse(line) as { txn: { appId: string; version: number } };
    if (txn.appId === APP) return txn.version;
  }
  return undefined;
}

/**
 * What a reader must understand, and what the columns are. Other programs leave the log as it is
 * and keep removed objects for a while, unless they are told otherwise: run-job gc cleans up.
 */
export function schemaActions(table: string, fields: readonly Field[], created: number): Action[] {
  const hasTimes = fields.some(({ type }) => type === 'timestamp_ntz');
  const features = ['timestampNtz'];
  const types = fields.map(({ name, type, comment }) => ({
    name,
    type,
    nullable: true,
    metadata: { comment },
  }));
  return [
    {
      protocol: hasTimes
        ? {
            minReaderVersion: 3,
            minWriterVersion: 7,
            readerFeatures: features,
            writerFeatures: features,
          }
        : { minReaderVersion: 1, minWriterVersion: 2 },
    },
    {
      metaData: {
        id: sha256(`${APP} ${table}`).replace(
          /^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/,
          '$1-$2-$3-$4-$5',
        ),
        name: table.replace('/', '_'),
        format: { provider: 'parquet', options: {} },
        schemaString: JSON.stringify({ type: 'struct', fields: types }),
        partitionColumns: fields.filter(({ isPartition }) => isPartition).map(({ name }) => name),
        configuration: {
          'delta.deletedFileRetentionDuration': `interval ${RETENTION_DAYS} days`,
          'delta.enableExpiredLogCleanup': 'false',
        },
        createdTime: created,
      },
    },
  ];
}

export function removeAction(table: string, { key, bytes }: DataObject, at: number): Action {
  const path = pathIn(table, key);
  const about = { deletionTimestamp: at, dataChange: true, extendedFileMetadata: true };
  return { remove: { path, ...about, partitionValues: partitionOf(table, path), size: bytes } };
}

export function addAction(table: string, object: DataObject, at: number): Action {
  const path = pathIn(table, object.key);
  const about = { size: object.bytes, modificationTime: at, dataChange: true };
  return {
    add: { path, partitionValues: partitionOf(table, path), ...about, stats: statsText(object) },
  };
}

function pathIn(table: string, key: string): string {
  return key.slice(`objects/${table}/`.length);
}

/** Reports have the date in their rows, too, and are not partitioned by it. */
function partitionOf(table: string, path: string): Record<string, string> {
  if (table.startsWith('report/')) return {};
  const [, name, value] = /^(event_date|as_of_date)=([^/]+)\//.exec(path) ?? [];
  return name === undefined || value === undefined ? {} : { [name]: value };
}

/** What is known of the columns, as JSON. */
function statsText({ rows, stats = {} }: DataObject): string {
  const [least, most, missing]: [string[], string[], string[]] = [[], [], []];
  for (const [name, [nulls, first, last]] of Object.entries(stats)) {
    const column = JSON.stringify(name);
    missing.push(`${column}:${nulls}`);
    if (first === undefined || last === undefined) continue;
    least.push(`${column}:${first}`);
    most.push(`${column}:${last}`);
  }
  const bounds = `"minValues":{${least}},"maxValues":{${most}}`;
  return `{"numRecords":${rows},${bounds},"nullCount":{${missing}}}`;
}
