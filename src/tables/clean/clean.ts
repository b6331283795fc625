import { stagedColumns } from '../../build/columns.js';
import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { packMonths } from '../../build/pack.js';
import { oneByOne, readsOf, update, updateOn } from '../../build/update.js';
import type { Source } from '../../config/source.js';
import { digestOf } from '../../release/digest.js';
import { requireFewConflicts } from './conflicts.js';
import { cleanDates } from './dated.js';
import { noteUnreadDifferences } from './unread_between.js';
import { makeWhole, type WholeTarget } from './whole.js';
import { makeWholeByJobs } from './whole_jobs.js';

/** Brings the rows of a table together from all exports that hold some, one row for each key. */
export async function clean(
  night: Night,
  models: readonly PreparedModel[],
  source: Source,
): Promise<void> {
  const model = models.find(({ table }) => table === `clean/${source.table}`);
  if (model === undefined) return;
  if (source.partition === 'all') await cleanWhole(night, source, model);
  else await cleanDates(night, source, model);
  await requireFewConflicts(night, source);
  await noteUnreadDifferences(night, source);
}

async function cleanWhole(night: Night, source: Source, model: PreparedModel): Promise<void> {
  // its dates are known only when it is built, so that a plan builds it too
  const options = source.derivation === null ? { builds: true } : {};
  const table = `clean/${source.table}`;
  // one without rows changes nothing
  const exports = night.next.liveExportsOf(source).filter(({ objects }) => objects.length > 0);
  const targets: WholeTarget[] = [];
  if (exports.length > 0) {
    const { key, delivery, dates, counter, latest_by } = source;
    const columns = stagedColumns(source);
    const history = { relation: source.table, partitions: exports, columns };
    const packed = await packMonths(night, history, options);
    const digests = packed.map(({ digest }) => digest);
    const contract = digestOf([
      key,
      delivery,
      dates,
      counter,
      latest_by,
      source.derivation === null,
      [...columns],
      night.config.time_zone,
    ]);
    const rows = exports.reduce(
      (sum, { counts }) => sum + (counts?.staged ?? 0) - (counts?.unchanged ?? 0),
      0,
    );
    targets.push({
      ...{ table, name: 'all', date: 'all', source, model, staged: packed, rows },
      recipe: { [`staged/${source.table}`]: digestOf(digests), contract, ...model.method },
      reads: { rows, bytes: readsOf(packed).bytes },
    });
  }
  const { jobs } = night;
  if (jobs === night.engine)
    await update(
      night,
      targets,
      (session, batch) => oneByOne(batch, (target) => makeWhole(night, session, target)),
      options,
    );
  else
    await updateOn(
      { night, engine: jobs },
      targets,
      (session, batch) => oneByOne(batch, (target) => makeWholeByJobs(night, session, target)),
      options,
    );
}
