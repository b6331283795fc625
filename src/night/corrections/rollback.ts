import { randomUUID } from 'node:crypto';
import { prepareModels } from '../../build/models.js';
import { ConfigError, MissingObject } from '../../errors.js';
import { BUNDLES } from '../../release/bundle.js';
import {
  type Live,
  readCommitted,
  readLive,
  readRelease,
  writeCommit,
} from '../../release/commit.js';
import { objectsOf } from '../../release/partition.js';
import type { Release } from '../../release/release.js';
import type { Commit } from '../../release/schema.js';
import type { Store } from '../../store/store.js';
import { nightOf } from '../begin.js';
import { withLease } from '../lease.js';
import { beginRun, type RunOptions } from '../options.js';
import type { Outcome } from '../outcome.js';
import { derive } from '../publish.js';
import { restate } from '../receipts.js';
import { recordRun, requestsOf, setUp, withTools } from '../tools.js';

/**
 * Makes an earlier release live again, as a new release with the same content. Nothing is built.
 * Receipts list the reports that changed, and `latest/` follows. The release remembers the exports
 * as the earlier one read them, so that the next night reads again what has come or changed since.
 * @param name the number of the earlier release
 * @throws ConfigError for one that is live or was never published; DataError for one that is no
 * longer kept whole
 */
export async function rollBack(options: RunOptions, name: string): Promise<Outcome> {
  const run = beginRun(options);
  const setup = await setUp(options);
  return withTools(options, setup, run.id, async (tools) => {
    const { output, config, sources } = tools;
    const models = await prepareModels(tools, config, sources, tools.models);
    return withLease(options, tools, run.id, async (progress) => {
      const live = await readLive(output);
      const earlier = await earlierRelease(output, name, live);
      const step = progress.stage('rollback', 1);
      const about = { asked: [], listed: new Map(), rules: '', inputs: '' };
      const { number } = earlier.release;
      const again = await readCommitted(output, numbered(earlier, live.release.number + 1));
      const night = { ...nightOf({ ...tools, progress }, live, about), next: again.release };
      const receipts = await restate(night, models, { command: 'rollback' });
      const { restated: _, bundles, ...envelope } = earlier.envelope;
      const commit: Commit = {
        ...numbered(earlier, again.release.number),
        envelope: {
          ...envelope,
          write_id: randomUUID(),
          run: run.id,
          created_at: options.clock().toISOString(),
          program: options.program,
          again: number,
          ...(bundles === undefined ? {} : { bundles: await existing(output, bundles) }),
          ...(receipts === undefined ? {} : { restated: receipts.object }),
        },
      };
      await writeCommit(output, commit);
      await derive(tools, { release: again.release, commit }, live);
      step();
      const outcome: Outcome = {
        ...run.taken(),
        release: again.release.number,
        published: true,
        ledger: commit.release.ledger,
        built: [],
        reused: commit.envelope.night?.partitions ?? 0,
        restated: (receipts?.receipts ?? []).map(({ rows: __, ...receipt }) => receipt),
        notes: [`release ${number} is live again, as release ${again.release.number}`],
        checks: commit.release.checks,
        newest: again.release.newest('report/report')?.name,
        requests: requestsOf(tools),
      };
      await recordRun(output, outcome);
      return outcome;
    });
  });
}

/** The commit of an earlier release whose objects are all there. */
async function earlierRelease(output: Store, name: string, live: Live): Promise<Commit> {
  const { release, commit } = await readRelease(output, name);
  if (commit === undefined || release.number === live.release.number)
    throw new ConfigError(
      `release ${name}: expected a release before the live one, found release ` +
        `${live.release.number} live`,
    );
  await requireObjects(output, release);
  return commit;
}

async function requireObjects(output: Store, release: Release): Promise<void> {
  const there = new Map<string, number>();
  for await (const { key, bytes } of output.list('objects/')) there.set(key, bytes);
  for (const partition of release.partitions()) {
    for (const { key, bytes } of objectsOf(partition)) {
      if (there.get(key) === bytes) continue;
      throw new MissingObject(
        `${output.locate(key)}: expected the object that release ${release.number} names, ` +
          'found none or one of another length: restore it from a backup, or roll back to ' +
          'another release',
      );
    }
  }
}

function numbered({ release, ...rest }: Commit, number: number): Commit {
  return { ...rest, release: { ...release, number } };
}

/**
 * The bundles that are still there: they only save requests, and those of an old release may be
 * gone.
 */
async function existing(
  output: Store,
  bundles: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const there = new Set<string>();
  for await (const key of output.keys(BUNDLES)) there.add(key);
  return Object.fromEntries(Object.entries(bundles).filter(([, key]) => there.has(key)));
}
