import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect } from 'vitest';
import { useDeployments } from '../night/nights.js';
import type { World } from './oracle.js';
import { Replay, writeJobs } from './replay.js';
import { sequence } from './sequences.js';

/** DAYFOLD_SEED repeats the sequences of a failure, which prints its seed. */
const seed = Number(process.env.DAYFOLD_SEED ?? Date.now() % 2 ** 31);

/** Lets deployments go through sequences of nights beside the oracle, for the tests of one file. */
export function useOracle() {
  const { deploy } = useDeployments('all');
  let jobs = '';
  const jobsOf = ({ variants }: Pick<World, 'variants'>) =>
    path.join(jobs, JSON.stringify(Object.values(variants)));
  beforeAll(async () => {
    jobs = await fs.mkdtemp(path.join(tmpdir(), 'dayfold-jobs-'));
    const values = [false, true];
    for (const doubled of values)
      for (const strict of values)
        for (const commented of values) {
          const variants = { doubled, strict, commented };
          await writeJobs(jobsOf({ variants }), variants);
        }
  });
  afterAll(() => fs.rm(jobs, { recursive: true, force: true }));

  /** @param settings of the deployments, beside those that the sequences need */
  const play = async (sequences: number, settings: object = {}): Promise<void> => {
    const done = { sequences: 0, nights: 0, rebuilds: 0 };
    const started = performance.now();
    await fc.assert(
      fc.asyncProperty(sequence, async ({ counters, nights, rebuild }) => {
        const tables = {
          activity_log: { max_conflicts: 1 },
          users: { delivery: 'snapshot' },
          feature_usage: { delivery: counters ? 'counter' : 'append', max_conflicts: 1 },
        };
        // how many records are refused is tried elsewhere
        const all = { table_defaults: { max_quarantine: { share: 1 } }, tables, ...settings };
        const [deployment, fresh] = [await deploy(all), await deploy(all)];
        const replay = new Replay(deployment, jobsOf, counters);
        try {
          for (const night of nights) await replay.step(night);
          if (rebuild && replay.isWhole) {
            await replay.rebuild(fresh);
            done.rebuilds += 1;
          }
        } finally {
          done.sequences += 1;
          done.nights += replay.nights;
          for (const { folder } of [deployment, fresh])
            await fs.rm(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: sequences, seed, endOnFailure: process.env.DAYFOLD_SHRINK === 'no' },
    );
    const seconds = Math.round((performance.now() - started) / 1000);
    console.info(`seed ${seed}: ${JSON.stringify(done)} in ${seconds} s`);
    expect(done.sequences).toBeGreaterThanOrEqual(sequences);
  };
  return { play };
}
