import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { identifier, quote, type Session } from '../../engine/engine.js';
import { quotePath } from '../../engine/paths.js';
import type { Store } from '../../store/store.js';
import { sha256 } from '../digest.js';
import type { Release } from '../release.js';
import { type About, type Action, addAction, schemaActions, txnAction } from './actions.js';
import { objectsOfTable, schemasOf } from './changes.js';
import { readFields } from './fields.js';
import { logFolder, versionKey } from './log.js';
import { removedUpTo } from './removed.js';

/** Where logs are written: checkpoints are Parquet files, which the engine makes. */
export interface DeltaTools {
  readonly store: Store;
  readonly session: Session;
  /** local folder that the session may use */
  readonly scratch: string;
  /** how many releases stay readable */
  readonly keep: number;
}

/** Types of the columns of a checkpoint, one for each kind of action. */
const COLUMNS = {
  txn: 'STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)',
  add:
    'STRUCT(path VARCHAR, partitionValues MAP(VARCHAR, VARCHAR), size BIGINT, modificationTime ' +
    'BIGINT, dataChange BOOLEAN, stats VARCHAR)',
  remove:
    'STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata ' +
    'BOOLEAN, partitionValues MAP(VARCHAR, VARCHAR), size BIGINT)',
  metaData:
    'STRUCT(id VARCHAR, "name" VARCHAR, description VARCHAR, format STRUCT(provider VARCHAR, ' +
    'options MAP(VARCHAR, VARCHAR)), schemaString VARCHAR, partitionColumns VARCHAR[], ' +
    'configuration MAP(VARCHAR, VARCHAR), createdTime BIGINT)',
  protocol:
    'STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures VARCHAR[], ' +
    'writerFeatures VARCHAR[])',
};

/**
 * Writes all that a version of a table is, so that a reader needs none of the versions before it.
 * @param isNewest whether readers are to begin with it
 */
export async function writeCheckpoint(
  tools: DeltaTools,
  { about, release }: { readonly about: About; readonly release: Release },
  version: number,
  isNewest: boolean,
): Promise<void> {
  const actions = await stateOf(tools.store, { about, release }, version);
  const { store, session, scratch } = tools;
  const name = path.join(scratch, `delta-${sha256(`${about.table} ${version}`).slice(0, 16)}`);
  try {
    await writeFile(`${name}.json`, actions.map((action) => JSON.stringify(action)).join('\n'));
    const columns = Object.entries(COLUMNS).map(
      ([column, type]) => `${quote(column)}: ${quote(type)}`,
    );
    await session.run(
      `copy (select ${Object.keys(COLUMNS).map(identifier).join(', ')}
        from read_json(${quotePath(`${name}.json`)}, format = 'newline_delimited',
          columns = {${columns.join(', ')}}))
       to ${quote(`${name}.parquet`)} (format parquet)`,
    );
    await store.write(versionKey(about.table, version, '.checkpoint.parquet'), {
      file: `${name}.parquet`,
    });
  } finally {
    await rm(`${name}.json`, { force: true });
  }
  if (!isNewest) return;
  const last = Buffer.from(`${JSON.stringify({ version, size: actions.length })}\n`);
  await store.write(`${logFolder(about.table)}_last_checkpoint`, last);
}

async function stateOf(
  store: Store,
  { about: { table, commit }, release }: { readonly about: About; readonly release: Release },
  version: number,
): Promise<Action[]> {
  const key = schemasOf(release).get(table);
  const fields = key === undefined ? [] : await readFields(store, key);
  const at = Date.parse(commit.envelope.created_at);
  return [
    ...schemaActions(table, fields, at),
    txnAction(commit.release.number, at),
    ...objectsOfTable(release, table).map((object) => addAction(table, object, at)),
    ...(await removedUpTo(store, table, version, at)),
  ];
}
