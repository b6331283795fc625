import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type DescribedTable, dbtSources, describedTables } from '../../src/model/catalog.js';
import { contractSchema } from '../../src/model/contract.js';
import { loadModels } from '../../src/model/load.js';

const JOBS = fileURLToPath(new URL('../../jobs', import.meta.url));
const sessions = contractSchema.parse({
  ...{ table: 'sessions', description: 'Visits.', delivery: 'upsert', partition: 'event_date' },
  ...{ event_time: 'login_at', dates: ['login_at'], key: [['session_id']] },
  columns: {
    session_id: { type: 'text', description: 'its id', from: ['id'] },
    user_id: { type: 'integer', description: 'whose it is', from: ['user'] },
    login_at: { type: 'timestamp', description: 'when it began', from: ['begin'], required: true },
  },
});
let tables: DescribedTable[];

beforeAll(async () => {
  tables = describedTables([sessions], await loadModels([JOBS]), 'date');
});

test('tables are described with what they are made from, and ids by the type of their contract', () => {
  const clean = tables.find(({ table }) => table === 'clean/sessions');
  expect(clean).toMatchObject({
    layer: 'clean',
    partition: 'event_date',
    grain: ['session_id'],
    reads: ['staged/sessions'],
  });
  expect(clean?.columns.find(({ name }) => name === 'user_id')).toMatchObject({ type: 'integer' });
  expect(clean?.columns.find(({ name }) => name === 'session_id')).toMatchObject({ type: 'text' });
});

test('layers are in their order, and checks are no tables', () => {
  expect([...new Set(tables.map(({ layer }) => layer))]).toEqual([
    'clean',
    'daily',
    'weekly',
    'monthly',
    'rolling',
    'report',
  ]);
});

test('dbt finds each table, its columns with units, and where it is', () => {
  const { sources } = parse(dbtSources(tables, (table) => `/it's/objects/${table}`));
  expect(sources).toHaveLength(1);
  const day = sources[0].tables.find(({ name }: { name: string }) => name === 'daily_day');
  expect(day.config.meta.external_location).toBe("delta_scan('/it''s/objects/daily/day')");
  expect(day.columns[0]).toMatchObject({ name: 'event_date', data_type: 'date' });
  expect(day.columns[1].description).toMatch(/\[activities\]$/);
});
