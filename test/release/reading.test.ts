import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { query, useDeployments } from '../night/nights.js';

const { deploy } = useDeployments();
const PAGE = new URL('../../docs/reading.md', import.meta.url);

test('the statements of docs/reading.md read a pinned release, also when a newer one is live', async () => {
  const deployment = await deploy();
  const deliver = (date: string) =>
    deployment.deliver(
      `activity_log/activity_log_${date}.csv`,
      `activity_id,user_id,activity_type,activity_at\n${date.slice(-2)},7,view,${date} 09:00:00\n`,
    );
  await deliver('2026-02-28');
  await deliver('2026-03-01');
  await deployment.night('2026-03-01');
  await deliver('2026-03-02');
  await deployment.night('2026-03-02');
  const sql = /### DuckDB\n\n```sql\n(.*?)```/s.exec(readFileSync(PAGE, 'utf8'))?.[1] ?? '';
  const rows = await query(sql.replace("'sample/output/'", `'${deployment.output.folder}/'`));
  expect(rows.map(({ event_date, activities }) => [event_date, activities])).toEqual([
    ['2026-02-28', 1],
    ['2026-03-01', 1],
  ]);
});
