import { expect, test } from 'vitest';
import { loadSources } from '../../src/config/contracts.js';
import { exportsWith, idAsRead } from '../../src/inspect/persons.js';
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

test.each([
  ['integer', ' 01182 ', '1182'],
  ['integer', '1182.0', '1182'],
  ['integer', '+7', '7'],
  ['integer', 'anna', 'anna'],
  ['text', '01182', '01182'],
  ['text', ' anna\t', 'anna'],
])('an id of type %s that is given as %j is %s', async (type, given, read) => {
  const columns = { user_id: { type } };
  const { config } = await deploy({ table_defaults: { columns } });
  expect(idAsRead(await loadSources(config), given)).toBe(read);
});

test('an empty id is refused', async () => {
  const sources = await loadSources((await deploy()).config);
  expect(() => idAsRead(sources, ' ')).toThrow(/expected the id of a person, found an empty one/);
});
