import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { readLive } from '../../src/release/commit.js';
import { isInLog } from '../../src/release/delta/log.js';
import { objectsOf } from '../../src/release/partition.js';
import type { StoreSettings } from '../../src/store/settings.js';
import type { Store } from '../../src/store/store.js';
import { together } from '../../src/store/together.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CHILD = fileURLToPath(new URL('night.mjs', import.meta.url));

export interface Kill {
  /** the number of a call, or a kind of calls: the first of them */
  readonly at: number | string;
  readonly when: 'before' | 'after';
}

/** Builds the program that the child processes run. */
export async function build(): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: ROOT });
}

interface Child {
  readonly config: string;
  readonly jobs: string | undefined;
  readonly asOf: string;
  readonly place?: StoreSettings;
}

/** The calls of an undisturbed night, in order. */
export async function trace(child: Child, folder: string): Promise<string[]> {
  const file = path.join(folder, 'trace.json');
  await promisify(execFile)(process.execPath, [CHILD, JSON.stringify({ ...child, trace: file })]);
  return JSON.parse(await readFile(file, 'utf8'));
}

/** A night that kills itself; resolves when it is dead. */
export async function killed(child: Child, kill: Kill): Promise<void> {
  const ended = promisify(execFile)(process.execPath, [
    CHILD,
    JSON.stringify({ ...child, ...kill }),
  ]);
  await expect(ended, `${kill.when} call ${kill.at}`).rejects.toMatchObject({ signal: 'SIGKILL' });
}

/**
 * Starts a night that pauses before a call, and gives it when it has paused, with what it will end
 * with.
 */
export async function paused(child: Child, at: number) {
  const night = spawn(process.execPath, [CHILD, JSON.stringify({ ...child, at, when: 'paused' })]);
  let errors = '';
  night.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<string>((resolve) =>
    night.on('close', (code) => resolve(`${code} ${errors}`)),
  );
  const isPaused = async () => / T /.test(await readFile(`/proc/${night.pid}/stat`, 'utf8'));
  while (!(await isPaused())) await new Promise((resolve) => setTimeout(resolve, 50));
  return { night, ended };
}

/**
 * Where to kill: before the first call of each kind and after the last. With DAYFOLD_KILLS=all
 * before and after every call, which takes long; with DAYFOLD_KILLS=2/4 the second quarter of
 * those.
 */
export function killsOf(labels: readonly string[]): [string, Kill][] {
  const [, part, parts] = /^(\d+)\/(\d+)$/.exec(process.env.DAYFOLD_KILLS ?? '') ?? [];
  const isAll = process.env.DAYFOLD_KILLS === 'all' || parts !== undefined;
  const kills = labels.flatMap((label, at) => {
    const kills: Kill[] = [];
    if (isAll || labels.indexOf(label) === at) kills.push({ at, when: 'before' });
    if (isAll || labels.lastIndexOf(label) === at) kills.push({ at, when: 'after' });
    return kills.map((kill): [string, Kill] => [`${kill.when} call ${at}, ${label}`, kill]);
  });
  if (parts === undefined) return kills;
  const size = Math.ceil(kills.length / Number(parts));
  return kills.slice((Number(part) - 1) * size, Number(part) * size);
}

/**
 * Every object that the live release names is there as it says; what a reader of the release would
 * trip over.
 */
export async function checkLive(store: Store): Promise<number> {
  const { release } = await readLive(store);
  await together([...release.partitions()].flatMap(objectsOf), async ({ key, sha256 }) => {
    const content = (await store.read(key)) ?? Buffer.from('nothing');
    expect(`${key} ${createHash('sha256').update(content).digest('hex')}`).toBe(`${key} ${sha256}`);
  });
  return release.number;
}

/** What a release and its mirror hold, by key; what differs from run to run is left out. */
export async function published(store: Store): Promise<Record<string, string>> {
  const { release, commit } = await readLive(store);
  const found: Record<string, string> = {
    release: JSON.stringify([release.number, commit?.release]),
  };
  const keys: string[] = [];
  for await (const { key } of store.list('latest/')) keys.push(key);
  await together(keys, async (key) => {
    found[key] = String((await store.read(key))?.toString('base64'));
  });
  for await (const key of store.keys('objects/'))
    if (isInLog(key)) found[key] = withoutRun(String(await store.read(key)));
  return found;
}

/** A version of a Delta log without what differs from run to run. */
export function withoutRun(version: string): string {
  return version.replace(OF_A_RUN, '');
}

const OF_A_RUN =
  /"(timestamp|lastUpdated|deletionTimestamp|modificationTime|createdTime)":\d+|"run":"[^"]+"/g;
