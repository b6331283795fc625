import { readFile } from 'node:fs/promises';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, expect, test } from 'vitest';
import { filesOf } from '../../src/release/partition.js';
import { type Deployment, query, useDeployments } from './nights.js';
import { deliverUpTo } from './two_days.js';

const { deploy } = useDeployments('all');
const ARROW_TYPE: Readonly<Record<string, string>> = {
  BIGINT: 'Int64',
  DOUBLE: 'Float64',
  VARCHAR: 'Utf8',
  DATE: 'Date32<DAY>',
  TIMESTAMP: 'Timestamp<MICROSECOND>',
  BOOLEAN: 'Bool',
};
let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
  await deliverUpTo('2026-11-20', (key, content) => deployment.deliver(key, content));
  await deployment.night('2026-11-20');
});

test.each(['date', 'month'] as const)(
  'the Arrow schema of every table has the columns of its Parquet files of a %s',
  async (partition_by) => {
    const { parquet } = deployment.config;
    await deployment.night('2026-11-20', {
      config: { ...deployment.config, parquet: { ...parquet, partition_by } },
    });
    const release = await deployment.release();
    const tables = release
      .tables()
      .filter((table) => /^(clean|daily|rolling|report)\//.test(table));
    const published = tables.filter(
      (table) => table !== 'report/report' && !table.endsWith('_changes'),
    );
    expect(published.length).toBeGreaterThan(30);
    for (const table of published) {
      const schema = tableFromIPC(
        await readFile(deployment.output.locate(`latest/schemas/${table}.arrow`)),
      ).schema;
      const [object] = filesOf(release.of(table).flatMap(({ objects }) => objects));
      if (object === undefined) continue; // a table without rows, as of gaps
      const file = deployment.output.locate(object.key);
      const columns = await query(
        `describe from read_parquet('${file}', hive_partitioning = false)`,
      );
      expect({ table, columns: schema.fields.map(({ name, type }) => `${name} ${type}`) }).toEqual({
        table,
        columns: columns.map(
          ({ column_name, column_type }) => `${column_name} ${ARROW_TYPE[String(column_type)]}`,
        ),
      });
    }
  },
);

test('its fields say what they mean', async () => {
  const file = deployment.output.locate('latest/schemas/daily/user_day.arrow');
  const field = tableFromIPC(await readFile(file)).schema.fields.find(
    ({ name }) => name === 'session_seconds',
  );
  expect(Object.fromEntries(field?.metadata ?? [])).toEqual({
    description: 'length of the closed sessions together',
    unit: 'seconds',
  });
});

test('a night that changes no column leaves them as they are', async () => {
  await deployment.deliver(
    'users/users_2026-11-20.csv',
    'user_id,created_at\n7,2026-11-01 10:00:00\n',
  );
  const { built } = await deployment.night('2026-11-20', {
    config: { ...deployment.config, parquet: { compression: 'snappy', partition_by: 'month' } },
  });
  expect(built.length).toBeGreaterThan(0);
  expect(built.filter(({ table }) => table === 'index/schemas')).toEqual([]);
});
