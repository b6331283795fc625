import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Source } from '../config/contracts.js';
import { type Export, fetchExport } from '../ingest/exports.js';
import { limitsOf } from '../ingest/limits.js';
import { type Prepared, prepare } from '../ingest/prepare.js';
import { QuarantineFile } from '../ingest/quarantine.js';
import type { Night } from './night.js';
import { scratchFile } from './objects.js';

/** An export whose content lies in scratch, scanned and ready for the engine. */
export interface Loaded {
  readonly source: Source;
  readonly export: Export;
  readonly prepared: Prepared;
  /** the records refused so far */
  readonly quarantine: QuarantineFile;
  /** folder of its own, which `unload` removes */
  readonly scratch: string;
}

/** Brings an export into scratch and prepares it. */
export async function load(night: Night, source: Source, each: Export): Promise<Loaded> {
  const scratch = scratchFile(night, '');
  await mkdir(scratch, { recursive: true });
  const quarantine = new QuarantineFile(path.join(scratch, 'quarantine.csv'));
  try {
    const file = await fetchExport(night.exports, each.key, scratch);
    const prepared = await prepare(file, scratch, source, quarantine, each.key, limitsOf(night.config));
    return { source, export: each, prepared, quarantine, scratch };
  } catch (error) {
    await unload({ quarantine, scratch });
    throw error;
  }
}

/** Removes what an export took in scratch. */
export async function unload({ quarantine, scratch }: Pick<Loaded, 'quarantine' | 'scratch'>): Promise<void> {
  quarantine.close();
  await rm(scratch, { recursive: true, force: true });
}
