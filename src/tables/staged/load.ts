import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Night } from '../../build/night.js';
import { scratchFile } from '../../build/objects.js';
import type { Source } from '../../config/source.js';
import { DataError } from '../../errors.js';
import type { Dialect } from '../../ingest/csv/dialect.js';
import { rawLines } from '../../ingest/csv/raw_text.js';
import { type Export, fetchExport } from '../../ingest/exports.js';
import { limitsOf } from '../../ingest/limits.js';
import type { PlainExport } from '../../ingest/plain/plain.js';
import { prepare } from '../../ingest/prepare.js';
import type { Prepared, Workplace } from '../../ingest/prepared.js';
import { QuarantineFile } from '../../ingest/quarantine.js';
import type { Discard } from '../../release/schema.js';
import { namesErased, Tombstones } from '../../release/tombstones.js';

/** An export whose content lies in scratch, scanned and ready for the engine. */
export interface Loaded extends Workplace {
  readonly source: Source;
  readonly export: Export;
  readonly prepared: Omit<Prepared, 'source'>;
  /** of the records refused, those that are given up */
  readonly discards: readonly Discard[];
  /** the raw text of the records that begin on these lines, ascending */
  raws(lines: readonly number[]): AsyncIterable<readonly [line: number, raw: string]>;
  /**
   * the line of the first record, where each line of the export is a record and each record a row
   */
  readonly regularFrom?: number;
  /**
   * of an export that is gone, lines of records that were erased from what the release has of it
   */
  readonly erased?: readonly number[];
  /**
   * of an export that is gone, SQL of the rows that were staged before; the records at hand are
   * those refused then
   */
  readonly kept?: string;
  /** what was parsed of it without the engine */
  readonly plain?: PlainExport | undefined;
}

/** Brings an export into scratch and prepares it. */
export async function load(night: Night, source: Source, each: Export): Promise<Loaded> {
  const last = night.live.release.get(`staged/${source.table}`, each.key);
  const discards = last?.discards ?? [];
  const loaded = await loadWith(night, source, each, discards);
  if (discards.length === 0 || loaded.prepared.sha256 === last?.inputs.export) return loaded;
  // what was given up were lines of another content
  night.notes.push(
    `${each.key}: the export changed, so that records of it that were discarded count again`,
  );
  await unload(loaded);
  return loadWith(night, source, each, []);
}

/**
 * Brings an export into scratch once more, also the columns that are not read. None where that
 * cannot be done: it changed meanwhile, or what is not read is not sound.
 */
export async function loadAll(
  night: Night,
  source: Source,
  each: Export,
  digest: string | undefined,
): Promise<Loaded | undefined> {
  try {
    const loaded = await loadWith(night, { ...source, decodesAll: true }, each, []);
    if (loaded.prepared.sha256 === digest) return loaded;
    await unload(loaded);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
  }
  return undefined;
}

async function loadWith(
  night: Night,
  source: Source & Pick<Dialect, 'decodesAll'>,
  each: Export,
  discards: readonly Discard[],
): Promise<Loaded> {
  const workplace = await openScratch(night, discards);
  try {
    const file = {
      path: await fetchExport(night.exports, each.key, workplace.scratch),
      name: each.key,
    };
    const prepared = await prepare(file, source, workplace, limitsOf(night.config));
    const raws = (lines: readonly number[]) => rawLines(prepared, lines);
    const isRegular = !prepared.rewritten && source.rows === null;
    return {
      ...{ source, export: each, prepared, discards, raws, ...workplace },
      ...(isRegular ? { regularFrom: prepared.firstLine } : {}),
    };
  } catch (error) {
    await unload(workplace);
    throw error;
  }
}

/** Folders that exports of a run have left, by the engine of the run. */
const left = new WeakMap<Night['engine'], string[]>();

/** What exports of up to this many bytes leave may stay in scratch until the run ends. */
const SMALL = 1 << 20;

/** A workplace for one export, which `unload` removes, or `leave` leaves to another one. */
export async function openScratch(night: Night, discards: readonly Discard[]): Promise<Workplace> {
  const scratch = left.get(night.engine)?.pop() ?? scratchFile(night, '');
  mkdirSync(scratch, { recursive: true });
  const reasons = new Map(
    discards.flatMap(({ lines, reason }) => lines.map((line) => [line, reason] as const)),
  );
  const tombstones = Tombstones.of(night.live.release);
  const isErased = (raw: string) => tombstones.hashes.length > 0 && namesErased(raw, tombstones);
  return {
    scratch,
    quarantine: new QuarantineFile(path.join(scratch, 'quarantine.csv'), reasons, isErased),
  };
}

/**
 * Leaves the workplace of a small export to the next one, which writes its files over those that
 * are there: a file system takes longer to make and remove thousands of small files than to write
 * them.
 */
export async function leave(night: Night, loaded: Loaded): Promise<void> {
  if (loaded.export.bytes > SMALL) return unload(loaded);
  loaded.quarantine.close();
  const folders = left.get(night.engine) ?? [];
  left.set(night.engine, folders);
  folders.push(loaded.scratch);
}

/** Removes what an export took in scratch. */
export async function unload({ quarantine, scratch }: Workplace): Promise<void> {
  quarantine.close();
  rmSync(scratch, { recursive: true, force: true });
}
