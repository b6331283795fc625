import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Log } from '../log.js';
import { outcomeSchema, type PrintedOutcome } from '../night/outcome.js';

/** How a night ended that ran in a process of its own. */
export interface Ended {
  /** what the process ended with; null when a signal killed it */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** what it printed as JSON; undefined when it died before it could */
  readonly outcome: PrintedOutcome | undefined;
}

export interface ChildOptions {
  /** what node is started with: the program and its arguments */
  readonly args: readonly string[];
  readonly log: Log;
  /** asks the process to end; the second one ends it */
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

/**
 * Runs a command line of this program in a process of its own, so that a crash, or memory that
 * grew, ends with it.
 */
export async function runChild({ args, log, stop, kill }: ChildOptions): Promise<Ended> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<Pick<Ended, 'code' | 'signal'>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const ask = () => child.kill('SIGTERM');
  const end = () => child.kill('SIGKILL');
  stop.addEventListener('abort', ask);
  kill.addEventListener('abort', end);
  if (stop.aborted) ask();
  try {
    const [out, , how] = await Promise.all([text(child.stdout), passOn(child.stderr, log), ended]);
    return { ...how, outcome: parse(out) };
  } finally {
    stop.removeEventListener('abort', ask);
    kill.removeEventListener('abort', end);
  }
}

/**
 * Lines of its log go on as they are; anything else, such as the last words of the runtime, is put
 * into one.
 */
async function passOn(stderr: Readable, log: Log): Promise<void> {
  for await (const line of createInterface({ input: stderr })) {
    if (line.startsWith('{')) process.stderr.write(`${line}\n`);
    else if (line.trim() !== '') log.warn({ line }, 'the night wrote');
  }
}

function parse(out: string): PrintedOutcome | undefined {
  try {
    return outcomeSchema.safeParse(JSON.parse(out)).data;
  } catch {
    return undefined;
  }
}
