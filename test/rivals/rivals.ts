import { expect } from 'vitest';
import { type Night, NO_PROGRESS } from '../../src/build/night.js';
import { ConflictError, StoreError } from '../../src/errors.js';
import { openLog } from '../../src/log.js';
import { publish } from '../../src/night/publish.js';
import { type Live, readCommitted, readLive, readNewest } from '../../src/release/commit.js';
import { releaseOf } from '../../src/release/delta/actions.js';
import { versionKey } from '../../src/release/delta/log.js';
import { refreshDerived } from '../../src/release/derived.js';
import { sha256, short } from '../../src/release/digest.js';
import { Lease } from '../../src/release/lease/lease.js';
import { requireCreation } from '../../src/release/lease/probe.js';
import { compareMirror } from '../../src/release/mirror.js';
import { Release } from '../../src/release/release.js';
import type { Partition } from '../../src/release/schema.js';
import { schemaFile } from '../../src/report/arrow.js';
import type { Store } from '../../src/store/store.js';

const log = openLog('silent');

/** What a run says became of it. */
export type Fate = 'won' | 'lost' | 'unknown' | 'failed';

/**
 * What every night does to its store, without the engine: it takes the lease no matter who holds
 * it, reads the live release, adds one partition that names the run and its parent, and publishes.
 * @param clock the run's own, which may be wrong
 */
export async function rival(store: Store, run: string, clock: () => Date): Promise<Fate> {
  let lease: Lease | undefined;
  try {
    lease = await Lease.take(store, run, { onRival: 'takeover', log });
    await requireCreation(store, false);
    const live = await readCommitted(store, await readNewest(store));
    await publish(
      await nightOf(store, live, run),
      { run, program: 'test', clock },
      new Map(),
      undefined,
    );
    return 'won';
  } catch (error) {
    if (error instanceof ConflictError) return 'lost';
    if (error instanceof StoreError)
      return error.message.includes('unknown whether') ? 'unknown' : 'failed';
    throw error;
  } finally {
    await lease?.release();
  }
}

async function nightOf(store: Store, live: Live, run: string): Promise<Night> {
  const next = new Release(live.release.number + 1);
  for (const partition of live.release.partitions()) next.add(partition);
  const content = Buffer.from(`${run} after release ${live.release.number}`);
  const key = `objects/daily/run/event_date=${run}/${short(sha256(content))}.parquet`;
  await store.write(key, content);
  const object = { key, bytes: content.length, sha256: sha256(content), rows: 1 };
  const digest = String(live.release.number);
  next.add({
    table: 'daily/run',
    name: run,
    date: '2026-11-20',
    fingerprint: run,
    digest,
    inputs: {},
    objects: [object],
  });
  next.add(await schemas(store));
  const config = {
    time_zone: 'UTC',
    parquet: { partition_by: 'date' },
    retention: { keep_days: null, keep_releases: 1000 },
    delta: true,
  };
  return {
    output: store,
    exports: store,
    next,
    live,
    config,
    sources: [],
    inputs: run,
    lastingNotes: [],
    progress: NO_PROGRESS,
    engine: { sessions: [NO_ENGINE] },
    scratch: '',
  } as never;
}

/** Too few versions come about for a checkpoint, which an engine would write. */
const NO_ENGINE = undefined as never;

/** What a release says of the columns of the table, so that it is a Delta table. */
async function schemas(store: Store): Promise<Partition> {
  const content = schemaFile([{ name: 'run', type: 'text', unit: '', description: 'its id' }], {
    name: 'event_date',
    description: 'in place of a date, the run',
  });
  const schema = {
    key: `objects/index/schemas/${short(sha256(content))}.arrow`,
    bytes: content.length,
    sha256: sha256(content),
  };
  await store.write(schema.key, content);
  const fixed = { fingerprint: 'schemas', digest: 'schemas', inputs: {}, objects: [] };
  return {
    table: 'index/schemas',
    name: 'all',
    date: 'all',
    ...fixed,
    artifacts: { 'daily/run': schema },
  };
}

/**
 * Compares the history of a store with the model: releases are numbered without a gap, each has
 * what its parent has and one run's partition more, that run read the parent, no run is there
 * twice, the run that won is live and the one that lost is not.
 */
export async function checkHistory(store: Store, fates: ReadonlyMap<string, Fate>): Promise<void> {
  const { release, commit: newest } = await readLive(store);
  const runs = release.of('daily/run').toSorted((a, b) => Number(a.digest) - Number(b.digest));
  expect(runs.map(({ digest }) => Number(digest))).toEqual(runs.map((_, i) => i));
  expect(release.number).toBe(runs.length);
  const commits: string[] = [];
  for await (const { key } of store.list('_commits/')) commits.push(key);
  expect(commits).toEqual(runs.map((_, i) => `_commits/${String(i + 1).padStart(12, '0')}.json`));
  for (const [i, key] of commits.entries()) {
    const commit = JSON.parse(String(await store.read(key)));
    expect(commit.envelope.run).toBe(runs[i]?.name);
    const { release: past } = await readCommitted(store, commit);
    expect(past.of('daily/run').map(({ name }) => name)).toEqual(
      runs
        .slice(0, i + 1)
        .map(({ name }) => name)
        .sort(),
    );
  }
  for (const { objects } of runs) {
    for (const { key, sha256: digest } of objects)
      expect(sha256((await store.read(key)) ?? '')).toBe(digest);
  }
  const standing = new Set(runs.map(({ name }) => name));
  for (const [run, fate] of fates) {
    if (fate === 'won') expect(standing, `${run} won`).toContain(run);
    if (fate === 'lost') expect(standing, `${run} lost`).not.toContain(run);
  }
  // whatever the rivals did to the mirror, the next run puts it right
  if (newest !== undefined) {
    const tools = { store, session: NO_ENGINE, scratch: '', keep: 1000 };
    await refreshDerived(tools, { release, commit: newest }, undefined, true);
    await checkLog(store, runs);
  }
  expect(await compareMirror(store, release, true)).toEqual([]);
}

/**
 * The log of the table has a version for each release, in their order, and each adds the object of
 * its run.
 */
async function checkLog(store: Store, runs: readonly Partition[]): Promise<void> {
  const keys: string[] = [];
  for await (const key of store.keys('objects/daily/run/_delta_log/')) keys.push(key);
  expect(keys).toEqual(runs.map((_, i) => versionKey('daily/run', i)));
  for (const [i, key] of keys.entries()) {
    const body = (await store.read(key)) ?? Buffer.alloc(0);
    expect(releaseOf(body)).toBe(i + 1);
    const added = [...body.toString().matchAll(/"add":\{"path":"([^"]+)"/g)].map(
      ([, path]) => `objects/daily/run/${path}`,
    );
    expect(added).toEqual(runs[i]?.objects.map((object) => object.key));
  }
}
