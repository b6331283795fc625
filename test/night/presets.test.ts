import { mkdtempSync, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planNightly } from '../../src/night/plan.js';
import { writeJobs } from '../oracle/replay.js';
import { type Deployment, lineOf, type Row, useDeployments } from './nights.js';

const { deploy } = useDeployments();
const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/presets');

/** A few of the models, and the derived tables: those of the oracle. */
const JOBS = mkdtempSync(path.join(tmpdir(), 'dayfold-presets-'));
beforeAll(async () => {
  await writeJobs(JOBS, { doubled: false, strict: false, commented: false });
  await fs.cp(path.resolve(import.meta.dirname, '../../jobs/derived'), path.join(JOBS, 'derived'), {
    recursive: true,
  });
});
afterAll(() => rmSync(JOBS, { recursive: true, force: true }));

/** A deployment with a preset and the exports of its fixture, gzipped where the vendor does. */
async function vendor(name: string, settings: object = {}): Promise<Deployment> {
  const deployment = await deploy({ preset: name, table_defaults: { columns: {} }, ...settings });
  const folder = path.join(FIXTURES, name);
  for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const content = await fs.readFile(file);
    const isPacked = name === 'segment' || name === 'amplitude';
    await deployment.deliver(
      `${name}/${path.relative(folder, file)}${isPacked ? '.gz' : ''}`,
      isPacked ? gzipSync(content) : content,
    );
  }
  return deployment;
}

const sessions = (deployment: Deployment): Promise<Row[]> =>
  deployment.rows(
    'clean/sessions',
    'user_id, login_at, logout_at, duration_seconds, event_date',
    'order by login_at',
  );
const features = (deployment: Deployment): Promise<Row[]> =>
  deployment.rows(
    'clean/feature_usage',
    'user_id, feature_name, sum(usage_count)::bigint as uses',
    'group by all order by all',
  );
const users = (deployment: Deployment): Promise<Row[]> =>
  deployment.rows('clean/users', 'user_id, created_at', 'order by user_id');

describe('events of Amplitude', () => {
  test('become activities, sessions across midnight, feature use and users', async () => {
    const deployment = await vendor('amplitude');
    const outcome = await deployment.night('2026-03-02', { jobs: [JOBS] });
    expect(lineOf(outcome, 'activity_log')).toMatchObject({
      records: 7,
      repeated: 1,
      staged: 6,
      kept: 6,
      duplicates: 0,
    });
    expect(await sessions(deployment)).toEqual([
      {
        user_id: '9002',
        login_at: '2026-03-01 08:00:00',
        logout_at: '2026-03-01 08:00:00',
        duration_seconds: 0,
        event_date: '2026-03-01',
      },
      {
        user_id: 'u-1',
        login_at: '2026-03-01 23:40:00',
        logout_at: '2026-03-02 00:20:00',
        duration_seconds: 2400,
        event_date: '2026-03-01',
      },
      {
        user_id: 'u-1',
        login_at: '2026-03-02 00:50:01',
        logout_at: '2026-03-02 00:50:01',
        duration_seconds: 0,
        event_date: '2026-03-02',
      },
    ]);
    expect(await features(deployment)).toEqual([
      { user_id: 'u-1', feature_name: 'report_created', uses: 2 },
      { user_id: 'u-1', feature_name: 'report_shared', uses: 2 },
    ]);
    expect(await users(deployment)).toEqual([
      { user_id: '9002', created_at: '2026-03-01 08:00:00' },
      { user_id: 'u-1', created_at: '2026-03-01 23:40:00' },
    ]);
  });

  test('derive again only the dates that a late event reaches, to what one night would have', async () => {
    const late = await vendor('amplitude', { settings: { session_gap_minutes: 31 } });
    const once = await vendor('amplitude', { settings: { session_gap_minutes: 31 } });
    const second = 'amplitude/2026-03-02/187520_2026-03-02_0.json.gz';
    await fs.rm(path.join(late.folder, 'exports', second));
    await late.night('2026-03-02', { jobs: [JOBS] });
    await late.deliver(second, await fs.readFile(path.join(once.folder, 'exports', second)));
    const { builds } = await planNightly({ ...late.runOptions(['2026-03-02']), jobs: [JOBS] });
    expect(
      builds.filter(({ table }) => table === 'staged/sessions').map(({ name }) => name),
    ).toEqual(['2026-03-01', '2026-03-02']);
    await late.night('2026-03-02', { jobs: [JOBS] });
    await once.night('2026-03-02', { jobs: [JOBS] });
    expect(await sessions(late)).toHaveLength(2);
    const contents = async (each: Deployment) => [...(await each.release()).partitions()];
    expect(await contents(late)).toEqual(await contents(once));
    expect(await late.night('2026-03-02', { jobs: [JOBS] })).toMatchObject({
      published: false,
      built: [],
    });
  });
});

