// What the models of a night cost on DuckDB and on Spark with one and with two executors:
// node bench/spark.mjs [rows, 1000000,12000000] [engines, duckdb,1,2,duckdb-s3,2-s3]
// Exports come from peers/generate.py. DuckDB stages them once. Measured is the rest of a night:
// clean, daily and rolling tables, checks, reports, page, release. Each Spark server first runs a
// night that is not measured, then one over 6,000 activities: nearly as many partitions and jobs,
// hardly any rows. What that night takes is called fixed. All engines must publish the same pages,
// JSON and CSV files. Needs npm run build, Linux, and SPARK_HOME as the suites on Spark do
// (docs/spark.md); for S3 DAYFOLD_S3A_JARS, AWS_ENDPOINT_URL_S3 and credentials.
import { execFileSync, fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { NO_PROGRESS } from '../build/build/night.js';
import { loadConfig } from '../build/config/config.js';
import { openLog } from '../build/log.js';
import { runNightly } from '../build/night/run.js';
import { readLive } from '../build/release/commit.js';
import { objectsOf } from '../build/release/partition.js';
import { openStore } from '../build/store/open.js';
import { Cluster } from './spark/cluster.mjs';
import { startProxy } from './spark/proxy.mjs';

const SELF = fileURLToPath(import.meta.url);
const BENCH = path.dirname(SELF);
const CACHE = process.env.DAYFOLD_BENCH_CACHE ?? path.join(BENCH, '.cache');
const TABLES = ['activity_log', 'sessions', 'feature_usage', 'support_tickets'];
const FEW = 6_000;
const AT_ONCE = 8;
const TICK_MS = 250;

const isStaged = ({ table }) => TABLES.some((name) => table === `staged/${name}`);

/** A night in this process, which tells its parent what it used. */
async function night(file, asOf, isRest) {
  const config = await loadConfig(file);
  const { release } = await readLive(await openStore(config.output, config.base));
  const staged = release.without((partition) => !isStaged(partition));
  const outcome = await runNightly({
    config,
    asked: [asOf],
    log: openLog('silent'),
    progress: NO_PROGRESS,
    clock: () => new Date(),
    program: 'bench',
    // forced, because an output on a server has another name for the same exports
    ...(isRest ? { base: { release: staged, commit: undefined }, force: true } : {}),
  });
  if (isRest && outcome.built.some(isStaged)) throw new Error('expected exports that are staged');
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.send({
    wall: outcome.seconds,
    workerCpu: (userCPUTime + systemCPUTime) / 1e6,
    workerMB: maxRSS * 1.024e-3,
    built: outcome.built.length,
    requests: outcome.requests.output,
  });
}

let running;
process.once('exit', () => running?.kill());

/** Runs a night in a process of its own. */
function nightOf(exports, output, engine, isRest) {
  // the settings of run.py
  const ids = ['user_id', 'activity_id', 'usage_id', 'ticket_id'];
  const config = {
    exports: { store: exports },
    output: { store: output },
    engine,
    table_defaults: {
      date_order: 'month_first',
      columns: Object.fromEntries(ids.map((id) => [id, { type: 'integer' }])),
    },
    tables: Object.fromEntries(
      TABLES.map((table) => [table, { files: `${table}/${table}_{date}.csv` }]),
    ),
  };
  const file = path.join(scratch, 'dayfold.yaml');
  fs.writeFileSync(file, JSON.stringify(config)); // JSON is YAML
  const asOf = fs.readdirSync(path.join(exports, TABLES[0])).sort().at(-1).slice(-14, -4);
  const child = fork(SELF, ['--night', file, asOf, ...(isRest ? ['rest'] : [])]);
  return new Promise((resolve, reject) => {
    running = child;
    let told;
    child.on('message', (message) => {
      told = message;
    });
    child.on('exit', (code) =>
      code === 0 ? resolve(told) : reject(new Error(`a night ended with ${code}`)),
    );
  });
}

/** The exports with this many activities. */
function exportsOf(rows) {
  const folder = path.join(CACHE, `exports-${rows}`);
  if (fs.existsSync(folder)) return folder;
  const partial = `${folder}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  const generate = [path.join(BENCH, 'peers/generate.py'), partial, '--rows', String(rows)];
  execFileSync(path.join(CACHE, 'venv/bin/python'), generate, { stdio: 'inherit' });
  fs.renameSync(partial, folder);
  return folder;
}

/** Stages exports. @returns the folder of an output that holds what was staged, and nothing else */
async function stage(rows) {
  const folder = path.join(scratch, `staged-${rows}`);
  fs.mkdirSync(folder);
  await nightOf(exportsOf(rows), folder, { kind: 'duckdb' }, false);
  const store = await openStore({ store: folder }, scratch);
  const { release } = await readLive(store);
  const staged = [...release.partitions()].filter(isStaged).flatMap(objectsOf);
  const kept = new Set(staged.map(({ key }) => key));
  for (const prefix of ['objects/', 'latest/'])
    for await (const key of store.keys(prefix)) if (!kept.has(key)) await store.remove(key);
  return folder;
}

/** A copy of what was staged, in a folder or below a prefix of the bucket. */
async function place(staged, isRemote) {
  if (!isRemote) {
    const output = path.join(scratch, 'output');
    fs.rmSync(output, { recursive: true, force: true });
    fs.cpSync(staged, output, { recursive: true, preserveTimestamps: true });
    return output;
  }
  const output = `s3://${bucket}/${randomBytes(4).toString('hex')}`;
  const remote = await storeOf(output);
  const keys = [];
  for await (const key of (await storeOf(staged)).keys('')) keys.push(key);
  const upload = async () => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop())
      await remote.write(key, fs.readFileSync(path.join(staged, key)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, upload));
  return output;
}

