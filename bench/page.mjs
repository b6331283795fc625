// node bench/page.mjs [users]: the size of a report's page and JSON with 100,000 users and sixty
// days, how long it takes to write them again where nothing but the title has changed, and how long
// a browser takes to load the page. Needs npm run build, and Chromium at DAYFOLD_CHROMIUM or
// /usr/bin/chromium.
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { chromium } from 'playwright-core';
import { NO_PROGRESS } from '../build/build/night.js';
import { loadConfig } from '../build/config/config.js';
import { openLog } from '../build/log.js';
import { runNightly } from '../build/night/run.js';

const users = Number(process.argv[2] ?? 100_000);
const DAYS = 60;
const LAST = '2026-11-20';
const folder = await mkdtemp(path.join(os.tmpdir(), 'dayfold-page-'));

/**
 * Columns of each table for user u on the date d; each user comes once in sixty days, and each
 * tenth once in ten.
 */
const TABLES = {
  activity_log: `u as user_id, ['view', 'edit', 'share'][u % 3 + 1] as activity_type, d + to_seconds(u % 80000) as activity_at`,
  sessions: `d::varchar || '-' || u as session_id, u as user_id, d + to_seconds(u % 50000) as login_at, d + to_seconds(u % 50000 + 60 + hash(u, d) % 9000) as logout_at`,
  feature_usage: `u as user_id, 'feature_' || (hash(u, d) % 40) as feature_name, 1 + hash(u) % 9 as usage_count, d + to_seconds(u % 80000) as used_at`,
  support_tickets: `u as ticket_id, u as user_id, 'resolved' as status, d + to_seconds(u % 50000) as created_at, d + to_seconds(u % 50000 + 60 + hash(u) % 30000) as resolved_at`,
};

async function writeExports() {
  const connection = await (await DuckDBInstance.create()).connect();
  for (const [table, columns] of Object.entries(TABLES)) {
    await mkdir(path.join(folder, 'exports', table), { recursive: true });
    for (let day = 0; day < DAYS; day += 1) {
      const date = new Date(Date.parse(LAST) - (DAYS - 1 - day) * 86_400_000)
        .toISOString()
        .slice(0, 10);
      const comes =
        table === 'support_tickets'
          ? `u % 600 = ${day}`
          : `u % 60 = ${day} or u % 100 = ${day % 10}`;
      await connection.run(
        `copy (select ${columns} from (select 1000000 + range as u, timestamp '${date}' as d from range(${users})) where ${comes})
         to '${path.join(folder, 'exports', table, `${table}_${date}.csv`)}' (header)`,
      );
    }
  }
}

async function night(config) {
  return runNightly({
    config,
    asked: [LAST],
    log: openLog('silent'),
    progress: NO_PROGRESS,
    clock: () => new Date(),
    program: 'bench',
  });
}

try {
  await writeExports();
  const defaults = await loadConfig();
  const config = {
    ...defaults,
    base: folder,
    exports: { ...defaults.exports, store: './exports' },
    output: { ...defaults.output, store: './output' },
    tables: {
      ...defaults.tables,
      sessions: { ...defaults.tables.sessions, columns: { session_id: { type: 'text' } } },
    },
  };
  const first = await night(config);
  console.log(`first night: ${first.seconds.toFixed(1)} s, ${first.built.length} partitions`);
  for (const title of ['One', 'Two', 'Three']) {
    const { seconds, built } = await night({ ...config, report: { ...config.report, title } });
    console.log(
      `another title: ${seconds.toFixed(2)} s, ${built.map(({ table }) => table).join(', ')}`,
    );
  }
  const page = path.join(folder, 'output/latest/reports', LAST, 'report.html');
  for (const file of [page, page.replace(/html$/, 'json')])
    console.log(`${path.basename(file)}: ${(await stat(file)).size} bytes`);
  const browser = await chromium.launch({
    executablePath: process.env.DAYFOLD_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  for (const width of [360, 1440, 360, 1440]) {
    const tab = await browser.newPage({ viewport: { width, height: 900 } });
    await tab.goto(`file://${page}`);
    const loaded = await tab.evaluate(
      () => performance.getEntriesByType('navigation')[0].loadEventEnd,
    );
    console.log(`loaded at ${width} pixels: ${loaded.toFixed(0)} ms`);
    await tab.close();
  }
  await browser.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
