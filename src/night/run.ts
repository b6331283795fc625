import { prepareModels } from '../build/models.js';
import type { Built, Night, Progress } from '../build/night.js';
import type { Clock } from '../clock.js';
import type { Config } from '../config/config.js';
import { replacedNotes } from '../config/jobs.js';
import { sectionTexts } from '../config/sections.js';
import { DataError, Stopped, StoreError } from '../errors.js';
import { type Export, listAllExports, requireAny } from '../ingest/exports.js';
import type { Log } from '../log.js';
import { type CheckResult, lateTables } from '../release/check_results.js';
import { type Live, readLive, readNewest } from '../release/commit.js';
import { restoring, reviving } from '../release/expiry.js';
import { Lease, type OnRival } from '../release/lease.js';
import { type LedgerLine, ledgerOf } from '../release/ledger.js';
import { removeProbes, requireCreation } from '../release/probe.js';
import { Release } from '../release/release.js';
import type { Commit, Receipt } from '../release/schema.js';
import { Tombstones } from '../release/tombstones.js';
import { removeAll } from '../store/remove_all.js';
import type { Store } from '../store/store.js';
import { checksOfNewest, newestAsOf } from '../tables/checks.js';
import { brandingOf } from '../tables/reports/branding.js';
import { datesTogether, withEstimate } from './backfill.js';
import { inputsOf, isUnchanged, rulesOf, rulesOn } from './fingerprint.js';
import { identityOf, requireKnownDates, requireSameIdentity } from './guards.js';
import { publish } from './publish.js';
import { type Comparing, restate } from './receipts.js';
import { ATTEMPTS, type Setup, setUp, type ToolOptions, type Tools, withTools } from './tools.js';

export interface RunOptions extends ToolOptions {
  /** as-of dates, ascending */
  readonly asked: readonly string[];
  readonly clock: Clock;
  /** name and version of this program, for the record */
  readonly program: string;
  /** what the run builds on, in place of the live release */
  readonly base?: Live;
  /** whether exports that are gone are staged again where their rules changed; false unless set */
  readonly replays?: boolean;
  /** what to do when another run is at work; refuse unless set */
  readonly onRival?: OnRival;
  /** whether the exports are those of the base, as it read them; listed unless set */
  readonly isFrozen?: boolean;
  /** what receipts compare with; what the run builds on unless set */
  readonly comparing?: Comparing;
  /**
   * whether guards against mistakes are passed over: dates in the future, much that expires at once
   */
  readonly force?: boolean;
}

/** What a run did; also what `runs/<id>.json` and `run-job --json` hold. */
export interface Outcome {
  readonly run: string;
  readonly asked: readonly string[];
  /** the release that is live now */
  readonly release: number;
  /** false when nothing was new */
  readonly published: boolean;
  readonly ledger: readonly LedgerLine[];
  readonly built: readonly Built[];
  readonly reused: number;
  /**
   * published reports that changed, by report and as-of date; the rows are in the object that the
   * commit names
   */
  readonly restated: readonly Omit<Receipt, 'rows'>[];
  readonly notes: readonly string[];
  /** what the quality checks say as of the newest report */
  readonly checks: readonly CheckResult[];
  /** the newest as-of date of the release; not known when nothing was new */
  readonly newest?: string | undefined;
  /**
   * tables delivered every night that have no export for that date yet; not known when nothing was
   * new
   */
  readonly late?: readonly string[];
  /** what ran the models, with its version; not known when nothing was new */
  readonly engine?: string;
  /** what was asked of each store: requests by kind, RETRY, BYTES_READ and BYTES_WRITTEN */
  readonly requests: Readonly<Record<'exports' | 'output', Readonly<Record<string, number>>>>;
  readonly started_at: string;
  readonly seconds: number;
}

/**
 * One nightly run: exports to staged rows, to clean tables, to daily and rolling ones, to reports,
 * to one release.
 */
