import { cp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readLive } from '../../src/release/commit.js';
import { type Deployment, useDeployments } from '../night/nights.js';
import { run } from './command_line.js';

const { deploy } = useDeployments();

async function withExport(settings: object = {}): Promise<Deployment> {
  const deployment = await deploy(settings);
  await deployment.deliver(
    'activity_log/activity_log_2026-03-01.csv',
    'activity_id,user_id,activity_type,activity_at\n1,7,view,2026-03-01 09:00:00\n',
  );
  return deployment;
}

const fileOf = ({ folder }: Deployment) => path.join(folder, 'dayfold.yaml');
const nightly = (deployment: Deployment, ...args: string[]) =>
  run('nightly', '--config', fileOf(deployment), '--date', '2026-03-01', ...args);

describe('without --config', () => {
  const before = process.cwd();
  afterEach(() => {
    process.chdir(before);
    vi.unstubAllEnvs();
  });
  const moveTo = (folder: string) => process.chdir(folder);

  test.each(['dayfold.yaml', 'dayfold.yml'])('%s of the current folder is used', async (name) => {
    const deployment = await withExport();
    await rename(fileOf(deployment), path.join(deployment.folder, name));
    moveTo(deployment.folder);
    expect(await run('nightly', '--date', '2026-03-01')).toMatchObject({ code: 0 });
    expect((await run('config')).out).toContain('dayfold.y');
    expect((await deployment.release()).number).toBe(1);
  });

  test('two of them are refused', async () => {
    const deployment = await withExport();
    await cp(fileOf(deployment), path.join(deployment.folder, 'dayfold.yml'));
    moveTo(deployment.folder);
    const { code, err } = await run('nightly');
    expect([code, err]).toEqual([
      2,
      'expected one configuration in this folder, found dayfold.yaml and dayfold.yml: choose with --config\n',
    ]);
  });

  test('nothing is published by default settings', async () => {
    const deployment = await withExport();
    await rm(fileOf(deployment));
    moveTo(deployment.folder);
    for (const command of ['nightly', 'status', 'gc', 'check', 'schedule', 'plan']) {
      const { code, err } = await run(command);
      expect([code, err]).toEqual([
        2,
        expect.stringContaining('expected --config FILE or a file dayfold.yaml'),
      ]);
    }
    expect(await deployment.files()).toEqual(new Map());
  });

  test('variables may say where to read and write', async () => {
    const deployment = await withExport();
    await rm(fileOf(deployment));
    moveTo(deployment.folder);
    vi.stubEnv('DAYFOLD_OUTPUT__STORE', path.join(deployment.folder, 'output'));
    vi.stubEnv('DAYFOLD_EXPORTS__STORE', path.join(deployment.folder, 'exports'));
    expect(await run('nightly', '--date', '2026-03-01')).toMatchObject({ code: 0 });
  });
});

describe('an output that was made with another configuration', () => {
  const other = async (deployment: Deployment, settings: string) => {
    const file = path.join(deployment.folder, 'other.yaml');
    await writeFile(file, `log: { level: silent }\nengine: { threads: 1 }\n${settings}\n`);
    return file;
  };

  test.each([
    ['of other exports', 'exports: { store: ./elsewhere }', '../exports', '../elsewhere'],
    ['of another time zone', 'time_zone: Asia/Tokyo', 'time_zone UTC', 'time_zone Asia/Tokyo'],
  ])('%s is refused, until it is taken over by force', async (_, settings, was, is) => {
    const deployment = await withExport();
    await cp(path.join(deployment.folder, 'exports'), path.join(deployment.folder, 'elsewhere'), {
      recursive: true,
    });
    expect(await nightly(deployment)).toMatchObject({ code: 0 });
    const file = await other(deployment, settings);
    const { code, err } = await run('nightly', '--config', file, '--date', '2026-03-01');
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('expected the configuration of release 1 in'),
    ]);
    expect(err).toContain(was);
    expect(err).toContain(is);
    expect(await run('nightly', '--config', file, '--date', '2026-03-01', '--force')).toMatchObject(
      { code: 0 },
    );
    expect(await run('nightly', '--config', file, '--date', '2026-03-01')).toMatchObject({
      code: 0,
    });
    expect((await nightly(deployment)).code).toBe(2);
  });

  test('is not repaired with other exports either', async () => {
    const deployment = await withExport();
    await cp(path.join(deployment.folder, 'exports'), path.join(deployment.folder, 'elsewhere'), {
      recursive: true,
    });
    await nightly(deployment);
    const [report] = (await deployment.release()).of('report/report');
    await rm(deployment.output.locate(report?.artifacts?.html?.key ?? ''));
    const file = await other(deployment, 'exports: { store: ./elsewhere }');
    const { code, err } = await run('repair', '--config', file);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('expected the configuration of release 1 in'),
    ]);
    expect(await run('repair', '--config', fileOf(deployment))).toMatchObject({ code: 0 });
  });

  test('is the same one when its folder has moved with the exports', async () => {
    const deployment = await withExport();
    await nightly(deployment);
    const moved = `${deployment.folder}-moved`;
    await rename(deployment.folder, moved);
    const { code } = await run(
      'nightly',
      '--config',
      path.join(moved, 'dayfold.yaml'),
      '--date',
      '2026-03-01',
    );
    await rename(moved, deployment.folder);
    expect(code).toBe(0);
    expect((await readLive(deployment.output)).release.number).toBe(1);
  });
});

test('--quiet leaves nothing to read of a night that ends well', async () => {
  const deployment = await withExport();
  expect(await nightly(deployment, '--quiet')).toEqual({ code: 0, out: '', err: '' });
  expect((await deployment.release()).number).toBe(1);
});
