import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { VOCABULARY } from '../../src/engine/duckdb/vocabulary.js';
import { LAYERS } from '../../src/model/model.js';
import { JOBS, Warehouse } from './warehouse.js';

const NAMES = LAYERS.flatMap((layer) =>
  readdirSync(join(JOBS, layer))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => `${layer}.${file.replace('.sql', '')}`),
);

// What DuckDB and Spark agree on, and the models use. Anything else has to be tried on both before it is added here.
const COMMON = new Set([
  ...[
    'sum',
    'count',
    'count_star',
    'min',
    'max',
    'array_agg',
    'rank',
    'abs',
    'greatest',
    'least',
    'sqrt',
    'tanh',
    'atanh',
  ],
  ...['range', 'nullif', 'coalesce', '+', '-', '*', '/', '||'],
]);
const WORDS = new Set(
  [...VOCABULARY.matchAll(/macro (\w+)\(/g)].map((match) => match[1] ?? '').filter((word) => isPublic(word)),
);
const CASTS = new Set(['BIGINT', 'INTEGER', 'DOUBLE', 'VARCHAR', 'DATE', 'DECIMAL']);

function isPublic(word: string): boolean {
  return [
    ...['parse_timestamp', 'parse_int', 'to_int', 'seconds_between', 'days_between', 'business_date', 'utc_from_local'],
    ...['iso_dow', 'int_div', 'snake_case', 're_replace', 're_test', 'join_sorted'],
  ].includes(word);
}

type Node = { readonly [key: string]: unknown };

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await Warehouse.open();
});

/** Every node of the syntax tree of a SELECT, as DuckDB parses it. */
async function nodesOf(sql: string): Promise<Node[]> {
  const [row] = await warehouse.query(`select json_serialize_sql('${sql.replaceAll("'", "''")}') as tree`);
  const tree = JSON.parse(String(row?.tree)) as { error: boolean; error_message?: string };
  if (tree.error) throw new Error(tree.error_message);
  const nodes: Node[] = [];
  const visit = (value: unknown) => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== 'object' || value === null) return;
    nodes.push(value as Node);
    Object.values(value).forEach(visit);
  };
  visit(tree);
  return nodes;
}

/** What in a SELECT may mean something else on another engine. */
async function faultsOf(sql: string): Promise<string[]> {
  const faults: string[] = [];
  for (const node of await nodesOf(sql)) {
    const name = node.function_name;
    if (typeof name === 'string' && name !== '' && !COMMON.has(name) && !WORDS.has(name))
      faults.push(`function ${name}`);
    if (name === 'array_agg' && !node.filter) faults.push('array_agg without filter');
    if ('null_order' in node && node.null_order !== 'NULLS LAST' && node.null_order !== 'NULLS_LAST') {
      faults.push('order by without nulls last');
    }
    if (node.class === 'STAR') faults.push('columns by star');
    if (node.class === 'CAST') {
      const type = String((node.cast_type as Node | undefined)?.id);
      if (node.try_cast === true || !CASTS.has(type)) faults.push(`cast to ${type}`);
    }
    const distinct = node.distinct_on_targets;
    if (Array.isArray(distinct) && distinct.length > 0) faults.push('distinct on');
    if (node.type === 'LIMIT_MODIFIER' || node.type === 'LIMIT_PERCENT_MODIFIER') faults.push('limit');
  }
  if (/\bvarchar\b/i.test(sql)) faults.push('varchar');
  if (/\{\{|\$\{|\{%/.test(sql)) faults.push('templating');
  return faults;
}

async function relationsOf(sql: string): Promise<string[]> {
  const nodes = await nodesOf(sql);
  const tables = nodes.filter((node) => node.type === 'BASE_TABLE' && node.schema_name !== '');
  return [...new Set(tables.map((node) => `${node.schema_name}.${node.table_name}`))].sort();
}

describe('the lint finds', () => {
  test.each([
    ['arg_max', 'select arg_max(a, b) from t', 'function arg_max'],
    ['date_diff', `select date_diff('day', a, b) from t`, 'function date_diff'],
    ['regexp_replace', `select regexp_replace(a, 'b', 'c') from t`, 'function regexp_replace'],
    ['a default order of nulls', 'select a from t order by a', 'order by without nulls last'],
    ['the same in a window', 'select rank() over (order by a) from t', 'order by without nulls last'],
    ['a star', 'select * from t', 'columns by star'],
    ['distinct on', 'select distinct on (a) a from t', 'distinct on'],
    ['a cast that may fail', 'select try_cast(a as date) from t', 'cast to DATE'],
    ['a cast to timestamp', 'select cast(a as timestamp) from t', 'cast to TIMESTAMP'],
    ['varchar', 'select cast(a as varchar) from t', 'varchar'],
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
    expect(reads.map(({ schema, table }) => `${schema}.${table}`).sort()).toEqual(await relationsOf(sql));
  });

  test('has the columns of its header, in their order and types', async () => {
    expect(await warehouse.describe(name)).toEqual(warehouse.columnsOf(name));
  });

  test('ends in an order that its grain makes total', async () => {
    const { sql, grain, layer } = warehouse.model(name);
    if (layer === 'clean' && ['activity_log', 'feature_usage', 'sessions'].includes(name.split('.')[1] ?? name)) {
      expect(sql).not.toContain('order by'); // rows of a dated table stand in the order of the export
      return;
    }
    const order: string[] = sql.slice(sql.lastIndexOf('order by')).match(/\w+(?=(?: desc)? nulls last)/g) ?? [];
    // A partition has one date, so its date need not be ordered by.
    expect(grain.filter((column) => column !== 'event_date' && !order.includes(column))).toEqual([]);
  });
});
