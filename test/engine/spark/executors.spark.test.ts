import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import type { Job } from '../../../src/engine/job.js';
import { useSpark } from './cluster.js';
import { job, slow, useSums } from './sums.js';

vi.setConfig({ testTimeout: 900_000 });

/** A master with two workers, whose executors are processes of their own. */
const { spark } = useSpark({}, 'local-cluster[2,1,1024]');
const sums = useSums();

afterEach(async () => {
  expect(await readdir(sums.store.folder)).toEqual(['.dayfold-writing', 'objects']); // nothing is left of an attempt
});

function executors(): number[] {
  const children = ['-o', 'pid=,args=', '--ppid', String(spark().pid)];
  const lines = execFileSync('ps', children, { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => line.includes('CoarseGrainedExecutorBackend'))
    .map((line) => Number.parseInt(line, 10));
}

async function bytesOn(each: Job): Promise<Record<string, string[]>> {
  const engine = await sums.open(spark().remote);
  try {
    return await sums.bytesOf(await sums.onSpark(each, engine));
  } finally {
    await engine.close();
  }
}

test('an executor that is killed while it works changes nothing', async () => {
  const each = job(await sums.uses(), { sql: slow(20_000) });
  const before = await bytesOn(each);
  const again = bytesOn(each);
  const [first] = executors();
  expect(executors()).toHaveLength(2);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  process.kill(first as number, 'SIGKILL');
  expect(await again).toEqual(before);
  expect(spark().log).toMatch(/Lost executor|worker lost|Executor .* exited/i);
});

test('two executors write the bytes that one process writes, into one file or several', async () => {
  const relation = await sums.uses();
  const jobs = [job(relation), job(relation, { isDivisible: true })];
  const spread = [];
  for (const each of jobs) spread.push(await bytesOn(each));
  await spark().stop();
  await spark().start('local[1]');
  for (const [i, each] of jobs.entries()) expect(await bytesOn(each)).toEqual(spread[i]);
});