test('events of Mixpanel become activities, sessions, feature use and users', async () => {
  const deployment = await vendor('mixpanel');
  await deployment.night('2026-03-01', { jobs: [JOBS] });
  expect(
    await deployment.rows(
      'clean/activity_log',
      'activity_id, activity_type',
      'order by activity_id',
    ),
  ).toEqual([
    { activity_id: 'i1', activity_type: 'auto_mp_web_page_view' },
    { activity_id: 'i2', activity_type: 'song_played' },
    { activity_id: 'i3', activity_type: 'song_played' },
    { activity_id: 'i4', activity_type: 'song_liked' },
  ]);
  expect(
    (await sessions(deployment)).map(({ user_id, duration_seconds }) => [
      user_id,
      duration_seconds,
    ]),
  ).toEqual([
    ['m-1', 600],
    ['m-1', 0],
    ['$device:abc', 0],
  ]);
  expect(await features(deployment)).toEqual([
    { user_id: '$device:abc', feature_name: 'song_liked', uses: 1 },
    { user_id: 'm-1', feature_name: 'song_played', uses: 2 },
  ]);
});

test('times of an older Mixpanel project are in its zone', async () => {
  const deployment = await vendor('mixpanel', {
    tables: { activity_log: { times_in: 'America/Los_Angeles' } },
  });
  await deployment.night('2026-03-01', { jobs: [JOBS] });
  expect((await users(deployment))[1]).toEqual({
    user_id: 'm-1',
    created_at: '2026-03-01 17:00:00',
  });
});

test('calls of Segment become activities, sessions, feature use and users', async () => {
  const deployment = await vendor('segment');
  await deployment.night('2026-03-01', { jobs: [JOBS] });
  expect(
    (await sessions(deployment)).map(({ user_id, duration_seconds }) => [
      user_id,
      duration_seconds,
    ]),
  ).toEqual([
    ['anon-1', 0],
    ['s-1', 60],
    ['s-1', 0],
  ]);
  expect(await features(deployment)).toEqual([
    { user_id: 's-1', feature_name: 'invoice_sent', uses: 2 },
  ]);
  expect(await users(deployment)).toEqual([
    { user_id: 'anon-1', created_at: '2026-03-01 10:00:00' },
    { user_id: 's-1', created_at: '2026-03-01 10:01:00' },
  ]);
});

test('events of PostHog become activities, sessions, feature use and users', async () => {
  const deployment = await vendor('posthog');
  await deployment.night('2026-03-01', { jobs: [JOBS] });
  expect(
    (await sessions(deployment)).map(({ user_id, duration_seconds }) => [
      user_id,
      duration_seconds,
    ]),
  ).toEqual([
    ['p-1', 1199],
    ['p-2', 0],
  ]);
  expect(await features(deployment)).toEqual([
    { user_id: 'p-1', feature_name: 'board_created', uses: 1 },
    { user_id: 'p-2', feature_name: 'board_created', uses: 1 },
  ]);
  expect(
    (await deployment.rows('clean/activity_log', 'distinct session_id', 'order by 1')).map(
      (row) => row.session_id,
    ),
  ).toEqual(['s1', 's2']);
});

test('tickets of Zendesk are resolved when solved last, and open again when reopened', async () => {
  const deployment = await vendor('zendesk');
  const tickets = () =>
    deployment.rows(
      'clean/support_tickets',
      'ticket_id, user_id, status, resolved_at, reopen_count, category, priority',
      'order by ticket_id',
    );
  await deployment.night('2026-03-02', { jobs: [JOBS] });
  expect(await tickets()).toEqual([
    {
      ticket_id: '1',
      user_id: '20978392',
      status: 'open',
      resolved_at: null,
      reopen_count: 1,
      category: 'incident',
      priority: 'high',
    },
    {
      ticket_id: '2',
      user_id: '20978392',
      status: 'open',
      resolved_at: null,
      reopen_count: 0,
      category: null,
      priority: null,
    },
    {
      ticket_id: '3',
      user_id: '20978392',
      status: 'closed',
      resolved_at: '2026-03-02 10:00:00',
      reopen_count: 0,
      category: 'question',
      priority: 'low',
    },
  ]);
  await fs.rm(path.join(deployment.folder, 'exports/zendesk/tickets_2026-03-02.json'));
  const before = await deploy({ preset: 'zendesk', table_defaults: { columns: {} } });
  await before.deliver(
    'zendesk/tickets_2026-03-01.json',
    await fs.readFile(path.join(FIXTURES, 'zendesk/tickets_2026-03-01.json')),
  );
  const outcome = await before.night('2026-03-01', { jobs: [JOBS] });
  expect(lineOf(outcome, 'support_tickets')).toMatchObject({
    records: 1,
    added: 1,
    skipped: 0,
    staged: 2,
  });
  expect(await before.rows('clean/support_tickets', 'resolved_at', 'where ticket_id = 1')).toEqual([
    { resolved_at: '2026-02-28 09:00:00' },
  ]);
});

test('a preset that is none is refused with those there are', async () => {
  await expect(deploy({ preset: ['amplitude', 'amplitud'] })).rejects.toThrow(
    /preset: expected one or several of amplitude, mixpanel, posthog, segment, zendesk, found "amplitud"/,
  );
});
