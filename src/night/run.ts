import { prepareModels } from '../build/models.js';
import { lateTables } from '../release/check_results.js';
import { readLive } from '../release/commit.js';
import { ledgerOf } from '../release/ledger.js';
import type { Commit } from '../release/schema.js';
import { checksOfNewest, newestAsOf } from '../tables/checks.js';
import { type Backfilled, backfill } from './backfill.js';
import { isUnchanged } from './fingerprint.js';
import { gatherInputs } from './gather.js';
import { withLease } from './lease.js';
import { beginRun, type RunOptions } from './options.js';
import type { Outcome } from './outcome.js';
import { recordRun, requestsOf, setUp, type Tools, withTools } from './tools.js';

type WithoutRun = Omit<Outcome, 'run' | 'asked' | 'started_at' | 'seconds'>;

/**
 * One nightly run: exports to staged rows, to clean tables, to daily and rolling ones, to reports,
 * to one release.
 */
export async function runNightly(options: RunOptions): Promise<Outcome> {
  const run = beginRun(options);
  const setup = await setUp(options);
  const gathered = await gatherInputs(options, setup);
  const { newest, inputs, ignored } = gathered;
  if (
    newest !== undefined &&
    !options.force &&
    (await isUnchanged(setup.output, newest, inputs, options.config))
  )
    return { ...run.taken(), ...nothingNew(newest, ignored), requests: requestsOf(setup) };
  return withTools(options, setup, run.id, async (tools) => {
    const models = await prepareModels(tools, tools.config, tools.sources, tools.models);
    return withLease(options, tools, run.id, async (progress) => {
      // read again: while this run waited for the lease, another may have published
      const base = options.base ?? (await readLive(tools.output));
      tools.log.info({ asked: options.asked, release: base.release.number }, 'run started');
      const how = { ...gathered, ...options, run, base };
      const done = await backfill({ ...tools, progress }, models, how);
      const outcome = { ...run.taken(), ...outcomeOf(tools, done, ignored) };
      if (done.published) await recordRun(tools.output, outcome);
      const { release, published, built, notes } = outcome;
      tools.log.info(
        { release, published, built: built.length, notes: notes.length },
        'run finished',
      );
      return outcome;
    });
  });
}

function outcomeOf(
  tools: Tools,
  { night, release, published, built, restated, notes }: Backfilled,
  ignored: readonly string[],
): WithoutRun {
  const partitions = new Set(built.map(({ table, name }) => `${table} ${name}`));
  const newest = newestAsOf(night);
  return {
    release,
    published,
    ledger: ledgerOf(night.next, tools.sources),
    built,
    reused: night.next.sizeFrom(night.live.release) - partitions.size,
    restated,
    notes: [...new Set([...ignored, ...notes])],
    checks: checksOfNewest(night),
    newest,
    late: lateTables(night.next, tools.sources, newest ?? ''),
    engine: tools.jobs.version,
    requests: requestsOf(tools),
  };
}

/** What there is to say of a night that would end as the live release. */
function nothingNew(
  { release, envelope: { night } }: Commit,
  ignored: readonly string[],
): Omit<WithoutRun, 'requests'> {
  return {
    release: release.number,
    published: false,
    ledger: release.ledger,
    built: [],
    reused: night?.partitions ?? 0,
    restated: [],
    notes: [...ignored, ...(night?.notes ?? [])],
    checks: release.checks,
  };
}
