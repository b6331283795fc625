import { vi } from 'vitest';
import { execute } from '../../src/cli/program.js';

/** What a command line wrote, and its exit code. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. */
export async function run(...args: string[]): Promise<Ran> {
  const written = { out: '', err: '' };
  const collect = (to: 'out' | 'err') => (chunk: unknown) => {
    written[to] += String(chunk);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(collect('out'));
  vi.spyOn(process.stderr, 'write').mockImplementation(collect('err'));
  try {
    return { code: await execute(args), ...written };
  } finally {
    vi.restoreAllMocks();
  }
}
