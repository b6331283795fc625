import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { checkLive } from '../kill/kill.js';
import { type Deployment, useDeployments } from '../night/nights.js';
import { deliverUpTo } from '../night/two_days.js';
import { type Ended, useProgram } from '../program.js';

const { deploy } = useDeployments();
const { run, start } = useProgram();

const canMount = process.platform === 'linux' && process.getuid?.() === 0;
const mounted: string[] = [];
afterEach(() => {
  for (const folder of mounted.splice(0)) execFileSync('umount', ['--lazy', folder]);
});

async function deployed(): Promise<Deployment> {
  const deployment = await deploy({ log: { level: 'info' } });
  await deliverUpTo('2026-11-20', (key, content) => deployment.deliver(key, content));
  return deployment;
}

const argsOf = ({ folder }: Deployment) => [
  'nightly',
  ...['--config', path.join(folder, 'dayfold.yaml'), '--date', '2026-11-20', '--json'],
];

/**
 * A night that fails as documented: exit code and message on stdout as JSON, the message on stderr,
 * no stack.
 */
function expectFailure({ code, out, err }: Ended, message: RegExp): void {
  expect([code, JSON.parse(out)]).toEqual([
    5,
    { exit_code: 5, error: expect.stringMatching(message) },
  ]);
  expect(err).not.toMatch(/\n\s+at /);
}

/** The next night publishes, and leaves a whole release. */
async function expectRecovery(deployment: Deployment): Promise<void> {
  expect(await run(argsOf(deployment))).toMatchObject({ code: 0 });
  expect(await checkLive(deployment.output)).toBe(1);
}

describe.skipIf(!canMount)('a disk', () => {
  const mount = async (deployment: Deployment, options: string) => {
    const { folder } = deployment.output;
    await mkdir(folder, { recursive: true });
    const isMounted = mounted.includes(folder);
    execFileSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      isMounted ? `remount,${options}` : options,
      'dayfold-test',
      folder,
    ]);
    if (!isMounted) mounted.push(folder);
  };

  test('that is full ends with 5, and the night after some space was freed publishes', async () => {
    const deployment = await deployed();
    await mount(deployment, 'size=512k');
    expectFailure(await run(argsOf(deployment)), /ENOSPC|disk is full/);
    await mount(deployment, 'size=512m');
    await expectRecovery(deployment);
  });

  test('that is read-only ends with 5', async () => {
    const deployment = await deployed();
    await mount(deployment, 'size=512m,ro');
    expectFailure(await run(argsOf(deployment)), /EROFS.*mount it writable/);
    await mount(deployment, 'size=512m,rw');
    await expectRecovery(deployment);
  });
});

test('too few files that may be open end with 5, and the next night publishes', async () => {
  const deployment = await deployed();
  const { code, err } = await run(argsOf(deployment), { shell: 'ulimit -n 36' });
  expect(code).toBe(5);
  expect(err).toMatch(/too many open files/i);
  expect(err).not.toMatch(/\n\s+at /);
  await expectRecovery(deployment);
});

test('an engine without the memory it needs ends with 5 and says what to raise, and the next night publishes', async () => {
  const deployment = await deployed();
  const memory = { DAYFOLD_ENGINE__MEMORY_LIMIT: '4MB' };
  const ended = await run(argsOf(deployment), { env: memory });
  expectFailure(ended, /needs more memory or spill space: raise engine.memory_limit/);
  await expectRecovery(deployment);
});

test('a night that is told to stop, whenever that is, ends with 143 or was done; the next one publishes', async () => {
  for (const delay of [300, 900, 1500, 2500, 4000, 6000]) {
    const deployment = await deployed();
    const night = start(argsOf(deployment));
    await new Promise((resolve) => setTimeout(resolve, delay));
    night.child.kill('SIGTERM');
    const { code, signal, err } = await night.ended;
    // before the program is loaded the signal does what it does to any process
    expect([143, 0, 'SIGTERM'], err).toContain(code ?? signal);
    await expectRecovery(deployment);
  }
});

test('a reader of the output that has gone is no failure', async () => {
  const { config } = await deploy();
  const args = ['dictionary', '--config', config.file, '--format', 'json'];
  expect(await run(args, { shell: 'exec > >(:); sleep 1' })).toMatchObject({ code: 0, err: '' });
});