async function storeOf(store) {
  const { output } = await loadConfig();
  return openStore({ ...output, store }, scratch);
}

/** A hash of all that a night published for people: pages, JSON and CSV files. */
async function published(output) {
  const store = await storeOf(output);
  const hash = createHash('sha256');
  for await (const key of store.keys('latest/'))
    if (!key.endsWith('.parquet') && key !== 'latest/_mirror.json')
      hash.update(key).update(await store.read(key));
  return hash.digest('hex');
}

/** Settings with which Spark reaches the server. */
function settingsFor(proxy) {
  const jars = process.env.DAYFOLD_S3A_JARS;
  return {
    'spark.jars': fs
      .readdirSync(jars)
      .map((jar) => path.join(jars, jar))
      .join(','),
    'spark.hadoop.fs.s3a.endpoint': proxy.endpoint,
    'spark.hadoop.fs.s3a.endpoint.region': process.env.AWS_REGION ?? 'us-east-1',
    'spark.hadoop.fs.s3a.path.style.access': 'true',
    java: proxy.trust,
  };
}

/**
 * Notices when this process does not get to run: on a machine that others use, seconds of a clock
 * then say little. @returns for how many seconds that was, in gaps of more than one
 */
function watch() {
  let [last, lost] = [performance.now(), 0];
  const look = () => {
    const gap = performance.now() - last - TICK_MS;
    if (gap > 1_000) lost += gap / 1_000;
    last = performance.now();
  };
  const timer = setInterval(look, TICK_MS);
  return () => {
    clearInterval(timer);
    look();
    return lost;
  };
}

