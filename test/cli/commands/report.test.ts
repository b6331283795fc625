import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { report } from '../../../src/cli/commands/report.js';
import { type Deployment, useDeployments } from '../../night/nights.js';

const { deploy } = useDeployments('all');
let deployment: Deployment;
const config = () => path.join(deployment.folder, 'dayfold.yaml');
const page = (date: string) =>
  path.join(deployment.output.folder, 'latest/reports', date, 'report.html');

beforeAll(async () => {
  deployment = await deploy();
  await deployment.deliver(
    'activity_log/activity_log_2026-11-20.csv',
    'user_id,activity_type,activity_at\n7,login,2026-11-20 08:00:00\n8,login,2026-11-19 08:00:00\n',
  );
  await deployment.night(['2026-11-19', '2026-11-20']);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** What the command writes to stdout. */
async function told(options: Parameters<typeof report>[0]): Promise<string> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += String(chunk);
    return true;
  });
  try {
    await report({ config: config(), ...options });
  } finally {
    vi.restoreAllMocks();
  }
  return out;
}

test('without options it prints where the latest page is', async () => {
  expect(await told({})).toBe(`${page('2026-11-20')}\n`);
});

test('the edition that a page names is reported with its release', async () => {
  let err = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    err += String(chunk);
    return true;
  });
  await told({});
  const html = await fs.readFile(page('2026-11-20'), 'utf8');
  const edition = /Edition ([0-9a-f]{12})/.exec(html)?.[1];
  expect(err).toMatch(new RegExp(`^Edition ${edition}, in release 1, published \\S+ by dayfold`));
});

test('a date that has no report, and what makes one', async () => {
  await expect(told({ date: '2026-11-18' })).rejects.toThrow(
    '2026-11-18: expected a date that has a report, the latest is 2026-11-20: run-job nightly --date 2026-11-18 makes it',
  );
});

test('as text it says what the page says, without colours in a pipe', async () => {
  const text = await told({ date: '2026-11-19', text: true });
  expect(text).toContain('Thursday, 2026-11-19');
  expect(text).toMatch(
    /How is activity changing from day to day\?\n {2}1 activity; the data begin on 2026-11-19/,
  );
  expect(text).not.toContain('\u001b');
});

// Windows starts its explorer, which no folder of a test can stand for
describe.skipIf(process.platform === 'win32')('--open', () => {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';

  test('starts the browser of this machine with the page, which is there', async () => {
    const bin = path.join(deployment.folder, 'bin');
    const opened = path.join(bin, 'opened');
    await fs.mkdir(bin);
    await fs.writeFile(
      path.join(bin, opener),
      `#!/bin/sh\nprintf '%s|' "$#" "$1" > '${opened}.part' && /bin/mv '${opened}.part' '${opened}'\n`,
    );
    await fs.chmod(path.join(bin, opener), 0o755);
    vi.stubEnv('PATH', bin);
    expect(await told({ date: '2026-11-19', open: true })).toBe(`${page('2026-11-19')}\n`);
    await vi.waitFor(
      async () => expect(await fs.readFile(opened, 'utf8')).toBe(`1|${page('2026-11-19')}|`),
      10_000,
    );
    expect(await fs.readFile(page('2026-11-19'), 'utf8')).toContain('<h1>Thursday, ');
  });

  test('where there is none, it says which page to open by hand', async () => {
    vi.stubEnv('PATH', path.join(deployment.folder, 'nothing'));
    await expect(told({ open: true })).rejects.toThrow(
      `${page('2026-11-20')}: expected ${opener} to open it, which does not start: open it by hand`,
    );
  });
});
