import type { Night } from '../../build/night.js';
import { withSession } from '../../build/pool.js';
import { jobFiles } from '../../build/run_model.js';
import { quote, type Row } from '../../engine/engine.js';
import type { Job, JobSession } from '../../engine/job.js';
import { quotePaths } from '../../engine/paths.js';
import type { DataObject } from '../../release/schema.js';

/** Runs a job that makes some rows about others, and reads them. */
export async function factsOf(
  night: Night,
  session: JobSession,
  job: Pick<Job, 'table' | 'sql' | 'columns' | 'reads'>,
): Promise<Row[]> {
  const whole = { partitionColumn: undefined, names: ['all'], grain: [] };
  const made = await session.make({ ...job, ...whole }, jobFiles(night));
  const files = made.map(({ file }) => file);
  return withSession(night.engine.sessions, (reader) =>
    reader.rows(`select * from read_parquet(${quotePaths(files)}, hive_partitioning = false)`),
  );
}

/** An object, and the place of its export among all of the table: the one that wins comes last. */
interface Place {
  readonly object: DataObject;
  readonly place: number;
  /** of its rows, where the object does not say */
  readonly date?: string;
}

/** The columns of the rows that say which object of a numbered relation is of which export. */
export const PLACES = '_file, _export, _date';

/**
 * The objects of a numbered relation, each once, and which exports they are of, as rows of an SQL
 * `values`: exports of the same bytes share an object.
 */
export function placed(places: readonly Place[]): { objects: DataObject[]; values: string } {
  const objects = [...new Map(places.map(({ object }) => [object.key, object])).values()];
  const files = new Map(objects.map(({ key }, i) => [key, i]));
  const rows = places.map(
    ({ object, place, date }) =>
      `(${files.get(object.key)}, ${place}, ` +
      `${date === undefined ? 'null' : `DATE ${quote(date)}`})`,
  );
  const nothing = '(cast(null as bigint), cast(null as bigint), cast(null as date))';
  return { objects, values: [nothing, ...new Set(rows)].join(', ') };
}
