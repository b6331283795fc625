import { randomUUID } from 'node:crypto';
import type { Night } from '../build/night.js';
import type { Clock } from '../clock.js';
import type { Session } from '../engine/engine.js';
import { Stopped, StoreError } from '../errors.js';
import { writeBundles } from '../release/bundle.js';
import { type Live, writeCommit } from '../release/commit.js';
import type { Committed } from '../release/delta/refresh.js';
import { refreshDerived } from '../release/derived.js';
import { expire } from '../release/expiry.js';
import { ledgerOf } from '../release/ledger.js';
import { placeMainFiles } from '../release/main_files.js';
import { ManifestWriter } from '../release/manifest.js';
import type { Commit, StoredObject } from '../release/schema.js';
import { checksOfNewest } from '../tables/checks.js';
import { identityOf } from './guards.js';
import { shareFiles } from './share_files.js';

/** Who publishes. */
interface Publisher {
  readonly run: string;
  readonly program: string;
  readonly clock: Clock;
}

/**
 * Publishes what was built: manifests, then the commit that makes them live, then what is derived
 * of it. A release equal to the one that is live is not published again.
 * @param restated the object with the receipts of reports that changed
 * @returns whether there is a new release
 */
export async function publish(
  night: Night,
  { run, program, clock }: Publisher,
  versions: ReadonlyMap<string, string>,
  restated: StoredObject | undefined,
): Promise<boolean> {
  const { output, next, live, config } = night;
  const spared = expire(next, config.retention.keep_days, night.force);
  if (spared !== undefined) {
    night.notes.push(spared);
    night.lastingNotes.push(spared);
  }
  const { partition_by } = config.parquet;
  if (partition_by === 'date') await placeMainFiles(output, next, live.release);
  else await shareFiles(night);
  const ledger = ledgerOf(next, night.sources);
  const writer = new ManifestWriter(output, next);
  const before = {
    manifests: live.commit?.release.manifests ?? {},
    listings: live.commit?.envelope.listings ?? {},
  };
  const manifests = await writer.writeManifests(before.manifests, live.release);
  const release = {
    number: next.number,
    time_zone: config.time_zone,
    ...(partition_by === 'date' ? {} : { partition_by }),
    manifests,
    ledger,
    checks: checksOfNewest(night),
  };
  const published = live.commit?.release;
  const identity = identityOf(config, night);
  const isSame = (live.commit?.envelope.exports ?? identity.exports) === identity.exports;
  if (
    published !== undefined &&
    isSame &&
    JSON.stringify({ ...published, number: next.number }) === JSON.stringify(release)
  ) {
    await derive(night, { release: next, commit: live.commit as Commit }, live);
    return false;
  }
  const listings = await writer.writeListings(versions, before.listings);
  const bundles =
    output.folder === undefined
      ? await writeBundles(output, [manifests, listings], (key) => writer.body(key), {
          keys: [before.manifests, before.listings],
          bundles: live.commit?.envelope.bundles ?? {},
        })
      : undefined;
  const write_id = randomUUID();
  const known = {
    rules: night.rules,
    inputs: night.inputs,
    notes: night.lastingNotes,
    partitions: next.sizeFrom(live.release),
  };
  const created_at = clock().toISOString();
  const told = restated === undefined ? {} : { restated };
  const envelope = {
    write_id,
    run,
    created_at,
    program,
    exports: identity.exports,
    newest_export: newestExport(night),
    listings,
    ...(bundles ? { bundles } : {}),
    ...told,
    night: known,
  };
  const commit: Commit = { format: 1, envelope, release };
  await writeCommit(output, commit);
  const step = night.progress.stage('mirror', 1);
  await derive(night, { release: next, commit }, live).catch((error: unknown) => {
    if (!(error instanceof StoreError) || error instanceof Stopped) throw error;
    throw new StoreError(
      `Release ${release.number} is published: expected latest/ and the Delta logs to follow ` +
        `it, found: ${error.message}. The next night or run-job mirror repair puts that right`,
      { cause: error },
    );
  });
  step();
  return true;
}

/** Brings the Delta logs and `latest/` in line with a release that is live. */
export async function derive(
  { output, engine, scratch, config }: Pick<Night, 'output' | 'engine' | 'scratch' | 'config'>,
  now: Committed,
  base: Live,
): Promise<void> {
  const session = engine.sessions[0] as Session;
  await refreshDerived(
    { store: output, session, scratch, keep: config.retention.keep_releases },
    now,
    base,
    config.delta,
  );
}

/** The date of the newest export of any table. */
function newestExport({ next, sources }: Night): string | undefined {
  const delivered = sources.filter(({ derivation }) => derivation === null);
  return delivered
    .flatMap(({ table }) => next.exportsOf(table).at(-1)?.date ?? [])
    .sort()
    .at(-1);
}
