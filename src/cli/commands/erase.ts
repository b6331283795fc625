import { systemClock } from '../../clock.js';
import type { Config } from '../../config/config.js';
import { loadJobs } from '../../config/jobs.js';
import { counted, number } from '../../counts.js';
import { ConfigError, DataError } from '../../errors.js';
import { listExports } from '../../ingest/exports.js';
import { exportsWith, idAsRead } from '../../inspect/persons.js';
import { withReading } from '../../inspect/session.js';
import { withErased, withLifted } from '../../night/corrections/erase.js';
import { readLive } from '../../release/commit.js';
import { findGarbage, removeGarbage } from '../../release/gc.js';
import type { Release } from '../../release/release.js';
import type { Partition } from '../../release/schema.js';
import { Tombstones } from '../../release/tombstones.js';
import { openStore } from '../../store/open.js';
import type { Store } from '../../store/store.js';
import { openConfig } from '../configuration.js';
import { isQuiet } from '../loudness.js';
import { night } from '../night.js';
import { printOutcome } from '../summary.js';
import { someOf, tableLines } from '../table.js';

const LINES_SHOWN = 10;

export interface EraseOptions {
  readonly config?: string;
  readonly user?: string;
  readonly reason?: string;
  readonly lift?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

/**
 * `run-job erase`: takes a person out of all that is published, lists who was, or lets a person
 * come back.
 */
export async function erase(options: EraseOptions): Promise<void> {
  const { user, lift, list } = options;
  const given = [user, lift, list].filter((each) => each !== undefined).length;
  if (given !== 1) {
    throw new ConfigError(
      'run-job erase: expected one of --user ID, --lift ID and --list, found ' +
        `${given === 0 ? 'none' : 'several'}`,
    );
  }
  const config = await openConfig(options.config);
  if (user !== undefined) await eraseUser(config, user, options);
  else if (lift !== undefined) await liftUser(config, lift, options);
  else await listErased(config, options);
}

async function eraseUser(
  config: Config,
  given: string,
  { reason = '', json }: EraseOptions,
): Promise<void> {
  const output = await openStore(config.output, config.base);
  const { sources } = await loadJobs(config);
  const id = idAsRead(sources, given);
  // stores tell times to the second
  const started = new Date((await output.time()).getTime() + 1000);
  const live = await readLive(output);
  const holding = await withReading(config, output, (reading) =>
    exportsWith(reading, live.release, sources, id),
  );
  if (holding.length === 0 && !Tombstones.of(live.release).has(id)) {
    throw new DataError(
      `run-job erase --user ${given}: expected the id of a person in an export that was read, ` +
        `found no row and no refused record of ${id}. Nothing was changed: look whether it is ` +
        'written so in the clean tables',
    );
  }
  const erasure = { id, at: systemClock().toISOString(), reason };
  const outcome = await night(config, [], withErased(live, holding, erasure));
  // older releases have the person, and so has what a run that was killed left behind
  const garbage = await findGarbage(output, 1, started);
  await withReading(config, output, (reading) =>
    removeGarbage({ ...reading, store: output, keep: 1 }, garbage),
  );
  await printOutcome(outcome, config, { json: json ?? false });
  if (json || isQuiet()) return;
  const { release } = await readLive(output);
  process.stdout.write(`${describeErased(await remainingIn(config, release)).join('\n')}\n`);
}

async function liftUser(config: Config, given: string, { json }: EraseOptions): Promise<void> {
  const output = await openStore(config.output, config.base);
  const { sources } = await loadJobs(config);
  const id = idAsRead(sources, given);
  const live = await readLive(output);
  const there = await exportsThere(config);
  const outcome = await night(
    config,
    [],
    withLifted(live, id, (key) => there.has(key)),
  );
  await printOutcome(outcome, config, { json: json ?? false });
}

async function listErased(config: Config, { json }: EraseOptions): Promise<void> {
  const output: Store = await openStore(config.output, config.base);
  const { release } = await readLive(output);
  const { list: erased, salt } = Tombstones.of(release);
  const remaining = await remainingIn(config, release);
  if (json) {
    const exports = remaining.map(({ name, erased: lines }) => ({ export: name, lines }));
    process.stdout.write(`${JSON.stringify({ salt, erased, exports }, null, 2)}\n`);
    return;
  }
  const rows = erased.map(({ hash, at, reason }) => [hash, at, reason]);
  const header = ['SHA-256 of salt and id', 'erased', 'reason'];
  const lines =
    erased.length === 0
      ? ['Nobody was erased.']
      : [...tableLines([header, ...rows]), `Salt: ${salt}`];
  process.stdout.write(`${[...lines, ...describeErased(remaining)].join('\n')}\n`);
}

/**
 * The exports that are there and still hold records of people who were erased: their owner
 * must take those out.
 */
async function remainingIn(config: Config, release: Release): Promise<Partition[]> {
  const there = await exportsThere(config);
  return [...release.partitions()].filter(
    ({ erased, name }) => erased !== undefined && there.has(name),
  );
}

async function exportsThere(config: Config): Promise<Set<string>> {
  const exports = await openStore(config.exports, config.base);
  const { sources } = await loadJobs(config);
  const keys = new Set<string>();
  for (const { files, derivation } of sources)
    if (derivation === null) for (const { key } of await listExports(exports, files)) keys.add(key);
  return keys;
}

function describeErased(remaining: readonly Partition[]): string[] {
  if (remaining.length === 0)
    return ['No export that is there holds records of people who were erased.'];
  return [
    `${counted(remaining.length, 'export')} still hold records of people who were erased; ` +
      'take these lines out of them:',
    ...remaining.map(
      ({ name, erased = [] }) => `  ${name}: ${someOf(erased.map(number), LINES_SHOWN)}`,
    ),
  ];
}
