import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import { copyFewModels } from './few_models.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A process of the built program. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  out = '';
  err = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(command, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (chunk) => {
      this.out += chunk;
    });
    this.child.stderr?.on('data', (chunk) => {
      this.err += chunk;
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) =>
        resolve({ code, signal, out: this.out, err: this.err }),
      );
    });
  }

  /** Resolves when it has written something to its log. */
  async wrote(words: string): Promise<void> {
    while (!this.err.includes(words)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`expected "${words}" in the log, found the end of it:\n${this.err}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/**
 * Builds the program for the tests of one file, in a folder of its own: other files may build at
 * the same time.
 * @param models what its nights run: few models, unless it matters to have all of them
 */
export function useProgram(models: 'few' | 'all' = 'few') {
  let folder = '';
  const started: Program[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'dayfold-program-'));
    const shared = [
      'package.json',
      'config',
      'node_modules',
      ...(models === 'all' ? ['jobs'] : []),
    ];
    for (const name of shared) await symlink(path.join(ROOT, name), path.join(folder, name));
    if (models === 'few') copyFewModels(path.join(folder, 'jobs'));
    await promisify(execFile)(process.execPath, ['bundle.mjs', path.join(folder, 'dist')], {
      cwd: ROOT,
    });
  });
  afterAll(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
    await rm(folder, { recursive: true, force: true });
  });

  const main = () => path.join(folder, 'dist/main.js');
  /**
   * Starts a command line of the program; `shell` are statements of bash that come before it, such
   * as limits.
   */
  const start = (args: readonly string[], { env = {}, shell = '' } = {}): Program => {
    const environment = { ...process.env, ...env };
    const program =
      shell === ''
        ? new Program(process.execPath, [main(), ...args], environment)
        : new Program(
            'bash',
            ['-c', `${shell}; exec "$0" "$@"`, process.execPath, main(), ...args],
            environment,
          );
    started.push(program);
    return program;
  };
  const run = (
    args: readonly string[],
    options: { env?: NodeJS.ProcessEnv; shell?: string } = {},
  ): Promise<Ended> => start(args, options).ended;
  return { main, start, run };
}