export async function runNightly(options: RunOptions): Promise<Outcome> {
  const started = options.clock();
  const run = runId(started);
  const taken = () => ({
    run,
    asked: options.asked,
    started_at: started.toISOString(),
    seconds: (options.clock().getTime() - started.getTime()) / 1000,
  });
  const setup = await setUp(options);
  const { newest, ignored, ...about } = await gatherInputs(options, setup);
  if (
    newest !== undefined &&
    !options.force &&
    (await isUnchanged(setup.output, newest, about.inputs, options.config))
  ) {
    return { ...taken(), ...nothingNew(newest, ignored), requests: requestsOf(setup) };
  }
  return withTools(options, setup, run, async (tools) => {
    const { sources, output, log } = tools;
    // takes long to load, and nights with nothing new do without
    const { build } = await import('./tables.js');
    const rules = rulesOn(about.rules, tools);
    const models = await prepareModels(tools, tools.config, sources, tools.models);
    return withLease(options, tools, run, async (progress) => {
      // read again: while this run waited for the lease, another may have published
      const base = options.base ?? (await readLive(output));
      let live = reviving(base, tools.config.retention.keep_days, rules);
      log.info({ asked: options.asked, release: live.release.number }, 'run started');
      const groups = datesTogether(options.asked);
      const built: Built[] = [];
      const restated: Outcome['restated'][number][] = [];
      const notes = new Set(ignored);
      let published = false;
      let night!: Night; // the last one; those before it hold releases that nobody needs any more
      for (const [done, asked] of groups.entries()) {
        const shown = withEstimate(progress, groups, done, taken().seconds);
        // what decides the whole night is known of its last release only
        const inputs = done === groups.length - 1 ? about.inputs : '';
        const part = await restoring(live, log, async (base) => {
          const { replays = false } = options;
          const what = { ...about, asked, replays, rules, inputs };
          const own = nightOf({ ...tools, progress: shown }, base, what);
          noteClock(own, started);
          const versions = await build(own, models);
          const receipts = await restate(own, models, options.comparing);
          const isPublished = await publish(own, { ...options, run }, versions, receipts?.object);
          return { night: own, published: isPublished, receipts: receipts?.receipts ?? [] };
        });
        night = part.night;
        published ||= part.published;
        built.push(...night.built);
        restated.push(...part.receipts.map(({ rows: _, ...receipt }) => receipt));
        for (const note of night.notes) notes.add(note);
        if (part.published && done < groups.length - 1) live = await readLive(output);
        else if (part.published) live = { ...live, release: night.next };
      }
      const outcome: Outcome = {
        ...taken(),
        release: live.release.number,
        published,
        ledger: ledgerOf(night.next, sources),
        built,
        reused:
          night.next.sizeFrom(night.live.release) -
          new Set(built.map(({ table, name }) => `${table} ${name}`)).size,
        restated,
        notes: [...notes],
        checks: checksOfNewest(night),
        newest: newestAsOf(night),
        late: lateTables(night.next, sources, newestAsOf(night) ?? ''),
        engine: tools.jobs.version,
        requests: requestsOf(tools),
      };
      if (published)
        await output.write(
          `runs/${run}.json`,
          Buffer.from(`${JSON.stringify(outcome, null, 1)}\n`),
        );
      log.info(
        { release: outcome.release, published, built: built.length, notes: notes.size },
        'run finished',
      );
      return outcome;
    });
  });
}

/** The id of a run that begins now in this process. */
export function runId(started: Date): string {
  return `${started.toISOString().replace(/[:.]/g, '-')}-${process.pid}`;
}

/**
 * What there is: the exports that are listed, the newest commit, and the hashes of what decides the
 * night.
 */
export async function gatherInputs(options: RunOptions, setup: Setup) {
  const { config, program, asked, base, clock, force, isFrozen } = options;
  const { sources, models, exports, output } = setup;
  const files = sources
    .filter(({ derivation }) => derivation === null)
    .map((source) => source.files);
  const { marker } = config.wait_for;
  const { exports: found, ignored } = await listAllExports(
    exports,
    marker === null ? files : [...files, marker],
  );
  const listed = new Map<string, readonly Export[]>(found);
  if (isFrozen && base !== undefined) freeze(listed, sources, base.release);
  requireAny(exports, files, files.flatMap((each) => listed.get(each) ?? []).length);
  if (!force) requireKnownDates(asked, listed, config, clock());
  // a run on another base may be there to repair the newest commit, which cannot be read then
  const newest = base === undefined ? await readNewest(output) : undefined;
  const published = newest ?? base?.commit ?? (await readableNewest(output));
  if (!force) requireSameIdentity(published, identityOf(config, setup), config.file, output.url);
  const shown = { sections: await sectionTexts(models), look: await brandingOf(config) };
  const rules = rulesOf(program, config, setup, shown);
  return {
    newest,
    listed,
    ignored: [...ignored, ...replacedNotes(models)],
    rules,
    inputs: inputsOf(rules, listed, asked),
  };
}

