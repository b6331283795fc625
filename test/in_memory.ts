import * as fs from 'node:fs';
import path from 'node:path';
import { isRunning } from '../src/release/lease/alive.js';

const MEMORY = '/dev/shm';
const OURS = 'dayfold-tests-';
/** Bytes that have to be free there; suites that run at once need less. */
const ROOM = 8e9;

/**
 * Tests flush thousands of small files, which takes a quarter of their time on a disk. So they keep
 * them in memory, where the system has a folder for that with room, and TMPDIR says nothing else.
 */
export function setup(): (() => void) | undefined {
  if (process.env.TMPDIR !== undefined || !fs.existsSync(MEMORY)) return undefined;
  for (const name of fs.readdirSync(MEMORY)) {
    // of a run that was killed
    if (name.startsWith(OURS) && !isRunning(Number(name.slice(OURS.length)))) remove(name);
  }
  const { bavail, bsize } = fs.statfsSync(MEMORY);
  if (bavail * bsize < ROOM) return undefined;
  const name = `${OURS}${process.pid}`;
  fs.mkdirSync(path.join(MEMORY, name));
  process.env.TMPDIR = path.join(MEMORY, name);
  return () => remove(name);
}

function remove(name: string): void {
  fs.rmSync(path.join(MEMORY, name), { recursive: true, force: true });
}
