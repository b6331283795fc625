import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readLive } from '../../../src/release/commit.js';
import { Tombstones } from '../../../src/release/tombstones.js';
import { type Deployment, reading, useDeployments } from '../../night/nights.js';
import { useProgram } from '../../program.js';

const { deploy } = useDeployments('all');
const { run } = useProgram('all');
const DATES = ['2026-11-17', '2026-11-18', '2026-11-19', '2026-11-20'];
/** The person who is erased, and values that only their rows have. */
const PERSON = '4711471';
const THEIRS = [
  PERSON,
  'unique_activity',
  'unique_feature',
  'unique-session',
  '2026-11-19 03:33:33',
  '03:33:33',
];

const csv = (header: string, ...rows: string[]) => `${[header, ...rows].join('\n')}\n`;

/**
 * Exports with rows of the person on most dates: late ones, repeated ones, refused ones, the only
 * ones of a date.
 */
async function deliver(deployment: Deployment, isThere: boolean, date: string): Promise<void> {
  const i = DATES.indexOf(date);
  const of = (...rows: string[]) => (isThere ? rows : []);
  await deployment.deliver(
    `activity_log/activity_log_${date}.csv`,
    csv(
      'activity_id,user_id,activity_type,activity_at',
      ...of(`${i}900,${PERSON},unique_activity,${date} 03:33:33`),
      `${i}1,7,view,${date} 09:00:00`,
      ...of(
        `${i}901,${PERSON},view,${date} 08:00:00`,
        `${i}902,${PERSON},view,no time at all`,
        `${i}903,${PERSON},view`,
      ),
      `${i}2,8,edit,${date} 10:00:00`,
      `${i}3,8,edit,not a time`,
      ...of(
        `${i}904,${PERSON},view,2026-11-17 11:00:00`,
        `${i}901,${PERSON},edit,${date} 08:00:00`,
      ),
      `${i}4,9,edit,2026-11-17 12:00:00`,
    ),
  );
  await deployment.deliver(
    `sessions/sessions_${date}.csv`,
    csv(
      'session_id,user_id,login_at,logout_at',
      ...of(`unique-session-${i},${PERSON},${date} 01:00:00,${date} 23:00:00`),
      `s${i},7,${date} 08:59:00,${date} 09:30:00`,
      `t${i},8,${date} 09:59:00,`,
      ...(i > 1
        ? of(`unique-session-${i - 1},${PERSON},${DATES[i - 1]} 01:00:00,${DATES[i - 1]} 22:00:00`)
        : []),
    ),
  );
  await deployment.deliver(
    `feature_usage/feature_usage_${date}.csv`,
    csv(
      'usage_id,user_id,feature_name,usage_count,used_at',
      `${i}1,7,search,2,${date} 09:10:00`,
      ...of(`${i}9,${PERSON},unique_feature,40,${date} 09:10:00`),
    ),
  );
  await deployment.deliver(
    `support_tickets/support_tickets_${date}.csv`,
    csv(
      'ticket_id,user_id,status,created_at,resolved_at',
      `${i}1,7,closed,${date} 09:00:00,${date} 19:00:00`,
      ...of(`${i}9,${PERSON},closed,${date} 09:00:00,${date} 09:01:00`),
    ),
  );
  await deployment.deliver(
    `users/users_${date}.csv`,
    csv('user_id,created_at', '7,2026-01-01', '8,2026-01-02', ...of(`${PERSON},2026-01-03`)),
  );
}

/** What every file below a folder holds of some texts; of Parquet what is read from it, too. */
async function findings(folder: string, texts: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name));
  return reading(async (rows) => {
    const found: string[] = [];
    for (const file of files) {
      const bytes = await readFile(file);
      const read = file.endsWith('.parquet')
        ? JSON.stringify([
            await rows(`select * from read_parquet('${file}', hive_partitioning = false)`),
            await rows(
              `select stats_min, stats_max, stats_min_value, stats_max_value from parquet_metadata('${file}')`,
            ),
          ])
        : '';
      for (const text of texts)
        if (bytes.includes(text) || read.includes(text))
          found.push(`${path.relative(folder, file)}: ${text}`);
    }
    return found;
  });
}

