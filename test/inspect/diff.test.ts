import { describe, expect, test } from 'vitest';
import { jobFolders, loadSources } from '../../src/config/contracts.js';
import { diffPartitions, diffRows, type RowDiff } from '../../src/inspect/diff.js';
import { withReading } from '../../src/inspect/session.js';
import { loadModels } from '../../src/model/load.js';
import { readRelease } from '../../src/release/commit.js';
import type { Store } from '../../src/store/store.js';
import { type Deployment, useDeployments } from '../night/nights.js';
import { partition, releaseOf } from '../release/partitions.js';
import { Elsewhere } from '../store/elsewhere.js';

const { deploy } = useDeployments();

const keyOf = (date: string) => `activity_log/activity_log_${date}.csv`;
const csv = (...records: string[]) =>
  `${['activity_id,user_id,activity_type,activity_at', ...records].join('\n')}\n`;

describe('partitions', () => {
  const first = partition('daily/day', '2026-11-01', 'first');
  const second = partition('daily/day', '2026-11-02', 'second');

  test('that only one release has, or that have another digest, differ', () => {
    const before = releaseOf(1, [first, partition('daily/day', '2026-11-03', 'third')]);
    const after = releaseOf(2, [
      { ...first, digest: 'other', objects: [] },
      second,
      partition('clean/users', 'all', 'u'),
    ]);
    expect(diffPartitions(before, after)).toEqual([
      {
        table: 'clean/users',
        partitions: [{ name: 'all', change: 'added', rows_before: null, rows_after: 1 }],
      },
      {
        table: 'daily/day',
        partitions: [
          { name: '2026-11-01', change: 'changed', rows_before: 1, rows_after: 0 },
          { name: '2026-11-02', change: 'added', rows_before: null, rows_after: 1 },
          { name: '2026-11-03', change: 'removed', rows_before: 1, rows_after: null },
        ],
      },
    ]);
  });

  test('that were built again to the same content are the same', () => {
    const again = { ...first, fingerprint: 'another' };
    expect(diffPartitions(releaseOf(1, [first]), releaseOf(2, [again]))).toEqual([]);
  });
});

describe('rows', () => {
  const none = { added: [], removed: [] };

  /** The rows of a table that differ between releases 1 and 2. */
  async function rowsOf(
    { config, output }: Pick<Deployment, 'config'> & { readonly output: Store },
    table: string,
  ): Promise<RowDiff | undefined> {
    const [before, after] = [
      (await readRelease(output, '1')).release,
      (await readRelease(output, '2')).release,
    ];
    const [sources, models] = [await loadSources(config), await loadModels(jobFolders(config))];
    const found = diffPartitions(before, after).find((each) => each.table === table);
    if (found === undefined) throw new Error(`${table} does not differ`);
    return withReading(config, output, (reading) =>
      diffRows(reading, found, [before, after], { models, sources }),
    );
  }

  test('of a clean table are told apart by its key, whichever date they are on', async () => {
    const deployment = await deploy();
    await deployment.deliver(
      keyOf('2026-03-01'),
      csv(
        '1,7,view,2026-03-01 09:00:00',
        '2,7,view,2026-03-01 10:00:00',
        '3,7,view,2026-03-01 11:00:00',
      ),
    );
    await deployment.night('2026-03-01');
    // 1 stays, 2 has another user, 3 moves to a day before, 4 is new
    await deployment.deliver(
      keyOf('2026-03-01'),
      csv(
        '1,7,view,2026-03-01 09:00:00',
        '2,8,view,2026-03-01 10:00:00',
        '3,7,view,2026-02-28 11:00:00',
        '4,7,view,2026-03-01 12:00:00',
      ),
    );
    await deployment.night('2026-03-01');
    expect(await rowsOf(deployment, 'clean/activity_log')).toEqual({
      added: 1,
      removed: 0,
      changed: 2,
      columns: none,
    });
    expect(await rowsOf(deployment, 'daily/user_day')).toEqual({
      added: 2,
      removed: 0,
      changed: 1,
      columns: none,
    });
    expect(await rowsOf(deployment, 'staged/activity_log')).toBeUndefined();
  });

  test.each(['date', 'month'])(
    'that changed count as changed in a remote store, with one file a %s',
    async (partition_by) => {
      const deployment = await deploy({ parquet: { partition_by } });
      await deployment.deliver(
        keyOf('2026-03-01'),
        csv('1,7,view,2026-03-01 09:00:00', '2,8,view,2026-03-01 10:00:00'),
      );
      await deployment.night('2026-03-01');
      await deployment.deliver(
        keyOf('2026-03-01'),
        csv('1,7,view,2026-03-01 09:00:00', '2,7,view,2026-03-01 10:00:00'),
      );
      await deployment.night('2026-03-01');
      const { config } = deployment;
      const output = new Elsewhere(deployment.output);
      for (const table of ['daily/user_day', 'rolling/user_window'])
        expect(await rowsOf({ config, output }, table), table).toMatchObject({
          added: 0,
          removed: table.startsWith('daily') ? 1 : 2, // of two windows
          changed: table.startsWith('daily') ? 1 : 2,
        });
    },
  );

  test('of a table that is new count as added', async () => {
    const deployment = await deploy();
    await deployment.deliver(keyOf('2026-03-01'), csv('1,7,view,2026-03-01 09:00:00'));
    await deployment.night('2026-03-01');
    await deployment.deliver(
      'users/users_2026-03-01.csv',
      'user_id,created_at\n1,2026-02-01\n2,2026-02-02\n',
    );
    await deployment.night('2026-03-01');
    expect(await rowsOf(deployment, 'clean/users')).toEqual({
      added: 2,
      removed: 0,
      changed: 0,
      columns: none,
    });
  });

  test('are compared by the columns that both releases have', async () => {
    const model = (columns: string, expressions: string) =>
      `-- about: Activities.\n-- grain: event_date\n-- reads: clean.activity_log\n-- columns:\n--   event_date | date | | date\n${columns}select event_date, ${expressions}\nfrom clean.activity_log\ngroup by event_date\norder by event_date\n`;
    const deployment = await deploy({ jobs: ['./jobs'] });
    await deployment.deliver(
      keyOf('2026-03-01'),
      csv('1,7,view,2026-03-01 09:00:00', '2,7,view,2026-03-01 10:00:00'),
    );
    const [n, users] = ['--   n | integer | | how many\n', '--   users | integer | | who\n'];
    await deployment.write('jobs/daily/activities.sql', model(n, 'count(*) as n'));
    await deployment.night('2026-03-01');
    await deployment.write(
      'jobs/daily/activities.sql',
      model(`${n}${users}`, 'count(*) as n, count(distinct user_id) as users'),
    );
    await deployment.night('2026-03-01');
    expect(await rowsOf(deployment, 'daily/activities')).toEqual({
      added: 0,
      removed: 0,
      changed: 0,
      columns: { added: ['users BIGINT'], removed: [] },
    });
  });
});
