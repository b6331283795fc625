import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { dialectFaults, nodesOf } from '../../src/model/dialect.js';
import { DATE_OF, LAYERS } from '../../src/model/model.js';
import { JOBS, Warehouse } from './warehouse.js';

const NAMES = LAYERS.flatMap((layer) =>
  readdirSync(join(JOBS, layer))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => `${layer}.${file.replace('.sql', '')}`),
);

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});

/** The syntax tree of a SELECT, as DuckDB parses it. */
async function syntaxOf(sql: string): Promise<unknown> {
  const [row] = await warehouse.query(
    `select json_serialize_sql('${sql.replaceAll("'", "''")}') as tree`,
  );
  const tree = JSON.parse(String(row?.tree)) as { error: boolean; error_message?: string };
  if (tree.error) throw new Error(tree.error_message);
  return tree;
}

const faultsOf = async (sql: string) => dialectFaults(await syntaxOf(sql), sql);

async function relationsOf(sql: string): Promise<string[]> {
  const nodes = nodesOf(await syntaxOf(sql));
  const tables = nodes.filter((node) => node.type === 'BASE_TABLE' && node.schema_name !== '');
  return [...new Set(tables.map((node) => `${node.schema_name}.${node.table_name}`))].sort();
}

describe('the lint finds', () => {
  test.each([
    ['arg_max', 'select arg_max(a, b) from t', 'function arg_max'],
    ['date_diff', `select date_diff('day', a, b) from t`, 'function date_diff'],
    ['regexp_replace', `select regexp_replace(a, 'b', 'c') from t`, 'function regexp_replace'],
    ['a default order of nulls', 'select a from t order by a', 'order by without nulls last'],
    [
      'the same in a window',
      'select rank() over (order by a) from t',
      'order by without nulls last',
    ],
    ['a star', 'select * from t', 'columns by star'],
    ['distinct on', 'select distinct on (a) a from t', 'distinct on'],
    ['a cast that may fail', 'select try_cast(a as date) from t', 'cast to DATE'],
    ['a cast to timestamp', 'select cast(a as timestamp) from t', 'cast to TIMESTAMP'],
    ['varchar', 'select cast(a as varchar) from t', 'varchar'],
    [
      'a pattern that also matches before a last line break',
      `select re_test(a, 'b$') from t`,
      'a pattern that ends in $',
    ],
    ['an open array_agg', 'select array_agg(a) from t', 'array_agg without filter'],
  ])('%s', async (_, sql, fault) => {
    expect(await faultsOf(sql)).toContain(fault);
  });
});

describe.each(readdirSync(join(JOBS, 'derived')))('derived/%s', (file) => {
  const sql = readFileSync(join(JOBS, 'derived', file), 'utf8');

  test('keeps to what both engines understand alike', async () => {
    expect(await faultsOf(sql)).toEqual([]);
  });

  test('reads activities alone', async () => {
    expect(await relationsOf(sql)).toEqual(['clean.activity_log']);
  });
});

describe.each(NAMES)('%s', (name) => {
  test('keeps to what both engines understand alike', async () => {
    expect(await faultsOf(warehouse.model(name).sql)).toEqual([]);
  });

  test('reads what its header says', async () => {
    const { sql, reads } = warehouse.model(name);
    expect(reads.map(({ schema, table }) => `${schema}.${table}`).sort()).toEqual(
      await relationsOf(sql),
    );
  });

  test('has the columns of its header, in their order and types', async () => {
    expect(await warehouse.describe(name)).toEqual(warehouse.columnsOf(name));
  });

  test('ends in an order that its grain makes total', async () => {
    const { sql, grain, layer } = warehouse.model(name);
    if (
      layer === 'clean' &&
      ['activity_log', 'feature_usage', 'sessions'].includes(name.split('.')[1] ?? name)
    ) {
      expect(sql).not.toContain('order by'); // rows of a dated table are in the order of the export
      return;
    }
    const order: string[] =
      sql.slice(sql.lastIndexOf('order by')).match(/\w+(?=(?: desc)? nulls last)/g) ?? [];
    // A partition has one date, so its date need not be ordered by.
    const dates: (string | undefined)[] = ['event_date', DATE_OF[layer]];
    const missing = grain.filter((column) => !dates.includes(column) && !order.includes(column));
    expect(missing).toEqual([]);
  });
});
