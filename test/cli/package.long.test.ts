import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { loadJobs } from '../../src/config/jobs.js';
import { useProgram } from '../program.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);
const { main } = useProgram('all');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dayfold-package-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * The package as it would be published, unpacked where npm would put it. Its parts are those of
 * this checkout: what is tested is that nothing of the repository is missing from the package, and
 * no network is there.
 */
async function install(): Promise<string> {
  const source = path.join(folder, 'source');
  for (const name of [
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'config',
    'jobs',
    'deploy',
    'docs',
  ]) {
    await cp(path.join(ROOT, name), path.join(source, name), { recursive: true });
  }
  await cp(path.dirname(main()), path.join(source, 'dist'), { recursive: true });
  const { stdout } = await execute(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    {
      cwd: source,
    },
  );
  const [{ filename }] = JSON.parse(stdout);
  const home = path.join(folder, 'elsewhere');
  await cp(path.join(ROOT, 'node_modules'), path.join(home, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await writeFile(path.join(home, 'package.json'), '{}');
  const target = path.join(home, 'node_modules/dayfold');
  await execute('mkdir', ['-p', target]);
  await execute('tar', ['-xzf', path.join(folder, filename), '--strip-components=1', '-C', target]);
  const { bin } = JSON.parse(await readFile(path.join(target, 'package.json'), 'utf8'));
  return path.join(target, bin['run-job']);
}

let runJob: (args: readonly string[], cwd?: string) => Promise<{ readonly stdout: string }>;
let empty = '';
let printed = '';
beforeAll(async () => {
  const program = await install();
  empty = path.join(folder, 'empty');
  await execute('mkdir', [empty]);
  runJob = (args, cwd = '') =>
    execute(process.execPath, [program, ...args], { cwd: path.join(empty, cwd) });
  await runJob(['sample', 'sample']);
  printed = (await runJob(['nightly', '--config', 'sample/dayfold.yaml', '--date', '2026-11-20']))
    .stdout;
}, 600_000);

const README = await readFile(path.join(ROOT, 'README.md'), 'utf8');
const EXPORT = 'activity_log/activity_log_2026-11-20.csv';

/** The code blocks of a language, or with fences and none. */
const blocks = (language: string) =>
  [...README.matchAll(new RegExp(`\n\`\`\`${language}\n(.*?)\n\`\`\`\n`, 'gs'))].map(
    ([, text = '']) => text,
  );

describe('the packed package, in an empty folder', () => {
  test('writes a sample, runs a night over it and prints what the README shows', async () => {
    const lines = printed.split('\n').map((line) => line.replace(empty, '...'));
    const [shown = ''] = blocks('').filter((text) => text.includes('Release 1 is live.'));
    expect(shown).toContain('activity_log');
    expect(shown.split('\n').filter((line) => line !== '...' && !lines.includes(line))).toEqual([]);
    expect(
      await readFile(
        path.join(empty, 'sample/output/latest/reports/2026-11-20/report.html'),
        'utf8',
      ),
    ).toContain('<!doctype html>');
  });

  /**
   * What is run for each command of the README's table, one after the other; null: nothing, for it
   * does not end by itself.
   */
  const RUN: Readonly<Record<string, readonly string[] | null>> = {
    'init FOLDER': ['init', 'exports'],
    check: ['check'],
    nightly: ['nightly', '--date', '2026-11-20'],
    schedule: null,
    plan: ['plan', '--date', '2026-11-20'],
    report: ['report', '--text'],
    status: ['status'],
    'diff 41 latest': ['diff', '1', 'latest'],
    'explain TABLE DATE': ['explain', 'top_features', '2026-11-20'],
    'quarantine list': ['quarantine', 'list'],
    'quarantine replay': ['quarantine', 'replay'],
    'quarantine discard EXPORT --line 7 --reason TEXT': [
      ...['quarantine', 'discard', EXPORT, '--line', '4', '--reason', 'nobody'],
    ],
    'forget EXPORT': ['forget', EXPORT],
    'rollback 41': ['rollback', '1'],
    'unpublish 2026-11-20': ['unpublish', '2026-11-20'],
    repair: ['repair'],
    'mirror verify': ['mirror', 'verify'],
    'delta versions 41': ['delta', 'versions', '1'],
    gc: ['gc', '--dry-run'],
    config: ['config'],
    sql: ['sql', '--date', '2026-11-20'],
    dictionary: ['dictionary'],
    'sample FOLDER': ['sample', 'another'],
    'completion bash': ['completion', 'bash'],
    'erase --user 7': ['erase', '--user', '1182'], // no release before it is left to go back to
  };

  test('runs each command of the README, over the last three days of the sample', {
    timeout: 600_000,
  }, async () => {
    const named = [...README.matchAll(/^\| `([^`]+)` \|/gm)].map(([, command = '']) => command);
    expect(named.sort()).toEqual(Object.keys(RUN).sort());
    await cp(path.join(empty, 'sample'), path.join(empty, 'small'), {
      recursive: true,
      filter: (file) => !/\/output$|_2026-(?!11-(18|19|20))/.test(file),
    });
    await runJob(['nightly', '--date', '2026-11-20'], 'small');
    await execute('cp', ['-r', path.join(empty, 'small/exports'), empty]);
    for (const [command, args] of Object.entries(RUN)) {
      if (args === null) continue;
      if (command.startsWith('forget')) await rm(path.join(empty, 'small/exports', EXPORT)); // what is there is read again
      await runJob(args, command.startsWith('init') ? '' : 'small');
    }
  });

  test('reads tables with the SQL of the README, in place and by the models', async () => {
    const duckdb = await DuckDBInstance.create();
    const connection = await duckdb.connect();
    try {
      const [query = ''] = blocks('sql');
      const days = await connection.runAndReadAll(query.replace("'sample/", `'${empty}/sample/`));
      expect(days.getRows().length).toBeGreaterThan(60);
      const { stdout: setup } = await runJob(['sql', '--config', 'sample/dayfold.yaml']);
      await connection.run(setup);
      const model = await readFile(path.join(ROOT, 'jobs/report/top_features.sql'), 'utf8');
      expect((await connection.runAndReadAll(model)).getRows()).toHaveLength(6);
    } finally {
      connection.closeSync();
      duckdb.closeSync();
    }
  });
});

test('the configuration in the README is one', async () => {
  const [text = ''] = blocks('yaml');
  const file = path.join(folder, 'readme.yaml');
  await writeFile(file, text);
  const { sources } = await loadJobs(await loadConfig(file, {}));
  const sessions = sources.find(({ table }) => table === 'sessions');
  expect(sessions?.columns.find(({ name }) => name === 'user_id')?.from).toEqual([
    'member',
    'member_id',
  ]);
});

test('the program that is built may be run by itself, as npx does', async () => {
  const { stdout } = await execute(main(), ['--version']);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
