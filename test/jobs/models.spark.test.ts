import * as fs from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { jobFolders } from '../../src/config/contracts.js';
import { loadModels } from '../../src/model/load.js';
import type { Counts, Partition } from '../../src/release/schema.js';
import { SAMPLE_CONFIG } from '../../src/sample/config.js';
import { useSpark } from '../engine/spark/cluster.js';
import { type Deployment, type Row, useDeployments } from '../night/nights.js';
import { deliverSample, ofSample } from '../night/sample.js';

vi.setConfig({ testTimeout: 1_800_000 });

/** The second builds on the first: rolling models read their own table of the as-of date before. */
const NIGHTS = ['2026-10-02', '2026-10-03'];
const { deploy } = useDeployments('all');

/** Windows whose ends are within the sample. */
const WINDOWS = { short_window_days: 4, long_window_days: 8, inactive_days: 4 };

/** With columns that the sample does not have. */
const TICKETS = `ticket_id,user_id,status,created_at,first_response_at,resolved_at,reopen_count,category
900001,1,closed,2026-09-29 09:00:00,2026-09-29 11:00:00,2026-09-30 10:00:00,1,billing
900002,2,open,2026-09-30 09:00:00,2026-10-01 08:00:00,,2,billing
900003,3,open,2026-09-30 10:00:00,,,0,
`;

/**
 * Exports that give each model something to do: dates of two months and of more than a week, users
 * who are missing in the table of users, dates without an export.
 */
async function deployed(engine: object = {}): Promise<Deployment> {
  const settings = { ...parse(SAMPLE_CONFIG).settings, ...WINDOWS };
  const deployment = await deploy(ofSample({ settings, ...engine }));
  await deliverSample(deployment, { days: 12, users: 80 });
  const { folder } = deployment.exports;
  for (const file of await fs.readdir(path.join(folder, 'users'))) {
    const place = path.join(folder, 'users', file);
    const lines = (await fs.readFile(place, 'utf8')).split('\n');
    await fs.writeFile(place, lines.filter((line) => !/^\d*[05],/.test(line)).join('\n'));
  }
  await deployment.deliver('support_tickets/support_tickets_2026-10-01.csv', TICKETS);
  for (const missing of ['feature_usage_2026-09-28.jsonl.gz', 'sessions_2026-09-29.csv'])
    await fs.rm(path.join(folder, missing.replace(/_\d{4}.*/, ''), missing));
  return deployment;
}

interface Made {
  readonly counts: Counts | undefined;
  readonly rows: readonly Row[];
}

/** All that models made in some nights: by table and partition its counts, and its rows in order. */
async function madeIn(deployment: Deployment): Promise<Map<string, Made>> {
  for (const asOf of NIGHTS)
    expect(await deployment.night(asOf)).toMatchObject({ published: true });
  const made = new Map<string, Made>();
  const isModelled = ({ table }: Partition) => !/^(staged|moved|erased)\//.test(table);
  for (const { table, name, counts, objects } of [
    ...(await deployment.release()).partitions(),
  ].filter(isModelled)) {
    const keys = objects.map(({ key }) => key);
    const rows = await deployment.read(keys, '*', 'order by file_index, file_row_number');
    made.set(`${table} ${name}`, { counts, rows });
  }
  return made;
}

let expected: Map<string, Made>;
beforeAll(async () => {
  expected = await madeIn(await deployed());
}, 600_000);

test('the exports give each model something to do, and each check violations', async () => {
  const models = await loadModels(jobFolders((await deploy()).config));
  const filled = [...expected].filter(([, { rows }]) => rows.length > 0).map(([key]) => key);
  const isFilled = (table: string) => filled.some((key) => key.startsWith(`${table} `));
  const idle = models
    .map(({ layer, name }) => `${layer}/${name}`)
    .filter((each) => !isFilled(each));
  expect(idle).toEqual([]);
});

describe('Spark with two executors', () => {
  const { spark } = useSpark({}, 'local-cluster[2,1,1024]');

  test('makes the rows of DuckDB, with each model', async () => {
    const found = await madeIn(
      await deployed({ engine: { kind: 'spark', remote: spark().remote } }),
    );
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    const differs = (key: string) => !isDeepStrictEqual(found.get(key), expected.get(key));
    const differing = [...found.keys()].filter(differs).sort();
    const of = (all: Map<string, Made>) => differing.map((key) => [key, all.get(key)]);
    expect(of(found)).toEqual(of(expected));
  });
});
