import os from 'node:os';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { useDeployments } from './nights.js';
import { deliverUpTo } from './two_days.js';

const { deploy } = useDeployments();

test('a night that waits for another run builds on what that run published', {
  timeout: 30_000,
}, async () => {
  const deployment = await deploy();
  await deliverUpTo('2026-11-20', (key, content) => deployment.deliver(key, content));
  // the parent of this process is alive, so its lease counts
  const other = { id: 'other', run: 'other', host: os.hostname(), pid: process.ppid };
  await deployment.write(
    'output/_lease.json',
    JSON.stringify({ ...other, since: '2026-11-22', at: 'stage' }),
  );
  let waiting = () => {};
  const waits = new Promise<void>((resolve) => {
    waiting = resolve;
  });
  const log = pino(
    {},
    { write: (line) => line.includes('waiting: another run (other,') && waiting() },
  );
  const second = deployment.night('2026-11-20', { onRival: 'wait', log });
  await waits;
  const clock = () => new Date('2026-11-22T02:00:00Z'); // runs of one process are told apart by their start
  expect(await deployment.night('2026-11-19', { onRival: 'takeover', clock })).toMatchObject({
    release: 1,
  });
  expect(await second).toMatchObject({ release: 2, published: true });
});
