import { ORIGIN } from '../config/contracts.js';
import type { Source } from '../config/source.js';
import { datesBetween } from '../dates.js';
import { type Export, listExports } from '../ingest/exports.js';
import type { Live } from '../release/commit.js';
import { quarantinedOf } from '../release/ledger.js';
import type { Release } from '../release/release.js';
import type { Partition } from '../release/schema.js';
import type { Store } from '../store/store.js';

/** The state of things: what is published, how fresh it is, and what the next run would find. */
export interface Status {
  /** the release that is live; null before the first */
  readonly release: {
    readonly number: number;
    readonly run: string;
    readonly published_at: string;
    /** the earlier release that it makes live again */
    readonly again?: number | undefined;
  } | null;
  readonly tables: readonly TableStatus[];
  /** what a run would read again, or knows to be gone */
  readonly stale: readonly ExportChange[];
  /** the newest runs that published something, the newest first */
  readonly runs: readonly RunStatus[];
}

/** How fresh one table is. */
interface TableStatus {
  readonly table: string;
  /** the table it is derived from; null: it has exports of its own */
  readonly derived_from: string | null;
  /** exports in the release, and the date of the newest */
  readonly exports: number;
  readonly newest_export: string | null;
  /** dates between the first and the newest export that have none */
  readonly missing_exports: readonly string[];
  /** the newest business date that has a row */
  readonly newest_event: string | null;
  /** records refused, by rule */
  readonly quarantined: Readonly<Record<string, number>>;
}

/** An export that is not as the release has it. */
export interface ExportChange {
  readonly table: string;
  readonly export: string;
  /** gone: the next run takes its rows out; kept: it is gone, too, but its rows stay */
  readonly change: 'new' | 'changed' | 'gone' | 'kept';
}

/** What is reported of an earlier run. */
interface RunStatus {
  readonly run: string;
  readonly started_at: string;
  readonly release: number;
  readonly asked: readonly string[];
  readonly built: number;
  readonly seconds: number;
}

const RUNS_SHOWN = 5;

/** Looks at the release, the listing of the exports and the newest runs; reads no data. */
export async function statusOf(
  live: Live,
  sources: readonly Source[],
  exports: Store,
  output: Store,
): Promise<Status> {
  const { release, commit } = live;
  const stale: ExportChange[] = [];
  for (const source of sources.filter(({ derivation }) => derivation === null))
    stale.push(...changesOf(source, await listExports(exports, source.files), release));
  return {
    release:
      commit === undefined
        ? null
        : {
            number: release.number,
            run: commit.envelope.run,
            published_at: commit.envelope.created_at,
            again: commit.envelope.again,
          },
    tables: sources.map((source) => freshness(source, release)),
    stale,
    runs: await newestRuns(output),
  };
}

/**
 * How a listing of a table's exports differs from the one that a release was made from. Pure; no
 * I/O.
 */
export function changesOf(
  { table, missing_exports }: Pick<Source, 'table' | 'missing_exports'>,
  exports: readonly Export[],
  release: Release,
): ExportChange[] {
  const listed = new Set(exports.map(({ key }) => key));
  const found = exports.flatMap(({ key, version }): ExportChange[] => {
    if (release.get(`staged/${table}`, key) === undefined)
      return [{ table, export: key, change: 'new' }];
    return release.listing.get(key) === version ? [] : [{ table, export: key, change: 'changed' }];
  });
  const gone = release.exportsOf(table).filter(({ name }) => !listed.has(name));
  const change = missing_exports === 'keep' ? 'kept' : 'gone';
  return [...found, ...gone.map(({ name }): ExportChange => ({ table, export: name, change }))];
}

function freshness({ table, derivation }: Source, release: Release): TableStatus {
  const exports = derivation === null ? release.exportsOf(table) : [];
  const dates = new Set(exports.map(({ date }) => date));
  const [first, newest] = [exports[0]?.date, exports.at(-1)?.date];
  return {
    table,
    derived_from: derivation === null ? null : ORIGIN,
    exports: exports.length,
    newest_export: newest ?? null,
    missing_exports:
      first === undefined || newest === undefined
        ? []
        : datesBetween(first, newest).filter((date) => !dates.has(date)),
    newest_event: newestEvent(release.of(`clean/${table}`)),
    quarantined: quarantinedOf(exports),
  };
}

/** The newest date of a clean table: a partition's, or of an undated table a slice's. */
function newestEvent(partitions: readonly Partition[]): string | null {
  const dates = partitions.flatMap(({ name, slices }) =>
    name === 'all' ? (slices ?? []).flatMap(({ date }) => date ?? []) : [name],
  );
  return dates.reduce<string | null>(
    (newest, date) => (newest === null || date > newest ? date : newest),
    null,
  );
}

/**
 * The newest records below `runs/`, whose names begin with the time of the run. One that cannot be
 * read is left out.
 */
async function newestRuns(output: Store): Promise<RunStatus[]> {
  const keys: string[] = [];
  for await (const key of output.keys('runs/')) if (/^runs\/[^/]+\.json$/.test(key)) keys.push(key);
  const bodies = await Promise.all(
    keys
      .slice(-RUNS_SHOWN)
      .reverse()
      .map((key) => output.read(key)),
  );
  return bodies.flatMap((body) => {
    const record = parse(body);
    if (record === undefined) return [];
    const { run, started_at, release, asked, built, seconds } = record;
    return [{ run, started_at, release, asked, built: built.length, seconds }];
  });
}

interface RunRecord extends Omit<RunStatus, 'built'> {
  readonly built: readonly unknown[];
}

function parse(body: Buffer | undefined): RunRecord | undefined {
  try {
    return body && (JSON.parse(body.toString('utf8')) as RunRecord);
  } catch {
    return undefined;
  }
}
