import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { NO_PROGRESS } from '../../src/build/night.js';
import { loadConfig } from '../../src/config/config.js';
import { openLog } from '../../src/log.js';
import { runNightly } from '../../src/night/run.js';
import { writeSample } from '../../src/sample/write.js';
import { withoutRun } from '../kill/kill.js';
import { useDeployments } from './nights.js';

const { deploy } = useDeployments('all');

const SETTINGS = [
  { threads: 1, memory_limit: '300MB' },
  { threads: 2, memory_limit: '300MB' },
  { threads: 2, memory_limit: '2GB' },
];

/**
 * The sha256 of every file a run wrote but `runs/`, with the envelope taken out of the commit, and
 * times out of Delta logs.
 */
async function digests(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const key = path.relative(folder, file);
    if (!entry.isFile() || key.startsWith('runs/') || key.startsWith('manifests/listing/'))
      continue;
    const content = await fs.readFile(file);
    const isVersion = key.includes('/_delta_log/');
    const stable = key.startsWith('_commits/')
      ? JSON.stringify(JSON.parse(content.toString()).release)
      : isVersion
        ? withoutRun(content.toString())
        : content;
    found[key] = createHash('sha256').update(stable).digest('hex');
  }
  return found;
}

test('the same exports give the same bytes, whatever the threads, the memory and the time', async () => {
  const { folder } = await deploy();
  await writeSample(path.join(folder, 'sample'), { days: 6, users: 120 });
  const results: Record<string, string>[] = [];
  for (const [i, engine] of SETTINGS.entries()) {
    // as if delivered again: other folders, other times on the files
    await fs.cp(path.join(folder, 'sample/exports'), path.join(folder, `exports-${i}`), {
      recursive: true,
    });
    const file = path.join(folder, `${i}.yaml`);
    const feature = { files: 'feature_usage/feature_usage_{date}.jsonl.gz', format: 'jsonl' };
    const stores = { exports: { store: `./exports-${i}` }, output: { store: `./output-${i}` } };
    await fs.writeFile(file, stringify({ ...stores, engine, tables: { feature_usage: feature } }));
    await runNightly({
      config: await loadConfig(file),
      asked: ['2026-09-26', '2026-09-27'],
      log: openLog('silent'),
      progress: NO_PROGRESS,
      clock: () => new Date(Date.UTC(2026, 9, i + 1)),
      program: 'dayfold test',
    });
    results.push(await digests(path.join(folder, `output-${i}`)));
  }
  const [first, ...others] = results;
  expect(Object.keys(first ?? {}).length).toBeGreaterThan(150);
  for (const other of others) expect(other).toEqual(first);
});
