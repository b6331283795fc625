import * as fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadSources } from '../../src/config/contracts.js';
import { type SourceRows, sourceRows } from '../../src/inspect/rows.js';
import { withReading } from '../../src/inspect/session.js';
import { NAME, RESERVED } from '../../src/model/contract.js';
import { type Deployment, useDeployments } from './nights.js';

const { deploy } = useDeployments('all');
const ROOT = path.resolve(import.meta.dirname, '../..');

/** Records of a table, with what is refused, repeated, late and corrected among them. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  activity_log: [
    'activity_id,user_id,activity_type,activity_at',
    '1,7,view,2026-03-01 09:00:00',
    '1,7,view,2026-03-01 09:00:00',
    '2,7,view,2026-02-28 09:00:00',
    'x,x,view,2026-02-28 09:00:00',
  ],
  sessions: [
    'session_id,user_id,login_at,logout_at',
    's1,7,2026-03-01 09:00:00,2026-03-01 10:00:00',
    's1,7,2026-03-01 09:00:00,2026-03-01 11:00:00',
    's2,7,2026-02-28 09:00:00,',
  ],
  users: ['user_id,created_at', '7,2026-01-01 00:00:00', '8,2026-01-01 00:00:00'],
  support_tickets: [
    'ticket_id,user_id,status,created_at,resolved_at',
    '1,7,open,2026-03-01 09:00:00,',
    '1,7,open,2026-03-01 09:00:00,2026-03-01 12:00:00',
  ],
};

const LAYERS_WITH_SQL = ['build', 'engine', 'ingest', 'night', 'release', 'tables'];
/** At most this many names are tried at once: more need more memory than the engine of a test has. */
const AT_ONCE = 200;

/** Every word in the SQL of the program and of its models that may be the name of a column. */
async function wordsOfSql(): Promise<Set<string>> {
  const words = new Set<string>();
  for (const [folder, ending, texts] of [
    ...LAYERS_WITH_SQL.map((layer) => [`src/${layer}`, '.ts', /`[^`]*`|'[^'\n]*'/g] as const),
    ['jobs', '.sql', /.+/gs],
  ] as const) {
    const files = await fs.readdir(path.join(ROOT, folder), { recursive: true });
    for (const file of files.filter((name) => name.endsWith(ending))) {
      const source = await fs.readFile(path.join(ROOT, folder, file), 'utf8');
      for (const text of source.match(texts) ?? [])
        for (const word of text.match(/\b\w+\b/g) ?? []) if (NAME.test(word)) words.add(word);
    }
  }
  return words;
}

/** Names that mean something else already: columns of clean tables, and steps of the reports. */
async function namesTaken(): Promise<Set<string>> {
  const taken = new Set([...RESERVED, 'funnel_steps']);
  for (const file of await fs.readdir(path.join(ROOT, 'jobs/clean'))) {
    const source = await fs.readFile(path.join(ROOT, 'jobs/clean', file), 'utf8');
    const names = file.endsWith('.sql') ? /^-- {3}(\w+) +\|/gm : /^ {2}(\w+):/gm;
    for (const [, name = ''] of source.matchAll(names)) taken.add(name);
  }
  return taken;
}

test('a column may be called as any word of the SQL that reads it', async () => {
  const taken = await namesTaken();
  const names = [...(await wordsOfSql())].filter((word) => !taken.has(word));
  expect(names.length).toBeGreaterThan(1000);
  for (let first = 0; first < names.length; first += AT_ONCE)
    await expectToWork(names.slice(first, first + AT_ONCE));
});

/**
 * Two nights with columns of these names in each table give each its values; also where rows are
 * brought into files of a month.
 */
async function expectToWork(names: readonly string[]): Promise<void> {
  const columns = Object.fromEntries(
    names.map((name) => [name, { type: 'text', from: `${name} as exported` }]),
  );
  const tables = Object.fromEntries(Object.keys(TABLES).map((table) => [table, { columns }]));
  const deployment = await deploy({ tables, parquet: { partition_by: 'month' } });
  const header = names.map((name) => `,${name} as exported`).join('');
  const values = names.map((name) => `,is ${name}`).join('');
  for (const [date, records] of [
    ['2026-03-01', 9],
    ['2026-03-02', 1],
  ] as const) {
    for (const [table, [first = '', ...others]] of Object.entries(TABLES))
      await deployment.deliver(
        `${table}/${table}_${date}.csv`,
        [first + header, ...others.slice(0, records).map((line) => line + values), ''].join('\n'),
      );
    await deployment.night(date);
  }
  for (const table of Object.keys(TABLES)) {
    const rows = await deployment.rows(`clean/${table}`, '*');
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(names.filter((name) => row[name] !== `is ${name}`)).toEqual([]);
  }
  for (const { found, rows } of await explained(deployment)) {
    expect(found).toBe(rows.length);
    expect(found).toBeGreaterThan(0);
    for (const { values } of rows)
      expect(names.filter((name) => values[name] !== `is ${name}`)).toEqual([]);
  }
}

/** The rows of user 7 in the exports of each table, as run-job explain finds them. */
async function explained(deployment: Deployment): Promise<SourceRows[]> {
  const { config, output } = deployment;
  const [release, sources] = [await deployment.release(), await loadSources(config)];
  const traces = Object.keys(TABLES).map((table) => {
    const exports = release
      .of(`staged/${table}`)
      .map(({ name }) => ({ export: name, records: 0, staged: 0, quarantined: {} }));
    return { table, first: null, last: null, exports };
  });
  return withReading(config, output, (reading) =>
    sourceRows(reading, { release, sources, timeZone: 'UTC' }, traces, {
      column: 'user_id',
      value: '7',
    }),
  );
}
