import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useProgram } from '../program.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);
const { main } = useProgram();

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dayfold-package-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * The package as it would be published, unpacked where npm would put it. Its parts are those of this checkout: what is
 * tested is that nothing of the repository is missing from the package, and no network is there.
 */
async function install(): Promise<string> {
  const source = path.join(folder, 'source');
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'config', 'jobs', 'deploy', 'docs']) {
    await cp(path.join(ROOT, name), path.join(source, name), { recursive: true });
  }
  await cp(path.dirname(main()), path.join(source, 'dist'), { recursive: true });
  const { stdout } = await execute('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: source,
  });
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

test('the packed package writes a sample and runs a night over it in an empty folder', async () => {
  const program = await install();
  const empty = path.join(folder, 'empty');
  await execute('mkdir', [empty]);
  const runJob = (...args: string[]) => execute(process.execPath, [program, ...args], { cwd: empty });
  await runJob('sample', 'sample');
  const { stdout } = await runJob('nightly', '--config', 'sample/dayfold.yaml', '--date', '2026-11-20');
  expect(stdout).toContain('Release 1 is live.');
  expect(await readFile(path.join(empty, 'sample/output/latest/reports/2026-11-20/report.html'), 'utf8')).toContain(
    '<!doctype html>',
  );
});
