import { stagedColumns } from '../../../build/columns.js';
import type { PreparedModel } from '../../../build/models.js';
import type { Night } from '../../../build/night.js';
import { readParquet } from '../../../build/objects.js';
import { withSession } from '../../../build/pool.js';
import type { Source } from '../../../config/source.js';
import { DataError } from '../../../errors.js';
import type { Partition } from '../../../release/schema.js';

/**
 * Rows of exports that are gone were read by the rules of their time, and cannot be read again.
 * @param current what decides which columns the rows of an export have
 * @throws DataError where they lack a column that the table has now, or have it in another type
 */
export async function requireColumnsOfGone(
  night: Night,
  source: Source,
  {
    gone,
    model,
    current,
  }: { gone: readonly Partition[]; model: PreparedModel | undefined; current: Partition['inputs'] },
): Promise<void> {
  const rulesOf = ({ reading, model }: Partition['inputs']) => `${reading} ${model}`;
  const old = gone.filter(
    ({ objects, inputs }) => objects.length > 0 && rulesOf(inputs) !== rulesOf(current),
  );
  const columns = [...(model?.columns ?? stagedColumns(source))];
  const asked = new Set<string>();
  for (const { name, objects, inputs } of old) {
    if (asked.has(rulesOf(inputs))) continue;
    asked.add(rulesOf(inputs));
    const read = await readParquet(night, objects.slice(0, 1));
    const found = await withSession(night.engine.sessions, (session) =>
      session.rows(`describe select * from ${read}`),
    );
    const types = new Map(found.map(({ column_name, column_type }) => [column_name, column_type]));
    const lacking = columns.flatMap(([column, type]) =>
      types.get(column) === type ? [] : [`${column} as ${type}`],
    );
    if (lacking.length === 0) continue;
    throw new DataError(
      `${source.table}: expected ${lacking.join(', ')} in the rows of all exports, found ` +
        `none in those of ${name}, which is gone and was read when the table had other ` +
        'columns: deliver it and the others that are gone again, take them out with run-job ' +
        'forget, or leave the columns as they were',
    );
  }
}
