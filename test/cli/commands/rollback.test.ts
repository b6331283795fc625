import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readLive } from '../../../src/release/commit.js';
import { compareMirror, mirrorOf } from '../../../src/release/mirror.js';
import type { Receipt } from '../../../src/release/schema.js';
import { type Deployment, useDeployments } from '../../night/nights.js';
import { run } from '../command_line.js';

const { deploy } = useDeployments();

const keyOf = (date: string) => `activity_log/activity_log_${date}.csv`;
const csv = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;
const options = ({ folder }: Deployment) => ['--config', path.join(folder, 'dayfold.yaml')];

/**
 * Release 1 as of March 1 and 2; release 2 as of March 3, whose export also brings a late row for
 * March 2.
 */
const twoReleases = () => published.copy();
let published: Deployment;

beforeAll(async () => {
  const deployment = await deploy();
  await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
  await deployment.deliver(keyOf('2026-03-02'), csv('2,7,view,2026-03-02 09:00:00'));
  const command = ['nightly', ...options(deployment)];
  expect(await run(...command, '--from', '2026-03-01', '--to', '2026-03-02')).toMatchObject({
    code: 0,
  });
  await deployment.deliver(
    keyOf('2026-03-03'),
    csv('3,8,view,2026-03-03 09:00:00', '4,8,view,2026-03-02 10:00:00'),
  );
  expect(await run(...command, '--date', '2026-03-03')).toMatchObject({ code: 0 });
  published = deployment;
});

async function contents(deployment: Deployment): Promise<string[]> {
  return [...(await deployment.release()).partitions()].map(
    ({ table, name, digest }) => `${table} ${name} ${digest}`,
  );
}

async function receipts({ output }: Deployment): Promise<Receipt[]> {
  const { commit } = await readLive(output);
  return JSON.parse(String(await output.read(commit?.envelope.restated?.key ?? '')));
}

const reportsOf = async (deployment: Deployment) =>
  (await deployment.release()).of('report/report').map(({ name }) => name);

describe('rollback', () => {
  test('makes an earlier release live as a new one, and latest/ with it', async () => {
    const deployment = await twoReleases();
    const before = await contents(deployment);
    const { code, out } = await run('rollback', '1', ...options(deployment));
    expect([code, out]).toEqual([0, expect.stringContaining('Release 3 is live')]);
    expect(await reportsOf(deployment)).toEqual(['2026-03-01', '2026-03-02']);
    expect(await compareMirror(deployment.output, await deployment.release(), true)).toEqual([]);
    expect((await readLive(deployment.output)).commit?.envelope).toMatchObject({ again: 1 });
    expect((await run('status', ...options(deployment))).out).toMatch(
      /^Release 3 \(release 1 again\), published/,
    );
    expect(await run('rollback', '2', ...options(deployment))).toMatchObject({ code: 0 });
    expect(await contents(deployment)).toEqual(before);
  });

  test('tells the rows that changed and the dates that are gone', async () => {
    const deployment = await twoReleases();
    await run('rollback', '1', ...options(deployment));
    const busiest = (await receipts(deployment)).filter(({ report }) => report === 'busiest_days');
    expect(busiest).toMatchObject([
      { as_of: '2026-03-02', added: 0, removed: 0, because: { recipe: ['rollback'] } },
      { as_of: '2026-03-03', added: 0, changed: 0, because: { recipe: ['rollback'] } },
    ]);
    expect(busiest[0]?.because.exports).toEqual([{ export: keyOf('2026-03-03'), change: 'gone' }]);
    expect(busiest[1]?.removed).toBeGreaterThan(0);
    expect(busiest[1]?.rows[0]).toMatchObject({ after: null });
  });

  test('lets the next night read again what came since', async () => {
    const deployment = await twoReleases();
    const before = await contents(deployment);
    await run('rollback', '1', ...options(deployment));
    await run('nightly', ...options(deployment), '--date', '2026-03-03');
    expect(await contents(deployment)).toEqual(before);
  });

  test.each([
    ['2', /^release 2: expected a release before the live one, found release 2 live\n$/],
    ['9', /^release 9: expected latest, or a number of those in .*, found 1 to 2\n$/],
  ])('of release %s is refused', async (release, message) => {
    const deployment = await twoReleases();
    const { code, err } = await run('rollback', release, ...options(deployment));
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('unpublish', () => {
  test('takes an as-of date back, and reads no new export', async () => {
    const deployment = await twoReleases();
    await deployment.deliver(keyOf('2026-03-04'), csv('5,9,view,2026-03-04 09:00:00'));
    expect(await run('unpublish', '2026-03-02', ...options(deployment))).toMatchObject({ code: 0 });
    const release = await deployment.release();
    expect(await reportsOf(deployment)).toEqual(['2026-03-01', '2026-03-03']);
    expect(
      [...mirrorOf(release).keys()].filter((file) => file.includes('as_of_date=2026-03-02')),
    ).toEqual([]);
    expect(await compareMirror(deployment.output, release, true)).toEqual([]);
    expect(release.get('staged/activity_log', keyOf('2026-03-04'))).toBeUndefined();
    const index = await deployment.output.read('latest/reports/index.html');
    expect(String(index)).not.toContain('2026-03-02/report.html');
  });

  test('builds no staged, clean or daily table, and tells what is gone', async () => {
    const deployment = await twoReleases();
    const { out } = await run('unpublish', '2026-03-03', ...options(deployment), '--json');
    const { built } = JSON.parse(out) as { built: { table: string }[] };
    // the page of the day before linked to it
    expect(built.map(({ table }) => table)).toEqual(['report/report', 'index/reports']);
    const told = await receipts(deployment);
    expect(
      told.every(
        ({ as_of, because }) => as_of === '2026-03-03' && because.recipe[0] === 'unpublish',
      ),
    ).toBe(true);
    expect(told.map(({ report }) => report)).toContain('busiest_days');
  });

  test('lets the next night publish the date again', async () => {
    const deployment = await twoReleases();
    const before = await contents(deployment);
    await run('unpublish', '2026-03-03', ...options(deployment));
    await run('nightly', ...options(deployment), '--date', '2026-03-03');
    expect(await contents(deployment)).toEqual(before);
  });

  test('of all dates leaves a release without a report, and says so', async () => {
    const deployment = await deploy();
    await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
    expect(await run('nightly', ...options(deployment), '--date', '2026-03-01')).toMatchObject({
      code: 0,
    });
    expect(await run('unpublish', '2026-03-01', ...options(deployment))).toMatchObject({ code: 0 });
    for (const command of ['report', 'sql']) {
      const { code, err } = await run(command, ...options(deployment));
      expect([code, err]).toEqual([
        4,
        expect.stringContaining('expected a report in release 2, found none'),
      ]);
    }
  });

  test('of a date without a report is refused', async () => {
    const deployment = await twoReleases();
    const { code, err } = await run('unpublish', '2026-03-09', ...options(deployment));
    expect([code, err]).toEqual([
      2,
      '2026-03-09: expected a date that has a report, found reports as of 2026-03-01 to 2026-03-03\n',
    ]);
  });
});
