// A Spark Connect server of one driver with executors of one core each, and what its processes
// use. Needs SPARK_HOME, Java 17 and Linux.
import { execFileSync, spawn } from 'node:child_process';
import {
  createReadStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';

const CONNECT = 'org.apache.spark.sql.connect.service.SparkConnectServer';
const TICKS = 100; // of /proc, a second
const MEMORY_MB = 1024; // of the heap of the driver, and of each executor
/** How often the driver collects all garbage, so that its log says what it really holds. */
const COLLECTING = '15s';

export class Cluster {
  #child;
  #folder;
  #log = '';

  /** @param settings of Spark, over those that are the same in each run */
  async start(folder, executors, settings) {
    this.#folder = folder;
    mkdirSync(path.join(folder, 'events'), { recursive: true });
    const port = await freePort();
    this.remote = `sc://127.0.0.1:${port}`;
    const { java = '', ...others } = settings;
    const all = {
      'spark.driver.host': '127.0.0.1',
      'spark.driver.bindAddress': '127.0.0.1',
      'spark.connect.grpc.binding.address': '127.0.0.1',
      'spark.connect.grpc.binding.port': port,
      'spark.ui.enabled': false,
      'spark.local.dir': path.join(folder, 'local'),
      'spark.sql.warehouse.dir': path.join(folder, 'warehouse'),
      'spark.sql.catalogImplementation': 'in-memory',
      'spark.sql.shuffle.partitions': 8,
      'spark.driver.memory': `${MEMORY_MB}m`,
      'spark.executor.memory': `${MEMORY_MB}m`,
      'spark.cleaner.periodicGC.interval': COLLECTING,
      // a machine that stops for minutes loses no executor
      'spark.network.timeout': '1h',
      'spark.worker.timeout': 3600,
      'spark.driver.extraJavaOptions': `-Xlog:gc:file=${this.#file('gc.log')} ${java}`,
      'spark.executor.extraJavaOptions': java,
      'spark.eventLog.enabled': true,
      'spark.eventLog.dir': `file:${this.#file('events')}`,
      'spark.eventLog.rolling.enabled': false,
      'spark.eventLog.compress': false,
      ...others,
    };
    const master = ['--master', `local-cluster[${executors},1,${MEMORY_MB}]`, '--class', CONNECT];
    const conf = Object.entries(all).flatMap(([name, value]) => ['--conf', `${name}=${value}`]);
    const submit = path.join(process.env.SPARK_HOME, 'bin/spark-submit');
    const env = { ...process.env, SPARK_LOCAL_IP: '127.0.0.1' };
    this.#child = spawn(submit, [...master, ...conf, 'spark-internal'], { env, cwd: folder });
    process.once('exit', () => this.#child.kill());
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (text) => {
        this.#log = (this.#log + text).slice(-100_000);
      });
    while (!this.#isReady(executors)) {
      if (this.#child.exitCode !== null) throw new Error(`Spark did not start:\n${this.#log}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  #started = false;
  #isReady(executors) {
    this.#started ||= this.#log.includes('Spark Connect server started');
    return this.#started && this.#executors().length === executors;
  }

  async stop() {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(late);
  }

  /** Begins a measurement: peaks of memory count from here. @returns what ends it */
  begin() {
    const [driver, executors] = [this.#child.pid, this.#executors()];
    const pids = [driver, ...executors];
    for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5');
    const cpu = pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
    const collected = statSync(this.#file('gc.log')).size;
    const started = Date.now();
    return async () => {
      const ended = Date.now();
      if (String(this.#executors()) !== String(executors))
        throw new Error(`expected the executors ${executors}, found ${this.#executors()}`);
      const held = readFileSync(this.#file('gc.log'), 'utf8')
        .slice(collected)
        .matchAll(/Pause Full .*->(\d+)M\(/g);
      return {
        jvmCpu: pids.reduce((sum, pid) => sum + cpuOf(pid), 0) - cpu,
        driverMB: peakOf(driver),
        driverHeldMB: Math.max(...[...held].map(([, megabytes]) => Number(megabytes))),
        executorMB: Math.max(...executors.map(peakOf)),
        ...(await this.#work(started, ended)),
      };
    };
  }

  /** From Spark's event log: the jobs of a span of time, and the seconds in which a task ran. */
  async #work(started, ended) {
    const [name] = readdirSync(this.#file('events'));
    const lines = createInterface({ input: createReadStream(this.#file(`events/${name}`)) });
    let jobs = 0;
    const tasks = [];
    for await (const line of lines) {
      if (line.startsWith('{"Event":"SparkListenerJobStart"')) {
        const { 'Submission Time': time } = JSON.parse(line);
        if (time >= started && time <= ended) jobs++;
      } else if (line.startsWith('{"Event":"SparkListenerTaskEnd"')) {
        const { 'Launch Time': begin, 'Finish Time': end } = JSON.parse(line)['Task Info'];
        if (end >= started && begin <= ended) tasks.push([begin, end]);
      }
    }
    let [busy, until] = [0, 0];
    for (const [begin, end] of tasks.sort(([a], [b]) => a - b)) {
      busy += Math.max(0, end - Math.max(begin, until));
      until = Math.max(until, end);
    }
    return { jobs, tasks: tasks.length, taskWall: busy / 1000 };
  }

  #executors() {
    const children = ['-o', 'pid=,args=', '--ppid', String(this.#child.pid)];
    return execFileSync('ps', children, { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes('CoarseGrainedExecutorBackend'))
      .map((line) => Number.parseInt(line, 10));
  }

  #file(name) {
    return path.join(this.#folder, name);
  }
}

/** CPU seconds of a process so far. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The most memory that was resident, in MB of 10^6 bytes, since clear_refs was written to. */
function peakOf(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1.024e-3;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
