import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { withDiscard } from '../../src/night/corrections/discard.js';
import { readLive } from '../../src/release/commit.js';
import { type Deployment, lineOf, useDeployments } from './nights.js';

const { deploy } = useDeployments();

const keyOf = (date: string) => `users/users_${date}.csv`;
const csv = (...records: string[]) => `${['user_id,created_at', ...records].join('\n')}\n`;

const users = (settings: object) => deploy({ tables: { users: settings } });
const none = async (deployment: Deployment) => expect((await deployment.release()).number).toBe(0);

describe('max_quarantine', () => {
  test('fails a run whose export has more refused records than its count, and publishes nothing', async () => {
    const deployment = await users({ max_quarantine: { count: 1 } });
    await deployment.deliver(keyOf('2026-03-01'), csv('1,', 'x,', 'y,'));
    await expect(deployment.night('2026-03-01')).rejects.toThrow(
      /users: expected as many refused records of 2026-03-01 as tables\.users\.max_quarantine allows \(count: 1\), found 2 of 3 \(66\.7 %\): user_id_not_an_integer 2\. Nothing was published/,
    );
    await none(deployment);
  });

  test('holds for each date, so that good exports do not make up for a bad one', async () => {
    const deployment = await users({ max_quarantine: { share: 0.5 } });
    await deployment.deliver(keyOf('2026-03-01'), csv('1,', '2,', '3,', '4,', '5,', '6,'));
    await deployment.deliver(keyOf('2026-03-02'), csv('x,', '7,', 'y,'));
    await expect(deployment.night('2026-03-02')).rejects.toThrow(DataError);
    await none(deployment);
  });

  test('lets pass what does not exceed it', async () => {
    const deployment = await users({ max_quarantine: { share: 0.5, count: 1 } });
    await deployment.deliver(keyOf('2026-03-01'), csv('1,', 'x,'));
    expect(lineOf(await deployment.night('2026-03-01'), 'users').quarantined).toEqual({
      user_id_not_an_integer: 1,
    });
  });

  test('does not count what was published before, nor what was given up', async () => {
    const lax = await users({});
    await lax.deliver(keyOf('2026-03-01'), csv('1,', 'x,', 'y,'));
    await lax.night('2026-03-01');
    const tables = {
      ...lax.config.tables,
      users: { ...lax.config.tables.users, max_quarantine: { share: null, count: 0 } },
    };
    const config = { ...lax.config, tables } as never;
    await lax.deliver(keyOf('2026-03-02'), csv('2,'));
    expect(await lax.night('2026-03-02', { config })).toMatchObject({ published: true });
    await lax.deliver(keyOf('2026-03-01'), csv('1,', 'x,', 'y,', 'z,'));
    await expect(lax.night('2026-03-02', { config })).rejects.toThrow(
      /refused records of 2026-03-01 .*found 3 of 4/,
    );
    await lax.deliver(keyOf('2026-03-01'), csv('1,', 'x,', 'y,'));
    const base = withDiscard(await readLive(lax.output), 'users', keyOf('2026-03-01'), {
      lines: [3, 4],
      reason: 'test users',
    });
    expect(await lax.night([], { config, base })).toMatchObject({ published: true });
  });
});

describe('an export of which more than half is refused', () => {
  const records = (good: number, bad: number) =>
    csv(
      ...Array.from({ length: good }, (_, i) => `${i},`),
      ...Array.from({ length: bad }, (_, i) => `u-${i},`),
    );

  test('fails the run, and the message has the rule, three values and the cure', async () => {
    const deployment = await users({});
    await deployment.deliver(keyOf('2026-03-01'), records(5, 6));
    const night = deployment.night('2026-03-01');
    await expect(night).rejects.toThrow(DataError);
    await expect(night).rejects.toThrow(
      /found 6 of 11 refused, most of them by user_id_not_an_integer \(6\), such as "u-0", "u-1", "u-2"\. Nothing was published.*\n {2}tables\.users\.columns\.user_id: { type: text }, and the same in activity_log, /,
    );
    await none(deployment);
  });

  test.each([
    ['half of it is refused', records(6, 6)],
    ['it has only a handful of records', records(0, 10)],
    ['it is empty', ''],
    ['it has a header alone', csv()],
  ])('is none when %s', async (_, content) => {
    const deployment = await users({});
    await deployment.deliver(keyOf('2026-03-01'), content);
    expect(await deployment.night('2026-03-01')).toMatchObject({ published: true });
  });

  test('passes where a share is set that allows it', async () => {
    const deployment = await users({ max_quarantine: { share: 1 } });
    await deployment.deliver(keyOf('2026-03-01'), records(0, 20));
    expect(await deployment.night('2026-03-01')).toMatchObject({ published: true });
  });

  test('fails the run though the same date has a good export', async () => {
    const deployment = await users({ files: 'users/*_{date}.csv' });
    await deployment.deliver('users/a_2026-03-01.csv', records(100, 0));
    await deployment.deliver('users/b_2026-03-01.csv', records(0, 20));
    await expect(deployment.night('2026-03-01')).rejects.toThrow(
      /^users\/b_2026-03-01\.csv: expected records/,
    );
  });

  test('passes when it is delivered again, for its rows are duplicates', async () => {
    const deployment = await users({});
    await deployment.deliver(keyOf('2026-03-01'), records(20, 0));
    await deployment.deliver(keyOf('2026-03-02'), records(20, 0));
    const line = lineOf(await deployment.night('2026-03-02'), 'users');
    expect(line).toMatchObject({ kept: 20, duplicates: 20, conflicts: 0 });
  });
});