/** The newest commit, unless it is what a run is there to repair. */
async function readableNewest(output: Store): Promise<Commit | undefined> {
  return readNewest(output).catch((error: unknown) => {
    if (error instanceof DataError) return undefined;
    throw error;
  });
}

/** Puts the exports of a release, as it read them, in the place of those that are there. */
function freeze(
  listed: Map<string, readonly Export[]>,
  sources: Night['sources'],
  release: Release,
): void {
  for (const { table, files } of sources.filter(({ derivation }) => derivation === null)) {
    const known = release.exportsOf(table);
    listed.set(
      files,
      known.map(({ name: key, date }) => ({
        key,
        date,
        bytes: 0,
        version: release.listing.get(key) ?? '',
      })),
    );
  }
}

/** A night that begins: the release that it builds is empty, except for who was erased. */
export function nightOf(
  tools: Tools,
  live: Live,
  about: Pick<Night, 'asked' | 'replays' | 'listed' | 'rules' | 'inputs'>,
): Night {
  const next = new Release(live.release.number + 1);
  const erased = Tombstones.of(live.release).partition;
  if (erased !== undefined) next.add(erased);
  return {
    ...tools,
    ...about,
    live,
    next,
    notes: [],
    lastingNotes: [],
    unreadDifferences: new Map(),
    builds: true,
    built: [],
  };
}

/**
 * A clock that was set back asks for as-of dates of the past, and makes this run look older than
 * the one before.
 */
function noteClock({ live, notes }: Night, now: Date): void {
  const published = live.commit?.envelope.created_at;
  if (published === undefined || now.toISOString() >= published) return;
  notes.push(
    `the clock of this machine says ${now.toISOString()}, but release ${live.release.number} ` +
      `was published at ${published}: set the clock, and check the as-of date`,
  );
}

/** What there is to say of a night that would end as the live release. */
function nothingNew({ release, envelope: { night } }: Commit, ignored: readonly string[]) {
  return {
    release: release.number,
    published: false,
    ledger: release.ledger as LedgerLine[],
    built: [],
    reused: night?.partitions ?? 0,
    restated: [],
    notes: [...ignored, ...(night?.notes ?? [])],
    checks: release.checks,
  };
}

export function requestsOf({ exports, output }: Setup): Outcome['requests'] {
  return {
    exports: Object.fromEntries(exports.requests),
    output: Object.fromEntries(output.requests),
  };
}

/**
 * Does the work while the lease shows it to other runs, on a store that is known to let only one of
 * them publish, and without what killed runs left half-written.
 */
export async function withLease<T>(
  { onRival = 'refuse', signal }: RunOptions,
  { config, output, log, progress }: Tools,
  run: string,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const lease = await Lease.take(output, run, { onRival, log });
  try {
    if (!lease.isTakenOver) await sweep(output, config.engine.kind, log);
    await requireCreation(output, config.output.single_writer);
    return await work({
      ...progress,
      stage: (name, total) => {
        lease.note(name);
        const step = progress.stage(name, total);
        return () => {
          if (signal?.aborted)
            throw new Stopped(
              'Stopped on request, at a safe point: nothing of what was under way was published',
            );
          step();
        };
      },
    });
  } finally {
    await lease.release();
  }
}

/**
 * No other run is at work, so whatever is half-written is nobody's. What cannot be removed does no
 * harm.
 */
async function sweep(output: Store, engine: Config['engine']['kind'], log: Log): Promise<void> {
  try {
    const attempts = engine === 'duckdb' ? 0 : await removeAll(output, ATTEMPTS);
    const removed =
      (await output.sweep(await output.time())) + (await removeProbes(output)) + attempts;
    if (removed > 0) log.info({ removed }, 'removed what killed runs left half-written');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.warn(error.message);
  }
}
