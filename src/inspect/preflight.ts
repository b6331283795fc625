import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { prepareModels } from '../build/models.js';
import type { Config } from '../config/config.js';
import { type Jobs, loadJobs, replacedNotes } from '../config/jobs.js';
import type { Source } from '../config/source.js';
import { number } from '../counts.js';
import { openDuckdb } from '../engine/duckdb/open.js';
import type { Session } from '../engine/engine.js';
import { ConfigError, DataError, type DayfoldError, StoreError } from '../errors.js';
import { listAllExports, requireAny } from '../ingest/exports.js';
import { identityOf, requireSameIdentity, requireSharedFiles } from '../night/guards.js';
import { readNewest } from '../release/commit.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import { brandingOf } from '../tables/reports/branding.js';
import { isMostlyRefused } from '../tables/staged/guards/policies.js';
import { collectInto } from './collect.js';
import { checkExport, type ExportCheck } from './preflight_export.js';
import { bindModels, shortSighted } from './preflight_models.js';
import { checkSpark } from './preflight_spark.js';
import { checkStore, type StoreCheck } from './preflight_store.js';

export interface Checked {
  /** what was tried on the stores, by `exports` or `output` and place */
  readonly stores: readonly { readonly name: string; readonly checks: readonly StoreCheck[] }[];
  /** models, as far as they could be read */
  readonly models: number;
  /** models that replace others, and objects beside the exports, for a person */
  readonly notes: readonly string[];
  readonly tables: readonly ExportCheck[];
  /** what gives wrong numbers though a night would not fail on it */
  readonly warnings: readonly string[];
  /** what a night would fail on; none: it would not */
  readonly problems: readonly DayfoldError[];
}

/**
 * Looks at everything a run would use, and changes nothing: stores, contracts, models and the
 * newest export of each table.
 */
export async function check(config: Config): Promise<Checked> {
  const problems: DayfoldError[] = [];
  const collect = collectInto(problems);
  const jobs = await collect(() => loadJobs(config));
  await collect(() => brandingOf(config));
  const exports = await collect(() => openStore(config.exports, config.base));
  const output = await collect(() => openStore(config.output, config.base));
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'dayfold-check-'));
  try {
    const stores: Checked['stores'][number][] = [];
    for (const [name, store] of Object.entries({ exports, output })) {
      if (store === undefined) continue;
      const checks = await checkStore(store, name === 'output', scratch);
      stores.push({ name: `${name} ${store.url}`, checks });
      const failed = checks.filter(({ problem }) => problem !== undefined);
      problems.push(
        ...failed.map(
          ({ what, problem }) => new StoreError(`${name} ${store.url}: ${what}: ${problem}`),
        ),
      );
    }
    if (exports !== undefined && output !== undefined && problems.length === 0)
      await collect(async () => {
        const newest = await readNewest(output);
        requireSameIdentity(
          newest,
          identityOf(config, { exports, output }),
          config.file,
          output.url,
        );
        requireSharedFiles(newest, config);
      });
    const canRead = stores[0]?.checks.every(({ problem }) => problem === undefined);
    const found: Found =
      jobs === undefined
        ? { tables: [], notes: [], warnings: [] }
        : await checkJobs(
            config,
            jobs,
            { exports: canRead ? exports : undefined, output },
            { scratch, problems },
          );
    const { tables } = found;
    const notes = [...replacedNotes(jobs?.models ?? []), ...found.notes];
    const warnings = [...shortSighted(jobs?.models ?? []), ...found.warnings];
    return { stores, models: jobs?.models.length ?? 0, notes, tables, warnings, problems };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

type Found = Pick<Checked, 'tables' | 'notes' | 'warnings'>;

/** Models, and where the exports can be read one of each table. */
async function checkJobs(
  config: Config,
  { sources, models }: Jobs,
  {
    exports: store,
    output,
  }: { readonly exports: Store | undefined; readonly output: Store | undefined },
  { scratch, problems }: { readonly scratch: string; readonly problems: DayfoldError[] },
): Promise<Found> {
  const readable = store?.folder === undefined ? [] : [store.folder];
  const engine = await openDuckdb({
    threads: 1,
    memoryLimit: config.engine.memory_limit,
    scratch,
    readable,
  });
  try {
    const [session] = engine.sessions as [Session];
    const collect = collectInto(problems);
    const prepared = await collect(() =>
      prepareModels({ engine, jobs: engine }, config, sources, models),
    );
    if (prepared !== undefined) await bindModels(session, prepared, sources, collect);
    const warnings =
      prepared === undefined || output === undefined || config.engine.kind !== 'spark'
        ? []
        : ((await collect(() =>
            checkSpark({ config, sources, output, session }, prepared, collect),
          )) ?? []);
    if (store === undefined) return { tables: [], notes: [], warnings };
    const tables: ExportCheck[] = [];
    for (const source of sources) {
      const found = await collect(() =>
        checkExport({ config, store, session, scratch, sources }, source),
      );
      if (found === undefined) continue;
      tables.push(found);
      problems.push(...verdictOf(found, source));
    }
    const delivered = sources
      .filter(({ derivation }) => derivation === null)
      .map(({ files }) => files);
    const failed = sources.length - tables.length; // those were there, and could not be read
    await collect(async () =>
      requireAny(store, delivered, failed + tables.reduce((sum, { exports }) => sum + exports, 0)),
    );
    const { marker } = config.wait_for;
    const listed = await collect(() =>
      listAllExports(store, marker === null ? delivered : [...delivered, marker]),
    );
    return { tables, notes: listed?.ignored ?? [], warnings };
  } finally {
    engine.close();
  }
}

/** Why a night would fail on an export that can be read. */
function verdictOf(
  { key, exports, records, quarantined, columns, broken }: ExportCheck,
  source: Source,
): DataError[] {
  const { table, required, max_quarantine: limit, derivation } = source;
  if (derivation === null && required && exports === 0)
    return [
      new DataError(
        `${table}: expected an export (${source.files}), found none: deliver it, or set ` +
          `tables.${table}.required to false`,
      ),
    ];
  const refused = Object.values(quarantined).reduce((sum, count) => sum + count, 0);
  const isOver =
    (limit.count !== null && refused > limit.count) ||
    (limit.share === null ? isMostlyRefused(refused, records) : refused > limit.share * records);
  if (!isOver) return [];
  const rules = [...broken, ...columns.flatMap((column) => column.broken)];
  const [most] = rules.sort((one, other) => other.records - one.records);
  return [
    new DataError(
      `${key}: expected as many refused records as tables.${table}.max_quarantine allows, ` +
        `found ${number(refused)} of ${number(records)}, most of them by ${most?.rule}. The ` +
        `likely cure: ${most?.cure}`,
    ),
  ];
}

/**
 * The error with which a command ends that found problems: of the kind that somebody has to act on
 * first.
 */
export function worstOf(problems: readonly DayfoldError[], message: string): DayfoldError {
  if (problems.some((problem) => problem instanceof ConfigError)) return new ConfigError(message);
  return problems.some((problem) => problem instanceof DataError)
    ? new DataError(message)
    : new StoreError(message);
}
