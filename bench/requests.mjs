// node bench/requests.mjs [days, 60] [users, 200]: the requests that nights send to a server, by
// kind, and how long they take beside the same nights on a folder. Needs npm run build, and a
// server: AWS_ENDPOINT_URL_S3 and credentials. Makes a bucket of its own.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { NO_PROGRESS } from '../build/build/night.js';
import { loadConfig } from '../build/config/config.js';
import { openLog } from '../build/log.js';
import { runNightly } from '../build/night/run.js';
import { writeSample } from '../build/sample/write.js';
import { S3Store } from '../build/store/s3/store.js';

const days = Number(process.argv[2] ?? 60);
const folder = await mkdtemp(path.join(os.tmpdir(), 'dayfold-requests-'));
await writeSample(folder, { days, users: Number(process.argv[3] ?? 200) });
const config = await loadConfig(path.join(folder, 'dayfold.yaml'));
const exportsFolder = path.join(folder, 'exports');
const isDateOf = (date) => (file) => file.includes(date) || file.includes(date.replaceAll('-', ''));
const files = (await readdir(exportsFolder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(exportsFolder, path.join(entry.parentPath, entry.name)));
const dates = [...new Set(files.map((file) => /\d{4}-?\d{2}-?\d{2}/.exec(file)?.[0]))].sort();
const day = (text) => text.replace(/^(\d{4})-?(\d{2})-?(\d{2})$/, '$1-$2-$3');
const [last, before] = [day(dates.at(-1)), day(dates.at(-2))];
const held = files.filter(isDateOf(last));

const bucket = `dayfold-bench-${randomBytes(4).toString('hex')}`;
await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
const open = (name) => new S3Store({ ...config.output, store: `s3://${bucket}/${name}` });
const put = async (names) => {
  const store = open('exports');
  for (const name of names) await store.write(name, await readFile(path.join(exportsFolder, name)));
};

async function night(asked, stores) {
  const outcome = await runNightly({
    config: { ...config, engine: { ...config.engine, scratch: folder } },
    asked: [asked],
    log: openLog('silent'),
    progress: NO_PROGRESS,
    clock: () => new Date(),
    program: 'bench',
    ...stores,
  });
  return outcome;
}
const remote = () => ({ exports: open('exports'), output: open('output') });
const rows = [];
const measure = async (name, asked) => {
  const near = await night(asked, {});
  const far = await night(asked, remote());
  const kinds = new Map();
  for (const counts of Object.values(far.requests))
    for (const [kind, count] of Object.entries(counts))
      kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  rows.push({ name, built: far.built.length, near: near.seconds, far: far.seconds, kinds });
};

try {
  await put(files.filter((file) => !held.includes(file)));
  for (const file of held)
    await rename(path.join(exportsFolder, file), path.join(folder, path.basename(file)));
  await measure(`first night, ${days - 1} days`, before);
  await measure('nothing new', before);
  for (const file of held)
    await rename(path.join(folder, path.basename(file)), path.join(exportsFolder, file));
  await put(held);
  await measure('one day more', last);
  const kinds = ['LIST', 'GET', 'PUT', 'COPY', 'DELETE', 'UPLOADS'];
  console.log(`| night | built | ${kinds.join(' | ')} | all | folder s | server s |`);
  console.log(`|---|---:|${kinds.map(() => '---:|').join('')}---:|---:|---:|`);
  for (const { name, built, near, far, kinds: counts } of rows) {
    const cells = kinds.map((kind) => counts.get(kind) ?? 0);
    const all = cells.reduce((a, b) => a + b, 0);
    console.log(
      `| ${name} | ${built} | ${cells.join(' | ')} | ${all} | ${near.toFixed(1)} | ${far.toFixed(1)} |`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
