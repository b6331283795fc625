import { expect, test } from 'vitest';
import { openLog } from '../../src/log.js';
import { Worker } from '../../src/worker/worker.js';
import { type Deployment, useDeployments } from '../night/nights.js';
import { useReceiver } from '../notify/receiver.js';

const { deploy } = useDeployments();
const receiver = useReceiver();

/** A worker whose nights are a program that does this, until it has run one. */
async function nightThat(does: string, deployment?: Deployment): Promise<Worker> {
  const { config, output } = deployment ?? (await deploy({ alerts: { webhook: receiver().url } }));
  const stop = new AbortController();
  const worker = new Worker({
    config,
    output,
    log: openLog('silent'),
    clock: () => new Date('2026-03-02T12:00:00Z'),
    nightArgs: () => ['--eval', does],
    stop: stop.signal,
    kill: new AbortController().signal,
  });
  const run = worker.run();
  await expect.poll(() => worker.status.nights.length, { timeout: 30_000 }).toBe(1);
  stop.abort();
  await run; // the night ends with its alert
  return worker;
}

test('the worker reports a night that was killed, which cannot report itself', async () => {
  const worker = await nightThat('process.kill(process.pid, "SIGKILL")');
  expect(worker.status.nights).toMatchObject([{ result: 'failed', exit_code: null }]);
  expect(receiver().bodies).toMatchObject([
    {
      alert: 'failed',
      asked: ['2026-03-01'],
      message: expect.stringContaining('ended by SIGKILL and said nothing'),
    },
  ]);
});

test('a night that ends without output is reported with its exit code', async () => {
  await nightThat('process.exit(134)');
  expect(receiver().bodies).toMatchObject([
    { message: expect.stringContaining('ended with 134 and said nothing') },
  ]);
});

test('a night that told why it failed is not told of twice', async () => {
  const told = JSON.stringify({ exit_code: 1, error: 'no export' });
  const worker = await nightThat(`console.log(${JSON.stringify(told)}); process.exitCode = 1`);
  expect(worker.status.nights).toMatchObject([{ result: 'failed', error: 'no export' }]);
  expect(receiver().bodies).toEqual([]);
});

test('freshness goes by the newest export where a report is of the future', async () => {
  const deployment = await deploy();
  const header = 'activity_id,user_id,activity_type,activity_at\n';
  await deployment.deliver(
    'activity_log/activity_log_2026-02-27.csv',
    `${header}1,7,view,2026-02-27 09:00:00\n`,
  );
  await deployment.night('2062-11-20', { force: true });
  const { metrics } = await nightThat('process.exit(0)', deployment);
  const hours = 48 + 12; // from the end of February 27 to noon of March 2
  expect(await metrics.registry.metrics()).toContain(
    `\ndayfold_freshness_seconds ${hours * 3600}\n`,
  );
});

test('the status says of each table how fresh it is, what was refused, and which checks do not hold', async () => {
  const deployment = await deploy();
  const header = 'activity_id,user_id,activity_type,activity_at\n';
  await deployment.deliver(
    'activity_log/activity_log_2026-02-20.csv',
    `${header}0,7,view,2026-02-20 09:00:00\n`,
  );
  const lines = '1,7,view,2026-02-27 09:00:00\n2,7,view,never\n';
  await deployment.deliver('activity_log/activity_log_2026-02-27.csv', header + lines);
  await deployment.night('2026-03-01');
  const { release } = (await nightThat('process.exit(0)', deployment)).status;
  expect(release?.tables).toContainEqual({
    table: 'activity_log',
    newest_export: '2026-02-27',
    records: 3,
    quarantined: { activity_at_not_a_timestamp: 1 },
  });
  expect(release?.tables).toContainEqual({
    table: 'users',
    newest_export: null,
    records: 0,
    quarantined: {},
  });
  expect(release?.checks.map(({ check }) => check)).toEqual(['freshness']);
});
