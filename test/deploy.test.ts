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
  const [{ command, env, ports }] = pod.spec.containers;
  expect(ports[0].containerPort).toBe(service.spec.ports[0].port);
  const settings = Object.fromEntries(
    command.map((each: string) => each.replace('--conf=', '').split('=', 2)),
  );
  // Spark gives executors one of these addresses, by its version: neither may be 0.0.0.0
  for (const name of ['host', 'bindAddress'])
    expect(settings[`spark.driver.${name}`]).toBe('$(POD_IP)');
  const known = env.map(({ name }: { name: string }) => name);
  const used = command.join(' ').matchAll(/\$\((\w+)\)/g);
  for (const [, name] of used) expect(known).toContain(name);
});

test.each([
  ['compose.yaml', 's3://sample/exports', 's3://sample/output'],
  ['deploy/spark/compose.yaml', '/exports', 's3://warehouse/dayfold'],
])('the sample of %s is read as the sample is read', async (file, from, to) => {
  const { configs } = parse(await readFile(file, 'utf8'));
  const { exports, output, http, engine, ...read } = parse(configs.dayfold.content);
  const { exports: _, output: __, time_zone, ...sample } = parse(SAMPLE_CONFIG);
  expect(read).toEqual(sample);
  expect(time_zone).toBe('UTC'); // as it is unless set
  expect([exports.store, output.store]).toEqual([from, to]);
});

test('the Spark server of compose.yaml and that on Kubernetes are started alike', async () => {
  const { services } = parse(await readFile('deploy/spark/compose.yaml', 'utf8'));
  const documents = parseAllDocuments(await readFile('deploy/kubernetes/spark.yaml', 'utf8'));
  const [driver] = documents.map((each) => each.toJS()).at(-1).spec.template.spec.containers;
  const { spark, worker } = services;
  for (const { command, image } of [spark, driver]) {
    expect(image).toBe('example/spark-s3a:4.3.0');
    expect(command.slice(0, 2)).toEqual([
      '/opt/spark/bin/spark-submit',
      '--class=org.apache.spark.sql.connect.service.SparkConnectServer',
    ]);
    expect(command.at(-1)).toBe('spark-internal');
  }
  expect(worker.environment).toEqual(spark.environment); // both read and write the same bucket
});
