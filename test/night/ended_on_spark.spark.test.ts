import * as fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { findGarbage } from '../../src/release/gc.js';
import { INTERPRETED, useSpark } from '../engine/spark/cluster.js';
import { build, checkLive, killed } from '../kill/kill.js';
import { type Program, useProgram } from '../program.js';
import { type Deployment, useDeployments } from './nights.js';
import { expectSame } from './same_release.js';
import { deliverUpTo } from './two_days.js';

vi.setConfig({ testTimeout: 900_000 });

const AS_OF = '2026-11-19';
const { spark } = useSpark(INTERPRETED);
const { deploy } = useDeployments();
const { start, run } = useProgram();
/** A model that tries a regular expression on some billions of rows. */
const ENDLESS = String.raw`-- question: How long is forever?
-- grain: as_of_date
-- reads: rolling.user_window
-- columns:
--   as_of_date | date    |       | as-of date of the report
--   users      | integer | users | users, each counted many times
select windows.as_of_date, count(*) as users
from rolling.user_window as windows
cross join range(0, 4000000000) as r(x)
where re_test(cast(r.x as string), '1\d6\z')
group by windows.as_of_date
`;

async function delivered(settings: object = {}): Promise<Deployment> {
  const deployment = await deploy(settings);
  await deliverUpTo(AS_OF, (key, content) => deployment.deliver(key, content));
  return deployment;
}

const onSpark = (settings: object = {}) =>
  delivered({ engine: { kind: 'spark', remote: spark().remote }, ...settings });
const argsOf = ({ config }: Deployment) => ['nightly', '--config', config.file, '--date', AS_OF];
const attemptsOf = ({ output }: Deployment): Promise<string[]> =>
  fs.readdir(path.join(output.folder, 'attempts')).catch(() => []);
const isWriting = async ({ output }: Deployment) =>
  /_temporary/.test(
    String(await fs.readdir(path.join(output.folder, 'attempts'), { recursive: true })),
  );

/** Resolves while Spark writes for a job of the run: the first one that is that late. */
async function writing(deployment: Deployment, { child }: Program, job: number): Promise<void> {
  const isLate = (name: string) => Number(name.split('-').at(-1)) >= job;
  while (!(await attemptsOf(deployment)).some(isLate)) {
    if (child.exitCode !== null) throw new Error(`expected job ${job}, found the end of the run`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The output is that of the other engine, and has nothing that no release names. */
async function expectWhole({ output }: Deployment): Promise<void> {
  const here = await delivered();
  await here.night(AS_OF);
  expect(await checkLive(output)).toBe(1);
  await expectSame(output, here.output);
  const namesIn = async (folder: string) =>
    (await fs.readdir(folder)).filter((name) => name !== 'runs').sort(); // none of a killed run
  expect(await namesIn(output.folder)).toEqual(await namesIn(here.output.folder));
  const { manifests, objects } = await findGarbage(output, 1, new Date('2100-01-01'));
  expect([...manifests, ...objects]).toEqual([]);
}

beforeAll(build);

test('SIGTERM while Spark writes ends the worker with 143, early or late, and leaves no attempt', async () => {
  const deployment = await onSpark();
  for (const job of [1, 8, 15]) {
    const stopped = start(argsOf(deployment));
    await writing(deployment, stopped, job);
    const asked = performance.now();
    stopped.child.kill('SIGTERM');
    expect(await stopped.ended, `job ${job}`).toMatchObject({
      code: 143,
      err: expect.stringMatching(/Stopped on request/),
    });
    expect(performance.now() - asked, `job ${job}`).toBeLessThan(9_000);
    expect(await attemptsOf(deployment), `job ${job}`).toEqual([]);
    expect((await deployment.release()).number).toBe(0);
  }
  expect(await deployment.night(AS_OF)).toMatchObject({ published: true, release: 1 });
  await expectWhole(deployment);
});

test('of two workers at once one publishes; the other is refused, or has lost where it took the lease', async () => {
  const deployment = await onSpark();
  const first = start(argsOf(deployment));
  await writing(deployment, first, 1);
  expect(await run(argsOf(deployment))).toMatchObject({
    code: 6,
    err: expect.stringMatching(/expected no other run, found that another run/),
  });
  const second = start([...argsOf(deployment), '--takeover']);
  const ended = await Promise.all([first.ended, second.ended]);
  expect(ended.map(({ code }) => code).sort()).toEqual([0, 6]);
  const lost = ended.find(({ code }) => code === 6);
  expect(lost?.err).toMatch(/published release 1 first: nothing of this run is live/);
  await expectWhole(deployment);
  expect(await fs.readdir(path.join(deployment.output.folder, 'runs'))).toHaveLength(1);
});

test('a worker that is killed while Spark writes leaves an attempt, which the next run removes', async () => {
  const deployment = await onSpark();
  const worker = start(argsOf(deployment));
  await writing(deployment, worker, 1);
  worker.child.kill('SIGKILL');
  await worker.ended;
  expect((await attemptsOf(deployment)).length).toBeGreaterThan(0); // as many jobs as ran at once
  // what Spark writes later stays until the run after the next one
  await expect.poll(() => isWriting(deployment), { timeout: 60_000, interval: 100 }).toBe(false);
  expect(await deployment.night(AS_OF)).toMatchObject({ published: true, release: 1 });
  await expectWhole(deployment);
  expect(await fs.readdir(path.join(deployment.output.folder, 'runs'))).toHaveLength(1);
});

test.each([
  ['before it removed what Spark wrote', { at: 'rm attempts', when: 'before' }, 0],
  ['before its commit', { at: 'link _commits', when: 'before' }, 0],
  ['after its commit', { at: 'link _commits', when: 'after' }, 1],
] as const)('a worker that is killed %s is put right by the next night', async (_, kill, live) => {
  const deployment = await onSpark();
  const { config, jobs } = deployment;
  await killed({ config: config.file, asOf: AS_OF, jobs }, kill);
  expect((await attemptsOf(deployment)).length > 0).toBe(kill.at === 'rm attempts');
  expect(await checkLive(deployment.output)).toBe(live);
  expect(await deployment.night(AS_OF)).toMatchObject({ published: live === 0, release: 1 });
  await expectWhole(deployment);
});

test('a model that takes longer than limits.seconds ends the night with 5, and is interrupted on the cluster', async () => {
  // one job at a time: no other one waits for the executors that the endless one has
  const engine = { kind: 'spark', remote: spark().remote, parallel_jobs: 1 };
  const deployment = await onSpark({ engine, limits: { seconds: 20 }, jobs: ['own'] });
  await deployment.write(path.join('own', 'report', 'endless.sql'), ENDLESS);
  const before = spark().log.length;
  const { code, err } = await run(argsOf(deployment));
  expect(err).toMatch(
    /Expected Spark at \S+ to need at most 20 s for a statement of report\/endless, found that it needs/,
  );
  expect(code).toBe(5);
  await expect.poll(() => spark().log.slice(before), { timeout: 20_000 }).toMatch(/cancelled/i);
  expect(await attemptsOf(deployment)).toEqual([]);
  expect((await deployment.release()).number).toBe(0);
});
