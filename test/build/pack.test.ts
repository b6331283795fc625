import { expect, test } from 'vitest';
import type { Outcome } from '../../src/night/outcome.js';
import { planNightly } from '../../src/night/plan.js';
import { type Deployment, useDeployments } from '../night/nights.js';

const { deploy } = useDeployments();

const HEADER = 'ticket_id,user_id,status,created_at';
const ticket = (id: number, status: string, date: string) => `${id},7,${status},${date} 09:00:00`;

async function deliver(deployment: Deployment, date: string, ...records: string[]): Promise<void> {
  await deployment.deliver(
    `support_tickets/support_tickets_${date}.csv`,
    `${[HEADER, ...records].join('\n')}\n`,
  );
}

const builtOf = ({ built }: Outcome, table: string) =>
  built.filter((each) => each.table === table).map(({ name }) => name);
const statuses = (deployment: Deployment) =>
  deployment.rows('clean/support_tickets', 'ticket_id, status', 'order by ticket_id');

/** Tickets of two days of January and one of February, the first of which changed every time. */
async function twoMonths(): Promise<Deployment> {
  const deployment = await deploy();
  await deliver(
    deployment,
    '2026-01-30',
    ticket(1, 'new', '2026-01-30'),
    ticket(2, 'new', '2026-01-30'),
  );
  await deliver(
    deployment,
    '2026-01-31',
    ticket(1, 'open', '2026-01-30'),
    ticket(3, 'new', '2026-01-31'),
  );
  await deliver(
    deployment,
    '2026-02-01',
    ticket(1, 'closed', '2026-01-30'),
    ticket(9, 'new', '2026-02-01'),
  );
  await deployment.night('2026-02-01');
  return deployment;
}

test('exports of months that are over are read from one object each, and the latest still wins', async () => {
  const deployment = await twoMonths();
  const packed = await deployment.rows('packed/support_tickets', 'ticket_id, status');
  expect(packed).toEqual([
    { ticket_id: 1, status: 'new' },
    { ticket_id: 2, status: 'new' },
    { ticket_id: 1, status: 'open' },
    { ticket_id: 3, status: 'new' },
  ]);
  expect(await statuses(deployment)).toEqual([
    { ticket_id: 1, status: 'closed' },
    { ticket_id: 2, status: 'new' },
    { ticket_id: 3, status: 'new' },
    { ticket_id: 9, status: 'new' },
  ]);
});

test('a month is packed on the first night of the next one, if it has more than one export', async () => {
  const deployment = await twoMonths();
  await deliver(deployment, '2026-02-02', ticket(2, 'open', '2026-01-30'));
  expect(builtOf(await deployment.night('2026-02-02'), 'packed/support_tickets')).toEqual([]);
  await deliver(deployment, '2026-03-01', ticket(4, 'new', '2026-03-01'));
  expect(builtOf(await deployment.night('2026-03-01'), 'packed/support_tickets')).toEqual([
    '2026-02',
  ]);
  await deliver(deployment, '2026-04-01', ticket(5, 'new', '2026-04-01'));
  expect(builtOf(await deployment.night('2026-04-01'), 'packed/support_tickets')).toEqual([]);
});

test('a corrected export packs its month again, and is reported by a plan', async () => {
  const deployment = await twoMonths();
  await deliver(deployment, '2026-01-31', ticket(3, 'closed', '2026-01-31'));
  const plan = await planNightly(deployment.runOptions(['2026-02-01']));
  expect(plan.builds).toContainEqual(
    expect.objectContaining({ table: 'packed/support_tickets', name: '2026-01' }),
  );
  const outcome = await deployment.night('2026-02-01');
  expect(builtOf(outcome, 'packed/support_tickets')).toEqual(['2026-01']);
  expect(await statuses(deployment)).toContainEqual({ ticket_id: 3, status: 'closed' });
});

test('the catalogue draws the days of months that are over and of the newest', async () => {
  const deployment = await twoMonths();
  const release = await deployment.release();
  const html = release.get('index/reports', 'all')?.artifacts?.html?.key ?? '';
  const page = String(await deployment.output.read(html));
  expect(release.of('packed/day').map(({ name }) => name)).toEqual(['2026-01']);
  for (const date of ['2026-01-30', '2026-01-31', '2026-02-01']) expect(page).toContain(date);
});

test('a day that moved to another date, with the same rows, is packed again', async () => {
  const deployment = await deploy();
  const dates = ['2026-01-30', '2026-01-31', '2026-02-01'];
  for (const [i, date] of dates.entries()) await deliver(deployment, date, ticket(i, 'new', date));
  await deployment.night('2026-02-01');
  await deliver(deployment, '2026-01-30', ticket(0, 'new', '2026-01-29'));
  const outcome = await deployment.night('2026-02-01');
  expect(builtOf(outcome, 'packed/day')).toEqual(['2026-01']);
  expect(await deployment.rows('packed/day', 'event_date')).toEqual([
    { event_date: '2026-01-29' },
    { event_date: '2026-01-31' },
  ]);
});
