import { expect, test } from 'vitest';
import { loadSources } from '../../src/config/contracts.js';
import { exportsWith } from '../../src/inspect/persons.js';
import { withReading } from '../../src/inspect/session.js';
import { useDeployments } from '../night/nights.js';
import { Elsewhere } from '../store/elsewhere.js';

const { deploy } = useDeployments();

test.each(['date', 'month', 'year'])(
  'finds the exports that hold rows or refused records of a person in a remote store, with one file a %s',
  async (partition_by) => {
    const deployment = await deploy({ parquet: { partition_by } });
    for (const [date, ...users] of [
      ['2026-03-01', 7, 8],
      ['2026-03-02', 8],
      ['2026-03-03', 7],
    ]) {
      const records = users.map((user, i) => `s${date}${i},${user},${date} 09:00:00,`);
      const refused = `,9,${date} 09:00:00,`;
      await deployment.deliver(
        `sessions/sessions_${date}.csv`,
        `${['session_id,user_id,login_at,logout_at', ...records, refused].join('\n')}\n`,
      );
    }
    await deployment.night('2026-03-03');
    const sources = await loadSources(deployment.config);
    const release = await deployment.release();
    const found = (id: string) =>
      withReading(deployment.config, new Elsewhere(deployment.output), async (reading) =>
        (await exportsWith(reading, release, sources, id)).map(({ date }) => date),
      );
    expect(await found('7')).toEqual(['2026-03-01', '2026-03-03']);
    expect(await found('9')).toEqual(['2026-03-01', '2026-03-02', '2026-03-03']);
    expect(await found('10')).toEqual([]);
  },
);
