import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { SAMPLE_CONFIG } from '../src/sample/config.js';

const SYSTEMD = '/usr/bin/systemd-analyze';

test.skipIf(!existsSync(SYSTEMD))('systemd has nothing to say against its units', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dayfold-units-'));
  try {
    await cp('deploy/systemd', folder, { recursive: true });
    const units = ['dayfold.service', 'dayfold.timer'].map((unit) => path.join(folder, unit));
    expect(execFileSync(SYSTEMD, ['verify', ...units], { encoding: 'utf8', stdio: 'pipe' })).toBe(
      '',
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** The command of the package kubernetes-validate; .ci/run installs it. */
const KUBERNETES = process.env.DAYFOLD_KUBERNETES_VALIDATE ?? '';
if (KUBERNETES === '')
  console.info(
    'Skipped: schemas of Kubernetes; set DAYFOLD_KUBERNETES_VALIDATE to the command kubernetes-validate',
  );

test.skipIf(KUBERNETES === '')('Kubernetes knows every field of its files', async () => {
  const folder = 'deploy/kubernetes';
  const files = (await readdir(folder)).map((file) => path.join(folder, file));
  expect(files.length).toBeGreaterThan(2);
  const said = execFileSync(KUBERNETES, ['--strict', ...files], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  const documents = await Promise.all(
    files.map(async (file) => parseAllDocuments(await readFile(file, 'utf8')).length),
  );
  const passed = said.match(/passed for resource/g) ?? [];
  expect(passed).toHaveLength(documents.reduce((sum, count) => sum + count, 0));
});

test('the Spark server on Kubernetes listens where its service and its executors look for it', async () => {
  const documents = parseAllDocuments(await readFile('deploy/kubernetes/spark.yaml', 'utf8')).map(
    (each) => each.toJS(),
  );
  const kinds = documents.map(({ kind }) => kind);
  expect(kinds).toEqual(['ServiceAccount', 'Role', 'RoleBinding', 'Service', 'Deployment']);
  const [service, deployment] = documents.slice(-2);
  const pod = deployment.spec.template;
  expect(pod.metadata.labels).toMatchObject(service.spec.selector);
  const command: string[] = pod.spec.containers[0].command;
  const settings = Object.fromEntries(
    command.map((each) => each.replace('--conf=', '').split('=', 2)),
  );
  const ports = service.spec.ports.map(({ port }: { port: number }) => String(port));
  expect(ports).toEqual([
    '15002',
    settings['spark.driver.port'],
    settings['spark.driver.blockManager.port'],
  ]);
  expect(settings['spark.driver.host']).toBe(service.metadata.name);
});

test('the sample of compose.yaml is read as the sample is read', async () => {
  const { configs } = parse(await readFile('compose.yaml', 'utf8'));
  const { exports, output, http, ...read } = parse(configs.dayfold.content);
  const { exports: _, output: __, time_zone, ...sample } = parse(SAMPLE_CONFIG);
  expect(read).toEqual(sample);
  expect(time_zone).toBe('UTC'); // as it is unless set
  expect([exports.store, output.store]).toEqual(['s3://sample/exports', 's3://sample/output']);
});
