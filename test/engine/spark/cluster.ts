import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';

const READY = 'Spark Connect server started';
const HOME = process.env.SPARK_HOME ?? '';
/** Short statements end before what the second compiler of the JVM makes pays. */
export const ONE_COMPILER = '-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m';

/**
 * Settings for suites of whole nights: statements on few rows end before the Java code that Spark
 * makes for each of them, and the plans that it makes again on the way, pay. The suites of models
 * and of the vocabulary leave Spark as it is.
 */
export const INTERPRETED = {
  'spark.sql.codegen.wholeStage': false,
  'spark.sql.codegen.factoryMode': 'NO_CODEGEN',
  'spark.sql.adaptive.enabled': false,
};

/** Settings of Spark. */
type Settings = Readonly<Record<string, string | number | boolean>>;

function confOf(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['--conf', `${name}=${value}`]);
}

/** A Spark Connect server of the test's own, on this machine. */
export class Spark {
  readonly remote: string;
  readonly #port: number;
  readonly #folder: string;
  readonly #settings: Settings;
  readonly #master: string;
  #child: ChildProcess | undefined;
  log = '';

  constructor(port: number, folder: string, settings: Settings, master: string) {
    this.remote = `sc://127.0.0.1:${port}`;
    this.#port = port;
    this.#folder = folder;
    this.#settings = settings;
    this.#master = master;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @param master in place of the one that it was made with */
  async start(master = this.#master): Promise<void> {
    this.log = '';
    const settings = {
      'spark.driver.host': '127.0.0.1',
      'spark.driver.bindAddress': '127.0.0.1',
      'spark.connect.grpc.binding.address': '127.0.0.1',
      'spark.connect.grpc.binding.port': this.#port,
      'spark.ui.enabled': false,
      'spark.local.dir': path.join(this.#folder, 'local'),
      'spark.sql.warehouse.dir': path.join(this.#folder, 'warehouse'),
      'spark.sql.catalogImplementation': 'in-memory',
      'spark.sql.shuffle.partitions': 2,
      'spark.driver.extraJavaOptions': ONE_COMPILER,
      'spark.executor.extraJavaOptions': ONE_COMPILER,
      ...this.#settings,
    };
    const child = spawn(
      path.join(HOME, 'bin/spark-submit'),
      [
        ...[
          '--class',
          'org.apache.spark.sql.connect.service.SparkConnectServer',
          '--driver-memory',
          '1g',
        ],
        ...confOf(settings),
        ...['--master', master],
        'spark-internal',
      ],
      {
        env: { ...process.env, SPARK_LOCAL_IP: '127.0.0.1', SPARK_NO_DAEMONIZE: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        this.log += text;
      });
    }
    while (!this.log.includes(READY)) {
      if (child.exitCode !== null)
        throw new Error(`expected Spark Connect to start, found:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

/** Starts a Spark Connect server for the tests of one file. @param settings beside those it has */
export function useSpark(
  settings: Settings | (() => Promise<Settings>) = {},
  master = 'local[2]',
): { spark(): Spark } {
  let folder = '';
  let spark: Spark | undefined;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'dayfold-spark-'));
    const given = typeof settings === 'function' ? await settings() : settings;
    spark = new Spark(await freePort(), folder, given, master);
    await spark.start();
  });
  afterAll(async () => {
    await spark?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    spark: () => {
      if (spark === undefined)
        throw new Error('expected a server, which starts before the first test');
      return spark;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