/** The nights of one engine, a small one first. */
async function measure(name, sizes) {
  const [executors, isRemote] = [Number(name.split('-')[0]), name.endsWith('-s3')];
  const isSpark = executors > 0;
  const folder = path.join(scratch, name);
  fs.mkdirSync(folder);
  const proxy =
    isSpark && isRemote ? await startProxy(process.env.AWS_ENDPOINT_URL_S3, folder) : undefined;
  const cluster = isSpark ? new Cluster() : undefined;
  try {
    await cluster?.start(folder, executors, proxy === undefined ? {} : settingsFor(proxy));
    const engine = isSpark ? { kind: 'spark', remote: cluster.remote } : { kind: 'duckdb' };
    for (const [i, { rows, staged }] of [sizes[0], ...sizes].entries()) {
      const output = await place(staged, isRemote);
      proxy?.take();
      const load = os.loadavg()[0];
      const stopped = watch();
      const end = cluster?.begin();
      const used = await nightOf(exportsOf(rows), output, engine, true);
      const line = { name, rows, load, stopped: stopped(), ...used, ...(await end?.()) };
      line.spark = proxy === undefined ? undefined : Object.fromEntries(proxy.take());
      console.error(i === 0 ? `${name}: warm` : JSON.stringify(line));
      if (i === 0) continue;
      const found = await published(output);
      expected.set(rows, expected.get(rows) ?? found);
      if (expected.get(rows) !== found)
        throw new Error(`${name}, ${rows}: other pages or files than those of ${engines[0]}`);
      lines.push(line);
    }
  } finally {
    await cluster?.stop();
    proxy?.stop();
  }
}

/** Prints a table in Markdown; a number has as many digits as its column says. */
function print(columns, rows) {
  const cell = (value, digits) =>
    value === undefined ? '' : typeof value === 'number' ? value.toFixed(digits) : value;
  console.log(`| ${columns.map(([title]) => title).join(' | ')} |`);
  console.log(
    `|---|${columns
      .slice(1)
      .map(() => '---:|')
      .join('')}`,
  );
  for (const row of rows)
    console.log(`| ${columns.map(([, of, digits]) => cell(of(row), digits ?? 0)).join(' | ')} |`);
}

function report() {
  const few = ({ name }) => lines.find((line) => line.name === name && line.rows === FEW);
  const share = (part, whole) => (part === undefined ? undefined : (100 * part) / whole);
  const both = [
    ['engine', ({ name }) => name],
    ['activities', ({ rows }) => rows],
  ];
  print(
    [
      ...both,
      ['wall s', ({ wall }) => wall, 1],
      ['fixed %', (line) => share(few(line).wall, line.wall)],
      ['worker CPU s', ({ workerCpu }) => workerCpu, 1],
      ['JVMs CPU s', ({ jvmCpu }) => jvmCpu, 1],
      ['jobs', ({ jobs }) => jobs],
      ['s with a task', ({ taskWall }) => taskWall, 1],
      ['worker MB', ({ workerMB }) => workerMB],
      ['driver MB', ({ driverMB }) => driverMB],
      ['driver holds MB', ({ driverHeldMB }) => driverHeldMB],
      ['executor MB', ({ executorMB }) => executorMB],
      ['load before', ({ load }) => load, 1],
      ['stopped s', ({ stopped }) => stopped],
    ],
    lines,
  );
  const far = lines.filter(({ name }) => name.endsWith('-s3'));
  if (far.length === 0) return;
  const counted = far.flatMap(({ name, rows, requests, spark }) => [
    { name: `${name}: worker`, rows, counts: requests },
    ...(spark === undefined ? [] : [{ name: `${name}: Spark`, rows, counts: spark }]),
  ]);
  const kinds = ['LIST', 'HEAD', 'GET', 'PUT', 'COPY', 'DELETE', 'UPLOADS'];
  console.log();
  print([...both, ...kinds.map((kind) => [kind, ({ counts }) => counts[kind] ?? 0])], counted);
}

if (process.argv[2] === '--night') {
  await night(process.argv[3], process.argv[4], process.argv[5] === 'rest');
  process.exit();
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const sizes = [FEW, ...(process.argv[2] ?? '1000000,12000000').split(',').map(Number)];
const engines = (process.argv[3] ?? 'duckdb,1,2,duckdb-s3,2-s3').split(',');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'dayfold-spark-'));
const bucket = `dayfold-bench-${randomBytes(4).toString('hex')}`;
const [lines, expected] = [[], new Map()];
try {
  if (engines.some((name) => name.endsWith('-s3')))
    await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
  const all = [];
  for (const rows of sizes) all.push({ rows, staged: await stage(rows) });
  for (const name of engines) await measure(name, all);
} finally {
  report();
  fs.rmSync(scratch, { recursive: true, force: true });
}