/** The rows of every table of the live release. */
async function content(deployment: Deployment): Promise<Record<string, unknown>> {
  const release = await deployment.release();
  const tables = release
    .tables()
    .filter((table) => /^(clean|daily|rolling|report|checks)\//.test(table));
  const found: Record<string, unknown> = {};
  for (const table of tables) {
    const keys = release.of(table).flatMap(({ objects }) => objects.map(({ key }) => key));
    found[table] =
      keys.length === 0
        ? []
        : (await deployment.rows(table)).map((row) => JSON.stringify(row)).sort();
  }
  return found;
}

const erase = (deployment: Deployment, ...args: string[]) =>
  run(['erase', '--config', path.join(deployment.folder, 'dayfold.yaml'), ...args]);

describe.each(['date', 'month'])('a person who is erased, with files of a %s,', (partition_by) => {
  let deployment: Deployment;
  let never: Deployment;
  let said: string;

  beforeAll(async () => {
    const settings = {
      settings: { short_window_days: 2, long_window_days: 3 },
      parquet: { partition_by },
    };
    [deployment, never] = [await deploy(settings), await deploy(settings)];
    for (const [each, isThere] of [
      [deployment, true],
      [never, false],
    ] as const) {
      for (const date of DATES) {
        await deliver(each, isThere, date);
        await each.night(date);
      }
      // an export that is gone keeps its rows
      await rm(each.exports.locate('activity_log/activity_log_2026-11-18.csv'));
      await each.night('2026-11-20');
    }
    expect(
      new Set((await findings(deployment.output.folder, THEIRS)).map((line) => line.split(': ')[1]))
        .size,
    ).toBeGreaterThan(4);
    const { code, out, err } = await erase(
      deployment,
      '--user',
      PERSON,
      '--reason',
      'asked for it',
    );
    expect({ code, err }).toMatchObject({ code: 0 });
    said = out;
  }, 300_000);

  test('is in no byte of the output any more', async () => {
    expect(await findings(deployment.output.folder, THEIRS)).toEqual([]);
  });

  test('has left everything as if never there', async () => {
    expect(await content(deployment)).toEqual(await content(never));
  });

  test('exports that still hold records of the person are listed with their lines', () => {
    expect(said).toContain('activity_log/activity_log_2026-11-17.csv: 2, 4, 5, 6, 9, 10');
    expect(said).toContain('users/users_2026-11-20.csv: 4');
    expect(said).not.toContain('activity_log/activity_log_2026-11-18.csv: 2'); // it is gone
  });

  test('is counted in the ledger', async () => {
    const { commit } = await readLive(deployment.output);
    expect(commit?.release.ledger.find(({ table }) => table === 'activity_log')).toMatchObject({
      erased: 4 * 6,
    });
    expect((await readLive(never.output)).commit?.release.ledger[0]).not.toHaveProperty('erased');
  });

  test('has a tombstone with a reason, and no name', async () => {
    const { out } = await erase(deployment, '--list', '--json');
    const { erased, salt } = JSON.parse(out);
    expect(erased).toMatchObject([{ reason: 'asked for it' }]);
    expect(salt).toMatch(/^[0-9a-f-]{36}$/);
    expect(Tombstones.of(await deployment.release()).has(PERSON)).toBe(true);
  });

  test('does not come back with later deliveries of the same exports, or new ones', async () => {
    for (const each of [deployment, never]) {
      const isThere = each === deployment;
      await deliver(each, isThere, '2026-11-18'); // again, after it was gone
      await each.deliver(
        'activity_log/activity_log_2026-11-21.csv',
        csv(
          'activity_id,user_id,activity_type,activity_at',
          '71,7,view,2026-11-21 09:00:00',
          ...(isThere ? [`79,${PERSON},unique_activity,2026-11-21 03:33:33`] : []),
        ),
      );
      await each.night('2026-11-21');
    }
    expect(await findings(deployment.output.folder, THEIRS)).toEqual([]);
    expect(await content(deployment)).toEqual(await content(never));
  }, 300_000);

  test('is not taken for one who is unknown, for whom nothing is changed', async () => {
    const before = await deployment.files();
    const { code, err } = await erase(deployment, '--user', `${PERSON}0`);
    expect(code).toBe(4);
    expect(err).toMatch(/found no row and no refused record of 47114710\. Nothing was changed/);
    expect(await deployment.files()).toEqual(before);
    expect(await erase(deployment, '--user', '')).toMatchObject({ code: 2 });
  });

  test('comes back with the exports that are there when the tombstone is lifted', async () => {
    expect(await erase(deployment, '--lift', '1')).toMatchObject({ code: 2 });
    expect(await erase(deployment, '--lift', PERSON)).toMatchObject({ code: 0 });
    const rows = await deployment.rows(
      'clean/activity_log',
      'count(*) as rows',
      `where user_id = ${PERSON}`,
    );
    expect(rows).toEqual([{ rows: 4 * 3 + 1 }]);
    expect((await readLive(deployment.output)).commit?.release.ledger[0]).not.toHaveProperty(
      'erased',
    );
  }, 300_000);
});
