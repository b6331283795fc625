import { beforeAll, expect, test } from 'vitest';
import { CATALOGS, catalogStatements } from '../../src/inspect/catalog.js';
import { Release } from '../../src/release/release.js';
import { FileStore } from '../../src/store/folder.js';
import { S3Store } from '../../src/store/s3/store.js';
import { settingsOf } from '../store/s3_server.js';

const artifact = { key: 'objects/index/schemas/x.arrow', bytes: 1, sha256: 'x' };
let release: Release;

beforeAll(() => {
  release = new Release(1);
  release.add({
    ...{
      table: 'index/schemas',
      name: 'all',
      date: 'all',
      fingerprint: '',
      digest: '',
      inputs: {},
      objects: [],
    },
    artifacts: {
      'daily/day': artifact,
      'report/top_features': artifact,
      'checks/known_users': artifact,
    },
  });
});

const bucket = () => new S3Store({ ...settingsOf('s3://bucket/dayfold'), region: 'us-east-1' });

test.each([
  [
    'athena',
    "CREATE EXTERNAL TABLE IF NOT EXISTS dayfold.daily_day LOCATION 's3://bucket/dayfold/objects/daily/day/' TBLPROPERTIES ('table_type'='DELTA');",
  ],
  [
    'trino',
    "CALL delta.system.register_table(schema_name => 'dayfold', table_name => 'daily_day', table_location => 's3://bucket/dayfold/objects/daily/day');",
  ],
  [
    'spark',
    "CREATE TABLE IF NOT EXISTS dayfold.daily_day USING delta LOCATION 's3a://bucket/dayfold/objects/daily/day';",
  ],
  [
    'duckdb',
    `CREATE OR REPLACE VIEW "daily"."day" AS SELECT * FROM delta_scan('s3://bucket/dayfold/objects/daily/day');`,
  ],
] as const)('%s gets a statement for each table', (catalog, statement) => {
  expect(catalogStatements(bucket(), release, catalog).split('\n')).toContain(statement);
});

test.each(CATALOGS)('%s is not told of checks, which are no Delta tables', (catalog) => {
  const text = catalogStatements(bucket(), release, catalog);
  expect(text).toContain('top_features');
  expect(text).not.toContain('known_users');
});

test('Athena reads no folders', () => {
  expect(() => catalogStatements(new FileStore('/data/output'), release, 'athena')).toThrow(
    'expected an output on object storage, found the folder /data/output',
  );
});

test('Spark takes a backslash for an escape', () => {
  expect(catalogStatements(new FileStore("/it's"), release, 'spark')).toContain(
    "LOCATION '/it\\'s/objects/daily/day'",
  );
});
