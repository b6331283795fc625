import * as fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadSources } from '../../src/config/contracts.js';
import { changesOf, type Status, statusOf } from '../../src/inspect/status.js';
import { readLive } from '../../src/release/commit.js';
import { Release } from '../../src/release/release.js';
import { type Deployment, useDeployments } from '../night/nights.js';
import { partition, releaseOf } from '../release/partitions.js';

const { deploy } = useDeployments();

const csv = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;
const keyOf = (date: string) => `activity_log/activity_log_${date}.csv`;

async function statusOfAll(deployment: Deployment): Promise<Status> {
  const { config, exports, output } = deployment;
  return statusOf(await readLive(output), await loadSources(config), exports, output);
}

function tableOf(status: Status, table: string) {
  return status.tables.find((each) => each.table === table);
}

test('before the first release there is none, and every export is new', async () => {
  const deployment = await deploy();
  await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
  expect(await statusOfAll(deployment)).toMatchObject({
    release: null,
    stale: [{ table: 'activity_log', export: keyOf('2026-03-01'), change: 'new' }],
    runs: [],
  });
});

describe('after a night', () => {
  /**
   * Exports of March 1 and 4, one refused record, an event on March 3; a ticket resolved on March
   * 9.
   */
  async function published(): Promise<Deployment> {
    const deployment = await deploy();
    await deployment.deliver(
      keyOf('2026-03-01'),
      csv('1,7,view,2026-03-01 09:00:00', '2,x,view,2026-03-01 10:00:00'),
    );
    await deployment.deliver(keyOf('2026-03-04'), csv('3,7,view,2026-03-03 09:00:00'));
    await deployment.deliver(
      'support_tickets/support_tickets_2026-03-09.csv',
      'ticket_id,user_id,status,created_at,resolved_at\n1,7,closed,2026-03-02 09:00:00,2026-03-09 09:00:00\n',
    );
    await deployment.night('2026-03-04');
    return deployment;
  }
  let standing: Status;
  beforeAll(async () => {
    standing = await statusOfAll(await published());
  });

  test('each table tells its newest export, its newest event, the dates between without one, and what was refused', () => {
    expect(standing.release).toMatchObject({ number: 1, published_at: '2026-11-22T03:00:00.000Z' });
    expect(tableOf(standing, 'activity_log')).toEqual({
      table: 'activity_log',
      derived_from: null,
      exports: 2,
      newest_export: '2026-03-04',
      missing_exports: ['2026-03-02', '2026-03-03'],
      newest_event: '2026-03-03',
      quarantined: { user_id_not_an_integer: 1 },
    });
  });

  test('an undated table tells the newest date on which a row of it is an event', () => {
    expect(tableOf(standing, 'support_tickets')).toMatchObject({
      exports: 1,
      missing_exports: [],
      newest_event: '2026-03-09',
    });
  });

  test('a table without exports has no dates', () => {
    expect(tableOf(standing, 'sessions')).toMatchObject({
      exports: 0,
      newest_export: null,
      newest_event: null,
      missing_exports: [],
    });
  });

  test('nothing is stale', () => {
    expect(standing.stale).toEqual([]);
  });

  test('an export that came, changed or went away is stale', async () => {
    const deployment = await published();
    await deployment.deliver(keyOf('2026-03-01'), csv('1,8,view,2026-03-01 09:00:00'));
    await deployment.deliver(keyOf('2026-03-05'), csv('5,8,view,2026-03-05 09:00:00'));
    await fs.rm(path.join(deployment.folder, 'exports', keyOf('2026-03-04')));
    expect((await statusOfAll(deployment)).stale).toEqual([
      { table: 'activity_log', export: keyOf('2026-03-01'), change: 'changed' },
      { table: 'activity_log', export: keyOf('2026-03-05'), change: 'new' },
      { table: 'activity_log', export: keyOf('2026-03-04'), change: 'kept' },
    ]);
  });
});

describe('runs', () => {
  const record = (release: number) =>
    Buffer.from(
      JSON.stringify({
        run: `r${release}`,
        started_at: 't',
        release,
        asked: [],
        built: [1, 2],
        seconds: 3,
      }),
    );

  test('are the five newest, the newest first', async () => {
    const deployment = await deploy();
    for (let i = 1; i <= 7; i++)
      await deployment.output.write(`runs/2026-03-0${i}.json`, record(i));
    const { runs } = await statusOfAll(deployment);
    expect(runs.map(({ release }) => release)).toEqual([7, 6, 5, 4, 3]);
    expect(runs[0]).toEqual({
      run: 'r7',
      started_at: 't',
      release: 7,
      asked: [],
      built: 2,
      seconds: 3,
    });
  });

  test('whose record is torn are left out', async () => {
    const deployment = await deploy();
    await deployment.output.write('runs/2026-03-01.json', record(1));
    await deployment.output.write('runs/2026-03-02.json', Buffer.from('{"run": "r2", '));
    expect((await statusOfAll(deployment)).runs.map(({ run }) => run)).toEqual(['r1']);
  });
});

test('an export whose version is as the listing had it is not changed', () => {
  const release = new Release(1, new Map([['k', '7']]));
  release.add(partition('staged/users', 'k', 'staged', { date: '2026-03-01' }));
  const listed = (version: string) => [{ key: 'k', date: '2026-03-01', bytes: 1, version }];
  const users = { table: 'users', missing_exports: 'drop' } as const;
  expect(changesOf(users, listed('7'), release)).toEqual([]);
  expect(changesOf(users, listed('8'), release)).toEqual([
    { table: 'users', export: 'k', change: 'changed' },
  ]);
});

test('an export that is gone keeps its rows or not, as the table is set', () => {
  const release = releaseOf(1, [partition('staged/users', 'k', 'staged', { date: '2026-03-01' })]);
  const change = (missing_exports: 'keep' | 'drop') =>
    changesOf({ table: 'users', missing_exports }, [], release);
  expect(change('keep')).toEqual([{ table: 'users', export: 'k', change: 'kept' }]);
  expect(change('drop')).toEqual([{ table: 'users', export: 'k', change: 'gone' }]);
});

test('a derived table has no exports, but the table it is derived from', async () => {
  const deployment = await deploy({ tables: { sessions: { derived: true } } });
  await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
  await deployment.night('2026-03-01');
  expect(tableOf(await statusOfAll(deployment), 'sessions')).toMatchObject({
    derived_from: 'activity_log',
    exports: 0,
    newest_export: null,
    missing_exports: [],
    newest_event: '2026-03-01',
  });
});