describe('columns that change', () => {
  async function renamed(drift: string): Promise<Deployment> {
    const deployment = await users({ drift });
    await deployment.deliver(keyOf('2026-03-01'), 'user_id,created_at\n1,2026-03-01\n');
    await deployment.night('2026-03-01');
    await deployment.deliver(keyOf('2026-03-02'), 'user_id,since\n2,2026-03-02\n');
    return deployment;
  }

  test('are reported by the run and by the report, where the policy is lenient', async () => {
    const deployment = await renamed('lenient');
    const outcome = await deployment.night('2026-03-02');
    expect(outcome.notes).toContain(
      `${keyOf('2026-03-02')}: columns are not as in ${keyOf('2026-03-01')}: renamed created_at to since`,
    );
    const json = JSON.parse(
      String(await deployment.output.read('latest/reports/2026-03-02/report.json')),
    );
    expect(json.drift).toEqual([`${keyOf('2026-03-02')}: renamed created_at to since`]);
    expect(String(await deployment.output.read('latest/reports/2026-03-02/report.html'))).toContain(
      'renamed created_at to since',
    );
    expect((await deployment.night('2026-03-02')).notes).not.toContainEqual(
      expect.stringContaining('columns are not'),
    );
  });

  test('fail the run where the policy is stricter, until it lets them pass', async () => {
    const deployment = await renamed('additive');
    await expect(deployment.night('2026-03-02')).rejects.toThrow(
      /renamed created_at to since\. Nothing was published, because tables\.users\.drift is additive/,
    );
    expect((await deployment.release()).number).toBe(1);
    const { users: own } = deployment.config.tables;
    const withDrift = (drift: string, more: object = {}) =>
      ({
        ...deployment.config,
        ...more,
        tables: { ...deployment.config.tables, users: { ...own, drift } },
      }) as never;
    expect(await deployment.night('2026-03-02', { config: withDrift('lenient') })).toMatchObject({
      published: true,
    });
    // staged again under the strict policy, it is no news
    const config = withDrift('strict', { earliest: '2021-01-01' });
    expect(await deployment.night('2026-03-02', { config })).toMatchObject({ published: true });
  });
});

describe('an export that was published', () => {
  const numbered = (from: number, to: number) =>
    csv(...Array.from({ length: to - from }, (_, i) => `${from + i},`));

  async function published(count: number, settings: object = {}): Promise<Deployment> {
    const deployment = await users(settings);
    await deployment.deliver(keyOf('2026-03-01'), numbered(0, count));
    await deployment.night('2026-03-01');
    return deployment;
  }

  const otherwise = ({ config }: Deployment, settings: object) =>
    ({
      ...config,
      tables: { ...config.tables, users: { ...config.tables.users, ...settings } },
    }) as typeof config;

  test.each([
    ['with less than half of its rows', 20, numbered(0, 9), '20 rows', '9'],
    ['with one row', 20, numbered(0, 1), '20 rows', '1'],
    ['with a header alone', 20, csv(), '20 rows', '0'],
    ['as an empty file', 20, '', '20 rows', '0'],
    ['without any of few rows', 3, csv(), '3 rows', '0'],
  ])('fails the run when delivered again %s, unless forced', async (_, had, now, rows, found) => {
    const deployment = await published(had);
    await deployment.deliver(keyOf('2026-03-01'), now);
    await expect(deployment.night('2026-03-01')).rejects.toThrow(
      `${keyOf('2026-03-01')}: expected at least half of the ${rows} of users that release 1 has of it, found ${found}. Nothing was published`,
    );
    expect((await readLive(deployment.output)).release.number).toBe(1);
    expect(await deployment.night('2026-03-01', { force: true })).toMatchObject({
      published: true,
    });
    expect(await deployment.night('2026-03-01')).toMatchObject({ published: false });
  });

  test.each([
    ['half of its rows', 20, numbered(0, 10)],
    ['one of few', 10, numbered(0, 1)],
    ['other rows', 20, numbered(50, 70)],
  ])('may be delivered again with %s', async (_, had, now) => {
    const deployment = await published(had);
    await deployment.deliver(keyOf('2026-03-01'), now);
    expect(await deployment.night('2026-03-01')).toMatchObject({ published: true });
  });

  test('fails the run when all of few records are refused by another rule', async () => {
    const deployment = await published(3);
    const config = otherwise(deployment, { columns: { user_id: { type: 'integer', min: 100 } } });
    await expect(deployment.night('2026-03-01', { config })).rejects.toThrow(
      /expected records of which at least half keep to the contract of users, found 3 of 3 refused/,
    );
  });

  test('fails the run when another key leaves most of its rows out', async () => {
    const deployment = await users({});
    await deployment.deliver(
      keyOf('2026-03-01'),
      numbered(0, 20).replaceAll(',\n', ',2026-02-01\n'),
    );
    await deployment.night('2026-03-01');
    const config = otherwise(deployment, { key: [['created_at']] });
    await expect(deployment.night('2026-03-01', { config })).rejects.toThrow(
      /expected at least half of the 20 rows of users that release 1 has of it, found 1\./,
    );
  });

  test('is what a new snapshot is compared with', async () => {
    const deployment = await published(20, { delivery: 'snapshot' });
    await deployment.deliver(keyOf('2026-03-02'), numbered(0, 9));
    await expect(deployment.night('2026-03-02')).rejects.toThrow(
      `${keyOf('2026-03-02')}: expected at least half of the 20 rows of users that release 1 has of ${keyOf('2026-03-01')}, found 9.`,
    );
  });
});
