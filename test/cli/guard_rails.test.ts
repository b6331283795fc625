import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { addDays, datesBetween } from '../../src/dates.js';
import { type Deployment, useDeployments, withWholeIds } from '../night/nights.js';
import { useProgram } from '../program.js';
import { run } from './command_line.js';

const { deploy } = useDeployments();
const program = useProgram();

const keyOf = (date: string) => `activity_log/activity_log_${date}.csv`;
const csv = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;
const fileOf = ({ folder }: Deployment) => path.join(folder, 'dayfold.yaml');
const nightly = (deployment: Deployment, date: string, ...args: string[]) =>
  run('nightly', '--config', fileOf(deployment), '--date', date, ...args);

async function configure(deployment: Deployment, settings: object): Promise<void> {
  await deployment.write('dayfold.yaml', stringify(withWholeIds(settings)));
}

test('a date in the future is refused, unless it is forced', async () => {
  const deployment = await deploy();
  await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
  const { code, err } = await nightly(deployment, '2962-11-20');
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/^expected an as-of date up to today .*, found 2962-11-20/),
  ]);
  expect(await deployment.files()).toEqual(new Map());
  expect(await nightly(deployment, '2962-11-20', '--force')).toMatchObject({ code: 0 });
});

test('a date before all that is accepted is refused, unless it is forced', async () => {
  const deployment = await deploy();
  await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
  const { code, err } = await nightly(deployment, '1962-03-01');
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/^expected an as-of date from 2020-01-01 on, .*, found 1962-03-01/),
  ]);
  expect(await deployment.files()).toEqual(new Map());
  expect(await nightly(deployment, '1962-03-01', '--force')).toMatchObject({ code: 0 });
});

test('where latest/ cannot be written the message says that the release is published', async () => {
  const deployment = await deploy();
  await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
  const page = deployment.output.locate('latest/reports/2026-03-01/report.html');
  await mkdir(page, { recursive: true });
  const { code, err } = await nightly(deployment, '2026-03-01');
  expect([code, err]).toEqual([
    5,
    expect.stringMatching(
      /Release 1 is published: expected latest\/ .* mirror repair puts that right/,
    ),
  ]);
  expect((await deployment.release()).number).toBe(1);
  await rm(page, { recursive: true });
  expect(await nightly(deployment, '2026-03-01')).toMatchObject({ code: 0 });
  expect((await stat(page)).isFile()).toBe(true);
});

test('a command with --json says there, too, why it failed', async () => {
  const deployment = await deploy();
  await deployment.output.write('_commits/000000000001.json', Buffer.from('{'));
  const { code, out } = await run('status', '--config', fileOf(deployment), '--json');
  expect(code).toBe(4);
  expect(JSON.parse(out)).toEqual({
    exit_code: 4,
    error: expect.stringContaining('expected a commit of this program'),
  });
});

test('a night lets no more than a third of the dates of a table expire, unless it is forced', async () => {
  const windows = { settings: { short_window_days: 1, long_window_days: 2 } };
  const deployment = await deploy(windows);
  const dates = datesBetween(addDays('2026-03-01', -20), '2026-03-01');
  await deployment.deliver(
    keyOf('2026-03-01'),
    csv(...dates.map((date, i) => `${i},7,view,${date} 09:00:00`)),
  );
  expect(await nightly(deployment, '2026-03-01')).toMatchObject({ code: 0 });
  const expired = async () =>
    [...(await deployment.release()).partitions()].filter((each) => each.expired).length;

  await configure(deployment, { ...windows, retention: { keep_days: 4 } });
  const spared = await nightly(deployment, '2026-03-01');
  expect([spared.code, spared.out]).toEqual([0, expect.stringContaining('found 17 of 21 of ')]);
  expect(await expired()).toBe(0);

  expect(await nightly(deployment, '2026-03-01', '--force')).toMatchObject({ code: 0 });
  expect(await expired()).toBeGreaterThan(17);
});

describe('a release of nothing', () => {
  const records = csv(
    ...Array.from({ length: 12 }, (_, i) => `event-${i},7,view,2026-03-01 09:00:00`),
  );

  test('is not published, and the cure that is named makes it one of all records', async () => {
    const deployment = await deploy();
    await deployment.deliver(keyOf('2026-03-01'), records);
    const { code, err } = await nightly(deployment, '2026-03-01');
    expect(code).toBe(4);
    expect(err).toContain('12 of 12 refused, most of them by activity_id_not_an_integer (12)');
    expect(err).toContain('"event-0", "event-1", "event-2"');
    expect(err).toContain('  tables.activity_log.columns.activity_id: { type: text }\n');
    expect((await deployment.release()).number).toBe(0);
    await configure(deployment, {
      tables: { activity_log: { columns: { activity_id: { type: 'text' } } } },
    });
    expect((await nightly(deployment, '2026-03-01')).out).toMatch(/^activity_log +12 +0 .* 12$/m);
  });

  test('is neither the same file under another name nor a quiet day', async () => {
    const deployment = await deploy({
      tables: { activity_log: { columns: { activity_id: { type: 'text' } } } },
    });
    await deployment.deliver(keyOf('2026-03-01'), records);
    await deployment.deliver(keyOf('2026-03-02'), records);
    // read, quarantined, share, repeated, staged, unchanged, duplicate, conflict, kept
    const line = /^activity_log +24 +0 +- +0 +24 +0 +12 +0 +12$/m;
    expect(await nightly(deployment, '2026-03-02')).toMatchObject({
      code: 0,
      out: expect.stringMatching(line),
    });
    await deployment.deliver(keyOf('2026-03-03'), csv());
    const quiet = await nightly(deployment, '2026-03-03');
    expect([quiet.code, quiet.out]).toEqual([
      0,
      expect.stringContaining('a header and no records'),
    ]);
  });
});

test('a run that waits for another one publishes after it', async () => {
  const deployment = await deploy();
  for (const date of ['2026-03-01', '2026-03-02'])
    await deployment.deliver(keyOf(date), csv(`${date.at(-1)},7,view,${date} 09:00:00`));
  await configure(deployment, { log: { level: 'info' } });
  const start = (date: string, ...args: string[]) =>
    program.start(['nightly', '--config', fileOf(deployment), '--date', date, ...args]);
  const first = start('2026-03-01');
  await first.wrote('run started');
  first.child.kill('SIGSTOP'); // so that it is at work for as long as the other one needs to notice
  const second = start('2026-03-02', '--wait');
  await second.wrote('waiting: another run');
  first.child.kill('SIGCONT');
  expect(await first.ended).toMatchObject({
    code: 0,
    out: expect.stringContaining('Release 1 is live.'),
  });
  expect(await second.ended).toMatchObject({
    code: 0,
    out: expect.stringContaining('Release 2 is live.'),
  });
});
